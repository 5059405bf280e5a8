use super::*;
use crate::DevicePointer;

fn made<const RANK: usize>(shape: [usize; RANK], strides: [usize; RANK]) -> Result<(), TensorMapFault> {
    match TensorMap::new(DevicePointer::<u16>::new(0x1000), shape, strides) {
        Ok(_) => Ok(()),
        Err(Error::TensorMap { argument: None, fault }) => Err(fault),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_contiguous_tensor_has_the_strides_of_rows() {
    let map = TensorMap::contiguous(DevicePointer::<u16>::new(0x1000), [2, 30, 8]).unwrap();
    assert_eq!((map.shape(), map.strides()), ([2, 30, 8], [240, 8, 1]));
}

#[test]
fn shapes_and_strides_are_checked_as_it_is_made() {
    assert_eq!(made([16, 8], [8, 1]), Ok(()));
    assert_eq!(made([100], [1]), Ok(()));
    assert_eq!(made([16, 0], [8, 1]), Err(TensorMapFault::Extent { dimension: 1, extent: 0 }));
    assert_eq!(made([1 << 31, 8], [8, 1]), Err(TensorMapFault::Extent { dimension: 0, extent: 1 << 31 }));
    assert_eq!(made([16, 8], [8, 2]), Err(TensorMapFault::LastStride { stride: 2 }));
    assert_eq!(made([16, 8], [9, 1]), Err(TensorMapFault::Stride { dimension: 0, bytes: 18 }));
    assert_eq!(made([16, 8], [1 << 39, 1]), Err(TensorMapFault::Stride { dimension: 0, bytes: 1 << 40 }));
    assert_eq!(made([16, 8], [usize::MAX, 1]), Err(TensorMapFault::Stride { dimension: 0, bytes: u64::MAX }));
}

#[test]
fn a_tensor_does_not_reach_beyond_its_slice() {
    let layout = Layout::new(&[4, 8], &[16, 1]);
    assert_eq!(layout.check(2, Some(3 * 16 + 8)), Ok(()));
    assert_eq!(layout.check(2, Some(3 * 16 + 7)), Err(TensorMapFault::OutOfMemory { needed: 56, len: 55 }));
}

#[test]
fn a_map_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<TensorMap<'static, f32, 2>>();
}
