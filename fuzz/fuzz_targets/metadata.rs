//! Metadata: no text makes the reader panic or run away, as JSON or as a `kernel_signature` inside it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use triton_runner_read::metadata::Metadata;

fuzz_target!(|text: &str| {
    let _ = Metadata::from_json(text).map_err(|error| error.to_string());
    let mut json = String::from("{\"kernel_signature\": \"");
    for c in text.chars() {
        json.extend(format!("\\u{:04x}", c as u32).chars().take(if (c as u32) < 0x10000 { 6 } else { 0 }));
    }
    json.push_str("\"}");
    if let Ok(metadata) = Metadata::from_json(&json) {
        assert_eq!(metadata.signature().map(<[_]>::len), metadata.arguments().map(|arguments| arguments.len()));
    }
});
