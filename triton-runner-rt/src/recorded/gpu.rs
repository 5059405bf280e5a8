//! A recorded launch on a GPU, by the kernel's own typed launch.

use std::path::PathBuf;
use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream, DevicePtr as _};
use triton_runner_interpreter::numbers::compare::Difference;

use super::given::{Given, Scalar};
use super::launch::{Contents, Launch};
use crate::grid::Grid;
use crate::{DevicePointer, Error, Result, TensorMapMut};

/// A launch that is to be made: what it was launched with, its buffers in the memory of a GPU.
#[derive(Debug)]
pub struct OnGpu<'a> {
    launch: &'a Launch,
    stream: &'a Arc<CudaStream>,
    /// Of each buffer.
    addresses: &'a [u64],
}

/// Copies the buffers to the device, has it launched, and compares what they hold then.
pub(super) fn run(
    launch: &Launch,
    mut contents: Contents<'_>,
    context: &Arc<CudaContext>,
    on_gpu: impl Fn(&OnGpu<'_>) -> Result<()>,
) -> Result<Vec<Difference>, String> {
    let stream = context.default_stream();
    let failed = |error: cudarc::driver::DriverError| error.to_string();
    let mut slices = Vec::new();
    for bytes in &contents.before {
        // A buffer of no bytes has an address too.
        slices.push(stream.alloc_zeros::<u8>(bytes.len().max(1)).map_err(failed)?);
    }
    let addresses: Vec<_> = slices.iter().map(|slice| slice.device_ptr(&stream).0).collect();
    let address_of = |buffer: usize| addresses.get(buffer).copied().unwrap_or_default();
    contents.relocate(launch, address_of);
    for (bytes, slice) in contents.before.iter().zip(&mut slices).filter(|(bytes, _)| !bytes.is_empty()) {
        stream.memcpy_htod(bytes, slice).map_err(failed)?;
    }
    stream.synchronize().map_err(failed)?;
    on_gpu(&OnGpu { launch, stream: &stream, addresses: &addresses }).map_err(|error| error.to_string())?;
    stream.synchronize().map_err(failed)?;
    let mut found = Vec::new();
    for (bytes, slice) in contents.before.iter().zip(&slices) {
        let mut now = stream.clone_dtoh(slice).map_err(failed)?;
        now.truncate(bytes.len());
        found.push(now);
    }
    Ok(contents.compare(launch, &found, address_of))
}

impl OnGpu<'_> {
    /// The kernel, by the stem of its files: `matmul`, `matmul@wide`.
    pub fn kernel(&self) -> &str {
        &self.launch.kernel
    }

    /// Where it is to be launched.
    pub fn stream(&self) -> &Arc<CudaStream> {
        self.stream
    }

    /// How many programs it was launched with.
    pub fn grid(&self) -> Grid {
        let [x, y, z] = self.launch.grid;
        Grid::new(x, y, z)
    }

    /// A scalar argument.
    ///
    /// # Errors
    ///
    /// [`Error::Recording`] where it was recorded as something else, as after a change of the kernel.
    pub fn scalar<T: Scalar>(&self, name: &str) -> Result<T> {
        let found = self.launch.argument(name).and_then(T::from_given);
        found.ok_or_else(|| self.other(name, "a scalar"))
    }

    /// A pointer argument, into the memory of its buffer.
    ///
    /// # Errors
    ///
    /// As for [`scalar`](Self::scalar).
    pub fn pointer<T>(&self, name: &str) -> Result<DevicePointer<T>> {
        match self.launch.argument(name) {
            Some(Given::Pointer { buffer, offset }) => Ok(self.place(*buffer, *offset)),
            Some(Given::Null) => Ok(DevicePointer::null()),
            _ => Err(self.other(name, "a pointer")),
        }
    }

    /// A pointer argument that may have been left out.
    ///
    /// # Errors
    ///
    /// As for [`scalar`](Self::scalar).
    pub fn optional<T>(&self, name: &str) -> Result<Option<DevicePointer<T>>> {
        match self.launch.argument(name) {
            None | Some(Given::Null) => Ok(None),
            Some(_) => self.pointer(name).map(Some),
        }
    }

    /// A tensor descriptor.
    ///
    /// # Errors
    ///
    /// As for [`scalar`](Self::scalar), and [`Error::TensorMap`] for a tensor that no descriptor describes.
    pub fn tensor_map<T: 'static, const RANK: usize>(&self, name: &str) -> Result<TensorMapMut<'static, T, RANK>> {
        let Some(Given::Tensor { buffer, offset, layout }) = self.launch.argument(name) else {
            return Err(self.other(name, "a tensor descriptor"));
        };
        let sizes = |all: &[i64]| {
            let sizes = all.iter().map(|size| usize::try_from(*size).ok()).collect::<Option<Vec<_>>>();
            sizes.and_then(|sizes| <[usize; RANK]>::try_from(sizes).ok())
        };
        let (Some(shape), Some(strides)) = (sizes(&layout.shape), sizes(&layout.strides)) else {
            return Err(self.other(name, &format!("a tensor descriptor of {RANK} dimensions")));
        };
        let mut map = TensorMapMut::new(self.place::<T>(*buffer, *offset), shape, strides)?;
        if layout.pad_with_nan {
            map = map.pad_with_nan();
        }
        if layout.round_to_tf32 {
            map = map.round_to_tf32();
        }
        Ok(map)
    }

    /// For a kernel that isn't known to whoever launches.
    pub fn unknown(&self) -> Error {
        let reason =
            format!("kernel `{}` is not launched by this test: record again, which writes both", self.launch.kernel);
        Error::Recording { path: PathBuf::from("launches.json"), reason }
    }

    fn place<T>(&self, buffer: usize, offset: i64) -> DevicePointer<T> {
        let address = self.addresses.get(buffer).copied().unwrap_or_default();
        DevicePointer::new(address.wrapping_add_signed(offset))
    }

    fn other(&self, name: &str, asked: &str) -> Error {
        let kernel = &self.launch.kernel;
        let reason = format!("argument `{name}` of kernel `{kernel}` was not recorded as {asked}: record again");
        Error::Recording { path: PathBuf::from("launches.json"), reason }
    }
}
