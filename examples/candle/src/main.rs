//! A Triton kernel as an operation of candle: on a CUDA device it is launched, on candle's memory and candle's stream; on the
//! CPU it is interpreted, with every access checked.
//!
//! The result is compared with candle's own operations on the same device, and with the same computed in float64.

use std::ops::Range;

use candle_core::{CpuStorage, CustomOp2, DType, Device, Error, Layout, Result, Shape, Tensor};
use triton_runner_rt::triton_kernel;

triton_kernel! {
    /// `out[r, c] = x[r, c] * sigmoid(by[c])`: a program for each `BLOCK` columns of each row.
    pub fn gate(x: &[f32], x_stride: i32, by: &[f32], out: &mut [f32], columns: i32);
}

/// The operation: a matrix, and a vector with an element for each of its columns.
struct GateRows;

impl CustomOp2 for GateRows {
    fn name(&self) -> &'static str {
        "gate-rows"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        by: &CpuStorage,
        by_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let Windows { rows, columns, x_window, x_stride, by_window } = Windows::of(x_layout, by_layout)?;
        let mut out = vec![f32::NAN; rows * columns];
        let (x, by) = (&x.as_slice::<f32>()?[x_window], &by.as_slice::<f32>()?[by_window]);
        Gate::interpret(grid(rows, columns), x, x_stride as i32, by, &mut out, columns as i32)
            .run()
            .map_err(Error::wrap)?;
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        x_layout: &Layout,
        by: &candle_core::CudaStorage,
        by_layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        use candle_core::CudaStorage;
        use candle_core::backend::BackendStorage as _;

        let Windows { rows, columns, x_window, x_stride, by_window } = Windows::of(x_layout, by_layout)?;
        let (x_rows, by_rows) = (x.as_cuda_slice::<f32>()?.slice(x_window), by.as_cuda_slice::<f32>()?.slice(by_window));

        // The stream that candle works on: in its order come the tensors that were made before, and what reads the
        // result. The kernel is loaded once for each context, whose address finds it again.
        let device = x.device();
        let stream = device.cuda_stream();
        let gate = Gate::load(stream.context()).map_err(Error::wrap)?;
        // NaN for this example's check; `device.alloc` gives memory that is not yet written.
        let mut out = device.clone_htod(&vec![f32::NAN; rows * columns])?;
        let grid = grid(rows, columns);
        // SAFETY: the views hold what the layouts say, and `out` holds `rows * columns` elements that nobody else has.
        unsafe { gate.launch_unchecked(&stream, grid, &x_rows, x_stride as i32, &by_rows, &mut out, columns as i32) }
            .map_err(Error::wrap)?;
        Ok((CudaStorage::wrap_cuda_slice(out, device.clone()), x_layout.shape().clone()))
    }
}

/// A program for each `BLOCK` columns of each row.
fn grid(rows: usize, columns: usize) -> (usize, usize) {
    (rows, columns.div_ceil(Gate::BLOCK as usize))
}

/// Where in their storages the elements of both arguments lie.
struct Windows {
    rows: usize,
    columns: usize,
    x_window: Range<usize>,
    x_stride: usize,
    by_window: Range<usize>,
}

impl Windows {
    fn of(x: &Layout, by: &Layout) -> Result<Self> {
        let (rows, columns) = x.shape().dims2()?;
        if by.shape().dims1()? != columns {
            candle_core::bail!("gate-rows: {columns} columns and {} factors", by.shape().elem_count());
        }
        let (x_window, x_stride) = window(x)?;
        let (by_window, _) = window(by)?;
        Ok(Self { rows, columns, x_window, x_stride, by_window })
    }
}

/// The elements from the first to the last, and how far apart rows begin.
fn window(layout: &Layout) -> Result<(Range<usize>, usize)> {
    let (rows, columns, stride) = match (layout.dims(), layout.stride()) {
        (&[columns], &[1]) => (1, columns, columns),
        (&[rows, columns], &[stride, 1]) => (rows, columns, stride),
        _ => candle_core::bail!("the elements of a row don't lie side by side: call `contiguous` first"),
    };
    let start = layout.start_offset();
    let end = if rows == 0 || columns == 0 { start } else { start + (rows - 1) * stride + columns };
    Ok((start..end, stride))
}

/// The elements that differ by more than rounding: from candle's operations, and from the same in float64.
fn wrong(x: &Tensor, by: &Tensor) -> Result<(usize, usize)> {
    let ours = x.apply_op2_no_bwd(by, &GateRows)?;
    // In f32 on the same device; on a GPU with candle's kernels, on the same stream before and behind ours.
    let sigmoid = (by.neg()?.exp()? + 1.0)?.recip()?;
    let theirs = x.broadcast_mul(&sigmoid)?;

    let on_host = |tensor: &Tensor| tensor.to_device(&Device::Cpu)?.to_dtype(DType::F64);
    let (x, by) = (on_host(x)?, on_host(by)?);
    let exact = x.broadcast_mul(&(by.neg()?.exp()? + 1.0)?.recip()?)?;
    let far = |a: &Tensor, b: &Tensor, bound: f64| -> Result<usize> {
        let (a, b) = (a.flatten_all()?.to_vec1::<f64>()?, b.flatten_all()?.to_vec1::<f64>()?);
        // NaN is near nothing.
        let near = a.iter().zip(&b).filter(|&(a, b)| (a - b).abs() <= bound * b.abs()).count();
        Ok(b.len() - near)
    };
    let ours = on_host(&ours)?;
    Ok((far(&ours, &on_host(&theirs)?, 4e-6)?, far(&ours, &exact, 2e-6)?))
}

fn run(device: &Device, what: &str) -> Result<bool> {
    let x = Tensor::rand(-8.0_f32, 8.0, (256, 1000), device)?;
    let by = Tensor::rand(-8.0_f32, 8.0, 1000, device)?;
    let window = (x.narrow(0, 7, 100)?.narrow(1, 3, 517)?, by.narrow(0, 9, 517)?);
    let mut right = true;
    for (part, (x, by)) in [("all of a tensor", (x, by)), ("a window of it", window)] {
        let (from_candle, from_exact) = wrong(&x, &by)?;
        let count = x.elem_count();
        println!("{what}, {part}: of {count} elements {from_exact} are wrong, {from_candle} differ from candle's");
        right &= from_candle == 0 && from_exact == 0;
    }
    Ok(right)
}

fn main() -> Result<()> {
    let mut right = run(&Device::Cpu, "CPU")?;
    match triton_runner_rt::context(0) {
        Ok(_) if cfg!(feature = "cuda") => {
            right &= run(&Device::new_cuda(0)?, "stream of the thread")?
                & run(&Device::new_cuda_with_stream(0)?, "stream of its own")?;
        }
        Ok(_) => println!("There is a GPU, and candle's feature `cuda` is off: build with `--features cuda`"),
        // candle and cudarc panic without a driver; this is an error value.
        Err(error) => println!("Nothing was launched: {error}"),
    }
    if right { Ok(()) } else { candle_core::bail!("elements are wrong") }
}
