//! TTIR and TTGIR: no text makes the reader panic or run away.

#![no_main]

use libfuzzer_sys::fuzz_target;
use triton_runner_build::__internal::ir::Module;

fuzz_target!(|text: &str| {
    match Module::read(text) {
        Ok(module) => {
            let _ = module.arguments().map_err(|error| error.to_string());
        }
        Err(error) => assert!(error.line >= 1 && error.column >= 1 && !error.to_string().is_empty()),
    }
});
