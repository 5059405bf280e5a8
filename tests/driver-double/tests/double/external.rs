//! Kernels from outside the binary: loaded, launched and unloaded against the driver double.

use std::path::PathBuf;

use triton_runner_rt::{
    Arch, Choice, DevicePointer, Error, ExternalImage, Graph, ImageKind, Suffix, context, triton_kernel,
};

use crate::launching::Setting;

triton_kernel! {
    /// Declared as the fixture is.
    #[external(BLOCK = 256)]
    #[grid(n.div_ceil(BLOCK))]
    unsafe fn add(x: &[f32], y: &[f32], out: &mut [f32], n: i32);

    #[external(BLOCK = 256)]
    #[grid(n.div_ceil(BLOCK))]
    #[kernel = "add"]
    unsafe fn sized_add(x: &[f32], y: &[f32], out: &mut [f32], n: usize);

    #[external]
    #[name = "AnyAdd"]
    #[kernel = "add"]
    unsafe fn any_add(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// The fixture's JSON, which has no arguments, with these.
#[allow(clippy::unwrap_used, reason = "part of tests")]
fn json_with(name: &str, signature: &str, block: u32) -> String {
    let own = std::fs::read_to_string(fixture(name)).unwrap();
    own.replacen(
        '{',
        &format!(
            "{{\"launch_cooperative_grid\": false, \"signature\": {signature}, \"constants\": {{\"BLOCK\": {block}}}, "
        ),
        1,
    )
}

const SIGNATURE: &str = r#"[{"name": "x", "type": "*fp32", "divisible_by": 16}, {"name": "y", "type": "*fp32", "divisible_by": 16}, {"name": "out", "type": "*fp32", "divisible_by": 16}, {"name": "n", "type": "i32"}]"#;

#[allow(clippy::unwrap_used, reason = "part of tests")]
fn image(file: &str, json: &str) -> ExternalImage {
    let bytes = std::fs::read(fixture(file)).unwrap();
    ExternalImage::new(file, &bytes, &json_with(json, SIGNATURE, 256)).unwrap()
}

fn images() -> [ExternalImage; 3] {
    [
        image("add.sm_80.cubin", "add.sm_80.json"),
        image("add.sm_90.cubin", "add.sm_90.json"),
        image("add.sm_80.ptx", "add.sm_80.json"),
    ]
}

/// On a stream of its own.
#[allow(clippy::unwrap_used, reason = "part of tests")]
fn setting() -> Setting {
    Setting::with(|context| context.new_stream().unwrap())
}

driver_double::tests! {
    fn the_image_for_the_device_is_loaded_and_launched_as_an_embedded_one(double) {
        for (capability, arch, kind, choice) in [
            ((9, 0), Arch::new(90, Suffix::A), ImageKind::Cubin, Choice::Exact),
            ((8, 6), Arch::new(80, Suffix::None), ImageKind::Cubin, Choice::SameMajor),
            ((12, 0), Arch::new(80, Suffix::None), ImageKind::Ptx, Choice::Ptx),
        ] {
            double.set_capability(capability.0, capability.1);
            let Setting { context, stream, x, y, mut out } = setting();
            let kernel = Add::load_from(&context, &images()).unwrap();
            let info = kernel.info();
            assert_eq!((info.arch, info.kind, info.choice, info.kernel), (arch, kind, choice, "add"));
            assert_eq!((kernel.constant("BLOCK"), kernel.constant("OTHER")), (Some(256), None));
            unsafe { kernel.launch(&stream, &x, &y, &mut out, 1000) }.unwrap();
            let launch = double.launches().pop().unwrap();
            assert_eq!((launch.function(), launch.grid, launch.number(3)), ("add", [4, 1, 1], 1000));
        }
    }

    fn unloading_waits_for_what_may_still_run(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = Add::load_from(&context, &images()).unwrap();
        unsafe { kernel.launch(&stream, &x, &y, &mut out, 1000) }.unwrap();
        let waits = double.calls("cuCtxSynchronize");
        kernel.unload().unwrap();
        assert_eq!((double.calls("cuCtxSynchronize") - waits, double.calls("cuModuleUnload")), (1, 1));
        assert_eq!(double.unordered(), 0);

        let again = Add::load_from(&context, &images()).unwrap();
        unsafe { again.launch(&stream, &x, &y, &mut out, 1000) }.unwrap();
        let clone = again.clone();
        drop(again);
        assert_eq!(double.calls("cuModuleUnload"), 1);
        drop(clone);
        assert_eq!((double.calls("cuModuleLoadData"), double.calls("cuModuleUnload"), double.unordered()), (2, 2, 0));
    }

    fn a_kernel_is_unloaded_in_its_own_context_from_any_thread(double) {
        double.set_device_count(2);
        let contexts = [context(0).unwrap(), context(1).unwrap()];
        let kernels = contexts.each_ref().map(|context| Add::load_from(context, &images()).unwrap());
        contexts[1].bind_to_thread().unwrap();
        let [first, second] = kernels;
        drop(first);
        // What was current still is.
        let stream = contexts[1].default_stream();
        unsafe { second.launch(&stream, DevicePointer::null(), DevicePointer::null(), DevicePointer::null(), 1) }.unwrap();
        std::thread::spawn(move || drop(second)).join().unwrap();
        assert_eq!(double.calls("cuModuleUnload"), 2);
        assert_eq!(double.take_log().iter().filter(|line| line.starts_with("unload")).count(), 2);
    }

    fn a_kernel_that_is_still_held_is_not_unloaded_and_says_so(double) {
        let Setting { context, .. } = setting();
        let kernel = Add::load_from(&context, &images()).unwrap();
        let held = kernel.clone();
        let error = kernel.unload().unwrap_err();
        assert!(matches!(error, Error::StillHeld { kernel: "add", .. }), "{error}");
        assert!(error.to_string().contains("still holds it\ndrop those first"), "{error}");
        assert_eq!(double.calls("cuModuleUnload"), 0);
        held.unload().unwrap();
        assert_eq!(double.calls("cuModuleUnload"), 1);
    }

    fn a_graph_keeps_the_kernels_that_it_has_captured(double) {
        let Setting { context, stream, .. } = setting();
        let kernel = Add::load_from(&context, &images()).unwrap();
        let mut graph = Graph::new(&context);
        let x = graph.own(stream.alloc_zeros::<f32>(1024).unwrap());
        let mut out = graph.own(stream.alloc_zeros::<f32>(1024).unwrap());
        graph.capture(|capture| unsafe { kernel.capture_unchecked(capture, &x, &x, &mut out, 1024) }).unwrap();
        assert!(matches!(kernel.unload(), Err(Error::StillHeld { .. })));
        graph.launch(&stream).unwrap();
        assert_eq!((double.calls("cuModuleUnload"), double.unordered()), (0, 0));
        // Another capture in its place lets go of it.
        graph.capture(|_| Ok(())).unwrap();
        assert_eq!((double.calls("cuModuleUnload"), double.unordered()), (1, 0));
        drop(graph);
        assert_eq!(double.unordered(), 0);
    }

    fn a_module_that_can_not_be_waited_for_stays_loaded(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = Add::load_from(&context, &images()).unwrap();
        unsafe { kernel.launch(&stream, &x, &y, &mut out, 1000) }.unwrap();
        double.fail("cuCtxSynchronize", 1, 1, 700);
        let error = kernel.unload().unwrap_err();
        assert!(error.to_string().contains("was not unloaded") && error.to_string().contains("CUDA_ERROR_ILLEGAL_ADDRESS"));
        assert_eq!(double.calls("cuModuleUnload"), 0);
    }

    fn what_an_image_promises_is_checked_at_each_launch(double) {
        let Setting { context, stream, y, mut out, .. } = setting();
        let kernel = Add::load_from(&context, &images()).unwrap();
        let odd = DevicePointer::<f32>::new(0x1004);
        let error = unsafe { kernel.launch(&stream, odd, &y, &mut out, 1000) }.unwrap_err();
        assert!(matches!(error, Error::Misaligned { argument: "x", promised: 16, .. }), "{error}");
        assert!(double.launches().is_empty());
        // Another image of the kernel promises nothing.
        let bytes = std::fs::read(fixture("add.sm_90.cubin")).unwrap();
        let json = json_with("add.sm_90.json", &SIGNATURE.replace("16", "1"), 256);
        let other = ExternalImage::new("other.cubin", &bytes, &json).unwrap();
        let kernel = Add::load_from(&context, &[other]).unwrap();
        unsafe { kernel.launch(&stream, odd, &y, &mut out, 1000) }.unwrap();
    }

    fn a_kernel_of_another_signature_or_with_other_constants_is_refused(double) {
        let context = context(0).unwrap();
        let bytes = std::fs::read(fixture("add.sm_90.cubin")).unwrap();
        let signature = |from: &str, to: &str| json_with("add.sm_90.json", &SIGNATURE.replace(from, to), 256);
        let message = |json: &str| {
            let image = ExternalImage::new("add.cubin", &bytes, json).unwrap();
            Add::load_from(&context, &[image]).unwrap_err().to_string()
        };
        let name = message(&signature("\"n\"", "\"m\""));
        assert!(name.contains("`add.cubin`") && name.contains("argument 3 is `m`, and kernel `add` is declared with `n`"), "{name}");
        let ty = message(&signature("\"x\", \"type\": \"*fp32\"", "\"x\", \"type\": \"*fp16\""));
        assert!(ty.contains("type `*fp16`") && ty.contains("`x: &[f32]`, which is `*fp32`"), "{ty}");
        let block = message(&json_with("add.sm_90.json", SIGNATURE, 512));
        assert!(block.contains("compiled with BLOCK = 512, and kernel `add` is declared with 256"), "{block}");
        let without = message(&json_with("add.sm_90.json", SIGNATURE, 256).replace("BLOCK", "OTHER"));
        assert!(without.contains("doesn't say what it was compiled with for `BLOCK`"), "{without}");
        assert_eq!(double.calls("cuModuleLoadData"), 0);
        // Without a constant in the declaration the caller gives the grid.
        let image = ExternalImage::new("add.cubin", &bytes, &json_with("add.sm_90.json", SIGNATURE, 512)).unwrap();
        let kernel = AnyAdd::load_from(&context, &[image]).unwrap();
        assert_eq!(kernel.constant("BLOCK"), Some(512));
        let null = DevicePointer::null();
        unsafe { kernel.launch(&context.default_stream(), 7, null, null, DevicePointer::null(), 1) }.unwrap();
        assert_eq!(double.launches()[0].grid, [7, 1, 1]);
    }

    fn without_an_image_for_the_device_the_error_lists_what_was_given(double) {
        double.set_capability(7, 5);
        let context = context(0).unwrap();
        let error = Add::load_from(&context, &images()).unwrap_err();
        let Error::NoImage(no_image) = &error else { panic!("{error}") };
        assert!(no_image.outside);
        assert!(error.to_string().contains("given were sm_80, sm_90a, PTX sm_80"), "{error}");
        assert!(error.to_string().contains("lowered for sm_75"), "{error}");
        assert!(Add::load_from(&context, &[]).unwrap_err().to_string().contains("none was given"));
    }

    fn a_length_is_passed_as_a_usize_where_it_fits(double) {
        let Setting { context, stream, x, y, mut out } = setting();
        let kernel = SizedAdd::load_from(&context, &images()).unwrap();
        unsafe { kernel.launch(&stream, &x, &y, &mut out, x.len()) }.unwrap();
        let launch = double.launches().pop().unwrap();
        assert_eq!((launch.grid, launch.number(3), launch.parameters()[3].len()), ([4, 1, 1], 1024, 4));
        for n in [1 << 31, usize::MAX] {
            let error = unsafe { kernel.launch(&stream, &x, &y, &mut out, n) }.unwrap_err();
            assert!(matches!(error, Error::TooLarge { kernel: "add", argument: "n", value, .. } if value == n), "{error}");
            assert!(error.to_string().contains(&format!("`n` of kernel `add` is {n}, and the kernel takes an `i32`, at most 2147483647")));
        }
        unsafe { kernel.launch(&stream, &x, &y, &mut out, i32::MAX as usize) }.unwrap();
        assert_eq!(double.launches().len(), 2);
    }

    fn one_buffer_is_read_and_written_by_a_launch_that_is_ordered_with_others(double) {
        let Setting { context, stream, mut x, y, .. } = setting();
        let kernel = Add::load_from(&context, &images()).unwrap();
        let other = context.new_stream().unwrap();
        let (input, output) = DevicePointer::in_place(&mut x);
        unsafe { kernel.launch(&other, input, &y, output, 1024) }.unwrap();
        let launch = double.launches().pop().unwrap();
        assert_eq!(launch.number(0), launch.number(2));
        // Of a view too.
        let mut half = x.slice_mut(512..);
        let (input, output) = DevicePointer::in_place(&mut half);
        unsafe { kernel.launch(&stream, input, &y, output, 512) }.unwrap();
        let launch = double.launches().pop().unwrap();
        assert_eq!(launch.number(0), launch.number(2));
        drop((x, y));
        assert_eq!(double.unordered(), 0);
    }

    fn the_drivers_handles_are_those_of_the_loaded_module(double) {
        let context = context(0).unwrap();
        let kernel = Add::load_from(&context, &images()).unwrap();
        let handles = unsafe { kernel.raw_handles() };
        assert!(!handles.module.is_null() && !handles.function.is_null());
        let other = Add::load_from(&context, &images()).unwrap();
        assert_ne!(handles.module, unsafe { other.raw_handles() }.module);
        // Who unloads by them while a kernel may run is seen: the double looks for what the runtime waits for.
        let stream = context.new_stream().unwrap();
        let null = DevicePointer::null();
        unsafe { kernel.launch(&stream, null, null, DevicePointer::null(), 1) }.unwrap();
        unsafe { triton_runner_rt::cudarc::driver::result::module::unload(handles.module.cast()) }.unwrap();
        assert_eq!(double.unordered(), 1);
    }
}
