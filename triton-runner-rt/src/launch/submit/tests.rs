//! Packing against a driver of Rust functions, so that Miri can watch every pointer that is handed over.

use std::any::Any;
use std::cell::RefCell;
use std::sync::Mutex;

use super::*;
use crate::Arch;
use crate::device::Limits;
use crate::driver::{Driver, DriverVersion};
use crate::kernel::image::Place;
use crate::select::Choice;
use crate::spec::{ArgSpec, ImageSpec, KernelSpec};

/// What a fake driver was given: the grid, the attributes, and the first byte behind each parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    grid: [u32; 3],
    attributes: Vec<abi::LaunchAttribute>,
    parameters: Vec<u64>,
}

thread_local! {
    static SEEN: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
    /// How many parameters the fake kernel has, and their sizes.
    static SIZES: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    static ZEROED: RefCell<Vec<(u64, usize)>> = const { RefCell::new(Vec::new()) };
    static ALLOCATED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

unsafe fn read(params: *mut *mut c_void) -> Vec<u64> {
    SIZES.with_borrow(|sizes| {
        let parameters = sizes.iter().enumerate().map(|(index, &size)| {
            let mut bytes = [0_u8; 8];
            // SAFETY: the test said how many parameters there are, and of which sizes.
            unsafe { ptr::copy_nonoverlapping((*params.add(index)).cast(), bytes.as_mut_ptr(), size) };
            u64::from_le_bytes(bytes)
        });
        parameters.collect()
    })
}

unsafe extern "C" fn launch(
    _: abi::Function,
    x: u32,
    y: u32,
    z: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: abi::Stream,
    params: *mut *mut c_void,
    _: *mut *mut c_void,
) -> abi::Status {
    // SAFETY: see there.
    let parameters = unsafe { read(params) };
    SEEN.with_borrow_mut(|seen| seen.push(Seen { grid: [x, y, z], attributes: Vec::new(), parameters }));
    0
}

unsafe extern "C" fn launch_ex(
    config: *const abi::LaunchConfig,
    _: abi::Function,
    params: *mut *mut c_void,
    _: *mut *mut c_void,
) -> abi::Status {
    // SAFETY: the caller passes a configuration and its attributes.
    let (grid, attributes) = unsafe {
        let config = &*config;
        (config.grid, std::slice::from_raw_parts(config.attributes, config.attribute_count as usize).to_vec())
    };
    // SAFETY: see there.
    let parameters = unsafe { read(params) };
    SEEN.with_borrow_mut(|seen| seen.push(Seen { grid, attributes, parameters }));
    0
}

unsafe extern "C" fn allocate_async(address: *mut u64, _: usize, _: abi::Stream) -> abi::Status {
    ALLOCATED.with_borrow_mut(|allocated| {
        allocated.push(0x7_0000 + 0x1000 * allocated.len() as u64);
        // SAFETY: the caller has a place for the address.
        unsafe { *address = *allocated.last().unwrap() };
    });
    0
}

unsafe extern "C" fn free_async(address: u64, _: abi::Stream) -> abi::Status {
    ALLOCATED.with_borrow_mut(|allocated| allocated.retain(|&start| start != address));
    0
}

unsafe extern "C" fn set_bytes(address: u64, value: u8, bytes: usize, _: abi::Stream) -> abi::Status {
    assert_eq!(value, 0);
    ZEROED.with_borrow_mut(|zeroed| zeroed.push((address, bytes)));
    0
}

/// Leaves the value where it is for good, and reachable: a leak that is reported is one of the code under test.
fn keep<T: Any + Send + Sync>(value: T) -> &'static T {
    static KEPT: Mutex<Vec<&'static (dyn Any + Send + Sync)>> = Mutex::new(Vec::new());
    let value: &'static T = Box::leak(Box::new(value));
    KEPT.lock().unwrap().push(value);
    value
}

fn driver() -> &'static Driver {
    let mut functions = abi::Functions::unreachable();
    functions.launch = launch;
    functions.launch_ex = Some(launch_ex);
    functions.allocate_async = Some(allocate_async);
    functions.free_async = Some(free_async);
    functions.set_bytes = set_bytes;
    keep(Driver::of(functions, DriverVersion::new(13, 0)))
}

fn image(args: &'static [ArgSpec], change: impl FnOnce(&mut ImageSpec)) -> LoadedImage {
    let mut image = ImageSpec::example();
    change(&mut image);
    let spec = keep(KernelSpec { name: "k", source: "k.ttir", checks: &[], args, images: keep([image]) });
    let limits = Limits {
        arch: Arch::of_device(9, 0),
        shared: 232_448,
        grid: [i32::MAX as u32, 65_535, 65_535],
        multiprocessors: 132,
        memory_pools: true,
    };
    let place = Place { driver: driver(), context: ptr::null_mut(), device: 0, limits };
    LoadedImage::of(place, ptr::null_mut(), spec, &spec.images[0], Choice::Exact)
}

const INTEGERS: &[ArgSpec] =
    &[ArgSpec { name: "a", ty: "i32", divisible_by: 1 }, ArgSpec { name: "b", ty: "i64", divisible_by: 1 }];

