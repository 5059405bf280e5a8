//! Loops as one writes them for one kernel, compiled for AVX2, FMA and F16C where those are.

use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use half::{bf16, f16};

macro_rules! loops {
    ($(fn $name:ident($($argument:ident: $kind:ty),*) $body:block)*) => {$(
        pub(crate) fn $name($($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,f16c")]
                fn wide($($argument: $kind),*) $body
                assert!(std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma"));
                assert!(std::arch::is_x86_feature_detected!("f16c"));
                // SAFETY: all three are there.
                unsafe { wide($($argument),*) }
            }
            #[cfg(not(target_arch = "x86_64"))]
            $body
        }
    )*};
}

loops! {
    fn add(a: &mut [f32], b: &[f32]) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    }
    fn multiply(a: &mut [f32], b: &[f32]) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a *= b);
    }
    fn divide(a: &mut [f32], b: &[f32]) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a /= b);
    }
    fn maximum(a: &mut [f32], b: &[f32]) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a = a.max(*b));
    }
    fn scale(a: &mut [f32], b: f32) {
        a.iter_mut().for_each(|a| *a *= b);
    }
    fn fma(a: &mut [f32], b: &[f32], c: &[f32]) {
        a.iter_mut().zip(b).zip(c).for_each(|((a, b), c)| *a = a.mul_add(*b, *c));
    }
    fn load_f16(bytes: &[u8], values: &mut [f32]) {
        bytemuck::cast_slice::<u8, u16>(bytes).reinterpret_cast::<f16>().convert_to_f32_slice(values);
    }
    fn store_f16(values: &[f32], bytes: &mut [u8]) {
        bytemuck::cast_slice_mut::<u8, u16>(bytes).reinterpret_cast_mut::<f16>().convert_from_f32_slice(values);
    }
    fn load_bf16(bytes: &[u8], values: &mut [f32]) {
        let bits = bytemuck::cast_slice::<u8, u16>(bytes);
        values.iter_mut().zip(bits).for_each(|(value, bits)| *value = f32::from_bits(u32::from(*bits) << 16));
    }
    fn store_bf16(values: &[f32], bytes: &mut [u8]) {
        let bits = bytemuck::cast_slice_mut::<u8, u16>(bytes);
        values.iter().zip(bits).for_each(|(value, bits)| *bits = bf16::from_f32(*value).to_bits());
    }
    fn round_f16(values: &mut [f32]) {
        values.iter_mut().for_each(|value| *value = f16::from_f32(*value).to_f32());
    }
    fn less(a: &[f32], b: &[f32], mask: &mut [u8]) {
        a.iter().zip(b).zip(mask).for_each(|((a, b), mask)| *mask = u8::from(a < b));
    }
    fn select(mask: &[u8], a: &mut [f32], b: &[f32]) {
        mask.iter().zip(a).zip(b).for_each(|((mask, a), b)| *a = if *mask != 0 { *a } else { *b });
    }
    fn add_integers(a: &mut [i32], b: &[i32]) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a = a.wrapping_add(*b));
    }
    fn remainder(a: &mut [i32], b: &[i32]) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a = a.wrapping_rem(*b));
    }
}
