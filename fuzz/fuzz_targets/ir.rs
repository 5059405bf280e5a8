//! TTIR and TTGIR: no text makes the readers panic or run away, and what a typed body prints reads again equal.

#![no_main]

use libfuzzer_sys::fuzz_target;
use triton_runner_ir::{Summary, parse};

fuzz_target!(|text: &str| {
    match Summary::read(text) {
        Ok(summary) => {
            let _ = summary.arguments().map_err(|error| error.to_string());
        }
        Err(error) => assert!(error.line >= 1 && error.column >= 1 && !error.to_string().is_empty()),
    }
    match parse(text) {
        Ok(module) => {
            let printed = module.to_string();
            assert!(parse(&printed).is_ok_and(|again| again == module), "{printed}");
        }
        Err(error) => assert!(error.line >= 1 && error.column >= 1 && !error.to_string().is_empty()),
    }
});
