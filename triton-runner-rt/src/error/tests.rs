use std::error::Error as _;

use super::*;
use crate::Arch;

#[test]
fn every_text_starts_small_and_ends_without_a_stop() {
    let source = DriverError::from_code(1);
    let errors = [
        Error::DriverNotFound { reason: "libcuda.so.1: no such file".to_owned() },
        Error::NoDevice { ordinal: 3, count: 1, source },
        Error::WrongStream { kernel: "k", kernel_device: 0, stream_device: 1 },
        Error::Grid { kernel: "k", axis: Axis::Y, fault: GridFault::TooLarge { value: 70_000, limit: 65_535 } },
        Error::Scratch { kernel: "k", bytes: 1 << 40, programs: 1 << 33, source: None },
    ];
    for error in errors {
        let text = error.to_string();
        assert!(text.starts_with(|c: char| c.is_ascii_lowercase()) && !text.ends_with('.'), "{text}");
        assert_eq!(format!("{error:?}"), text, "what `unwrap` and `main` print says what to do too");
    }
}

#[test]
fn a_launch_failure_shows_its_geometry_and_its_source() {
    let error = Error::from(LaunchFailure {
        kernel: "matmul",
        image: "sm_90a".to_owned(),
        grid: [64, 2, 1],
        block: 256,
        cluster: [2, 1, 1],
        shared: 200_000,
        cooperative: true,
        before: Vec::new(),
        source: DriverError::from_code(720),
    });
    let text = error.to_string();
    for part in ["`matmul`", "sm_90a", "64 x 2 x 1", "256 threads", "200000", "2 x 1 x 1", "cooperative", "fewer"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&DriverError::from_code(720)));
}

#[test]
fn a_missing_image_lists_what_is_embedded_and_what_was_refused() {
    let error = Error::NoImage(Box::new(NoImage {
        kernel: "add",
        file: "kernels/add.ttir",
        device: 1,
        arch: Arch::of_device(8, 6),
        embedded: vec!["sm_90a".to_owned(), "PTX sm_80".to_owned()],
        outside: false,
        refused: vec![Refusal {
            image: "PTX sm_80".to_owned(),
            reason: RefusalReason::Driver { error: DriverError::from_code(222), log: String::new() },
        }],
        left_out: None,
    }));
    let text = error.to_string();
    for part in ["`add`", "kernels/add.ttir", "device 1", "sm_86", "sm_90a, PTX sm_80", "222", "archs"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(error.source().is_some());
}

#[test]
fn what_the_build_left_out_is_named_with_what_to_do() {
    let why = "TRITON_RUNNER_STUB=1 was set";
    let whole = Error::LeftOut { kernel: "add", file: "kernels/add.ttir", why };
    let some = Error::NoImage(Box::new(NoImage {
        kernel: "add",
        file: "kernels/add.ttir",
        device: 0,
        arch: Arch::of_device(8, 6),
        embedded: vec!["sm_90a".to_owned()],
        outside: false,
        refused: Vec::new(),
        left_out: Some(why),
    }));
    for text in [whole.to_string(), some.to_string()] {
        for part in ["`add`", "kernels/add.ttir", why, "`cargo triton lock`"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

#[test]
fn a_condition_that_does_not_hold_is_shown_with_its_numbers_for_each_variant() {
    let mut unmet = Unmet::new("softmax");
    let indivisible = || Error::Indivisible { kernel: "k", argument: "n_cols", index: 3, value: 5001, promised: 16 };
    unmet.promises("softmax@aligned", Err(indivisible()));
    unmet.promises("softmax@kept", Ok(()));
    unmet.condition("softmax", "n_cols <= BLOCK_SIZE", &[("n_cols", &5001_i32), ("BLOCK_SIZE", &1024_i64)]);
    unmet.condition("softmax", "EVEN", &[("EVEN", &false)]);
    // What comes after a condition is no news.
    unmet.promises("softmax", Err(indivisible()));
    let error = unmet.into_error();
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "kernel `softmax` is not right for these arguments");
    assert!(lines[1].starts_with("`softmax@aligned`: argument `n_cols` of kernel `k` is 5001, which is no multiple"));
    assert_eq!(lines[2], "`softmax` requires `n_cols <= BLOCK_SIZE`: n_cols = 5001, BLOCK_SIZE = 1024");
    assert_eq!(lines[3], "`softmax` requires `EVEN`: EVEN = false");
    assert_eq!(lines.len(), 5, "{text}");
    assert!(error.source().is_some());
}

#[test]
fn where_only_promises_are_broken_the_fewest_are_told() {
    let mut unmet = Unmet::new("softmax");
    for promised in [256, 16] {
        let error = Error::Indivisible { kernel: "k", argument: "n", index: 3, value: 5, promised };
        unmet.promises(if promised == 16 { "softmax" } else { "softmax@x" }, Err(error));
    }
    assert!(matches!(unmet.into_error(), Error::Indivisible { promised: 16, .. }));
}

#[test]
fn an_error_is_small_enough_to_return_by_value() {
    assert!(std::mem::size_of::<Error>() <= 96, "{}", std::mem::size_of::<Error>());
}

#[test]
fn errors_can_cross_threads() {
    fn sendable<T: Send + Sync + 'static>() {}
    sendable::<Error>();
}
