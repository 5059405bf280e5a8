//! What a safe launch refuses because of what the kernel would touch, and the error that says so.
#![forbid(unsafe_code)]

use driver_double::Double;
use triton_runner_rt::{BoundsFault, Error, Graph, Null, OutOfBounds, Result, context, triton_kernel};
use ui_launches::{Add, Scalars, slice};

triton_kernel! {
    /// Any of its pointers may be null.
    #[kernel = "add"]
    #[name = "AddNull"]
    #[grid(n.div_ceil(BLOCK))]
    fn add(x: Option<&[f32]>, y: Option<&[f32]>, out: Option<&mut [f32]>, n: i32);

    /// With a grid of the caller's, in variants of other blocks.
    #[interchangeable(BLOCK)]
    sum;

    /// With and without a pointer.
    fn biased(x: &[f32], bias: Option<&[f32]>, out: &mut [f32], n: i32);
}

/// The error of a launch that never reached the driver.
fn refused(double: &Double, launched: Result<()>) -> OutOfBounds {
    assert!(double.launches().is_empty());
    match launched.unwrap_err() {
        Error::OutOfBounds(out_of_bounds) => *out_of_bounds,
        other => panic!("{other}"),
    }
}

fn numbers(refused: &OutOfBounds) -> Vec<(&str, i64)> {
    refused.because.iter().map(|(name, value)| (name.as_str(), *value)).collect()
}

