//! Launches a kernel on memory and streams that someone else owns: raw handles of another library, slices and views of
//! cudarc on several streams, and a tensor type as a tensor library has it.
//!
//! Each part checks every element against float64, on random inputs and with outputs that start as NaN.

mod expected;
mod raw;
mod slices;
mod tensor;

use std::process::ExitCode;

use expected::Outcome;
use triton_runner_rt::{Error, triton_kernel};

triton_kernel! {
    /// `out[r, c] = x[r, c] * sigmoid(by[c])`: a program for each `BLOCK` columns of each row.
    ///
    /// The rows of `x` begin `x_stride` elements apart, those of `out` lie end to end.
    pub fn gate(x: &[f32], x_stride: i32, by: &[f32], out: &mut [f32], columns: i32);
}

/// The programs for a matrix of this size.
fn programs(rows: usize, columns: usize) -> (usize, usize) {
    (rows, columns.div_ceil(Gate::BLOCK as usize))
}

type Part = fn() -> Result<Outcome, Box<dyn std::error::Error>>;

const PARTS: [(&str, Part); 5] = [
    ("a raw stream and raw pointers of another library", raw::gate),
    ("slices and views of cudarc, on two streams that it tracks", slices::on_tracked_streams),
    ("slices of cudarc, on a stream of another library, ordered by hand", slices::on_a_borrowed_stream),
    ("a tensor of another crate", tensor::whole),
    ("a window of such a tensor", tensor::window),
];

fn main() -> ExitCode {
    if let Err(error @ (Error::DriverNotFound { .. } | Error::NoDevice { .. })) = triton_runner_rt::context(0) {
        println!("Nothing was launched: {error}");
        return ExitCode::SUCCESS;
    }
    let mut failed = false;
    for (what, part) in PARTS {
        match part() {
            Ok(Outcome { checked, wrong: 0 }) => println!("{what}: all {checked} elements are right"),
            Ok(Outcome { checked, wrong }) => {
                eprintln!("error: {what}: {wrong} of {checked} elements are wrong");
                failed = true;
            }
            Err(error) => {
                eprintln!("error: {what}: {error}");
                failed = true;
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::testing;

    use super::*;

    #[test]
    fn every_part_is_right() -> Result<(), Box<dyn std::error::Error>> {
        match testing::gpu_or_interpreter("every_part_is_right")? {
            Some(_) => PARTS.iter().try_for_each(|(what, part)| match part()? {
                Outcome { wrong: 0, .. } => Ok(()),
                outcome => Err(format!("{what}: {outcome:?}").into()),
            }),
            // The memory of others is on a GPU; the kernel itself runs anywhere, on a window of wider rows too.
            None => [(1, 1, 1), (7, 1000, 1000), (5, 1025, 1100)].into_iter().try_for_each(interpreted),
        }
    }

    fn interpreted((rows, columns, stride): (usize, usize, usize)) -> Result<(), Box<dyn std::error::Error>> {
        let (x, by) = (expected::random(rows * stride), expected::random(columns));
        let mut out = expected::poison(rows * columns);
        Gate::interpret(programs(rows, columns), &x, stride as i32, &by, &mut out, columns as i32).run()?;
        let outcome = expected::check(&out, rows, |row, column| x[row * stride + column], &by);
        assert_eq!(outcome, Outcome { checked: rows * columns, wrong: 0 });
        Ok(())
    }
}
