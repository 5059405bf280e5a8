//! A kernel at one level for one architecture, and how to run it.

use std::fmt;
use std::sync::Arc;

use clap::ValueEnum;
use triton_runner_rt::cudarc::driver::CudaContext;
use triton_runner_rt::{Error, KernelInfo};

/// A level of the compiler's output: what is checked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Triton IR.
    Ttir,
    /// Triton GPU IR.
    Ttgir,
    /// LLVM IR.
    Llir,
    /// NVIDIA's assembly text.
    Ptx,
    /// Machine code.
    Cubin,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ttir => "ttir",
            Self::Ttgir => "ttgir",
            Self::Llir => "llir",
            Self::Ptx => "ptx",
            Self::Cubin => "cubin",
        })
    }
}

/// One line of the table.
#[derive(Clone)]
pub(crate) struct Row {
    /// What it computes.
    pub(crate) program: &'static str,
    /// What it starts from.
    pub(crate) level: Level,
    /// The architecture that the checked-in file is for.
    pub(crate) arch: &'static str,
    /// Largest error that is right.
    pub(crate) tolerance: f64,
    /// Runs it on new random numbers; the sides of the product are divided by the number.
    pub(crate) run: fn(&Arc<CudaContext>, usize) -> Result<Outcome, Error>,
}

/// What a run came to.
pub(crate) struct Outcome {
    /// Largest difference to the float64 product.
    pub(crate) max_error: f64,
    /// What ran.
    pub(crate) info: KernelInfo,
}

/// Declares a kernel at each of its levels, all with the same grid and arguments, and `rows`, which has one row for each.
///
/// What is proven of TTIR is known of nothing below it: there a launch is `unsafe`.
macro_rules! rows {
    (
        $program:literal, $sizes:ident, $tolerance:literal,
        # $grid:tt fn $signature:tt,
        |$kernel:ident, $stream:ident, $a:ident, $b:ident, $c:ident, $shape:pat_param| $launch:expr,
        $([$($unsafe:tt)?] $stem:ident, $name:ident, $level:ident, $arch:literal;)*
    ) => {
        triton_kernel! { $(
            # $grid
            $($unsafe)? fn $stem $signature;
        )* }

        /// One row for each kernel.
        pub(crate) fn rows() -> Vec<Row> {
            vec![$(Row {
                program: $program,
                level: Level::$level,
                arch: $arch,
                tolerance: $tolerance,
                run: |context, divisor| {
                    let $kernel = $name::load(context)?;
                    let max_error = multiply(context, $sizes.over(divisor), |$stream, $a, $b, $c, $shape| {
                        // SAFETY: the buffers hold m x k, k x n and m x n elements without gaps between rows.
                        $($unsafe)? { $launch }
                    })?;
                    Ok(Outcome { max_error, info: $kernel.info() })
                },
            }),*]
        }
    };
}

pub(crate) use rows;
