//! Each kind of kernel gives the right numbers.

use gpu_tests::kernels::*;
use libtest_mimic::Failed;
use rand::RngExt;
use triton_runner_rt::cudarc::driver::CudaSlice;
use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::{
    Arch, Choice, DevicePointer, Error, F8E4M3, ImageKind, Result, Suffix, TensorMap, TensorMapMut,
};

use crate::{Case, Gpu, all, any, equal, hopper, near};

pub(crate) const CASES: &[Case] = &[
    any("numbers::elements_of_any_length", elements_of_any_length),
    any("numbers::an_empty_grid_does_nothing", an_empty_grid_does_nothing),
    any("numbers::views_and_raw_pointers", views_and_raw_pointers),
    any("numbers::promises_are_kept", promises_are_kept),
    any("numbers::a_scalar_of_each_type_through_ptx", a_scalar_of_each_type_through_ptx),
    any("numbers::bf16_on_tensor_cores", bf16_on_tensor_cores),
    any("numbers::a_cooperative_grid", a_cooperative_grid),
    any("numbers::a_cooperative_grid_that_does_not_fit", a_cooperative_grid_that_does_not_fit),
    hopper("numbers::fp8_on_tensor_cores", fp8_on_tensor_cores),
    hopper("numbers::clusters_of_two", clusters_of_two),
    hopper("numbers::shared_memory_of_200_kib", shared_memory_of_200_kib),
    hopper("numbers::ir_that_was_edited_between_two_passes", ir_that_was_edited_between_two_passes),
    hopper("numbers::descriptors_made_on_the_device", descriptors_made_on_the_device),
    hopper("numbers::descriptors_made_on_the_host", descriptors_made_on_the_host),
    hopper("numbers::descriptors_that_are_stored_through", descriptors_that_are_stored_through),
    hopper("numbers::dependent_launches", dependent_launches),
];

