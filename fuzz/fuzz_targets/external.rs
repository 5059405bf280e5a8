//! Kernels from outside a binary: no image with no JSON makes reading panic or run away, and what is accepted is held against a
//! declaration without one either.

#![no_main]

use libfuzzer_sys::fuzz_target;
use triton_runner_rt::ExternalImage;

fuzz_target!(|input: (&[u8], &str)| {
    let (image, metadata) = input;
    match ExternalImage::new("fuzzed", image, metadata) {
        Ok(image) => assert!(!image.entry().contains('\0') && image.arguments().len() <= metadata.len()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
