//! TTIR and TTGIR: no text makes the reader panic or run away.

#![no_main]

use libfuzzer_sys::fuzz_target;
use triton_runner_ir::Summary;

fuzz_target!(|text: &str| {
    match Summary::read(text) {
        Ok(summary) => {
            let _ = summary.arguments().map_err(|error| error.to_string());
        }
        Err(error) => assert!(error.line >= 1 && error.column >= 1 && !error.to_string().is_empty()),
    }
});
