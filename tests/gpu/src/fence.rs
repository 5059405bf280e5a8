//! Device memory that ends at a page where nothing is mapped: who touches a byte behind its end faults.

use std::ffi::{c_int, c_void};
use std::sync::Arc;

use triton_runner_rt::DevicePointer;
use triton_runner_rt::cudarc::driver::CudaContext;

use crate::peer::{Result, Status, check, driver, find};

/// `CUmemLocation`: a device by its number.
#[repr(C)]
#[derive(Clone, Copy)]
struct Location {
    kind: c_int,
    id: c_int,
}

/// `CUmemAllocationProp`.
#[repr(C)]
struct Properties {
    kind: c_int,
    handles: c_int,
    location: Location,
    win32: *mut c_void,
    flags: [u8; 8],
}

/// `CUmemAccessDesc`.
#[repr(C)]
struct Access {
    location: Location,
    flags: c_int,
}

/// `CU_MEM_LOCATION_TYPE_DEVICE`, `CU_MEM_ALLOCATION_TYPE_PINNED`.
const DEVICE: c_int = 1;
const PINNED: c_int = 1;
/// `CU_MEM_ACCESS_FLAGS_PROT_READWRITE`.
const READ_AND_WRITE: c_int = 3;

/// Memory whose last byte is the last one before a page that isn't there.
#[derive(Debug)]
pub struct Fenced {
    start: u64,
    base: u64,
    mapped: usize,
    reserved: usize,
    handle: u64,
    library: libloading::Library,
    _context: Arc<CudaContext>,
}

impl Fenced {
    /// Memory of so many bytes, all zero.
    ///
    /// # Errors
    ///
    /// What the driver says.
    pub fn new(context: &Arc<CudaContext>, bytes: usize) -> Result<Self> {
        context.bind_to_thread()?;
        let library = driver()?;
        let location = Location { kind: DEVICE, id: c_int::try_from(context.ordinal())? };
        let properties = Properties { kind: PINNED, handles: 0, location, win32: std::ptr::null_mut(), flags: [0; 8] };
        let access = Access { location, flags: READ_AND_WRITE };
        let (mut page, mut base, mut handle) = (0, 0, 0);
        // SAFETY: the functions have these types in `cuda.h`, and the results outlive the calls. What is set to zero is
        // mapped.
        unsafe {
            let granularity: unsafe extern "C" fn(*mut usize, *const Properties, c_int) -> Status =
                find(&library, "cuMemGetAllocationGranularity")?;
            check(granularity(&mut page, &properties, 0))?;
            let mapped = bytes.max(1).next_multiple_of(page);
            let reserve: unsafe extern "C" fn(*mut u64, usize, usize, u64, u64) -> Status =
                find(&library, "cuMemAddressReserve")?;
            // One page more, which stays empty.
            check(reserve(&mut base, mapped + page, 0, 0, 0))?;
            let create: unsafe extern "C" fn(*mut u64, usize, *const Properties, u64) -> Status =
                find(&library, "cuMemCreate")?;
            check(create(&mut handle, mapped, &properties, 0))?;
            let map: unsafe extern "C" fn(u64, usize, usize, u64, u64) -> Status = find(&library, "cuMemMap")?;
            check(map(base, mapped, 0, handle, 0))?;
            let allow: unsafe extern "C" fn(u64, usize, *const Access, usize) -> Status =
                find(&library, "cuMemSetAccess")?;
            check(allow(base, mapped, &access, 1))?;
            let set: unsafe extern "C" fn(u64, u8, usize) -> Status = find(&library, "cuMemsetD8_v2")?;
            check(set(base, 0, mapped))?;
            let start = base + (mapped - bytes) as u64;
            let (reserved, _context) = (mapped + page, Arc::clone(context));
            Ok(Self { start, base, mapped, reserved, handle, library, _context })
        }
    }

    /// Its start.
    pub fn pointer<T>(&self) -> DevicePointer<T> {
        DevicePointer::new(self.start)
    }
}

impl Drop for Fenced {
    fn drop(&mut self) {
        // Nothing can be done about a failure here; after a fault each of these is one.
        // SAFETY: the functions have these types in `cuda.h`; mapped, reserved and created above, and given back once, when
        // every kernel is done.
        let _: Result<()> = unsafe {
            (|| {
                let wait: unsafe extern "C" fn() -> Status = find(&self.library, "cuCtxSynchronize")?;
                check(wait())?;
                let unmap: unsafe extern "C" fn(u64, usize) -> Status = find(&self.library, "cuMemUnmap")?;
                check(unmap(self.base, self.mapped))?;
                let release: unsafe extern "C" fn(u64) -> Status = find(&self.library, "cuMemRelease")?;
                check(release(self.handle))?;
                let free: unsafe extern "C" fn(u64, usize) -> Status = find(&self.library, "cuMemAddressFree")?;
                check(free(self.base, self.reserved))
            })()
        };
    }
}
