//! Launches of `add` by C, for comparison with this project's.

use std::ffi::{CString, c_char, c_uint, c_void};
use std::sync::Arc;

use triton_runner_rt::DriverError;
use triton_runner_rt::cudarc::driver::{CudaContext, CudaStream};

/// With whatever error came first.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

pub(crate) type Status = c_uint;

/// As declared in `c/launch.c`.
#[repr(C)]
struct Add {
    launch: *mut c_void,
    launch_ex: *mut c_void,
    get_current: *mut c_void,
    function: *mut c_void,
    stream: *mut c_void,
    x: u64,
    y: u64,
    out: u64,
    n: i32,
}

unsafe extern "C" {
    fn peer_launch(add: *const Add, times: c_uint) -> Status;
    fn peer_launch_ex(add: *const Add, times: c_uint) -> Status;
    fn peer_get_current(add: *const Add, times: c_uint) -> Status;
}

/// What C does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// `cuLaunchKernel`.
    Launch,
    /// `cuLaunchKernelEx`, without attributes.
    LaunchEx,
    /// `cuCtxGetCurrent`.
    GetCurrent,
}

/// `add` in C: the device addresses and the length.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Arguments {
    pub x: u64,
    pub y: u64,
    pub out: u64,
    pub n: i32,
}

/// `add`, loaded and launched without this project. Unloaded with its context.
#[derive(Debug)]
pub struct Peer {
    library: libloading::Library,
    function: *mut c_void,
    _context: Arc<CudaContext>,
}

impl Peer {
    /// Loads the function `name` of `image`.
    ///
    /// # Errors
    ///
    /// What the driver says.
    pub fn load(context: &Arc<CudaContext>, image: &[u8], name: &str) -> Result<Self> {
        context.bind_to_thread()?;
        let name = CString::new(name).unwrap_or_default();
        let library = driver()?;
        let (mut module, mut function) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: the functions have these types in `cuda.h`; the image is a whole cubin; the results outlive the calls.
        unsafe {
            let load: unsafe extern "C" fn(*mut *mut c_void, *const u8) -> Status = find(&library, "cuModuleLoadData")?;
            check(load(&mut module, image.as_ptr()))?;
            let get: unsafe extern "C" fn(*mut *mut c_void, *mut c_void, *const c_char) -> Status =
                find(&library, "cuModuleGetFunction")?;
            check(get(&mut function, module, name.as_ptr()))?;
        }
        Ok(Self { library, function, _context: Arc::clone(context) })
    }

    /// Does this `times` times, from C.
    ///
    /// # Errors
    ///
    /// What the driver says.
    ///
    /// # Safety
    ///
    /// The addresses are of `n` elements each.
    pub unsafe fn act(&self, act: Act, stream: &CudaStream, arguments: Arguments, times: u32) -> Result<()> {
        // SAFETY: functions of the driver, which C calls with their types.
        let of = |name| unsafe { find::<*mut c_void>(&self.library, name) };
        let Arguments { x, y, out, n } = arguments;
        let add = Add {
            launch: of("cuLaunchKernel")?,
            launch_ex: of("cuLaunchKernelEx")?,
            get_current: of("cuCtxGetCurrent")?,
            function: self.function,
            stream: stream.cu_stream().cast(),
            x,
            y,
            out,
            n,
        };
        // SAFETY: the caller knows the arguments.
        check(unsafe {
            match act {
                Act::Launch => peer_launch(&add, times),
                Act::LaunchEx => peer_launch_ex(&add, times),
                Act::GetCurrent => peer_get_current(&add, times),
            }
        })
    }
}

/// The driver, of a process that has a context.
pub(crate) fn driver() -> Result<libloading::Library> {
    // SAFETY: the driver is in the process already, as the context shows.
    Ok(unsafe { libloading::Library::new("libcuda.so.1") }?)
}

/// A function of the driver, or its address.
///
/// # Safety
///
/// `F` is its type, or that of a pointer.
pub(crate) unsafe fn find<F: Copy>(library: &libloading::Library, name: &'static str) -> Result<F> {
    // SAFETY: the caller knows the type.
    let function = unsafe { library.get::<F>(name.as_bytes()) }?;
    Ok(*function)
}

pub(crate) fn check(status: Status) -> Result<()> {
    if status == 0 {
        return Ok(());
    }
    Err(format!("a call of the driver's own: {}", DriverError::from_code(status)).into())
}