fn random(len: usize) -> Vec<f32> {
    let mut rng = rand::rng();
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn elements_of_any_length(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    for n in [1, 255, 256, 257, 1_000_003] {
        let x = random(n);
        let device = gpu.stream.clone_htod(&x)?;
        let mut out = gpu.stream.clone_htod(&vec![f32::NAN; n + 1])?;
        kernel.launch(&gpu.stream, &device, &mut out, 3.0, 0.5, n as i32)?;
        let out = gpu.stream.clone_dtoh(&out)?;
        near(&out[..n], x.iter().map(|&x| f64::from(x) * 3.0 + 0.5), 1e-6)?;
        equal(out[n].is_nan(), true, "the element behind the end is left alone")?;
    }
    Ok(())
}

fn an_empty_grid_does_nothing(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let x = gpu.stream.alloc_zeros(16)?;
    let mut out = gpu.stream.clone_htod(&[7.0_f32; 16])?;
    kernel.launch(&gpu.stream, &x, &mut out, 3.0, 0.5, 0)?;
    all(&gpu.stream.clone_dtoh(&out)?, 7.0)
}

fn views_and_raw_pointers(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let x = random(1024);
    let device = gpu.stream.clone_htod(&x)?;
    let mut out = gpu.stream.alloc_zeros::<f32>(1024)?;
    kernel.launch(&gpu.stream, device.slice(512..), out.slice_mut(..512), 2.0, 0.0, 512)?;
    let raw = {
        use triton_runner_rt::cudarc::driver::DevicePtr;
        DevicePointer::<f32>::new(device.device_ptr(&gpu.stream).0)
    };
    // SAFETY: each part holds 512 elements; the slice outlives the kernel.
    unsafe { kernel.launch_unchecked(&gpu.stream, raw, out.slice_mut(512..), 2.0, 0.0, 512) }?;
    let expected = x[512..].iter().chain(&x[..512]).map(|&x| f64::from(x) * 2.0);
    near(&gpu.stream.clone_dtoh(&out)?, expected, 0.0)
}

fn promises_are_kept(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Axpb::load(&gpu.context)?;
    let x = gpu.stream.alloc_zeros::<f32>(1024)?;
    let mut out = gpu.stream.alloc_zeros::<f32>(1024)?;
    let error = kernel.launch(&gpu.stream, x.slice(1..), &mut out, 2.0, 0.0, 16);
    match error {
        Err(Error::Misaligned { argument: "x", .. }) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

fn a_scalar_of_each_type_through_ptx(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Scalars::load(&gpu.context)?;
    let info = kernel.info();
    equal((info.kind, info.choice, info.arch), (ImageKind::Ptx, Choice::Ptx, Arch::new(80, Suffix::None)), "image")?;
    let mut out = gpu.stream.alloc_zeros::<f64>(9)?;
    let (e, f) = (f16::from_f32(1.5), bf16::from_f32(-256.0));
    let (stream, pi) = (&gpu.stream, std::f64::consts::PI);
    kernel.launch(stream, &mut out, true, -100, -30_000, 1 << 30, -(1 << 50), e, f, 0.1, pi)?;
    let expected = [1.0, -100.0, -30_000.0, (1 << 30) as f64, -((1_i64 << 50) as f64), 1.5, -256.0, f64::from(0.1_f32)];
    let out = gpu.stream.clone_dtoh(&out)?;
    equal(&out[..8], &expected, "scalars")?;
    equal(out[8], std::f64::consts::PI, "the last scalar")
}

/// The product of a 64 × k and a k × n matrix, both row-major.
fn product(a: &[f32], b: &[f32], k: usize, n: usize) -> Vec<f64> {
    let mut c = vec![0.0; 64 * n];
    for (i, row) in a.chunks(k).enumerate() {
        for (j, sum) in c[i * n..(i + 1) * n].iter_mut().enumerate() {
            *sum = row.iter().enumerate().map(|(l, &a)| f64::from(a) * f64::from(b[l * n + j])).sum();
        }
    }
    c
}

fn bf16_on_tensor_cores(gpu: &Gpu) -> Result<(), Failed> {
    let k = 256;
    let round = |values: Vec<f32>| values.into_iter().map(bf16::from_f32).collect::<Vec<_>>();
    let (a, b) = (round(random(64 * k)), round(random(k * 64)));
    let (left, right) = (gpu.stream.clone_htod(&a)?, gpu.stream.clone_htod(&b)?);
    let mut c = gpu.stream.alloc_zeros::<f32>(64 * 64)?;
    DotBf16::load(&gpu.context)?.launch(&gpu.stream, &left, &right, &mut c, k as i32)?;
    let widen = |values: &[bf16]| values.iter().map(|value| value.to_f32()).collect::<Vec<_>>();
    near(&gpu.stream.clone_dtoh(&c)?, product(&widen(&a), &widen(&b), k, 64), 1e-4)
}

fn fp8_on_tensor_cores(gpu: &Gpu) -> Result<(), Failed> {
    let k = 128;
    let round = |values: Vec<f32>| values.into_iter().map(F8E4M3::from_f32).collect::<Vec<_>>();
    let (a, b) = (round(random(64 * k)), round(random(k * 64)));
    let (left, right) = (gpu.stream.clone_htod(&a)?, gpu.stream.clone_htod(&b)?);
    let mut c = gpu.stream.alloc_zeros::<f32>(64 * 64)?;
    DotFp8::load(&gpu.context)?.launch(&gpu.stream, &left, &right, &mut c, k as i32)?;
    let widen = |values: &[F8E4M3]| values.iter().map(|value| value.to_f32()).collect::<Vec<_>>();
    // The tensor cores keep fewer bits of a sum of FP8 products than FP32 has.
    near(&gpu.stream.clone_dtoh(&c)?, product(&widen(&a), &widen(&b), k, 64), 1e-2)
}

fn shared_memory_of_200_kib(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = DotLarge::load(&gpu.context)?;
    let shared = kernel.info().shared;
    if shared < 200 * 1024 {
        return Err(format!("{shared} bytes of shared memory are fewer than this test is for").into());
    }
    let k = 512;
    let round = |values: Vec<f32>| values.into_iter().map(f16::from_f32).collect::<Vec<_>>();
    let (a, b) = (round(random(64 * k)), round(random(k * 256)));
    let (left, right) = (gpu.stream.clone_htod(&a)?, gpu.stream.clone_htod(&b)?);
    let mut c = gpu.stream.alloc_zeros::<f32>(64 * 256)?;
    kernel.launch(&gpu.stream, &left, &right, &mut c, k as i32)?;
    let widen = |values: &[f16]| values.iter().map(|value| value.to_f32()).collect::<Vec<_>>();
    near(&gpu.stream.clone_dtoh(&c)?, product(&widen(&a), &widen(&b), k, 256), 1e-4)
}

fn ir_that_was_edited_between_two_passes(gpu: &Gpu) -> Result<(), Failed> {
    let (whole, layout, stages) =
        (DotLarge::load(&gpu.context)?, DotLayout::load(&gpu.context)?, DotStages::load(&gpu.context)?);
    // Two stages of the five: the edit is in the machine code.
    equal(5 * stages.info().shared, 2 * whole.info().shared, "shared memory")?;
    equal(layout.info().shared, whole.info().shared, "shared memory")?;
    for k in [64, 128, 320, 1024] {
        let round = |values: Vec<f32>| values.into_iter().map(f16::from_f32).collect::<Vec<_>>();
        let (a, b) = (round(random(64 * k)), round(random(k * 256)));
        let (left, right) = (gpu.stream.clone_htod(&a)?, gpu.stream.clone_htod(&b)?);
        let widen = |values: &[f16]| values.iter().map(|value| value.to_f32()).collect::<Vec<_>>();
        let expected = product(&widen(&a), &widen(&b), k, 256);
        let poisoned = || gpu.stream.clone_htod(&vec![f32::NAN; 64 * 256]);
        let (mut first, mut second) = (poisoned()?, poisoned()?);
        // SAFETY: the buffers hold 64 × k, k × 256 and 64 × 256 elements, which is what the kernels touch.
        unsafe {
            layout.launch(&gpu.stream, &left, &right, &mut first, k as i32)?;
            stages.launch(&gpu.stream, &left, &right, &mut second, k as i32)?;
        }
        near(&gpu.stream.clone_dtoh(&first)?, expected.clone(), 1e-4)?;
        near(&gpu.stream.clone_dtoh(&second)?, expected, 1e-4)?;
    }
    Ok(())
}

fn clusters_of_two(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Softmax::load(&gpu.context)?;
    equal(kernel.info().cluster.iter().product(), 2, "CTAs of a cluster")?;
    let (rows, columns) = (300, 4000);
    let x: Vec<f32> = random(rows * columns).into_iter().map(|x| x * 8.0).collect();
    let device = gpu.stream.clone_htod(&x)?;
    let mut out = gpu.stream.alloc_zeros::<f32>(rows * columns)?;
    kernel.launch(&gpu.stream, rows as u32, &device, &mut out, columns as i32)?;
    let expected = x.chunks(columns).flat_map(|row| {
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials: Vec<f64> = row.iter().map(|&x| f64::from(x - most).exp()).collect();
        let sum: f64 = exponentials.iter().sum();
        exponentials.into_iter().map(move |value| value / sum * columns as f64)
    });
    // Relative to the mean.
    let out: Vec<f32> = gpu.stream.clone_dtoh(&out)?.into_iter().map(|value| value * columns as f32).collect();
    near(&out, expected, 1e-5)
}

fn a_cooperative_grid(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Gather::load(&gpu.context)?;
    equal(kernel.info().cooperative, true, "cooperative")?;
    for programs in [1, 7, 100] {
        let mut x = gpu.stream.alloc_zeros::<i32>(1024)?;
        let mut out = gpu.stream.alloc_zeros::<i32>(programs)?;
        let mut arrived = gpu.stream.alloc_zeros::<i32>(4)?;
        kernel.launch(&gpu.stream, &mut x, &mut out, &mut arrived, programs as i32)?;
        let sum = (programs * (programs + 1) / 2) as i32;
        all(&gpu.stream.clone_dtoh(&out)?, sum)?;
    }
    Ok(())
}

fn a_cooperative_grid_that_does_not_fit(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Gather::load(&gpu.context)?;
    let mut memory: CudaSlice<i32> = gpu.stream.alloc_zeros(3 << 20)?;
    let (mut x, mut rest) = memory.split_at_mut(1 << 20);
    let (mut out, mut arrived) = rest.split_at_mut(1 << 20);
    match kernel.launch(&gpu.stream, &mut x, &mut out, &mut arrived, 1 << 20) {
        Err(Error::Launch(failure)) if failure.source.code() == 720 => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

fn descriptors_made_on_the_device(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Tile::load(&gpu.context)?;
    for (rows, columns) in [(32, 32), (1, 16), (1000, 528)] {
        let x = random(rows * columns);
        let device = gpu.stream.clone_htod(&x)?;
        let mut out = gpu.stream.clone_htod(&vec![f32::NAN; rows * columns])?;
        kernel.launch(&gpu.stream, &device, &mut out, rows as i32, columns as i32, 3.0)?;
        near(&gpu.stream.clone_dtoh(&out)?, x.iter().map(|&x| f64::from(x) * 3.0), 1e-6)?;
    }
    Ok(())
}

fn halves(len: usize) -> Vec<f16> {
    random(len).into_iter().map(f16::from_f32).collect()
}

fn descriptors_made_on_the_host(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Described::load(&gpu.context)?;
    // A few rows and a small span, padded rows, and rows that end within a block.
    for (rows, columns, stride) in [(64, 64, 64), (64, 64, 72), (100, 40, 48), (5000, 64, 256)] {
        let x = halves(rows * stride);
        let device = gpu.stream.clone_htod(&x)?;
        let programs = rows.div_ceil(64);
        let mut out = gpu.stream.clone_htod(&vec![f16::NAN; programs * 64 * 64])?;
        let map = TensorMap::new(device.slice(..), [rows, columns], [stride, 1])?;
        for _ in 0..2 {
            // SAFETY: the output holds a block for each program.
            unsafe { kernel.launch(&gpu.stream, programs as u32, &map, &mut out) }?;
        }
        let out = gpu.stream.clone_dtoh(&out)?;
        for (index, found) in out.iter().enumerate() {
            let (row, column) = (index / 64, index % 64);
            // What lies outside of the tensor is read as zero.
            let inside = row < rows && column < columns;
            let expected = if inside { x[row * stride + column] } else { f16::ZERO };
            if *found != expected {
                return Err(format!("row {row}, column {column} is {found}, expected {expected}").into());
            }
        }
    }
    Ok(())
}

fn descriptors_that_are_stored_through(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Stored::load(&gpu.context)?;
    let (rows, columns, stride) = (100, 40, 48);
    let x = halves(2 * 64 * 64);
    let device = gpu.stream.clone_htod(&x)?;
    let mut target = gpu.stream.clone_htod(&vec![f16::from_f32(9.0); rows * stride])?;
    let mut map = TensorMapMut::new(&mut target, [rows, columns], [stride, 1])?;
    // SAFETY: the input holds two blocks.
    unsafe { kernel.launch(&gpu.stream, 2, &device, &mut map) }?;
    drop(map);
    for (index, found) in gpu.stream.clone_dtoh(&target)?.into_iter().enumerate() {
        let (row, column) = (index / stride, index % stride);
        let expected = if column < columns { x[row * 64 + column] } else { f16::from_f32(9.0) };
        if found != expected {
            return Err(format!("row {row}, column {column} is {found}, expected {expected}").into());
        }
    }
    Ok(())
}

fn dependent_launches(gpu: &Gpu) -> Result<(), Failed> {
    let kernel = Step::load(&gpu.context)?;
    equal(kernel.info().pdl, true, "programmatic dependent launch")?;
    let blocks = 500;
    let mut x = gpu.stream.alloc_zeros::<f32>(blocks * 256)?;
    for _ in 0..20 {
        // SAFETY: the slice holds a block for each program.
        unsafe { kernel.launch(&gpu.stream, blocks as u32, &mut x) }?;
    }
    all(&gpu.stream.clone_dtoh(&x)?, ((1 << 20) - 1) as f32)
}
