//! A tensor's layout and a kernel's blocks, in the form that the driver encodes.

use std::ffi::c_void;

use super::{Layout, MAX_RANK};
use crate::driver::abi::{self, EncodedTensorMap};
use crate::driver::status::check;
use crate::driver::{Driver, DriverVersion};
use crate::error::TensorMapFault;
use crate::spec::DescriptorSpec;

/// The arguments of `cuTensorMapEncodeTiled`, innermost dimension first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tiled {
    data_type: u32,
    rank: u32,
    extents: [u64; MAX_RANK],
    /// Bytes; the driver reads one fewer than there are dimensions.
    strides: [u64; MAX_RANK],
    block: [u32; MAX_RANK],
    swizzle: u32,
    fill: u32,
    span: u64,
}

/// `CU_TENSOR_MAP_DATA_TYPE_FLOAT32` and `_TFLOAT32`.
const FLOAT32: u32 = 7;
const TFLOAT32: u32 = 11;

impl Tiled {
    /// Checks the driver's rules and turns the layout around.
    pub(super) fn new(layout: &Layout, recipe: &DescriptorSpec, element_size: usize) -> Result<Self, TensorMapFault> {
        if element_size != recipe.elem_size as usize {
            return Err(TensorMapFault::ElementSize { expected: recipe.elem_size, found: element_size });
        }
        let rank = layout.rank;
        if recipe.block_size.len() != rank {
            return Err(TensorMapFault::Rank { expected: recipe.block_size.len(), found: rank });
        }
        // Triton numbers three types otherwise than the driver: FLOAT32_FTZ, FLOAT64 and BFLOAT16.
        let mut data_type = match recipe.elem_type {
            8 => 10,
            9 => 8,
            10 => 9,
            other => other,
        };
        // Bytes of the swizzle pattern: none, 32, 64, 128, and three more patterns of 128 that are atomic otherwise.
        let pattern = match recipe.swizzle {
            0 => 0,
            1 => 32,
            2 => 64,
            3..=6 => 128,
            _ => return Err(unknown(recipe)),
        };
        if data_type > 15 {
            return Err(unknown(recipe));
        }
        if layout.round_to_tf32 {
            if data_type != FLOAT32 {
                return Err(TensorMapFault::RoundNotF32);
            }
            data_type = TFLOAT32;
        }

        let size = u64::from(recipe.elem_size);
        let mut tiled = Tiled {
            data_type,
            rank: rank as u32,
            extents: [1; MAX_RANK],
            strides: [0; MAX_RANK],
            block: [1; MAX_RANK],
            swizzle: recipe.swizzle,
            fill: u32::from(layout.pad_with_nan),
            span: 0,
        };
        for dimension in 0..rank {
            let inner = rank - 1 - dimension;
            let extent = recipe.block_size[dimension];
            if extent == 0 || extent > 256 {
                return Err(TensorMapFault::Block { dimension, extent });
            }
            tiled.block[inner] = extent;
            tiled.extents[inner] = layout.shape[dimension];
            if inner > 0 {
                tiled.strides[inner - 1] = layout.strides[dimension] * size;
            }
        }
        if recipe.fp4_padded {
            // Two elements in a byte of memory, a byte for each in shared memory.
            tiled.extents[0] *= 2;
        }
        let row = u64::from(tiled.block[0]) * size;
        if row % 16 != 0 || pattern != 0 && row > u64::from(pattern) {
            return Err(TensorMapFault::BlockRow { bytes: row, swizzle: pattern });
        }
        tiled.span = (0..rank).fold(0_u64, |span, i| {
            let stride = if i == 0 { size } else { tiled.strides[i - 1] };
            span.saturating_add((tiled.extents[i] - 1).saturating_mul(stride))
        });
        Ok(tiled)
    }

