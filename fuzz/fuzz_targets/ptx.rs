//! PTX: no text makes the reader panic or run away, and parameters never overlap.

#![no_main]

use libfuzzer_sys::fuzz_target;
use triton_runner_read::ptx;

fuzz_target!(|text: &str| {
    match ptx::read(text) {
        Ok(image) => {
            for entry in image.entries {
                assert!(entry.params.windows(2).all(|pair| pair[0].offset + pair[0].size <= pair[1].offset));
            }
        }
        Err(error) => assert!(error.line >= 1 && !error.to_string().is_empty()),
    }
});
