use std::cell::Cell;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A folder of a test's own.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("triton-runner-tune-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("gemm.tuned")
    }

    /// The names in it.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const DEVICE: &str = "Some GPU (9.0)";

fn shared_memory() -> Error {
    Error::SharedMemory { kernel: "gemm", image: "sm_90a".to_owned(), needed: 200_000, limit: 101_376, device: 0 }
}

/// Chooses for `gemm` with this key; each variant takes as long as `time` says. Gives also how many were timed.
fn choose(tuner: &Tuner, key: &str, variants: &[&str], time: impl Fn(&str) -> Result<f64>) -> (Result<String>, u32) {
    let timed = Cell::new(0);
    let best = tuner.choose(Subject::new(DEVICE, "gemm", key), "gemm", variants, |variant| {
        timed.set(timed.get() + 1);
        time(variant)
    });
    (best.map(str::to_owned), timed.get())
}

/// The shorter the name, the faster.
fn by_length(variant: &str) -> Result<f64> {
    Ok(variant.len() as f64)
}

#[track_caller]
fn chose(outcome: (Result<String>, u32), variant: &str, timed: u32) {
    assert_eq!((outcome.0.unwrap().as_str(), outcome.1), (variant, timed));
}

#[test]
fn the_fastest_is_chosen_and_measured_once() {
    let tuner = Tuner::new();
    chose(choose(&tuner, "64", &["wide", "base", "far"], by_length), "far", 3);
    chose(choose(&tuner, "64", &["wide", "base", "far"], by_length), "far", 0);
}

#[test]
fn a_variant_that_is_not_right_for_the_arguments_is_left_out() {
    let unfit = |variant: &str| {
        let mut unmet = crate::error::Unmet::new("gemm");
        unmet.condition("gemm", "n <= BLOCK", &[("n", &4096)]);
        match variant {
            "small" => Err(unmet.into_error()),
            "even" => Err(Error::Indivisible { kernel: "gemm", argument: "n", index: 1, value: 7, promised: 16 }),
            _ => by_length(variant),
        }
    };
    chose(choose(&Tuner::new(), "64", &["even", "small", "base-of-all"], unfit), "base-of-all", 3);
    let (none, _) = choose(&Tuner::new(), "64", &["even", "small"], unfit);
    assert!(matches!(none, Err(Error::Requires(_))));
}

#[test]
fn each_device_kernel_and_key_has_its_own_choice() {
    let tuner = Tuner::new();
    let variants = ["wide", "far"];
    let choose = |device, kernel, key| {
        let timed = Cell::new(0);
        let time = |variant: &str| {
            timed.set(timed.get() + 1);
            by_length(variant)
        };
        tuner.choose(Subject::new(device, kernel, key), kernel, &variants, time).unwrap();
        timed.get()
    };
    for (device, kernel, key) in [("a", "k", "1"), ("b", "k", "1"), ("a", "l", "1"), ("a", "k", "2"), ("a", "k\t1", "")]
    {
        assert_eq!((choose(device, kernel, key), choose(device, kernel, key)), (2, 0), "{device} {kernel} {key}");
    }
}

#[test]
fn of_equally_fast_ones_the_first_is_chosen() {
    chose(choose(&Tuner::new(), "", &["base", "wide"], by_length), "base", 2);
}

#[test]
fn a_time_that_is_no_number_loses_to_one_that_is() {
    let time = |variant: &str| Ok(if variant == "base" { f64::NAN } else { 5.0 });
    chose(choose(&Tuner::new(), "", &["base", "wide"], time), "wide", 2);
    chose(choose(&Tuner::new(), "", &["wide", "base"], time), "wide", 2);
}

#[test]
fn variants_that_the_device_does_not_run_are_left_out() {
    let time = |variant: &str| if variant == "far" { Err(shared_memory()) } else { by_length(variant) };
    chose(choose(&Tuner::new(), "", &["wider", "far", "base"], time), "base", 3);
}

#[test]
fn where_none_runs_the_last_error_is_given_and_nothing_remembered() {
    let tuner = Tuner::new();
    let time = |variant: &str| match variant {
        "last" => Err(Error::SharedMemory { kernel: "last", image: String::new(), needed: 2, limit: 1, device: 0 }),
        _ => Err(shared_memory()),
    };
    let (best, timed) = choose(&tuner, "", &["base", "last"], time);
    assert!(matches!(best, Err(Error::SharedMemory { kernel: "last", .. })), "{best:?}");
    assert_eq!(timed, 2);
    chose(choose(&tuner, "", &["base", "last"], by_length), "base", 2);
}

#[test]
fn another_error_ends_the_search() {
    let wrong = || Error::WrongStream { kernel: "gemm", kernel_device: 0, stream_device: 1 };
    let (best, timed) = choose(&Tuner::new(), "", &["base", "wide"], |_| Err(wrong()));
    assert!(matches!(best, Err(Error::WrongStream { .. })), "{best:?}");
    assert_eq!(timed, 1);
}