    /// Asks the driver, which needs no device for it.
    pub(super) fn encode(&self, driver: &Driver, address: u64) -> Result<EncodedTensorMap, TensorMapFault> {
        // Loading has refused the kernel where the driver has no such function.
        let Some(encode_tiled) = driver.functions.encode_tiled else { return Err(TensorMapFault::NoRecipe) };
        const NO_INTERLEAVE: u32 = 0;
        const L2_PROMOTION_128_BYTES: u32 = 2;
        let every_element = [1_u32; MAX_RANK];
        let mut map = EncodedTensorMap([0; 16]);
        let address = std::ptr::without_provenance_mut::<c_void>(address as usize);
        // SAFETY: all arrays have room for the most dimensions, and the map is aligned to 128 bytes.
        let status = unsafe {
            encode_tiled(
                &mut map,
                self.data_type,
                self.rank,
                address,
                self.extents.as_ptr(),
                self.strides.as_ptr(),
                self.block.as_ptr(),
                every_element.as_ptr(),
                NO_INTERLEAVE,
                self.swizzle,
                L2_PROMOTION_128_BYTES,
                self.fill,
            )
        };
        check(status).map_err(TensorMapFault::Driver)?;
        // Drivers up to CUDA 13.1 set a bit that makes small tensors read wrong elements; Triton 3.7 and CUTLASS clear
        // it there too.
        if driver.version <= DriverVersion::new(13, 1) && self.span.saturating_add(1) < 128 * 1024 {
            map.0[1] &= !(1 << 21);
        }
        Ok(map)
    }
}

fn unknown(recipe: &DescriptorSpec) -> TensorMapFault {
    TensorMapFault::Unknown { swizzle: recipe.swizzle, elem_type: recipe.elem_type }
}

/// What the address of a tensor must be a multiple of.
pub(super) const ALIGNMENT: u64 = 16;

/// Whether a tensor of this layout suits a kernel, as far as no driver is asked.
#[cfg(feature = "interpreter")]
pub(crate) fn check_recipe(
    layout: &Layout,
    recipe: &DescriptorSpec,
    element_size: usize,
) -> Result<(), TensorMapFault> {
    Tiled::new(layout, recipe, element_size).map(drop)
}

