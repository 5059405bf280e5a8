//! Each kind of kernel gives the right numbers.

use gpu_tests::kernels::*;
use triton_runner_rt::F8E4M3;
use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::interpret::{HostTensorMap, HostTensorMapMut};

use crate::{Tested, near, random};

#[test]
fn elements_of_any_length_are_computed_and_the_rest_is_left_alone() -> Tested {
    for n in [1, 255, 256, 257, 10_003] {
        let x = random(n);
        let mut out = vec![f32::NAN; n + 1];
        let report = Axpb::interpret(&x, &mut out, 3.0, 0.5, n as i32).run()?;
        assert_eq!((report.kernel, report.programs), ("axpb", n.div_ceil(256) as u64));
        near(&out[..n], x.iter().map(|&x| f64::from(x) * 3.0 + 0.5), 1e-6);
        assert!(out[n].is_nan());
    }
    Ok(())
}

#[test]
fn a_scalar_of_each_type_keeps_its_value() -> Tested {
    let mut out = [0.0_f64; 9];
    let (e, f) = (f16::from_f32(1.5), bf16::from_f32(-256.0));
    let scalars =
        Scalars::interpret(&mut out, true, -100, -30_000, 1 << 30, -(1 << 50), e, f, 0.1, std::f64::consts::PI);
    scalars.run()?;
    let expected = [1.0, -100.0, -30_000.0, (1 << 30) as f64, -((1_i64 << 50) as f64), 1.5, -256.0, f64::from(0.1_f32)];
    assert_eq!((&out[..8], out[8]), (&expected[..], std::f64::consts::PI));
    Ok(())
}

/// The product of a 64 × k and a k × n matrix, both row-major.
fn product(a: &[f32], b: &[f32], k: usize, n: usize) -> Vec<f64> {
    let rows = a.chunks(k).flat_map(|row| (0..n).map(move |j| (row, j)));
    rows.map(|(row, j)| row.iter().enumerate().map(|(l, &a)| f64::from(a) * f64::from(b[l * n + j])).sum()).collect()
}

/// Random numbers, rounded, and what was rounded to.
fn rounded<T: Copy>(len: usize, from: fn(f32) -> T, to: fn(T) -> f32) -> (Vec<T>, Vec<f32>) {
    random(len).into_iter().map(|value| (from(value), to(from(value)))).unzip()
}

#[test]
fn products_of_every_element_type_are_those_of_float64() -> Tested {
    let mut c = vec![f32::NAN; 64 * 64];
    let ((a, wide_a), (b, wide_b)) =
        (rounded(64 * 64, bf16::from_f32, bf16::to_f32), rounded(64 * 64, bf16::from_f32, bf16::to_f32));
    DotBf16::interpret(&a, &b, &mut c, 64).run()?;
    near(&c, product(&wide_a, &wide_b, 64, 64), 1e-4);

    let ((a, wide_a), (b, wide_b)) =
        (rounded(64 * 64, F8E4M3::from_f32, F8E4M3::to_f32), rounded(64 * 64, F8E4M3::from_f32, F8E4M3::to_f32));
    DotFp8::interpret(&a, &b, &mut c, 64).run()?;
    near(&c, product(&wide_a, &wide_b, 64, 64), 1e-2);

    let mut c = vec![f32::NAN; 64 * 256];
    let ((a, wide_a), (b, wide_b)) =
        (rounded(64 * 128, f16::from_f32, f16::to_f32), rounded(128 * 256, f16::from_f32, f16::to_f32));
    DotLarge::interpret(&a, &b, &mut c, 128).run()?;
    near(&c, product(&wide_a, &wide_b, 128, 256), 1e-4);
    Ok(())
}

#[test]
fn the_caller_gives_the_grid_where_the_declaration_has_none() -> Tested {
    let (rows, columns) = (5, 400);
    let x: Vec<f32> = random(rows * columns).into_iter().map(|x| x * 8.0).collect();
    let mut out = vec![0.0; rows * columns];
    Softmax::interpret(rows, &x, &mut out, columns as i32).run()?;
    let expected = x.chunks(columns).flat_map(|row| {
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials: Vec<f64> = row.iter().map(|&x| f64::from(x - most).exp()).collect();
        let sum: f64 = exponentials.iter().sum();
        exponentials.into_iter().map(move |value| value / sum)
    });
    near(&out, expected, 1e-6);
    Ok(())
}

#[test]
fn programs_that_wait_for_one_another_all_run() -> Tested {
    for programs in [1, 7, 100] {
        let (mut x, mut out, mut arrived) = ([0; 1024], vec![0; programs], [0; 4]);
        Gather::interpret(&mut x, &mut out, &mut arrived, programs as i32).run()?;
        assert_eq!(out, vec![(programs * (programs + 1) / 2) as i32; programs]);
    }
    Ok(())
}

#[test]
fn descriptors_made_in_the_kernel_stay_within_their_tensor() -> Tested {
    for (rows, columns) in [(32, 32), (1, 16), (100, 48)] {
        let x = random(rows * columns);
        let mut out = vec![f32::NAN; rows * columns];
        Tile::interpret(&x, &mut out, rows as i32, columns as i32, 3.0).run()?;
        near(&out, x.iter().map(|&x| f64::from(x) * 3.0), 1e-6);
    }
    Ok(())
}

#[test]
fn what_lies_outside_of_a_host_descriptors_tensor_is_zero_or_nan() -> Tested {
    for (rows, columns, stride) in [(64, 64, 64), (100, 40, 48)] {
        let x: Vec<f16> = random(rows * stride).into_iter().map(f16::from_f32).collect();
        let programs = rows.div_ceil(64);
        for nan in [false, true] {
            let map = HostTensorMap::new(&x, [rows, columns], [stride, 1])?;
            let map = if nan { map.pad_with_nan() } else { map };
            let mut out = vec![f16::ONE; programs * 64 * 64];
            Described::interpret(programs, &map, &mut out).run()?;
            for (index, found) in out.iter().enumerate() {
                let (row, column) = (index / 64, index % 64);
                match row < rows && column < columns {
                    true => assert_eq!(*found, x[row * stride + column]),
                    false => assert!(if nan { found.is_nan() } else { *found == f16::ZERO }),
                }
            }
        }
    }
    Ok(())
}

#[test]
fn what_is_stored_through_a_host_descriptor_is_in_its_memory() -> Tested {
    let (rows, columns, stride) = (100, 40, 48);
    let x: Vec<f16> = random(2 * 64 * 64).into_iter().map(f16::from_f32).collect();
    let mut target = vec![f16::from_f32(9.0); rows * stride];
    let mut map = HostTensorMapMut::new(&mut target, [rows, columns], [stride, 1])?;
    Stored::interpret(2, &x, &mut map).run()?;
    for (index, found) in target.into_iter().enumerate() {
        let (row, column) = (index / stride, index % stride);
        assert_eq!(found, if column < columns { x[row * 64 + column] } else { f16::from_f32(9.0) });
    }
    Ok(())
}
