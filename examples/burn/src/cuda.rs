//! Tensors on CUDA devices: the kernel is launched on memory that cubecl allocated.
//!
//! cubecl doesn't give out its streams, so the host waits twice: until cubecl is done with what is in the tensors, and until
//! the kernel is done. What comes before and behind the operation goes on to be queued as ever.

use burn::backend::tensor::FloatTensor;
use burn::backend::{DType, TensorMetadata as _};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::{CubeBackend, CubeDevice};
use cubecl_cuda::{CudaDevice, CudaRuntime};
use cubecl_environment::future::block_on;
use cubecl_server::runtime::Runtime;
use triton_runner_rt::DevicePointer;

use crate::{Gate, GateRows, grid};

type Server = <CudaRuntime as Runtime>::Server;

impl GateRows for CubeBackend {
    fn gate_rows(x: FloatTensor<Self>, by: FloatTensor<Self>) -> FloatTensor<Self> {
        // Every device of cubecl has this type of tensor; the kernel is for those of CUDA.
        let CubeDevice::Cuda(CudaDevice { index }) = x.device else {
            panic!("gate_rows: the tensor is on {}", x.client.name())
        };
        assert!(x.dtype() == DType::F32 && by.dtype() == DType::F32, "gate_rows: the operation is for tensors of f32");
        let (x, by) = (into_contiguous(x), into_contiguous(by));
        let shape = x.shape();
        let (rows, columns) = (shape[0], shape[1]);
        let out = empty_device_contiguous_dtype(x.client.clone(), x.device.clone(), shape, DType::F32);
        launch(index, &x, &by, &out, rows, columns).unwrap_or_else(|error| panic!("gate_rows: {error}"));
        out
    }
}

fn launch(
    device: usize,
    x: &FloatTensor<CubeBackend>,
    by: &FloatTensor<CubeBackend>,
    out: &FloatTensor<CubeBackend>,
    rows: usize,
    columns: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let client = &x.client;
    // Each keeps its memory where it is until it is dropped.
    let x_memory = client.get_resource::<Server>(x.handle.clone())?;
    let by_memory = client.get_resource::<Server>(by.handle.clone())?;
    let out_memory = client.get_resource::<Server>(out.handle.clone())?;
    block_on(client.sync())?;

    // cubecl works in the primary context of the device, as this does.
    let context = triton_runner_rt::context(device)?;
    let stream = context.new_stream()?;
    let gate = Gate::load(&context)?;
    // SAFETY: cubecl has allocated `rows * columns` elements for `x` and `out`, which lie side by side, and `columns` for `by`, and is
    // done with them; nothing else uses them until the stream is.
    unsafe {
        gate.launch_unchecked(
            &stream,
            grid(rows, columns),
            DevicePointer::new(x_memory.resource().ptr),
            columns as i32,
            DevicePointer::new(by_memory.resource().ptr),
            DevicePointer::new(out_memory.resource().ptr),
            columns as i32,
        )
    }?;
    stream.synchronize()?;
    Ok(())
}
