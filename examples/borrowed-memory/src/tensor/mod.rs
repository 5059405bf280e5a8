//! A tensor as a tensor library has it: shared storage of a type that is known while the program runs, and a layout.
//!
//! What a launch needs is settled in two steps. [`Tensor::rows`] can fail: it looks at the element type and the layout,
//! and gives [`Rows`], which borrows the storage. That type is what launches take, because it implements the
//! runtime's [`Input`]; it hands on to a view of cudarc, so cudarc's events and the check of the device stay in force.
//!
//! - The storage is kept by its `Arc` on the host, and on the device by cudarc, which frees it in the order of the
//!   storage's stream.
//! - The kernel goes to the device's own stream, where all operations of this library go, so it needs no event.

mod layout;

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream, CudaView, DeviceRepr};
use triton_runner_rt::{DeviceMemory, Guard, Input};

use crate::expected::{BEYOND, Outcome, check, poison, random};
use crate::{Gate, programs};
use layout::{Layout, LayoutError};

/// What the library has of a GPU: a context, and the one stream that it works on.
#[derive(Clone, Debug)]
struct Device {
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
}

/// Elements on the device, of one of the types that the library knows.
#[derive(Debug)]
enum Storage {
    F32(CudaSlice<f32>),
    F64(CudaSlice<f64>),
}

/// An element type of the library.
trait Element: DeviceRepr {
    const NAME: &str;
    fn of(storage: &Storage) -> Option<&CudaSlice<Self>>
    where
        Self: Sized;
    fn store(slice: CudaSlice<Self>) -> Storage
    where
        Self: Sized;
}

macro_rules! elements {
    ($($type:ty, $name:literal, $variant:ident;)*) => { $(
        impl Element for $type {
            const NAME: &str = $name;

            fn of(storage: &Storage) -> Option<&CudaSlice<Self>> {
                match storage {
                    Storage::$variant(slice) => Some(slice),
                    _ => None,
                }
            }

            fn store(slice: CudaSlice<Self>) -> Storage {
                Storage::$variant(slice)
            }
        }
    )* };
}

elements! {
    f32, "f32", F32;
    f64, "f64", F64;
}

/// A matrix on the device; a clone shares its storage.
#[derive(Clone, Debug)]
struct Tensor {
    storage: Arc<Storage>,
    layout: Layout,
    device: Device,
}

#[derive(Debug, thiserror::Error)]
enum TensorError {
    #[error("the tensor's elements are not {expected}")]
    Type { expected: &'static str },
    #[error("{rows} x {columns} elements don't fit {by} factors")]
    Shape { rows: usize, columns: usize, by: usize },
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Kernel(#[from] triton_runner_rt::Error),
    #[error(transparent)]
    Cuda(#[from] triton_runner_rt::cudarc::driver::DriverError),
}

impl Tensor {
    fn new<T: Element>(device: &Device, elements: &[T], shape: [usize; 2]) -> Result<Self, TensorError> {
        let slice = device.stream.clone_htod(elements)?;
        Ok(Tensor { storage: Arc::new(T::store(slice)), layout: Layout::contiguous(shape), device: device.clone() })
    }

    /// Rows and columns from `start` on, of the same storage.
    fn window(&self, start: [usize; 2], shape: [usize; 2]) -> Result<Self, TensorError> {
        Ok(Tensor { layout: self.layout.window(start, shape)?, ..self.clone() })
    }

    /// Rows as columns, of the same storage.
    fn transposed(&self) -> Self {
        Tensor { layout: self.layout.transposed(), ..self.clone() }
    }

    /// The elements as a kernel takes them.
    fn rows<T: Element>(&self) -> Result<Rows<'_, T>, TensorError> {
        let slice = T::of(&self.storage).ok_or(TensorError::Type { expected: T::NAME })?;
        let (range, stride) = self.layout.rows()?;
        let elements = slice.try_slice(range).ok_or(LayoutError::Beyond)?;
        Ok(Rows { elements, stride })
    }
}

/// Rows of elements that lie side by side, `stride` apart.
#[derive(Debug)]
struct Rows<'a, T> {
    elements: CudaView<'a, T>,
    stride: usize,
}

// SAFETY: what is passed is a view of a slice, which keeps that slice borrowed.
unsafe impl<T> DeviceMemory for &Rows<'_, T> {}

impl<T> Input<T> for &Rows<'_, T> {
    fn pass<'s>(self, stream: &'s CudaStream) -> (u64, Guard<'s>)
    where
        Self: 's,
    {
        Input::<T>::pass(&self.elements, stream)
    }
}

