//! The generated launch functions against the driver double.
#![allow(clippy::undocumented_unsafe_blocks, reason = "the double executes no kernel: no launch can be unsound")]

use driver_double::EncodedTensorMap;
use triton_runner_rt::half::f16;
use triton_runner_rt::{DevicePointer, Error, GridFault, Null, TensorMap, TensorMapMut, context};
use ui_launches::{
    Add, AddCompared, AddPersistent, AddRequired, Biased, BiasedVariant, Described, Rows, RowsVariant, Scalars, Stored,
    Sum, SumVariant,
};

const X: DevicePointer<f32> = DevicePointer::new(0x1000);
const OUT: DevicePointer<f32> = DevicePointer::new(0x3000);

driver_double::tests! {
    fn arguments_arrive_in_their_order(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let y = stream.alloc_zeros::<f32>(4).unwrap();
        let add = Add::load(&context).unwrap();
        unsafe { add.launch_unchecked(&stream, X, &y, OUT, 1000) }.unwrap();
        unsafe { add.clone().launch_unchecked(&stream, X, Null, OUT, 256) }.unwrap();
        let launches = double.launches();
        let grids: Vec<_> = launches.iter().map(|launch| launch.grid).collect();
        assert_eq!(grids, [[4, 1, 1], [1, 1, 1]]);
        let numbers = |launch: usize| [0, 1, 2, 3, 4].map(|index| launches[launch].number(index));
        let [x, y, out, n, hidden] = numbers(0);
        assert_eq!((x, out, n, hidden), (0x1000, 0x3000, 1000, 0));
        assert_ne!(y, 0);
        assert_eq!(numbers(1), [0x1000, 0, 0x3000, 256, 0]);
        assert_eq!(add.info().kernel, "add");
    }

    fn an_empty_grid_launches_nothing_and_a_wrong_one_is_an_error(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let sum = Sum::load_variant(&context, SumVariant::Base).unwrap();
        unsafe { sum.launch_unchecked(&stream, X, X, OUT, 0) }.unwrap();
        let error = unsafe { sum.launch_unchecked(&stream, X, X, OUT, -1000) }.unwrap_err();
        assert!(matches!(error, Error::Grid { kernel: "sum", .. }), "{error}");
        assert!(double.launches().is_empty());
    }

    fn a_comparison_that_overflows_is_no_grid(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let add = AddCompared::load(&context).unwrap();
        // What a condition guards is not computed.
        for n in [1, 0, -1] {
            unsafe { add.launch_unchecked(&stream, X, X, OUT, n) }.unwrap();
        }
        let error = unsafe { add.launch_unchecked(&stream, X, X, OUT, 2) }.unwrap_err();
        assert!(matches!(error, Error::Grid { fault: GridFault::Overflow, .. }), "{error}");
        assert_eq!(double.launches().iter().map(|launch| launch.grid[0]).collect::<Vec<_>>(), [3, 2, 2]);
    }

    fn a_persistent_grid_has_a_program_for_each_multiprocessor_of_the_device(double) {
        double.set_device_count(2);
        // Two blocks fit on each of its multiprocessors at once.
        double.set_device(1, (9, 0), 232_448, true, 2 * 78);
        for ordinal in [0, 1] {
            let context = context(ordinal).unwrap();
            let add = AddPersistent::load(&context).unwrap();
            for n in [1000, 1_000_000] {
                unsafe { add.launch_unchecked(&context.default_stream(), X, X, OUT, n) }.unwrap();
            }
        }
        let grids: Vec<_> = double.launches().iter().map(|launch| launch.grid[0]).collect();
        assert_eq!(grids, [4, 132, 4, 78]);
    }

    fn a_broken_promise_names_the_declared_argument(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let add = Add::load(&context).unwrap();
        let error = unsafe { add.launch_unchecked(&stream, X, Null, DevicePointer::new(0x3004), 1) }.unwrap_err();
        assert!(matches!(error, Error::Misaligned { kernel: "add", argument: "out", index: 2, .. }), "{error}");
        assert!(double.launches().is_empty());
    }

    fn scalars_keep_their_bytes(double) {
        double.set_capability(8, 0);
        let context = context(0).unwrap();
        let scalars = Scalars::load(&context).unwrap();
        let (out, pi) = (DevicePointer::new(8), std::f64::consts::PI);
        unsafe { scalars.launch_unchecked(&context.default_stream(), out, true, -2, 65_535, i32::MIN, u64::MAX, -1.5, pi) }.unwrap();
        let launch = double.launches().pop().unwrap();
        let expected: [&[u8]; 9] = [
            &8_u64.to_le_bytes(),
            &[1],
            &[254],
            &[255, 255],
            &i32::MIN.to_le_bytes(),
            &[255; 8],
            &(-1.5_f32).to_le_bytes(),
            &pi.to_le_bytes(),
            &[0; 8],
        ];
        assert_eq!(launch.parameters(), expected);
    }

    fn a_descriptor_becomes_what_the_image_takes(double) {
        let memory = DevicePointer::<f16>::new(0x7000);
        let map = TensorMap::contiguous(memory, [256, 128]).unwrap();
        let out = DevicePointer::new(0x9000);
        let ninety = context(0).unwrap();
        let described = Described::load(&ninety).unwrap();
        unsafe { described.launch_unchecked(&ninety.default_stream(), (4, 2), &map, out) }.unwrap();
        let launch = double.launches().pop().unwrap();
        let encoded = EncodedTensorMap::read(launch.parameters()[0]);
        assert_eq!((launch.grid, encoded.address, encoded.block), ([4, 2, 1], 0x7000, vec![64, 64]));
        let numbers: Vec<u64> = (1..6).map(|index| launch.number(index)).collect();
        assert_eq!(numbers, [256, 128, 128, 1, 0x9000]);
    }

    fn the_variant_with_the_most_promises_that_hold_is_launched(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let sum = Sum::load(&context).unwrap();
        // `long` promises 256, `even` 16; each has its own block, and grids tell them apart.
        for n in [512, 48, 7, 1024, 0] {
            unsafe { sum.launch_unchecked(&stream, X, X, OUT, n) }.unwrap();
        }
        let launches: Vec<_> = double.launches().iter().map(|launch| (launch.grid[0], launch.shared)).collect();
        assert_eq!(launches, [(256, 32), (5, 16), (1, 0), (512, 32)]);
    }

    fn a_variant_that_no_device_runs_is_left_out(double) {
        let context = context(0).unwrap();
        let sum = Sum::load(&context).unwrap();
        assert!(sum.info(SumVariant::Huge).is_none());
        let loaded = SumVariant::ALL.iter().filter_map(|&variant| sum.info(variant));
        assert_eq!(loaded.map(|info| info.kernel).collect::<Vec<_>>(), ["sum", "sum@even", "sum@long"]);
        let error = Sum::load_variant(&context, SumVariant::Huge).unwrap_err();
        assert!(matches!(error, Error::SharedMemory { kernel: "sum@huge", .. }), "{error}");
        assert_eq!(double.launches().len(), 0);
    }

    fn a_variant_by_itself_is_launched_or_refuses(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let even = Sum::load_variant(&context, SumVariant::Even).unwrap();
        unsafe { even.launch_unchecked(&stream, X, X, OUT, 512) }.unwrap();
        let error = unsafe { even.launch_unchecked(&stream, X, X, OUT, 7) }.unwrap_err();
        assert!(matches!(error, Error::Indivisible { kernel: "sum@even", argument: "n", value: 7, .. }), "{error}");
        assert_eq!(double.launches().iter().map(|launch| launch.grid[0]).collect::<Vec<_>>(), [52]);
    }

    fn where_no_promise_holds_the_fewest_are_told(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let sum = Sum::load(&context).unwrap();
        let error = unsafe { sum.launch_unchecked(&stream, DevicePointer::new(0x1004), X, OUT, 512) }.unwrap_err();
        assert!(matches!(error, Error::Misaligned { kernel: "sum", argument: "x", .. }), "{error}");
        assert!(double.launches().is_empty());
    }

    fn a_device_without_any_variant_is_told_so(double) {
        double.set_capability(7, 5);
        let error = Sum::load(&context(0).unwrap()).unwrap_err();
        assert!(matches!(error, Error::NoImage(_)), "{error}");
        assert!(double.launches().is_empty());
    }

    fn a_failing_driver_is_no_missing_variant(double) {
        let context = context(0).unwrap();
        double.fail("cuModuleLoadData", 2, 1, 2);
        let error = Sum::load(&context).unwrap_err();
        assert!(matches!(error, Error::Load(_)), "{error}");
        // What was loaded is still there, and the rest is loaded now.
        assert!(Sum::load(&context).is_ok());
    }

    fn a_condition_is_checked_at_each_launch(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let add = AddRequired::load(&context).unwrap();
        for n in [0, 1, 255] {
            unsafe { add.launch_unchecked(&stream, X, X, OUT, n) }.unwrap();
        }
        let text = |n: i32| {
            let error = unsafe { add.launch_unchecked(&stream, X, X, OUT, n) }.unwrap_err();
            assert!(matches!(error, Error::Requires(_)), "{error}");
            error.to_string()
        };
        assert!(text(-1).contains("`add` requires `n >= 0`: n = -1\n"), "{}", text(-1));
        assert!(text(7).contains("n % BLOCK != 7`: n = 7, BLOCK = 256\n"), "{}", text(7));
        // What overflows has no value to compare: the condition doesn't hold.
        assert!(text(256).contains("`n * 36_028_797_018_963_968 >= 0 && n % BLOCK != 7`: n = 256"), "{}", text(256));
        assert_eq!(double.launches().len(), 3);
    }

    fn the_smallest_variant_whose_condition_holds_is_launched(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let rows = Rows::load(&context).unwrap();
        for n in [999, 1000, 1001, 2000, 16, 2992] {
            unsafe { rows.launch_unchecked(&stream, X, X, OUT, n) }.unwrap();
        }
        // Shared memory tells them apart: 1 the base, 2 the one with a promise, 3 the wide one.
        let launched: Vec<_> = double.launches().iter().map(|launch| launch.shared).collect();
        assert_eq!(launched, [1, 1, 3, 2, 2, 2]);
    }

    fn where_no_condition_holds_each_variant_shows_its_own(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let rows = Rows::load(&context).unwrap();
        let error = unsafe { rows.launch_unchecked(&stream, X, X, OUT, 2001) }.unwrap_err();
        let Error::Requires(unmet) = &error else { panic!("{error}") };
        assert_eq!((unmet.kernel, unmet.faults.len()), ("rows", 3));
        let text = error.to_string();
        for line in [
            "`rows@even`: argument `n` of kernel `rows@even` is 2001, which is no multiple of 16",
            "`rows` requires `n <= BLOCK`: n = 2001, BLOCK = 1000\n",
            "`rows@wide` requires `n <= BLOCK`: n = 2001, BLOCK = 2000\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
        // A broken promise of all is told as where there are no conditions.
        let error = unsafe { rows.launch_unchecked(&stream, DevicePointer::new(0x1004), X, OUT, 999) }.unwrap_err();
        assert!(matches!(error, Error::Misaligned { kernel: "rows@wide", argument: "x", .. }), "{error}");
        assert!(double.launches().is_empty());
    }

    fn a_variant_by_itself_is_held_to_its_condition(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let rows = Rows::load_variant(&context, RowsVariant::Wide).unwrap();
        unsafe { rows.launch_unchecked(&stream, X, X, OUT, 7) }.unwrap();
        let error = unsafe { rows.launch_unchecked(&stream, X, X, OUT, 2001) }.unwrap_err();
        let Error::Requires(unmet) = &error else { panic!("{error}") };
        assert_eq!(unmet.faults.len(), 1);
        let even = Rows::load_variant(&context, RowsVariant::Even).unwrap();
        let error = unsafe { even.launch_unchecked(&stream, X, X, OUT, 7) }.unwrap_err();
        assert!(matches!(error, Error::Indivisible { kernel: "rows@even", value: 7, .. }), "{error}");
        assert_eq!(double.launches().iter().map(|launch| launch.shared).collect::<Vec<_>>(), [3]);
    }

    fn what_is_stored_through_a_descriptor_is_tracked_as_written(double) {
        let context = context(0).unwrap();
        let stream = context.new_stream().unwrap();
        let stored = Stored::load(&context).unwrap();
        let x = DevicePointer::new(0x9000);
        let mut memory = stream.alloc_zeros::<u16>(64 * 64).unwrap();
        // SAFETY: the same number of bytes, and every pattern of bits is a number.
        let view = unsafe { memory.transmute_mut::<f16>(64 * 64) }.unwrap();
        let mut map = TensorMapMut::contiguous(view, [64, 64]).unwrap();
        double.take_log();
        unsafe { stored.launch_unchecked(&stream, &mut map, x) }.unwrap();
        unsafe { stored.launch_unchecked(&stream, &mut map, x) }.unwrap();
        // Each waits for what reads and for what writes, and is noted as one that writes.
        assert_eq!(double.take_log(), ["wait", "wait", "launch described", "record"].repeat(2));
        drop(map);
        // A reader on another stream waits for that write, and for nothing else.
        let other = context.new_stream().unwrap();
        let described = Described::load(&context).unwrap();
        // SAFETY: as above.
        let view = unsafe { memory.transmute::<f16>(64 * 64) }.unwrap();
        let map = TensorMap::contiguous(view, [64, 64]).unwrap();
        double.take_log();
        unsafe { described.launch_unchecked(&other, 1, &map, DevicePointer::new(0x7000)) }.unwrap();
        assert_eq!(double.take_log(), ["wait", "launch described", "record"]);
    }

    fn a_pointer_that_is_left_out_takes_the_variant_without_it(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let biased = Biased::load(&context).unwrap();
        let slice = stream.alloc_zeros::<f32>(8).unwrap();
        unsafe { biased.launch_unchecked(&stream, X, Some(&slice), OUT, 8) }.unwrap();
        unsafe { biased.launch_unchecked(&stream, X, None::<DevicePointer<f32>>, OUT, 7) }.unwrap();
        unsafe { biased.launch_unchecked(&stream, X, Null, OUT, 6) }.unwrap();
        // An address of 0 is an address: that is the caller's to say.
        unsafe { biased.launch_unchecked(&stream, X, DevicePointer::null(), OUT, 5) }.unwrap();
        let launches = double.launches();
        let numbers = |launch: usize| launches[launch].parameters().len();
        assert_eq!([0, 1, 2, 3].map(numbers), [5, 4, 4, 5]);
        let plain: Vec<u64> = (0..3).map(|index| launches[1].number(index)).collect();
        assert_eq!(plain, [0x1000, 0x3000, 7]);
        assert_eq!((launches[3].number(1), launches[3].number(3)), (0, 5));
    }

    fn a_variant_by_itself_asks_for_its_arguments(double) {
        let context = context(0).unwrap();
        let stream = context.default_stream();
        let [base, plain] =
            [BiasedVariant::Base, BiasedVariant::Plain].map(|one| Biased::load_variant(&context, one).unwrap());
        let error = unsafe { base.launch_unchecked(&stream, X, Null, OUT, 8) }.unwrap_err();
        assert!(error.to_string().contains("`biased` takes `bias`, which is not given"), "{error}");
        let error = unsafe { plain.launch_unchecked(&stream, X, X, OUT, 8) }.unwrap_err();
        assert!(error.to_string().contains("`biased@plain` was compiled without `bias`, which is given"), "{error}");
        // A promise is told by the name of the argument that breaks it.
        let error = unsafe { plain.launch_unchecked(&stream, X, Null, DevicePointer::new(0x3004), 8) }.unwrap_err();
        assert!(matches!(error, Error::Misaligned { kernel: "biased@plain", argument: "out", index: 1, .. }), "{error}");
        assert!(double.launches().is_empty());
    }
}
