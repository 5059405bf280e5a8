//! What tests set and read in the double.

use std::ffi::{CString, c_char, c_int, c_uint};
use std::path::Path;

use libloading::Library;

use crate::Launch;

/// The double in this process.
#[derive(Debug)]
pub struct Double {
    library: Option<Library>,
}

#[allow(clippy::expect_used)]
impl Double {
    /// The library under this path, which is the one that the loader finds; none where there is no such file.
    pub(crate) fn open(path: &Path) -> Self {
        // SAFETY: our own library, without initializers.
        Self { library: unsafe { Library::new(path) }.ok() }
    }

    /// A function of the double.
    ///
    /// # Safety
    ///
    /// `F` is its type.
    ///
    /// # Panics
    ///
    /// If there is no double or no such function in it.
    pub unsafe fn function<F: Copy>(&self, name: &str) -> F {
        let library = self.library.as_ref().expect("a double is loaded");
        // SAFETY: the caller knows the type.
        *unsafe { library.get::<F>(name.as_bytes()) }.expect("the double has the function")
    }

    /// Sets a device: compute capability, shared memory that a block can have, memory pools, CTAs that fit at once.
    pub fn set_device(&self, index: i32, capability: (i32, i32), shared: i32, memory_pools: bool, resident: i32) {
        type F = unsafe extern "C" fn(c_int, c_int, c_int, c_int, c_int, c_int);
        // SAFETY: declared so in `c/control.c`.
        unsafe {
            let set: F = self.function("double_set_device");
            set(index, capability.0, capability.1, shared, memory_pools.into(), resident);
        }
    }

    /// Makes device 0 one of this compute capability, otherwise an H100.
    pub fn set_capability(&self, major: i32, minor: i32) {
        self.set_device(0, (major, minor), 232_448, true, 264);
    }

    /// Sets how many devices there are.
    pub fn set_device_count(&self, count: i32) {
        // SAFETY: declared so in `c/control.c`.
        unsafe { self.function::<unsafe extern "C" fn(c_int)>("double_set_device_count")(count) }
    }

    /// Sets the newest PTX that the driver compiles: 78 for 7.8.
    pub fn set_ptx_isa(&self, isa: i32) {
        // SAFETY: declared so in `c/control.c`.
        unsafe { self.function::<unsafe extern "C" fn(c_int)>("double_set_ptx_isa")(isa) }
    }

    /// Sets the driver's version: 12040 for 12.4.
    pub fn set_driver_version(&self, version: i32) {
        // SAFETY: declared so in `c/control.c`.
        unsafe { self.function::<unsafe extern "C" fn(c_int)>("double_set_driver_version")(version) }
    }

    /// From now on, the `nth` call (counted from 1) of this function of the driver fails with `code`, and so do those
    /// after it, `count` in all.
    pub fn fail(&self, function: &str, nth: u32, count: u32, code: u32) {
        type F = unsafe extern "C" fn(*const c_char, c_uint, c_uint, c_uint);
        let name = CString::new(function).expect("a name has no NUL");
        // SAFETY: declared so in `c/control.c`.
        unsafe { self.function::<F>("double_fail")(name.as_ptr(), nth, count, code) }
    }

    /// How often this function of the driver was called.
    pub fn calls(&self, function: &str) -> u32 {
        type F = unsafe extern "C" fn(*const c_char) -> c_uint;
        let name = CString::new(function).expect("a name has no NUL");
        // SAFETY: declared so in `c/control.c`.
        unsafe { self.function::<F>("double_calls")(name.as_ptr()) }
    }

    /// All launches so far.
    pub fn launches(&self) -> Vec<Launch> {
        self.recorded(false)
    }

    /// Captured launches, as often as a graph made them.
    pub fn replays(&self) -> Vec<Launch> {
        self.recorded(true)
    }

    fn recorded(&self, replayed: bool) -> Vec<Launch> {
        // SAFETY: declared so in `c/control.c`, and `Launch` as in `c/double.h`.
        unsafe {
            let count = self.function::<unsafe extern "C" fn(c_int) -> c_uint>("double_launch_count")(replayed.into());
            let read = self.function::<unsafe extern "C" fn(c_int, c_uint, *mut Launch) -> c_int>("double_launch");
            let launch = |index| {
                let mut launch = Launch::zeroed();
                assert_eq!(read(replayed.into(), index, &mut launch), 1);
                launch
            };
            (0..count).map(launch).collect()
        }
    }

    /// What happened since the last call, a line each.
    pub fn take_log(&self) -> Vec<String> {
        let mut buffer = vec![0_u8; 1 << 20];
        // SAFETY: declared so in `c/control.c`.
        let length = unsafe {
            let take: unsafe extern "C" fn(*mut u8, usize) -> usize = self.function("double_take_log");
            take(buffer.as_mut_ptr(), buffer.len())
        };
        assert!(length <= buffer.len(), "a log of more than 1 MiB");
        String::from_utf8_lossy(&buffer[..length]).lines().map(str::to_owned).collect()
    }

    /// How often memory was freed or replayed that a kernel may still use, or that is gone: nothing ordered the two. The log
    /// has a line that begins with `unordered:` for each.
    pub fn unordered(&self) -> u32 {
        // SAFETY: declared so in `c/order.c`.
        unsafe { self.function::<unsafe extern "C" fn() -> c_uint>("double_unordered_count")() }
    }

    /// Allocations that were not freed.
    pub fn live_allocations(&self) -> u32 {
        // SAFETY: declared so in `c/memory.c`.
        unsafe { self.function::<unsafe extern "C" fn() -> c_uint>("double_live_allocations")() }
    }

    /// The most allocations that there were at a time.
    pub fn peak_allocations(&self) -> u32 {
        // SAFETY: declared so in `c/memory.c`.
        unsafe { self.function::<unsafe extern "C" fn() -> c_uint>("double_peak_allocations")() }
    }
}
