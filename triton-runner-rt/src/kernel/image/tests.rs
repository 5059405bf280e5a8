//! Loading against a driver of Rust functions, so that Miri can watch every pointer that is handed over.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_uint};
use std::slice;
use std::sync::{LazyLock, Mutex};

use super::*;
use crate::{Arch, Suffix};

thread_local! {
    /// What the fake driver was given.
    static LOADED: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static FOUND: RefCell<Vec<CString>> = const { RefCell::new(Vec::new()) };
    static SET: RefCell<Vec<(c_uint, c_int)>> = const { RefCell::new(Vec::new()) };
    /// What its PTX compiler writes before it refuses.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

const CUBIN: &[u8] = b"\x7fELF and sixteen";
const PTX: &[u8] = b".version 8.4\0";

const MODULE: abi::Module = ptr::without_provenance_mut(0x10);
const FUNCTION: abi::Function = ptr::without_provenance_mut(0x20);
const CONTEXT: abi::Context = ptr::without_provenance_mut(0x30);

/// For an H100 exactly, and whatever follows from PTX there, which the fake driver refuses.
const EXACT: ImageSpec = ImageSpec { bytes: CUBIN, ..ImageSpec::example() };
const PTX_OF_SM80: ImageSpec =
    ImageSpec { kind: ImageKind::Ptx, arch: Arch::new(80, Suffix::None), bytes: PTX, ..ImageSpec::example() };

unsafe extern "C" fn module_load(module: *mut abi::Module, bytes: *const c_void) -> abi::Status {
    // SAFETY: the tests load this machine code only.
    let bytes = unsafe { slice::from_raw_parts(bytes.cast::<u8>(), CUBIN.len()) };
    LOADED.with_borrow_mut(|loaded| loaded.push(bytes.to_vec()));
    // SAFETY: the caller has a place for the module.
    unsafe { *module = MODULE };
    0
}

unsafe extern "C" fn module_load_with(
    _: *mut abi::Module,
    text: *const c_void,
    count: c_uint,
    options: *mut c_uint,
    values: *mut *mut c_void,
) -> abi::Status {
    // SAFETY: the caller passes text with a NUL, and as many options and values as it says.
    let (text, options, values) = unsafe {
        let count = count as usize;
        (CStr::from_ptr(text.cast()), slice::from_raw_parts(options, count), slice::from_raw_parts(values, count))
    };
    LOADED.with_borrow_mut(|loaded| loaded.push(text.to_bytes().to_vec()));
    assert_eq!(options, [abi::JIT_ERROR_LOG, abi::JIT_ERROR_LOG_SIZE]);
    LOG.with_borrow(|log| {
        let length = log.len().min(values[1].addr());
        // SAFETY: the log has room for as many bytes as the caller says.
        unsafe { ptr::copy_nonoverlapping(log.as_ptr(), values[0].cast(), length) };
    });
    abi::ERROR_INVALID_PTX
}

unsafe extern "C" fn module_function(
    function: *mut abi::Function,
    module: abi::Module,
    name: *const c_char,
) -> abi::Status {
    assert_eq!(module, MODULE);
    // SAFETY: the caller passes a name with a NUL, and has a place for the function.
    let name = unsafe {
        *function = FUNCTION;
        CStr::from_ptr(name)
    };
    FOUND.with_borrow_mut(|found| found.push(name.to_owned()));
    0
}

unsafe extern "C" fn function_set_attribute(_: abi::Function, attribute: c_uint, value: c_int) -> abi::Status {
    SET.with_borrow_mut(|set| set.push((attribute, value)));
    0
}

unsafe extern "C" fn function_set_cache(_: abi::Function, _: c_uint) -> abi::Status {
    0
}

fn driver() -> Driver {
    let mut functions = abi::Functions::unreachable();
    functions.module_load = module_load;
    functions.module_load_with = module_load_with;
    functions.module_function = module_function;
    functions.function_set_attribute = function_set_attribute;
    functions.function_set_cache = function_set_cache;
    Driver::of(functions, DriverVersion::new(11, 4))
}

/// The best of these images on device 3, an H100.
fn best(images: &'static [ImageSpec]) -> Result<LoadedImage> {
    static DRIVER: LazyLock<Driver> = LazyLock::new(driver);
    static KERNELS: Mutex<Vec<&KernelSpec>> = Mutex::new(Vec::new());
    let spec: &KernelSpec =
        Box::leak(Box::new(KernelSpec { name: "k", source: "k.ttir", checks: &[], args: &[], images }));
    // Reachable to the end, so that what is leaked is the library's.
    KERNELS.lock().unwrap().push(spec);
    let limits = Limits {
        arch: Arch::of_device(9, 0),
        shared: 232_448,
        grid: [i32::MAX as u32, 65_535, 65_535],
        multiprocessors: 132,
        memory_pools: true,
    };
    LoadedImage::best(Place { driver: &DRIVER, context: CONTEXT, device: 3, limits }, spec)
}

fn prepared(image: &ImageSpec) -> Result<abi::Function> {
    prepare(&driver(), MODULE, &KernelSpec { name: "k", source: "k.ttir", checks: &[], args: &[], images: &[] }, image)
}

#[test]
fn machine_code_reaches_the_driver_whole() {
    let module = load_module(&driver(), ImageKind::Cubin, CUBIN);
    assert_eq!(module, Ok(MODULE));
    assert_eq!(LOADED.take(), [CUBIN]);
}

#[test]
fn what_the_ptx_compiler_writes_comes_with_the_refusal() {
    let filled = "x".repeat(5000);
    for (written, told) in
        [("ptxas: no such target\n\0rest", "ptxas: no such target"), ("", ""), (&filled, &filled[..4096])]
    {
        LOG.set(written.into());
        let (error, log) = load_module(&driver(), ImageKind::Ptx, PTX).unwrap_err();
        assert_eq!((is_refusal(error), log.as_str()), (true, told));
        assert_eq!(LOADED.take(), [b".version 8.4"]);
    }
}

#[test]
fn ptx_without_an_end_never_reaches_the_driver() {
    for text in [&PTX[..PTX.len() - 1], &[]] {
        let (error, _) = load_module(&driver(), ImageKind::Ptx, text).unwrap_err();
        assert!(is_refusal(error));
    }
    assert!(LOADED.take().is_empty());
}

#[test]
fn the_function_is_found_by_its_entry_and_told_what_it_needs() {
    assert_eq!(prepared(&ImageSpec { shared: 48 * 1024, ..ImageSpec::example() }).unwrap(), FUNCTION);
    assert_eq!(FOUND.take(), [c"k".to_owned()]);
    assert_eq!(SET.take(), []);
    prepared(&ImageSpec { shared: 48 * 1024, static_shared: 16, ..ImageSpec::example() }).unwrap();
    assert_eq!(SET.take(), [(abi::FUNCTION_MAX_DYNAMIC_SHARED, 48 * 1024)]);
}

#[test]
fn an_old_driver_is_told_from_one_that_refuses() {
    let clustered = ImageSpec { cluster: [16, 1, 1], ..ImageSpec::example() };
    let error = prepared(&clustered).unwrap_err();
    assert!(matches!(error, Error::DriverTooOld { missing: "cuLaunchKernelEx", .. }), "{error}");
    assert_eq!(SET.take(), [(abi::FUNCTION_NON_PORTABLE_CLUSTER, 1)]);
    // Out of memory, say: no other image would do better.
    assert!(!is_refusal(DriverError::from_code(2)));
}

#[test]
fn machine_code_for_the_device_goes_before_ptx() {
    let image = best(&[PTX_OF_SM80, EXACT]).unwrap();
    assert_eq!((image.choice, image.function, image.context, image.device), (Choice::Exact, FUNCTION, CONTEXT, 3));
    assert_eq!(image.image.label(), "sm_90a");
    assert!(image.refused.is_empty());
    assert_eq!(LOADED.take(), [CUBIN]);
}

#[test]
fn what_the_driver_refuses_and_what_is_too_large_is_told_of_all_images() {
    const TOO_LARGE: ImageSpec = ImageSpec { shared: 232_449, ..EXACT };
    LOG.set(b"too new\0".to_vec());
    let Error::NoImage(error) = best(&[PTX_OF_SM80, TOO_LARGE]).unwrap_err() else { panic!("another error") };
    let [first, second] = &error.refused[..] else { panic!("{error}") };
    assert!(matches!(first.reason, RefusalReason::SharedMemory { needed: 232_449, limit: 232_448 }), "{error}");
    assert!(matches!(&second.reason, RefusalReason::Driver { log, .. } if log == "too new"), "{error}");
    assert_eq!((error.device, error.embedded.as_slice()), (3, &["PTX sm_80".to_owned(), "sm_90a".to_owned()][..]));

    let error = best(&[TOO_LARGE]).unwrap_err();
    assert!(matches!(error, Error::SharedMemory { needed: 232_449, limit: 232_448, device: 3, .. }), "{error}");
}

#[test]
fn nothing_is_tried_that_the_device_does_not_run() {
    const OTHER: ImageSpec = ImageSpec { arch: Arch::new(120, Suffix::A), ..EXACT };
    let error = best(&[OTHER]).unwrap_err();
    assert!(matches!(&error, Error::NoImage(none) if none.refused.is_empty()), "{error}");
    assert!(LOADED.take().is_empty());
}
