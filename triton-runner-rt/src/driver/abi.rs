//! The part of the driver's C interface that this crate calls: handles, structures and constants of `cuda.h`.
//!
//! Declared here and not taken from cudarc, whose bindings follow the toolkit that the user's build selects: these are
//! the same for every driver since CUDA 11.8, so one build of this crate meets any of them. A result code is a plain
//! integer, because a driver may return one that no binding of today names.

use std::ffi::{c_char, c_int, c_uchar, c_uint, c_ulonglong, c_void};

/// `CUcontext`.
pub(crate) type Context = *mut c_void;
/// `CUmodule`.
pub(crate) type Module = *mut c_void;
/// `CUfunction`.
pub(crate) type Function = *mut c_void;
/// `CUstream`.
pub(crate) type Stream = *mut c_void;
/// `CUevent`.
pub(crate) type Event = *mut c_void;
/// `CUgraph`.
pub(crate) type Graph = *mut c_void;
/// `CUgraphExec`.
pub(crate) type GraphExec = *mut c_void;
/// `CUdeviceptr`.
pub(crate) type DeviceAddress = u64;
/// `CUresult`.
pub(crate) type Status = c_uint;

pub(crate) const SUCCESS: Status = 0;
pub(crate) const ERROR_NO_DEVICE: Status = 100;
pub(crate) const ERROR_INVALID_DEVICE: Status = 101;
pub(crate) const ERROR_INVALID_IMAGE: Status = 200;
pub(crate) const ERROR_NO_BINARY_FOR_GPU: Status = 209;
pub(crate) const ERROR_INVALID_PTX: Status = 218;
pub(crate) const ERROR_JIT_COMPILER_NOT_FOUND: Status = 221;
pub(crate) const ERROR_UNSUPPORTED_PTX_VERSION: Status = 222;
pub(crate) const ERROR_JIT_COMPILATION_DISABLED: Status = 223;
pub(crate) const ERROR_INVALID_SOURCE: Status = 300;
pub(crate) const ERROR_NOT_FOUND: Status = 500;
pub(crate) const ERROR_COOPERATIVE_LAUNCH_TOO_LARGE: Status = 720;

/// `CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES`.
pub(crate) const FUNCTION_MAX_DYNAMIC_SHARED: c_uint = 8;
/// `CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED`.
pub(crate) const FUNCTION_NON_PORTABLE_CLUSTER: c_uint = 14;
/// `CU_FUNC_CACHE_PREFER_SHARED`.
pub(crate) const CACHE_PREFER_SHARED: c_uint = 1;

/// `CU_JIT_ERROR_LOG_BUFFER`.
pub(crate) const JIT_ERROR_LOG: c_uint = 5;
/// `CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES`.
pub(crate) const JIT_ERROR_LOG_SIZE: c_uint = 6;

/// `CU_LAUNCH_ATTRIBUTE_COOPERATIVE`.
pub(crate) const LAUNCH_COOPERATIVE: c_uint = 2;
/// `CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION`.
pub(crate) const LAUNCH_CLUSTER_DIMENSION: c_uint = 4;
/// `CU_LAUNCH_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE`.
pub(crate) const LAUNCH_CLUSTER_SCHEDULING: c_uint = 5;
/// `CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION`.
pub(crate) const LAUNCH_PROGRAMMATIC_SERIALIZATION: c_uint = 6;
/// `CU_CLUSTER_SCHEDULING_POLICY_SPREAD`.
pub(crate) const CLUSTER_SCHEDULING_SPREAD: u32 = 1;

/// `CUlaunchAttribute`: an id and a union of 64 bytes, of which no attribute here uses more than three words.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LaunchAttribute {
    pub(crate) id: c_uint,
    padding: u32,
    pub(crate) value: [u32; 16],
}

impl LaunchAttribute {
    /// The attribute `id` with the first words of its value; the others are zero.
    pub(crate) const fn new(id: c_uint, first: [u32; 3]) -> Self {
        let mut value = [0; 16];
        value[0] = first[0];
        value[1] = first[1];
        value[2] = first[2];
        Self { id, padding: 0, value }
    }
}

/// `CUlaunchConfig`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct LaunchConfig {
    pub(crate) grid: [c_uint; 3],
    pub(crate) block: [c_uint; 3],
    pub(crate) shared: c_uint,
    pub(crate) stream: Stream,
    pub(crate) attributes: *const LaunchAttribute,
    pub(crate) attribute_count: c_uint,
}

/// `CUtensorMap`. Version 12 of the headers aligns it to 64 bytes, version 13 to 128.
#[repr(C, align(128))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EncodedTensorMap(pub(crate) [u64; 16]);

/// `CUgraphExecUpdateResultInfo`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct GraphUpdateResult {
    pub(crate) result: c_uint,
    pub(crate) error_node: *mut c_void,
    pub(crate) error_from_node: *mut c_void,
}

