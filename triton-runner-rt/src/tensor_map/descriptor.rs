//! The parameters that one descriptor argument becomes.

use std::ffi::c_void;

use cudarc::driver::CudaStream;

use super::encode::{Recipe, Tiled, check_address};
use super::{MAX_RANK, TensorMap, TensorMapFault};
use crate::driver::Driver;
use crate::driver::abi::EncodedTensorMap;
use crate::pointer::Guard;
use crate::spec::DescriptorSpec;

/// A descriptor argument of a launch, with room for all the parameters that it becomes.
///
/// For sm_90 and later `[CUtensorMap][shape i32][stride i64]`, below
/// `[pointer][shape i64][stride i64][flags i1][shape i32][stride i64]`.
#[derive(Debug)]
pub struct Descriptor<'a> {
    map: EncodedTensorMap,
    address: u64,
    narrow_shape: [i32; MAX_RANK],
    shape: [u64; MAX_RANK],
    strides: [u64; MAX_RANK],
    flags: [u8; 2],
    rank: usize,
    /// How many flags the pointer form has; `None` for a tensor map.
    pointer_flags: Option<usize>,
    guard: Guard<'a>,
}

/// The most parameters that a descriptor becomes.
pub(crate) const MAX_PARAMETERS: usize = 1 + 2 * MAX_RANK + 2 + 2 * MAX_RANK;

impl<'a> Descriptor<'a> {
    pub(crate) fn new<T, const RANK: usize>(
        driver: &Driver,
        spec: &'static DescriptorSpec,
        map: &'a TensorMap<'_, T, RANK>,
        stream: &'a CudaStream,
    ) -> Result<Self, TensorMapFault> {
        let (address, guard) = map.memory.pass(stream);
        check_address(address)?;
        let layout = &map.layout;
        let mut descriptor = Descriptor {
            map: EncodedTensorMap([0; 16]),
            address,
            narrow_shape: layout.shape.map(|extent| extent as i32),
            shape: layout.shape,
            strides: layout.strides,
            // In their order: `padding_nan`, `round_f32_to_tf32`.
            flags: [u8::from(layout.pad_with_nan), u8::from(layout.round_to_tf32)],
            rank: RANK,
            pointer_flags: None,
            guard,
        };
        match *spec {
            DescriptorSpec::Pointer { flags } => {
                if flags as usize > descriptor.flags.len() {
                    return Err(TensorMapFault::NoRecipe);
                }
                descriptor.pointer_flags = Some(flags as usize);
            }
            DescriptorSpec::TensorMap { swizzle, elem_size, elem_type, block_size, fp4_padded } => {
                let recipe = Recipe { swizzle, elem_size, elem_type, block_size, fp4_padded };
                let key = std::ptr::from_ref(spec).addr();
                descriptor.map = match map.encoded.get() {
                    Some((of, encoded)) if *of == key => *encoded,
                    _ => {
                        let encoded = Tiled::new(layout, &recipe, size_of::<T>())?.encode(driver, address)?;
                        // For another kernel than the first it is encoded at each launch.
                        let _ = map.encoded.set((key, encoded));
                        encoded
                    }
                };
            }
        }
        Ok(descriptor)
    }

    pub(crate) fn guard(&self) -> &Guard<'a> {
        &self.guard
    }

    /// Hands the parameters over, in their order.
    pub(crate) fn parameters(&self, mut push: impl FnMut(*mut c_void)) {
        fn at<T>(value: &T) -> *mut c_void {
            std::ptr::from_ref(value).cast_mut().cast()
        }
        match self.pointer_flags {
            None => push(at(&self.map)),
            Some(flags) => {
                push(at(&self.address));
                self.shape[..self.rank].iter().for_each(|extent| push(at(extent)));
                self.strides[..self.rank].iter().for_each(|stride| push(at(stride)));
                self.flags[..flags].iter().for_each(|flag| push(at(flag)));
            }
        }
        self.narrow_shape[..self.rank].iter().for_each(|extent| push(at(extent)));
        self.strides[..self.rank].iter().for_each(|stride| push(at(stride)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Descriptor<'static> {
        /// A matrix of 3 × 5 in rows of 8, in the pointer form with one flag.
        pub(crate) fn example() -> Self {
            Descriptor {
                map: EncodedTensorMap([7; 16]),
                address: 0x7000,
                narrow_shape: [3, 5, 1, 1, 1],
                shape: [3, 5, 1, 1, 1],
                strides: [8, 1, 1, 1, 1],
                flags: [1, 0],
                rank: 2,
                pointer_flags: Some(1),
                guard: Guard::untracked(),
            }
        }
    }

    fn descriptor(pointer_flags: Option<usize>) -> Descriptor<'static> {
        Descriptor { pointer_flags, ..Descriptor::example() }
    }

    fn sizes_and_first_bytes(descriptor: &Descriptor<'_>, sizes: &[usize]) -> Vec<u64> {
        let mut parameters = Vec::new();
        descriptor.parameters(|parameter| parameters.push(parameter));
        assert_eq!(parameters.len(), sizes.len());
        let read = |(&parameter, &size): (&*mut c_void, &usize)| match size {
            // SAFETY: each parameter points to a value of its size in the descriptor.
            1 => u64::from(unsafe { *parameter.cast::<u8>() }),
            // SAFETY: as above.
            4 => u64::from(unsafe { *parameter.cast::<u32>() }),
            // SAFETY: as above.
            _ => unsafe { *parameter.cast::<u64>() },
        };
        parameters.iter().zip(sizes).map(read).collect()
    }

    #[test]
    fn a_tensor_map_is_followed_by_shape_and_strides() {
        let found = sizes_and_first_bytes(&descriptor(None), &[128, 4, 4, 8, 8]);
        assert_eq!(found, [7, 3, 5, 8, 1]);
    }

    #[test]
    fn the_pointer_form_passes_shape_and_strides_twice() {
        let found = sizes_and_first_bytes(&descriptor(Some(2)), &[8, 8, 8, 8, 8, 1, 1, 4, 4, 8, 8]);
        assert_eq!(found, [0x7000, 3, 5, 8, 1, 1, 0, 3, 5, 8, 1]);
        let found = sizes_and_first_bytes(&descriptor(Some(0)), &[8, 8, 8, 8, 8, 4, 4, 8, 8]);
        assert_eq!(found, [0x7000, 3, 5, 8, 1, 3, 5, 8, 1]);
    }
}
