//! The interpreter: IR that reads is run or refused, never a panic, a hang or an address outside.

#![no_main]

#[path = "../../triton-runner-interpreter/tests/hostile/change.rs"]
mod change;
#[path = "../../triton-runner-interpreter/tests/hostile/run.rs"]
mod run;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|text: &str| {
    run::run(text);
});

// Most changes of bytes leave no IR; most of these do.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut state = u64::from(seed) + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let text = std::str::from_utf8(data.get(..size).unwrap_or_default());
    let (Ok(text), true) = (text, next() % 16 != 0) else { return fuzzer_mutate(data, size, max_size) };
    let mut text = text.to_owned();
    for _ in 0..next() % 4 + 1 {
        text = change::change(&text, (next() % 10) as u8, next(), next());
    }
    match data.get_mut(..text.len().min(max_size)) {
        Some(place) if place.len() == text.len() && !text.is_empty() => {
            place.copy_from_slice(text.as_bytes());
            text.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
});
