//! A Triton kernel on memory that cubecl allocated, as burn's CUDA backend does.
//!
//! cubecl doesn't give out its streams, so the host waits twice: until cubecl is done with what it put there, and until
//! the kernel is done.

use cubecl_cuda::CudaRuntime;
use cubecl_environment::future::block_on;
use cubecl_server::runtime::Runtime;
use triton_runner_rt::{DevicePointer, triton_kernel};

triton_kernel! {
    /// `out[r, c] = x[r, c] * sigmoid(by[c])`: a program for each `BLOCK` columns of each row.
    pub fn gate(x: &[f32], x_stride: i32, by: &[f32], out: &mut [f32], columns: i32);
}

type Server = <CudaRuntime as Runtime>::Server;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const ROWS: usize = 90;
    const COLUMNS: usize = 700;
    let x: Vec<f32> = (0..ROWS * COLUMNS).map(|index| (index % 113) as f32 - 50.0).collect();
    let by: Vec<f32> = (0..COLUMNS).map(|column| (column % 17) as f32 - 8.0).collect();

    // Without a driver this is an error value; cubecl panics.
    let context = triton_runner_rt::context(0)?;
    let client = CudaRuntime::client(&Default::default());
    let x_handle = client.create_from_slice(&bytes(&x));
    let by_handle = client.create_from_slice(&bytes(&by));
    let out_handle = client.create_from_slice(&bytes(&vec![f32::NAN; ROWS * COLUMNS]));

    // Each keeps its memory where it is until it is dropped.
    let x_memory = client.get_resource::<Server>(x_handle)?;
    let by_memory = client.get_resource::<Server>(by_handle)?;
    let out_memory = client.get_resource::<Server>(out_handle.clone())?;
    block_on(client.sync())?;

    let stream = context.new_stream()?;
    let gate = Gate::load(&context)?;
    // SAFETY: cubecl has allocated as many elements and is done with them; nothing else uses them until the stream is.
    unsafe {
        gate.launch_unchecked(
            &stream,
            (ROWS, COLUMNS.div_ceil(Gate::BLOCK as usize)),
            DevicePointer::new(x_memory.resource().ptr),
            COLUMNS as i32,
            DevicePointer::new(by_memory.resource().ptr),
            DevicePointer::new(out_memory.resource().ptr),
            COLUMNS as i32,
        )
    }?;
    stream.synchronize()?;
    drop((x_memory, by_memory, out_memory));

    let out = client.read_one(out_handle)?;
    let out = out.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let right = |(index, found): &(usize, f32)| {
        let expected = f64::from(x[*index]) / (1.0 + (-f64::from(by[index % COLUMNS])).exp());
        (f64::from(*found) - expected).abs() <= 2e-6 * expected.abs()
    };
    let right = out.enumerate().filter(right).count();
    println!("{right} of {} elements are right", ROWS * COLUMNS);
    if right == ROWS * COLUMNS { Ok(()) } else { Err("elements are wrong".into()) }
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}