/// An operation of the library: each row of `x` times the sigmoid of `by`.
fn gate(x: &Tensor, by: &Tensor) -> Result<Tensor, TensorError> {
    let ([rows, columns], [_, factors]) = (x.layout.shape, by.layout.shape);
    if columns != factors || by.layout.shape[0] != 1 {
        return Err(TensorError::Shape { rows, columns, by: factors });
    }
    let (device, x, by) = (&x.device, x.rows::<f32>()?, by.rows::<f32>()?);
    let kernel = Gate::load(&device.context)?;
    let mut out = device.stream.clone_htod(&poison(rows * columns))?;
    let grid = programs(rows, columns);
    // SAFETY: both inputs have the rows and columns that their layouts say, and `out` as many and more; it is new, so
    // nothing else uses it.
    unsafe { kernel.launch_unchecked(&device.stream, grid, &x, x.stride as i32, &by, &mut out, columns as i32) }?;
    let layout = Layout::contiguous([rows, columns]);
    Ok(Tensor { storage: Arc::new(Storage::F32(out)), layout, device: device.clone() })
}

fn device() -> Result<Device, triton_runner_rt::Error> {
    let context = triton_runner_rt::context(0)?;
    let stream = context.new_stream()?;
    Ok(Device { context, stream })
}

/// The elements of a tensor and what lies [`BEYOND`] them.
fn download(tensor: &Tensor) -> Result<Vec<f32>, TensorError> {
    let slice = f32::of(&tensor.storage).ok_or(TensorError::Type { expected: f32::NAME })?;
    Ok(tensor.device.stream.clone_dtoh(slice)?)
}

pub(crate) fn whole() -> Result<Outcome, Box<dyn std::error::Error>> {
    const ROWS: usize = 128;
    const COLUMNS: usize = 768;
    let (x, by) = (random(ROWS * COLUMNS), random(COLUMNS));
    let device = device()?;
    let x_tensor = Tensor::new(&device, &x, [ROWS, COLUMNS])?;
    let by_tensor = Tensor::new(&device, &by, [1, COLUMNS])?;
    let out = download(&gate(&x_tensor, &by_tensor)?)?;
    Ok(check(&out, ROWS, |row, column| x[row * COLUMNS + column], &by))
}

pub(crate) fn window() -> Result<Outcome, Box<dyn std::error::Error>> {
    const WHOLE: [usize; 2] = [90, 701];
    const START: [usize; 2] = [7, 33];
    const SHAPE: [usize; 2] = [41, 515];
    let (x, by) = (random(WHOLE[0] * WHOLE[1]), random(SHAPE[1] + 3));
    let device = device()?;
    let x_tensor = Tensor::new(&device, &x, WHOLE)?.window(START, SHAPE)?;
    let by_tensor = Tensor::new(&device, &by, [1, by.len()])?.window([0, 3], [1, SHAPE[1]])?;

    // What the kernel can't take is refused before it is launched.
    let doubles = Tensor::new(&device, &[0.0_f64; 4], [1, 4])?;
    if !matches!(doubles.rows::<f32>(), Err(TensorError::Type { .. })) {
        return Err("elements of another type were taken".into());
    }
    if !matches!(gate(&x_tensor.transposed(), &by_tensor.window([0, 0], [1, SHAPE[0]])?), Err(TensorError::Layout(_))) {
        return Err("rows that lie in pieces were taken".into());
    }

    let result = gate(&x_tensor, &by_tensor)?;
    // The storages live on in the driver until the kernel is done: both are freed in the order of its stream.
    drop((x_tensor, by_tensor));
    let out = download(&result)?;
    debug_assert_eq!(out.len(), SHAPE[0] * SHAPE[1] + BEYOND);
    let at = |row: usize, column: usize| x[(START[0] + row) * WHOLE[1] + START[1] + column];
    Ok(check(&out, SHAPE[0], at, &by[3..]))
}
