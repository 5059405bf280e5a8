//! scratch
use std::hint::black_box;
use std::time::Instant;
use triton_runner_interpreter::numbers::dot::*;

fn time(mut f: impl FnMut()) -> f64 {
    f();
    let mut best = f64::MAX;
    for _ in 0..7 {
        let mut n = 0;
        let t = Instant::now();
        while t.elapsed().as_secs_f64() < 0.02 {
            f();
            n += 1;
        }
        best = best.min(t.elapsed().as_secs_f64() / n as f64);
    }
    best
}

fn main() {
    for (m, n, k) in [
        (16, 16, 16),
        (32, 32, 32),
        (64, 64, 16),
        (64, 64, 32),
        (64, 64, 64),
        (128, 64, 64),
        (64, 128, 32),
        (128, 128, 32),
        (128, 128, 64),
        (128, 128, 128),
        (128, 256, 64),
    ] {
        let a: Vec<f32> = (0..m * k).map(|i| (i % 7) as f32).collect();
        let b: Vec<f32> = (0..k * n).map(|i| (i % 5) as f32).collect();
        let mut c = vec![0f32; m * n];
        let flops = 2.0 * (m * n * k) as f64;
        let ours = time(|| {
            dot_f32(Precision::Ieee, Matrix::new(&a, m, k).unwrap(), Matrix::new(black_box(&b), k, n).unwrap(), &mut c)
        });
        let ours_t = time(|| {
            dot_f32(
                Precision::Ieee,
                Matrix::new(&a, m, k).unwrap(),
                Matrix::new(black_box(&b), n, k).unwrap().transposed(),
                &mut c,
            )
        });
        let at = time(|| {
            dot_f32(
                Precision::Ieee,
                Matrix::new(&a, k, m).unwrap().transposed(),
                Matrix::new(black_box(&b), k, n).unwrap(),
                &mut c,
            )
        });
        let tf = time(|| {
            dot_f32(Precision::Tf32, Matrix::new(&a, m, k).unwrap(), Matrix::new(black_box(&b), k, n).unwrap(), &mut c)
        });
        let theirs = time(|| unsafe {
            matrixmultiply::sgemm(
                m,
                k,
                n,
                1.0,
                a.as_ptr(),
                k as isize,
                1,
                black_box(&b).as_ptr(),
                n as isize,
                1,
                1.0,
                c.as_mut_ptr(),
                n as isize,
                1,
            )
        });
        let theirs_t = time(|| unsafe {
            matrixmultiply::sgemm(
                m,
                k,
                n,
                1.0,
                a.as_ptr(),
                k as isize,
                1,
                black_box(&b).as_ptr(),
                1,
                k as isize,
                1.0,
                c.as_mut_ptr(),
                n as isize,
                1,
            )
        });
        println!(
            "{m}x{n}x{k}: ours {:.1} b^T {:.1} a^T {:.1} tf32 {:.1} | mm {:.1} b^T {:.1}  GFLOP/s",
            flops / ours / 1e9,
            flops / ours_t / 1e9,
            flops / at / 1e9,
            flops / tf / 1e9,
            flops / theirs / 1e9,
            flops / theirs_t / 1e9
        );
    }
}
