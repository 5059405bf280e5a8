//! Cubins: no bytes make the reader panic or run away, and parameters never overlap.

#![no_main]

use libfuzzer_sys::fuzz_target;
use triton_runner_read::cubin;

fuzz_target!(|bytes: &[u8]| {
    match cubin::read(bytes) {
        Ok(image) => {
            for entry in image.entries {
                assert!(entry.params.windows(2).all(|pair| pair[0].offset + pair[0].size <= pair[1].offset));
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
