//! Launches of a kernel whose variants were timed, against the driver double.
#![allow(clippy::undocumented_unsafe_blocks, reason = "the double executes no kernel: no launch can be unsound")]

use triton_runner_rt::{DevicePointer, Error, context};
use ui_launches::{Timed, TimedVariant};

const X: DevicePointer<f32> = DevicePointer::new(0x1000);
const OUT: DevicePointer<f32> = DevicePointer::new(0x3000);

triton_runner_rt::triton_kernel! {
    /// The same kernel, with a test that times it.
    #[grid(1)]
    #[requires(n <= BLOCK)]
    #[tuned(n)]
    #[name = "Measured"]
    fn timed(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

/// Which variants launches with these sizes take: 1 is the first, 3 the wide one.
fn taken(double: &driver_double::Double, sizes: &[i32]) -> Vec<u32> {
    let context = context(0).unwrap();
    let timed = Timed::load(&context).unwrap();
    let before = double.launches().len();
    for &n in sizes {
        unsafe { timed.launch_unchecked(&context.default_stream(), X, X, OUT, n) }.unwrap();
    }
    double.launches()[before..].iter().map(|launch| launch.shared).collect()
}

driver_double::tests! {
    fn the_fastest_with_the_nearest_key_is_launched(double) {
        assert_eq!(taken(double, &[16, 500, 20, 400, 16, 1, 900]), [1, 3, 1, 3, 1, 1, 3]);
    }

    fn a_variant_that_is_not_right_is_never_launched_however_fast_it_was(double) {
        double.set_capability(8, 0);
        // With more than 1000 elements only the wide one is right.
        assert_eq!(taken(double, &[16, 500, 999, 1000, 1001, 2000]), [3, 1, 1, 1, 3, 3]);
        let context = context(0).unwrap();
        let timed = Timed::load(&context).unwrap();
        let error = unsafe { timed.launch_unchecked(&context.default_stream(), X, X, OUT, 2001) }.unwrap_err();
        assert!(matches!(error, Error::Requires(_)), "{error}");
    }

    fn a_device_takes_the_table_of_its_generation(double) {
        // The other GPU's, which is of sm_80.
        double.set_capability(8, 6);
        assert_eq!(taken(double, &[16, 500]), [3, 1]);
    }

    fn what_is_measured_is_a_line_for_each_key_with_the_variants_that_are_right(_double) {
        let folder = std::env::temp_dir().join(format!("triton-runner-measured-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("measured");
        // SAFETY: this process has one test, and no other thread reads the environment now.
        let set = |name: &str, value: &str| unsafe { std::env::set_var(name, value) };
        // Nothing is asked for.
        tune_timed_as_Measured().unwrap();
        set("TRITON_RUNNER_TUNE", "n=16,1500");
        set("TRITON_RUNNER_TUNE_MS", "1");
        set("TRITON_RUNNER_TUNE_TO", file.to_str().unwrap());
        set("TRITON_RUNNER_TUNE_KERNEL", "another");
        tune_timed_as_Measured().unwrap();
        assert!(!file.exists());
        set("TRITON_RUNNER_TUNE_KERNEL", "timed");
        tune_timed_as_Measured().unwrap();
        let gpu = r#"{"kernel":"timed","beside":"kernels/rows.ttir","gpu":"Driver Double","arch":"sm_90","multiprocessors":132,"driver":""#;
        let both = r#""key":[16],"variants":[{"id":"timed","image":"","micros":500.000},{"id":"timed@wide","image":"","micros":500.000}]}"#;
        let wide = r#""key":[1500],"variants":[{"id":"timed@wide","image":"","micros":500.000}]}"#;
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        for (line, end) in lines.iter().zip([both, wide]) {
            assert!(line.starts_with(gpu) && line.ends_with(end), "{line}");
        }
        set("TRITON_RUNNER_TUNE", "m=16");
        let error = format!("{:?}", tune_timed_as_Measured().unwrap_err());
        assert_eq!(error, "TRITON_RUNNER_TUNE=m=16, for kernel `timed`: `m` is no key: they are n");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    fn one_variant_that_was_loaded_alone_is_launched_whatever_was_measured(double) {
        let context = context(0).unwrap();
        let timed = Timed::load_variant(&context, TimedVariant::Base).unwrap();
        unsafe { timed.launch_unchecked(&context.default_stream(), X, X, OUT, 500) }.unwrap();
        assert_eq!(double.launches().pop().unwrap().shared, 1);
        let whole = Timed::load(&context).unwrap().clone();
        unsafe { whole.launch_unchecked(&context.default_stream(), X, X, OUT, 500) }.unwrap();
        assert_eq!(double.launches().pop().unwrap().shared, 3);
    }
}