#[test]
fn without_variants_the_error_names_the_kernel() {
    let (best, _) = choose(&Tuner::new(), "", &[], by_length);
    let text = best.unwrap_err().to_string();
    assert!(text.contains("kernel `gemm`") && text.contains("no variants"), "{text}");
}

#[test]
fn a_tuner_may_be_asked_while_it_measures() {
    let tuner = Tuner::new();
    let outcome = choose(&tuner, "outer", &["base"], |_| {
        chose(choose(&tuner, "inner", &["base", "far"], by_length), "far", 2);
        Ok(1.0)
    });
    chose(outcome, "base", 1);
}

#[test]
fn a_choice_outlives_the_tuner_in_its_file() {
    let folder = Folder::new();
    chose(choose(&Tuner::with_file(folder.file()), "64", &["wide", "far"], by_length), "far", 2);
    assert_eq!(fs::read_to_string(folder.file()).unwrap(), "Some GPU (9.0)\tgemm\t64\tfar\t3.000\n");
    let again = Tuner::with_file(folder.file());
    chose(choose(&again, "64", &["wide", "far"], by_length), "far", 0);
    assert!(again.take_write_error().is_none());
    assert_eq!(folder.names(), ["gemm.tuned"]);
}

#[test]
fn a_choice_that_is_no_longer_offered_is_measured_again() {
    let folder = Folder::new();
    chose(choose(&Tuner::with_file(folder.file()), "64", &["wide", "far"], by_length), "far", 2);
    chose(choose(&Tuner::with_file(folder.file()), "64", &["wider", "wide"], by_length), "wide", 2);
    chose(choose(&Tuner::with_file(folder.file()), "64", &["wider", "wide"], by_length), "wide", 0);
}

#[test]
fn damaged_lines_are_left_out_and_the_others_kept() {
    let folder = Folder::new();
    let good = "Some GPU (9.0)\tgemm\t1\twide\t7.250";
    let mut bytes = format!("\nnoise\n{good}\r\nSome GPU (9.0)\tgemm\t2\twide\n").into_bytes();
    bytes.extend_from_slice(b"Some GPU (9.0)\tgemm\t3\twide\tfast\nSome GPU (9.0)\tgemm\t4\twide\tNaN\n");
    bytes.extend_from_slice(b"Some GPU (9.0)\tgemm\t5\twide\t-1\nSome GPU (9.0)\tgemm\t6\twide\t1\tmore\n\xff\xfe\t");
    fs::write(folder.file(), bytes).unwrap();
    let tuner = Tuner::with_file(folder.file());
    chose(choose(&tuner, "1", &["wide", "far"], by_length), "wide", 0);
    for key in ["2", "3", "4", "5", "6"] {
        chose(choose(&tuner, key, &["wide", "far"], by_length), "far", 2);
    }
    let text = fs::read_to_string(folder.file()).unwrap();
    assert_eq!((text.lines().next(), text.lines().count()), (Some(good), 6), "{text}");
}

#[test]
fn texts_with_tabs_and_line_ends_stay_apart() {
    let folder = Folder::new();
    let (tuner, key) = (Tuner::with_file(folder.file()), "a\tb\nc\\");
    chose(choose(&tuner, key, &["x\ty", "wider"], by_length), "x\ty", 2);
    assert_eq!(fs::read_to_string(folder.file()).unwrap().lines().count(), 1);
    let again = Tuner::with_file(folder.file());
    chose(choose(&again, key, &["wider", "x\ty"], by_length), "x\ty", 0);
    chose(choose(&again, "a\\tb\\nc\\\\", &["wider", "x\ty"], by_length), "x\ty", 2);
}

#[test]
fn two_tuners_of_one_file_keep_each_others_choices() {
    let folder = Folder::new();
    let (one, other) = (Tuner::with_file(folder.file()), Tuner::with_file(folder.file()));
    chose(choose(&one, "1", &["wide", "far"], by_length), "far", 2);
    chose(choose(&other, "2", &["wide", "far"], by_length), "far", 2);
    let later = Tuner::with_file(folder.file());
    for key in ["1", "2"] {
        chose(choose(&later, key, &["wide", "far"], by_length), "far", 0);
    }
}

#[test]
fn a_choice_that_cannot_be_written_holds_all_the_same() {
    let folder = Folder::new();
    // A folder takes the file's place.
    fs::create_dir(folder.file()).unwrap();
    let tuner = Tuner::with_file(folder.file());
    chose(choose(&tuner, "64", &["wide", "far"], by_length), "far", 2);
    assert!(tuner.take_write_error().is_some() && tuner.take_write_error().is_none());
    chose(choose(&tuner, "64", &["wide", "far"], by_length), "far", 0);
    assert_eq!(folder.names(), ["gemm.tuned"]);
}

#[test]
fn threads_can_share_a_tuner() {
    fn shared<T: Send + Sync>() {}
    shared::<Tuner>();
}