pub(crate) fn check_address(address: abi::DeviceAddress) -> Result<(), TensorMapFault> {
    if address.is_multiple_of(ALIGNMENT) {
        Ok(())
    } else {
        Err(TensorMapFault::Misaligned { address, required: ALIGNMENT })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: DescriptorSpec =
        DescriptorSpec { swizzle: 3, elem_size: 2, elem_type: 6, block_size: &[128, 64], fp4_padded: false };

    fn layout(shape: &[usize], strides: &[usize]) -> Layout {
        Layout::new(shape, strides)
    }

    #[test]
    fn dimensions_are_turned_around_and_strides_become_bytes() {
        let tiled = Tiled::new(&layout(&[1000, 512], &[520, 1]), &RECIPE, 2).unwrap();
        assert_eq!((tiled.data_type, tiled.rank, tiled.swizzle, tiled.fill), (6, 2, 3, 0));
        assert_eq!(tiled.extents[..2], [512, 1000]);
        assert_eq!(tiled.strides[..1], [1040]);
        assert_eq!(tiled.block[..2], [64, 128]);
        assert_eq!(tiled.span, 511 * 2 + 999 * 1040);
    }

    #[test]
    fn three_element_types_are_numbered_otherwise_by_the_driver() {
        for (triton, driver) in [(0, 0), (6, 6), (7, 7), (8, 10), (9, 8), (10, 9)] {
            let recipe = DescriptorSpec { elem_type: triton, ..RECIPE };
            assert_eq!(Tiled::new(&layout(&[256, 64], &[64, 1]), &recipe, 2).unwrap().data_type, driver);
        }
    }

    #[test]
    fn padded_fp4_doubles_the_last_extent() {
        let recipe =
            DescriptorSpec { elem_size: 1, elem_type: 13, fp4_padded: true, block_size: &[128, 128], ..RECIPE };
        assert_eq!(Tiled::new(&layout(&[256, 64], &[64, 1]), &recipe, 1).unwrap().extents[..2], [128, 256]);
    }

    #[test]
    fn rounding_to_tf32_is_an_element_type_of_f32_only() {
        let mut layout = layout(&[256, 32], &[32, 1]);
        layout.round_to_tf32 = true;
        let recipe = DescriptorSpec { elem_size: 4, elem_type: 7, block_size: &[64, 32], ..RECIPE };
        assert_eq!(Tiled::new(&layout, &recipe, 4).unwrap().data_type, TFLOAT32);
        assert_eq!(
            Tiled::new(&layout, &DescriptorSpec { block_size: &[64, 32], ..RECIPE }, 2),
            Err(TensorMapFault::RoundNotF32)
        );
    }

    #[test]
    fn every_rule_of_the_block_is_checked() {
        let plain = layout(&[256, 64], &[64, 1]);
        let fault = |recipe: DescriptorSpec| Tiled::new(&plain, &recipe, 2).unwrap_err();
        assert_eq!(
            fault(DescriptorSpec { elem_size: 4, ..RECIPE }),
            TensorMapFault::ElementSize { expected: 4, found: 2 }
        );
        assert_eq!(
            fault(DescriptorSpec { block_size: &[64], ..RECIPE }),
            TensorMapFault::Rank { expected: 1, found: 2 }
        );
        assert_eq!(
            fault(DescriptorSpec { block_size: &[512, 64], ..RECIPE }),
            TensorMapFault::Block { dimension: 0, extent: 512 }
        );
        assert_eq!(
            fault(DescriptorSpec { block_size: &[8, 0], ..RECIPE }),
            TensorMapFault::Block { dimension: 1, extent: 0 }
        );
        assert_eq!(
            fault(DescriptorSpec { block_size: &[8, 4], ..RECIPE }),
            TensorMapFault::BlockRow { bytes: 8, swizzle: 128 }
        );
        assert_eq!(
            fault(DescriptorSpec { swizzle: 1, ..RECIPE }),
            TensorMapFault::BlockRow { bytes: 128, swizzle: 32 }
        );
        assert_eq!(
            fault(DescriptorSpec { swizzle: 9, ..RECIPE }),
            TensorMapFault::Unknown { swizzle: 9, elem_type: 6 }
        );
        assert_eq!(
            fault(DescriptorSpec { elem_type: 40, ..RECIPE }),
            TensorMapFault::Unknown { swizzle: 3, elem_type: 40 }
        );
        assert!(Tiled::new(&plain, &DescriptorSpec { swizzle: 0, block_size: &[8, 256], ..RECIPE }, 2).is_ok());
    }

    /// Reads what a driver reads, and gives a map that holds it, with the bit set that some drivers set wrongly.
    unsafe extern "C" fn encode_tiled(
        map: *mut EncodedTensorMap,
        data_type: u32,
        rank: u32,
        address: *mut c_void,
        extents: *const u64,
        strides: *const u64,
        block: *const u32,
        every: *const u32,
        _: u32,
        swizzle: u32,
        _: u32,
        fill: u32,
    ) -> abi::Status {
        let mut words = [0; 16];
        words[0] = address.addr() as u64;
        words[1] = 1 << 21 | u64::from(data_type) << 16 | u64::from(swizzle) << 8 | u64::from(fill);
        for dimension in 0..rank as usize {
            // SAFETY: as long as the rank says, the strides by one less.
            unsafe {
                words[2 + dimension] = *extents.add(dimension);
                words[7 + dimension] = u64::from(*block.add(dimension) * *every.add(dimension));
                if dimension > 0 {
                    words[12 + dimension - 1] = *strides.add(dimension - 1);
                }
            }
        }
        // SAFETY: the caller has a place for the map.
        unsafe { map.write(EncodedTensorMap(words)) };
        0
    }

    #[test]
    fn the_driver_finds_every_dimension_where_it_reads() {
        let driver = |version| {
            let mut functions = abi::Functions::unreachable();
            functions.encode_tiled = Some(encode_tiled);
            Driver::of(functions, version)
        };
        let recipe =
            DescriptorSpec { swizzle: 0, elem_size: 1, elem_type: 1, block_size: &[1, 1, 1, 2, 16], fp4_padded: false };
        let tiled = Tiled::new(&layout(&[2, 3, 4, 5, 16], &[960, 320, 80, 16, 1]), &recipe, 1).unwrap();
        let EncodedTensorMap(words) = tiled.encode(&driver(DriverVersion::new(13, 2)), 0x7000).unwrap();
        assert_eq!(words[..2], [0x7000, 1 << 21 | 1 << 16]);
        assert_eq!(words[2..7], [16, 5, 4, 3, 2]);
        assert_eq!(words[7..12], [16, 2, 1, 1, 1]);
        assert_eq!(words[12..], [16, 80, 320, 960]);
        // This tensor is small, and this driver old enough to get that wrong.
        let EncodedTensorMap(words) = tiled.encode(&driver(DriverVersion::new(13, 1)), 0x7000).unwrap();
        assert_eq!(words[1], 1 << 16);
    }

    #[test]
    fn an_address_is_a_multiple_of_sixteen() {
        assert_eq!(check_address(0x7000), Ok(()));
        assert_eq!(check_address(0x7008), Err(TensorMapFault::Misaligned { address: 0x7008, required: 16 }));
    }
}