driver_double::tests! {
    fn a_slice_that_is_too_short_is_named_with_its_bytes_and_the_numbers(double) {
        let context = context(0).unwrap();
        let (stream, add) = (context.default_stream(), Add::load(&context).unwrap());
        let (x, mut out) = (slice(&stream), slice(&stream));
        let error = add.launch(&stream, &x, Null, out.slice_mut(..999), 1000).unwrap_err();
        let text = error.to_string();
        assert_eq!(
            text.lines().next().unwrap(),
            "argument `out` of kernel `add` needs 4000 bytes and has 3996, with n = 1000, grid.x = 4"
        );
        let found = refused(double, Err(error));
        assert_eq!(found.kernel, "add");
        assert!(matches!(found.fault, BoundsFault::Short { argument: "out", needed: 4000, given: 3996, .. }), "{found}");
        assert_eq!(numbers(&found), [("n", 1000), ("grid.x", 4)]);
        let found = refused(double, add.launch(&stream, x.slice(..4), Null, &mut out, 1000));
        assert!(matches!(found.fault, BoundsFault::Short { argument: "x", given: 16, .. }), "{found}");
        // Just what is needed.
        add.launch(&stream, x.slice(24..), Null, out.slice_mut(..1000), 1000).unwrap();
        assert_eq!(double.launches().len(), 1);
    }

    fn a_null_pointer_has_no_bytes(double) {
        let context = context(0).unwrap();
        let (stream, add) = (context.default_stream(), AddNull::load(&context).unwrap());
        let x = slice(&stream);
        let found = refused(double, add.launch(&stream, &x, Null, Null, 8));
        assert!(matches!(found.fault, BoundsFault::Short { argument: "out", needed: 32, given: 0, .. }), "{found}");
        // An empty grid touches nothing.
        add.launch(&stream, Null, Null, Null, 0).unwrap();
        assert!(double.launches().is_empty());
    }

    fn a_grid_that_is_too_large_is_named(double) {
        let context = context(0).unwrap();
        let (stream, sum) = (context.default_stream(), Sum::load(&context).unwrap());
        let (x, mut out) = (slice(&stream), slice(&stream));
        let found = refused(double, sum.launch(&stream, |_| i32::MAX, &x, &x, &mut out, 7));
        assert_eq!((found.kernel, &*numbers(&found)), ("sum", &[("grid.x", i64::from(i32::MAX))][..]));
        let BoundsFault::Condition { problem, place, .. } = &found.fault else { panic!("{found}") };
        assert_eq!((problem.as_str(), place.as_str()), ("an integer wraps", "blocks.py:12"));
        let text = found.to_string();
        assert!(text.starts_with("kernel `sum` can't be launched with these numbers: an integer wraps (blocks.py:12)"), "{text}");
        // More than any device launches is the grid's own error.
        let error = sum.launch(&stream, |_| u32::MAX, &x, &x, &mut out, 7).unwrap_err();
        assert!(matches!(error, Error::Grid { .. }), "{error}");
    }

    fn numbers_that_the_kernel_is_not_right_for_are_named(double) {
        let context = context(0).unwrap();
        let (stream, biased) = (context.default_stream(), Biased::load(&context).unwrap());
        let (x, mut out) = (slice(&stream), slice(&stream));
        let found = refused(double, biased.launch(&stream, |_| 1, &x, Some(&x), &mut out, -4));
        assert_eq!(numbers(&found), [("n", -4)]);
        let BoundsFault::Condition { problem, place, .. } = &found.fault else { panic!("{found}") };
        assert_eq!((problem.as_str(), place.as_str()), ("what the compiler is told to assume isn't so", "biased.py:5"));
        // The variant without a bias has no such condition, and touches nothing then.
        biased.launch(&stream, |_| 1, &x, Null, &mut out, -4).unwrap();
        assert_eq!(double.launches().len(), 1);
    }

    fn each_variant_is_held_to_its_own_check(double) {
        let context = context(0).unwrap();
        let (stream, biased) = (context.default_stream(), Biased::load(&context).unwrap());
        let (x, mut out) = (slice(&stream), slice(&stream));
        // The grid bounds one of them, and not the other.
        biased.launch(&stream, |_| 1, &x, Null, out.slice_mut(..256), 1000).unwrap();
        let error = biased.launch(&stream, |_| 1, &x, Some(&x), out.slice_mut(..256), 1000).unwrap_err();
        let Error::OutOfBounds(found) = error else { panic!("{error}") };
        assert!(matches!(found.fault, BoundsFault::Short { argument: "out", needed: 4000, given: 1024, .. }), "{found}");
        let error = biased.launch(&stream, |_| 1, &x, Some(x.slice(..8)), &mut out, 1000).unwrap_err();
        assert!(error.to_string().starts_with("argument `bias` of kernel `biased` needs 4000 bytes and has 32"), "{error}");
        assert_eq!(double.launches().len(), 1);
    }

    fn integers_are_taken_as_the_kernel_sees_them(double) {
        let context = context(0).unwrap();
        let (stream, add) = (context.default_stream(), Add::load(&context).unwrap());
        let (x, mut out) = (slice(&stream), slice(&stream));
        // Above 2^31 an `u32` is negative in the IR: nothing is below it, but so many programs wrap.
        let found = refused(double, add.launch(&stream, &x, Null, &mut out, u32::MAX));
        assert_eq!(numbers(&found), [("grid.x", 1 << 24)]);
        assert!(matches!(found.fault, BoundsFault::Condition { .. }), "{found}");
        add.launch(&stream, &x, Null, &mut out, 1 << 31).unwrap();
        assert_eq!(double.launches().len(), 1);
    }

    fn numbers_that_64_bits_do_not_hold_are_decided_all_the_same(double) {
        double.set_capability(8, 0);
        let context = context(0).unwrap();
        let (stream, scalars) = (context.default_stream(), Scalars::load(&context).unwrap());
        let mut out = stream.alloc_zeros::<i64>(2).unwrap();
        scalars.launch(&stream, &mut out, true, 0, 0, i32::MAX, i64::MAX as u64, 0.0, 0.0).unwrap();
        scalars.launch(&stream, out.slice_mut(..1), true, 0, 0, i32::MAX, u64::MAX, 0.0, 0.0).unwrap();
        assert_eq!(double.launches().len(), 2);
        let error = scalars.launch(&stream, out.slice_mut(..1), true, 0, 0, 2, i64::MAX as u64, 0.0, 0.0).unwrap_err();
        assert!(error.to_string().starts_with("argument `out` of kernel `scalars` needs 16 bytes and has 8, with d = 2"), "{error}");
    }

    fn what_a_launch_is_held_to_a_capture_is(double) {
        let context = context(0).unwrap();
        let (stream, add) = (context.default_stream(), Add::load(&context).unwrap());
        let mut graph = Graph::new(&context);
        let (x, mut out) = (graph.own(slice(&stream)), graph.own(stream.alloc_zeros::<f32>(512).unwrap()));
        let found = refused(double, graph.capture(|capture| add.capture(capture, &x, Null, &mut out, 513)));
        assert!(matches!(found.fault, BoundsFault::Short { argument: "out", needed: 2052, given: 2048, .. }), "{found}");
        graph.capture(|capture| add.capture(capture, &x, Null, &mut out, 512)).unwrap();
        assert_eq!(double.launches().len(), 1);
    }
}
