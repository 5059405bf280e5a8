//! Choosing and loading images, against the driver double.

use std::sync::Arc;

use driver_double::fixtures::*;
use driver_double::kernels;
use triton_runner_rt::__private::v1::{Aligned, ImageFields, ImageKind, LoadedKernel};
use triton_runner_rt::cudarc::driver::CudaContext;
use triton_runner_rt::{Arch, Choice, DevicePointer, Error, RefusalReason, Suffix, context, device_count};

static PTX_TOO_NEW: Aligned<47> = Aligned::new(*b".version 9.9\n.target sm_80\n.address_size 64\n  \0");

driver_double::tests! {
    fn the_image_is_the_one_for_the_device(double) {
        for (capability, arch, kind, choice) in [
            ((9, 0), Arch::new(90, Suffix::A), ImageKind::Cubin, Choice::Exact),
            ((8, 0), Arch::new(80, Suffix::None), ImageKind::Cubin, Choice::Exact),
            ((8, 6), Arch::new(80, Suffix::None), ImageKind::Cubin, Choice::SameMajor),
            ((12, 0), Arch::new(80, Suffix::None), ImageKind::Ptx, Choice::Ptx),
        ] {
            double.set_capability(capability.0, capability.1);
            let info = LoadedKernel::load(&context(0).unwrap(), &ADD).unwrap().info();
            assert_eq!((info.arch, info.kind, info.choice), (arch, kind, choice));
            assert_eq!(info.device_arch, Arch::of_device(capability.0 as u16, capability.1 as u16));
            assert!(info.refused.is_empty());
            assert_eq!((info.threads, info.entry, info.kernel, info.device), (128, "add", "add", 0));
            assert!(info.to_string().contains(&arch.to_string()), "{info}");
        }
    }

    fn without_an_image_the_error_lists_what_there_is(double) {
        double.set_capability(7, 5);
        let error = LoadedKernel::load(&context(0).unwrap(), &ADD).unwrap_err();
        let Error::NoImage(no_image) = &error else { panic!("{error}") };
        assert_eq!(no_image.arch, Arch::of_device(7, 5));
        assert_eq!(no_image.embedded, ["sm_80", "sm_90a", "PTX sm_80"]);
        assert!(no_image.refused.is_empty());
        let text = error.to_string();
        assert!(text.contains("sm_75") && text.contains("sm_80, sm_90a, PTX sm_80"), "{text}");
    }

    fn a_kernel_whose_machine_code_was_left_out_says_so(double) {
        let context = context(0).unwrap();
        let why = Some("TRITON_RUNNER_STUB=1 was set");
        let error = LoadedKernel::load_what_is_there(&context, add_with([]), why).unwrap_err();
        assert!(matches!(&error, Error::LeftOut { kernel: "add", file: "fixtures/add.ttir", .. }), "{error}");
        assert!(error.to_string().contains("TRITON_RUNNER_STUB=1 was set\nrun `cargo triton lock`"), "{error}");
        // What is there is loaded, and what isn't is told.
        double.set_capability(9, 0);
        assert!(LoadedKernel::load_what_is_there(&context, add_with([ADD_IMAGE_90]), why).is_ok());
        let error = LoadedKernel::load_what_is_there(&context, add_with([ADD_IMAGE_80]), why).unwrap_err();
        let Error::NoImage(no_image) = &error else { panic!("{error}") };
        assert_eq!((no_image.left_out, no_image.embedded.as_slice()), (why, &["sm_80".to_owned()][..]));
        assert!(error.to_string().contains("its build left others out: TRITON_RUNNER_STUB=1"), "{error}");
    }

    fn an_image_that_the_driver_refuses_gives_way_to_the_next(double) {
        for code in [200, 209, 218, 300] {
            double.fail("cuModuleLoadData", 1, 1, code);
            let info = LoadedKernel::load(&context(0).unwrap(), add_with(vec![ADD_IMAGE_90, ADD_IMAGE_PTX])).unwrap().info();
            assert_eq!((info.kind, info.choice), (ImageKind::Ptx, Choice::Ptx));
            let [refusal] = info.refused.as_slice() else { panic!("{info}") };
            assert_eq!(refusal.image, "sm_90a");
            assert!(matches!(&refusal.reason, RefusalReason::Driver { error, .. } if error.code() == code));
        }
    }

    fn ptx_newer_than_the_driver_is_refused_with_the_compilers_words(double) {
        double.set_capability(8, 9);
        let newer = ImageFields { bytes: PTX_TOO_NEW.bytes(), ..ADD_IMAGE_PTX };
        let error = LoadedKernel::load(&context(0).unwrap(), add_with(vec![newer])).unwrap_err();
        let Error::NoImage(no_image) = &error else { panic!("{error}") };
        assert!(matches!(
            &no_image.refused[0].reason,
            RefusalReason::Driver { error, log, .. } if error.code() == 222 && log.contains("Unsupported .version")
        ));
        assert!(error.to_string().contains("CUDA_ERROR_UNSUPPORTED_PTX_VERSION"), "{error}");
        // Older PTX beside it does.
        let newer = ImageFields { bytes: PTX_TOO_NEW.bytes(), ..ADD_IMAGE_PTX };
        assert!(LoadedKernel::load(&context(0).unwrap(), add_with(vec![newer, ADD_IMAGE_PTX])).is_ok());
    }

    fn ptx_without_a_nul_never_reaches_the_driver(double) {
        let open = ImageFields { bytes: &PTX_TOO_NEW.bytes()[..20], ..ADD_IMAGE_PTX };
        let error = LoadedKernel::load(&context(0).unwrap(), add_with(vec![open])).unwrap_err();
        assert!(error.to_string().contains("NUL"), "{error}");
        assert_eq!(double.calls("cuModuleLoadDataEx"), 0);
    }

    fn text_that_is_no_ptx_is_refused(double) {
        let _ = double;
        let headless = ImageFields { bytes: &PTX_TOO_NEW.bytes()[13..], ..ADD_IMAGE_PTX };
        let error = LoadedKernel::load(&context(0).unwrap(), add_with(vec![headless])).unwrap_err();
        assert!(matches!(error, Error::NoImage(_)), "{error}");
        assert!(error.to_string().contains("Missing .version"), "{error}");
    }

    fn another_error_of_the_driver_is_not_tried_around(double) {
        double.fail("cuModuleLoadData", 1, 1, 2);
        let spec = add_with(vec![ADD_IMAGE_90, ADD_IMAGE_PTX]);
        let error = LoadedKernel::load(&context(0).unwrap(), spec).unwrap_err();
        let Error::Load(failure) = &error else { panic!("{error}") };
        assert_eq!((failure.image.as_str(), failure.source.code()), ("sm_90a", 2));
        assert!(error.to_string().contains("CUDA_ERROR_OUT_OF_MEMORY (out of memory)"), "{error}");
        // The failure is not kept.
        assert!(LoadedKernel::load(&context(0).unwrap(), spec).is_ok());
    }

    fn a_missing_function_is_named_and_the_module_unloaded(double) {
        let other = ImageFields { entry: c"other", ..ADD_IMAGE_90 };
        let context = context(0).unwrap();
        let error = LoadedKernel::load(&context, add_with(vec![other])).unwrap_err();
        assert!(error.to_string().contains("no function \"other\""), "{error}");
        assert!(error.to_string().contains("CUDA_ERROR_NOT_FOUND"), "{error}");
        assert_eq!(double.calls("cuModuleUnload"), 1);
    }

    fn a_kernel_is_loaded_once_for_a_context(double) {
        let context = context(0).unwrap();
        let first = LoadedKernel::load(&context, &ADD).unwrap();
        let again = LoadedKernel::load(&context, &ADD).unwrap();
        let other_handle = LoadedKernel::load(&CudaContext::new(0).unwrap(), &ADD).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                let context = Arc::clone(&context);
                scope.spawn(move || LoadedKernel::load(&context, &ADD).unwrap());
            }
        });
        assert_eq!(double.calls("cuModuleLoadData"), 1);
        drop((first, again, other_handle));
        LoadedKernel::load(&context, &ADD).unwrap();
        assert_eq!(double.calls("cuModuleLoadData"), 1);
        LoadedKernel::load(&context, &ADD_TWO).unwrap();
        assert_eq!(double.calls("cuModuleLoadData"), 2);
    }

    fn many_threads_that_load_at_once_load_one_module(double) {
        let context = context(0).unwrap();
        let barrier = std::sync::Barrier::new(16);
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    barrier.wait();
                    LoadedKernel::load(&context, &ADD).unwrap();
                });
            }
        });
        assert_eq!(double.calls("cuModuleLoadData"), 1);
    }

    fn what_is_loaded_goes_with_the_context(double) {
        let first = context(0).unwrap();
        let kernel = LoadedKernel::load(&first, &ADD).unwrap();
        drop(first);
        assert!(!double.take_log().iter().any(|line| line.starts_with("destroy")), "the kernel keeps its context");
        drop(kernel);
        assert_eq!(double.take_log(), ["destroy context 1"]);
        // The driver gives the new one the same address.
        LoadedKernel::load(&context(0).unwrap(), &ADD).unwrap();
        assert_eq!(double.calls("cuModuleLoadData"), 2);
        assert_eq!(double.calls("cuModuleUnload"), 0, "the module went with its context");
    }

    fn a_context_that_another_keeps_keeps_its_modules(double) {
        let ours = context(0).unwrap();
        LoadedKernel::load(&ours, &ADD).unwrap();
        // SAFETY: declared so in `cuda.h`.
        let retain: unsafe extern "C" fn(*mut *mut u8, i32) -> u32 =
            unsafe { double.function("cuDevicePrimaryCtxRetain") };
        let mut raw = std::ptr::null_mut();
        // SAFETY: `raw` outlives the call.
        assert_eq!(unsafe { retain(&mut raw, 0) }, 0);
        drop(ours);
        LoadedKernel::load(&context(0).unwrap(), &ADD).unwrap();
        assert_eq!(double.calls("cuModuleLoadData"), 1);
    }

    fn contexts_of_one_device_load_for_themselves(double) {
        let primary = context(0).unwrap();
        // SAFETY: declared so in `cuda.h`.
        let create: unsafe extern "C" fn(*mut *mut u8, u32, i32) -> u32 = unsafe { double.function("cuCtxCreate_v2") };
        let mut raw = std::ptr::null_mut();
        // SAFETY: `raw` outlives the call; cudarc takes the context over.
        let other = unsafe {
            assert_eq!(create(&mut raw, 0, 0), 0);
            CudaContext::from_raw_context(0, 0, raw.cast()).unwrap()
        };
        LoadedKernel::load(&primary, &ADD).unwrap();
        LoadedKernel::load(&other, &ADD).unwrap();
        assert_eq!(double.calls("cuModuleLoadData"), 2);
        drop(other);
        LoadedKernel::load(&primary, &ADD).unwrap();
        assert_eq!(double.calls("cuModuleLoadData"), 2);
    }

    fn devices_get_the_image_of_their_own(double) {
        double.set_device_count(2);
        double.set_device(1, (8, 6), 101_376, true, 100);
        let (h100, other) = (context(0).unwrap(), context(1).unwrap());
        assert_eq!(LoadedKernel::load(&h100, &ADD).unwrap().info().arch, Arch::new(90, Suffix::A));
        let info = LoadedKernel::load(&other, &ADD).unwrap().info();
        assert_eq!((info.device, info.arch), (1, Arch::new(80, Suffix::None)));
    }

    fn too_much_shared_memory_is_an_error_with_both_numbers(double) {
        double.set_device(0, (8, 6), 101_376, true, 100);
        let spec = add_with(vec![ImageFields { shared: 163_840, ..ADD_IMAGE_80 }]);
        let error = LoadedKernel::load(&context(0).unwrap(), spec).unwrap_err();
        assert!(matches!(error, Error::SharedMemory { needed: 163_840, limit: 101_376, device: 0, .. }), "{error}");
        assert!(error.to_string().contains("`add` (sm_80) needs 163840 bytes"), "{error}");
        // Another image that fits is taken.
        let spec = add_with(vec![ImageFields { shared: 163_840, ..ADD_IMAGE_80 }, ADD_IMAGE_PTX]);
        let info = LoadedKernel::load(&context(0).unwrap(), spec).unwrap().info();
        assert_eq!((info.kind, info.refused.len()), (ImageKind::Ptx, 1));
    }

    fn shared_memory_above_48_kib_is_asked_for_once(double) {
        let context = context(0).unwrap();
        let spec = add_with(vec![ImageFields { shared: 204_800, ..ADD_IMAGE_90 }]);
        LoadedKernel::load(&context, spec).unwrap();
        LoadedKernel::load(&context, spec).unwrap();
        let set: Vec<_> = double.take_log().into_iter().filter(|line| line.starts_with("set")).collect();
        assert_eq!(set, ["set add cache config 1", "set add attribute 8 to 204800"]);
        LoadedKernel::load(&context, add_with(vec![ImageFields { shared: 49_152, ..ADD_IMAGE_90 }])).unwrap();
        assert!(!double.take_log().iter().any(|line| line.starts_with("set")));
    }

    fn large_clusters_are_allowed_at_load(double) {
        let context = context(0).unwrap();
        LoadedKernel::load(&context, add_with(vec![ImageFields { cluster: [16, 1, 1], ..ADD_IMAGE_90 }])).unwrap();
        assert!(double.take_log().contains(&"set add attribute 14 to 1".to_owned()));
        LoadedKernel::load(&context, add_with(vec![ImageFields { cluster: [8, 1, 1], ..ADD_IMAGE_90 }])).unwrap();
        assert!(!double.take_log().iter().any(|line| line.starts_with("set")));
    }

    fn no_device_is_an_error(double) {
        double.set_device_count(0);
        assert_eq!(device_count().unwrap(), 0);
        let error = context(0).unwrap_err();
        assert!(matches!(error, Error::NoDevice { ordinal: 0, count: 0, .. }), "{error}");
        assert!(error.to_string().contains("CUDA_ERROR_NO_DEVICE"), "{error}");
    }

    fn a_device_that_is_not_there_is_an_error(double) {
        double.set_device_count(2);
        assert_eq!(device_count().unwrap(), 2);
        let error = context(5).unwrap_err();
        assert!(matches!(error, Error::NoDevice { ordinal: 5, count: 2, .. }), "{error}");
    }

    #[variant(Missing)]
    fn no_driver_is_an_error(double) {
        let _ = double;
        for error in [context(0).unwrap_err(), device_count().unwrap_err()] {
            assert!(matches!(error, Error::DriverNotFound { .. }), "{error}");
            assert!(error.to_string().contains("libcuda.so"), "{error}");
        }
    }

    #[variant(Damaged)]
    fn a_driver_without_what_every_driver_has_is_an_error(double) {
        let _ = double;
        let error = context(0).unwrap_err();
        assert!(matches!(error, Error::DriverTooOld { missing: "cuFuncSetCacheConfig", .. }), "{error}");
    }

    #[variant(Old)]
    fn an_old_driver_loads_what_needs_no_more(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        LoadedKernel::load(&context, &ADD).unwrap();
        assert_eq!(double.calls("cuModuleLoadData"), 1);
        // Without the context's number, a new context at the same address is told apart by its owner.
        drop((kernel, context));
        LoadedKernel::load(&triton_runner_rt::context(0).unwrap(), &ADD).unwrap();
        assert_eq!(double.calls("cuModuleLoadData"), 2);
    }

    #[variant(Old)]
    fn an_old_driver_launches_by_the_function_that_it_has(double) {
        let context = context(0).unwrap();
        let kernel = LoadedKernel::load(&context, &ADD).unwrap();
        let raw = DevicePointer::new(0x7000);
        // SAFETY: the double executes nothing.
        unsafe { kernels::add(&kernel, &context.default_stream(), 7, raw, raw, raw, 1) }.unwrap();
        let launch = double.launches().pop().unwrap();
        assert_eq!((launch.grid, launch.extended(), double.calls("cuLaunchKernel")), ([7, 1, 1], false, 1));
    }

    #[variant(Old)]
    fn an_old_driver_refuses_clusters_and_tensor_maps_by_name(double) {
        let context = context(0).unwrap();
        for (spec, missing) in [(&CLUSTER, "cuLaunchKernelEx"), (&DESCRIBED, "cuTensorMapEncodeTiled")] {
            let error = LoadedKernel::load(&context, spec).unwrap_err();
            let Error::DriverTooOld { missing: found, driver, .. } = &error else { panic!("{error}") };
            assert_eq!((*found, driver.to_string()), (missing, "11.4".to_owned()));
            assert!(error.to_string().contains(spec.name), "{error}");
        }
        assert_eq!(double.calls("cuModuleUnload"), 2);
    }
}
