//! The parameters that one descriptor argument becomes.

use std::ffi::c_void;

#[cfg(feature = "interpreter")]
use super::Layout;
use super::encode::{Tiled, check_address};
use super::{MAX_RANK, TensorMap};
use crate::driver::Driver;
use crate::driver::abi::EncodedTensorMap;
use crate::error::TensorMapFault;
use crate::pointer::Guard;
use crate::spec::DescriptorSpec;

/// A descriptor argument of a launch, with all the parameters that it becomes: `[CUtensorMap][shape i32][stride i64]`.
#[derive(Debug)]
pub struct Descriptor<'a> {
    map: EncodedTensorMap,
    shape: [i32; MAX_RANK],
    strides: [u64; MAX_RANK],
    rank: usize,
    guard: Guard<'a>,
    /// What was encoded, for a launch that is interpreted too.
    #[cfg(feature = "interpreter")]
    tensor: (u64, Layout),
}

/// The most parameters that a descriptor becomes.
pub(crate) const MAX_PARAMETERS: usize = 1 + 2 * MAX_RANK;

impl<'a> Descriptor<'a> {
    pub(crate) fn new<T, const RANK: usize>(
        driver: &Driver,
        spec: &'static DescriptorSpec,
        map: &TensorMap<'_, T, RANK>,
        (address, guard): (u64, Guard<'a>),
    ) -> Result<Self, TensorMapFault> {
        check_address(address)?;
        let layout = &map.layout;
        let key = std::ptr::from_ref(spec).addr();
        let encoded = match map.encoded.get() {
            Some((of, encoded)) if *of == key => *encoded,
            _ => {
                let encoded = Tiled::new(layout, spec, size_of::<T>())?.encode(driver, address)?;
                // For another kernel than the first it is encoded at each launch.
                let _ = map.encoded.set((key, encoded));
                encoded
            }
        };
        let shape = layout.shape.map(|extent| extent as i32);
        Ok(Descriptor {
            map: encoded,
            shape,
            strides: layout.strides,
            rank: RANK,
            guard,
            #[cfg(feature = "interpreter")]
            tensor: (address, *layout),
        })
    }

    /// What its tensor's memory came with.
    pub fn guard(&self) -> &Guard<'a> {
        &self.guard
    }

    /// The tensor's address and how it is laid out.
    #[cfg(feature = "interpreter")]
    pub(crate) fn tensor(&self) -> (u64, &Layout) {
        (self.tensor.0, &self.tensor.1)
    }

    /// Hands the parameters over, in their order.
    pub(crate) fn parameters(&self, mut push: impl FnMut(*mut c_void)) {
        fn at<T>(value: &T) -> *mut c_void {
            std::ptr::from_ref(value).cast_mut().cast()
        }
        push(at(&self.map));
        self.shape[..self.rank].iter().for_each(|extent| push(at(extent)));
        self.strides[..self.rank].iter().for_each(|stride| push(at(stride)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Descriptor<'static> {
        /// A matrix of 3 × 5 in rows of 8.
        pub(crate) fn example() -> Self {
            Descriptor {
                map: EncodedTensorMap([7; 16]),
                shape: [3, 5, 1, 1, 1],
                strides: [8, 1, 1, 1, 1],
                rank: 2,
                guard: Guard::untracked(),
                #[cfg(feature = "interpreter")]
                tensor: (
                    0,
                    Layout {
                        rank: 2,
                        shape: [3, 5, 1, 1, 1],
                        strides: [8, 1, 1, 1, 1],
                        pad_with_nan: false,
                        round_to_tf32: false,
                    },
                ),
            }
        }
    }

    #[test]
    fn a_tensor_map_is_followed_by_shape_and_strides() {
        let mut parameters = Vec::new();
        let descriptor = Descriptor::example();
        descriptor.parameters(|parameter| parameters.push(parameter));
        let sizes = [128, 4, 4, 8, 8];
        assert_eq!(parameters.len(), sizes.len());
        let read = |(&parameter, &size): (&*mut c_void, &usize)| match size {
            // SAFETY: each parameter points to a value of its size in the descriptor.
            4 => u64::from(unsafe { *parameter.cast::<u32>() }),
            // SAFETY: as above.
            _ => unsafe { *parameter.cast::<u64>() },
        };
        let found: Vec<u64> = parameters.iter().zip(&sizes).map(read).collect();
        assert_eq!(found, [7, 3, 5, 8, 1]);
    }
}