/// Launches with an `i32` and an `i64`, of a kernel whose parameters have these sizes.
fn launch_integers(image: &LoadedImage, grid: impl Into<Grid>, sizes: &[usize]) -> Result<Vec<Seen>> {
    SIZES.set(sizes.to_vec());
    let (a, b) = (7_i32, -1_i64);
    let mut params =
        [(&raw const a).cast_mut().cast(), (&raw const b).cast_mut().cast(), ptr::null_mut(), ptr::null_mut()];
    // SAFETY: two parameters, and room for two more; the fake driver reads what they point to.
    unsafe { image.submit(ptr::null_mut(), grid.into(), params.as_mut_ptr(), 2) }?;
    Ok(SEEN.take())
}

#[test]
fn arguments_and_null_hidden_pointers_reach_the_driver() {
    let image = image(INTEGERS, |_| {});
    for sizes in [&[4, 8][..], &[4, 8, 8], &[4, 8, 8, 8]] {
        let seen = launch_integers(&image, (3, 2), sizes).unwrap();
        let expected: Vec<u64> = [7, u64::MAX, 0, 0].into_iter().take(sizes.len()).collect();
        assert_eq!(seen, [Seen { grid: [3, 2, 1], attributes: vec![], parameters: expected }]);
    }
}

#[test]
fn an_empty_or_wrong_grid_never_reaches_the_driver() {
    let image = image(INTEGERS, |_| {});
    assert_eq!(launch_integers(&image, 0, &[4, 8]).unwrap(), []);
    assert!(launch_integers(&image, (1, 65_536), &[4, 8]).is_err());
    assert!(SEEN.take().is_empty());
}

#[test]
fn scratch_memory_and_attributes_go_with_the_launch() {
    let image = image(INTEGERS, |image| {
        image.cluster = [2, 1, 1];
        image.pdl = true;
        image.scratch_size = 256;
        image.scratch_align = 128;
    });
    let seen = launch_integers(&image, 3, &[4, 8, 8, 8]).unwrap();
    assert_eq!((seen[0].grid, seen[0].attributes.len()), ([6, 1, 1], 3));
    assert_eq!(seen[0].parameters, [7, u64::MAX, 0x7_0000, 0]);
    assert!(ALLOCATED.take().is_empty());
}

#[test]
fn each_hidden_pointer_has_memory_of_its_own() {
    let image = image(INTEGERS, |image| {
        (image.scratch_size, image.scratch_align) = (256, 128);
        (image.profile_scratch_size, image.profile_scratch_align) = (64, 8);
    });
    let seen = launch_integers(&image, 3, &[4, 8, 8, 8]).unwrap();
    assert_eq!(seen[0].parameters, [7, u64::MAX, 0x7_0000, 0x7_1000]);
    assert_eq!(ZEROED.take(), [(0x7_1000, 192)]);
    assert!(ALLOCATED.take().is_empty());
}

#[test]
fn descriptors_are_replaced_by_their_parameters() {
    const ARGS: &[ArgSpec] = &[
        ArgSpec { name: "a", ty: "i32", divisible_by: 1 },
        ArgSpec { name: "t", ty: "tensordesc<fp16[64, 64]>", divisible_by: 1 },
        ArgSpec { name: "b", ty: "i64", divisible_by: 1 },
    ];
    let image = image(ARGS, |_| {});
    SIZES.set(vec![4, 8, 4, 4, 8, 8, 8, 8]);
    let (a, b) = (7_i32, -1_i64);
    let descriptor = Descriptor::example();
    let mut params = [
        (&raw const a).cast_mut().cast(),
        (&raw const descriptor).cast_mut().cast(),
        (&raw const b).cast_mut().cast(),
        ptr::null_mut(),
        ptr::null_mut(),
    ];
    // SAFETY: three parameters, one of them a descriptor, and room for two more.
    unsafe { image.submit(ptr::null_mut(), Grid::from(1), params.as_mut_ptr(), 3) }.unwrap();
    let seen = SEEN.take();
    assert_eq!(seen[0].parameters, [7, 7, 3, 5, 8, 1, u64::MAX, 0]);
}

#[test]
fn many_descriptors_are_expanded_too() {
    const ARGS: &[ArgSpec] = &[const { ArgSpec { name: "t", ty: "tensordesc<fp16[64, 64]>", divisible_by: 1 } }; 20];
    let image = image(ARGS, |_| {});
    SIZES.set([8, 4, 4, 8, 8].repeat(20));
    let descriptors: Vec<_> = (0..20).map(|_| Descriptor::example()).collect();
    let mut params: Vec<*mut c_void> =
        descriptors.iter().map(|descriptor| ptr::from_ref(descriptor).cast_mut().cast()).collect();
    params.extend([ptr::null_mut(); 2]);
    // SAFETY: twenty descriptors, and room for two more.
    unsafe { image.submit(ptr::null_mut(), Grid::from(1), params.as_mut_ptr(), 20) }.unwrap();
    let seen = SEEN.take();
    assert_eq!(seen[0].parameters, [7, 3, 5, 8, 1].repeat(20));
}