/// `CU_STREAM_NON_BLOCKING`.
pub(crate) const STREAM_NON_BLOCKING: c_uint = 1;
/// `CU_STREAM_CAPTURE_MODE_THREAD_LOCAL`.
pub(crate) const CAPTURE_THREAD_LOCAL: c_uint = 1;

macro_rules! driver_functions {
    (
        required { $( $field:ident = $symbol:literal fn($($arg:ty),* $(,)?); )* }
        optional { $( $(#[$doc:meta])* $opt:ident = $opt_symbol:literal fn($($opt_arg:ty),* $(,)?); )* }
    ) => {
        /// Entry points of libcuda. The optional ones are newer than the oldest driver that this crate can use.
        #[derive(Clone, Copy, Debug)]
        #[cfg_attr(not(all(feature = "interpreter", feature = "read")), allow(dead_code, reason = "features call some of them"))]
        pub(crate) struct Functions {
            $( pub(crate) $field: unsafe extern "C" fn($($arg),*) -> Status, )*
            $( $(#[$doc])* pub(crate) $opt: Option<unsafe extern "C" fn($($opt_arg),*) -> Status>, )*
        }

        impl Functions {
            /// Looks each entry point up; the error is the name of a required one that is missing.
            ///
            /// # Safety
            ///
            /// `library` is libcuda, or has functions of the same names and types, and is never unloaded.
            pub(crate) unsafe fn resolve(library: &libloading::Library) -> Result<Self, &'static str> {
                Ok(Self {
                    // SAFETY: the types are those of `cuda.h`, and the caller keeps the library loaded.
                    $( $field: *unsafe { library.get(concat!($symbol, "\0").as_bytes()) }.map_err(|_| $symbol)?, )*
                    // SAFETY: as above.
                    $( $opt: unsafe { library.get(concat!($opt_symbol, "\0").as_bytes()) }.ok().map(|f| *f), )*
                })
            }

            /// Functions that fail, and nothing optional.
            #[cfg(test)]
            pub(crate) fn unreachable() -> Self {
                $( unsafe extern "C" fn $field($(_: $arg),*) -> Status {
                    999
                } )*
                Self { $( $field, )* $( $opt: None, )* }
            }
        }
    };
}

driver_functions! {
    required {
        init = "cuInit" fn(c_uint);
        version = "cuDriverGetVersion" fn(*mut c_int);
        error_name = "cuGetErrorName" fn(Status, *mut *const c_char);
        error_string = "cuGetErrorString" fn(Status, *mut *const c_char);
        device_count = "cuDeviceGetCount" fn(*mut c_int);
        device_attribute = "cuDeviceGetAttribute" fn(*mut c_int, c_uint, c_int);
        current_context = "cuCtxGetCurrent" fn(*mut Context);
        set_current_context = "cuCtxSetCurrent" fn(Context);
        context_synchronize = "cuCtxSynchronize" fn();
        module_load = "cuModuleLoadData" fn(*mut Module, *const c_void);
        module_load_with = "cuModuleLoadDataEx" fn(*mut Module, *const c_void, c_uint, *mut c_uint, *mut *mut c_void);
        module_unload = "cuModuleUnload" fn(Module);
        module_function = "cuModuleGetFunction" fn(*mut Function, Module, *const c_char);
        function_set_attribute = "cuFuncSetAttribute" fn(Function, c_uint, c_int);
        function_set_cache = "cuFuncSetCacheConfig" fn(Function, c_uint);
        launch = "cuLaunchKernel" fn(
            Function, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, Stream, *mut *mut c_void, *mut *mut c_void,
        );
        allocate = "cuMemAlloc_v2" fn(*mut DeviceAddress, usize);
        free = "cuMemFree_v2" fn(DeviceAddress);
        set_bytes = "cuMemsetD8Async" fn(DeviceAddress, c_uchar, usize, Stream);
        stream_synchronize = "cuStreamSynchronize" fn(Stream);
        stream_is_capturing = "cuStreamIsCapturing" fn(Stream, *mut c_uint);
        stream_wait = "cuStreamWaitEvent" fn(Stream, Event, c_uint);
        event_record = "cuEventRecord" fn(Event, Stream);
    }
    optional {
        /// CUDA 11.8.
        launch_ex = "cuLaunchKernelEx" fn(*const LaunchConfig, Function, *mut *mut c_void, *mut *mut c_void);
        /// CUDA 11.2.
        allocate_async = "cuMemAllocAsync" fn(*mut DeviceAddress, usize, Stream);
        /// CUDA 11.2.
        free_async = "cuMemFreeAsync" fn(DeviceAddress, Stream);
        stream_create = "cuStreamCreate" fn(*mut Stream, c_uint);
        stream_destroy = "cuStreamDestroy_v2" fn(Stream);
        begin_capture = "cuStreamBeginCapture_v2" fn(Stream, c_uint);
        end_capture = "cuStreamEndCapture" fn(Stream, *mut Graph);
        graph_destroy = "cuGraphDestroy" fn(Graph);
        graph_launch = "cuGraphLaunch" fn(GraphExec, Stream);
        graph_exec_destroy = "cuGraphExecDestroy" fn(GraphExec);
        /// CUDA 11.4.
        graph_instantiate = "cuGraphInstantiateWithFlags" fn(*mut GraphExec, Graph, c_ulonglong);
        /// CUDA 12.0.
        graph_exec_update = "cuGraphExecUpdate_v2" fn(GraphExec, Graph, *mut GraphUpdateResult);
        /// CUDA 3.2.
        address_range = "cuMemGetAddressRange_v2" fn(*mut DeviceAddress, *mut usize, DeviceAddress);
        /// CUDA 3.2.
        copy_to_host = "cuMemcpyDtoHAsync_v2" fn(*mut c_void, DeviceAddress, usize, Stream);
        /// CUDA 12.0.
        context_id = "cuCtxGetId" fn(Context, *mut u64);
        /// CUDA 12.0.
        encode_tiled = "cuTensorMapEncodeTiled" fn(
            *mut EncodedTensorMap, c_uint, c_uint, *mut c_void, *const u64, *const u64, *const u32, *const u32, c_uint,
            c_uint, c_uint, c_uint,
        );
    }
}

#[cfg(test)]
mod tests {
    use std::mem::{align_of, offset_of, size_of};

    use super::*;

    #[test]
    fn structures_have_the_layout_of_the_header() {
        assert_eq!((size_of::<LaunchAttribute>(), align_of::<LaunchAttribute>()), (72, 8));
        assert_eq!(offset_of!(LaunchAttribute, value), 8);
        assert_eq!((size_of::<LaunchConfig>(), align_of::<LaunchConfig>()), (56, 8));
        assert_eq!(offset_of!(LaunchConfig, stream), 32);
        assert_eq!(offset_of!(LaunchConfig, attributes), 40);
        assert_eq!(offset_of!(LaunchConfig, attribute_count), 48);
        assert_eq!(size_of::<EncodedTensorMap>(), 128);
    }

    #[test]
    fn structures_and_constants_agree_with_cudarc_bindings() {
        use cudarc::driver::sys;
        assert_eq!(size_of::<LaunchAttribute>(), size_of::<sys::CUlaunchAttribute>());
        assert_eq!(size_of::<LaunchConfig>(), size_of::<sys::CUlaunchConfig>());
        assert_eq!(offset_of!(LaunchConfig, stream), offset_of!(sys::CUlaunchConfig, hStream));
        assert_eq!(offset_of!(LaunchConfig, attributes), offset_of!(sys::CUlaunchConfig, attrs));
        assert_eq!(size_of::<EncodedTensorMap>(), size_of::<sys::CUtensorMap>());
        assert!(align_of::<EncodedTensorMap>() >= align_of::<sys::CUtensorMap>());
        assert_eq!(LAUNCH_COOPERATIVE, sys::CUlaunchAttributeID::CU_LAUNCH_ATTRIBUTE_COOPERATIVE as u32);
        assert_eq!(LAUNCH_CLUSTER_DIMENSION, sys::CUlaunchAttributeID::CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION as u32);
        assert_eq!(
            LAUNCH_CLUSTER_SCHEDULING,
            sys::CUlaunchAttributeID::CU_LAUNCH_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE as u32
        );
        assert_eq!(
            LAUNCH_PROGRAMMATIC_SERIALIZATION,
            sys::CUlaunchAttributeID::CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION as u32
        );
        assert_eq!(size_of::<GraphUpdateResult>(), size_of::<sys::CUgraphExecUpdateResultInfo>());
        assert_eq!(STREAM_NON_BLOCKING, sys::CUstream_flags::CU_STREAM_NON_BLOCKING as u32);
        assert_eq!(CAPTURE_THREAD_LOCAL, sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL as u32);
        assert_eq!(ERROR_UNSUPPORTED_PTX_VERSION, sys::CUresult::CUDA_ERROR_UNSUPPORTED_PTX_VERSION as u32);
        assert_eq!(ERROR_COOPERATIVE_LAUNCH_TOO_LARGE, sys::CUresult::CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE as u32);
        assert_eq!(
            FUNCTION_MAX_DYNAMIC_SHARED,
            sys::CUfunction_attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES as u32
        );
        assert_eq!(
            FUNCTION_NON_PORTABLE_CLUSTER,
            sys::CUfunction_attribute::CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED as u32
        );
    }
}
