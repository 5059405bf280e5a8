//! The kernels, and the ways that there are to multiply with them.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream};
use triton_runner_rt::interpret::{Checks, HostTensorMap, HostTensorMapMut};
use triton_runner_rt::{Error as LaunchError, ImageSpec, Result, TensorMap, TensorMapMut, triton_kernel};

use crate::matrix::{DeviceMatrix, Matrix};

triton_kernel! {
    /// `C = A * B` in row-major order, one program for each `TILE_M` x `TILE_N` tile of C.
    ///
    /// A is m x k, B is k x n, C is m x n. The strides are elements from one row to the next.
    #[grid(m.div_ceil(TILE_M) * n.div_ceil(TILE_N))]
    #[tuned(m, n, k, lda = k, ldb = n, ldc = n)]
    pub(crate) fn matmul(
        a: &[f16],
        b: &[f16],
        c: &mut [f16],
        m: i32,
        n: i32,
        k: i32,
        lda: i32,
        ldb: i32,
        ldc: i32,
    );

    /// The same, with programs that go from tile to tile, or with no masks but for rows. Descriptors store 16 bytes at once:
    /// behind a row whose length is no multiple of that, they would write too.
    #[grid(if PERSISTENT == 1 {
        min(multiprocessors, m.div_ceil(TILE_M) * n.div_ceil(TILE_N))
    } else {
        m.div_ceil(TILE_M) * n.div_ceil(TILE_N)
    })]
    #[requires(n % 8 == 0 && (PERSISTENT == 1 || k % TILE_K == 0 && n % TILE_N == 0))]
    #[tuned(m, n, k, lda = k, ldb = n, ldc = n, a = [m * k], b = [k * n], c = [m * n])]
    pub(crate) unsafe fn fast_matmul(
        a: &[f16],
        b: &[f16],
        c: &mut [f16],
        m: i32,
        n: i32,
        k: i32,
        lda: i32,
        ldb: i32,
        ldc: i32,
    );

    /// The same, with descriptors of the host.
    #[grid(min(multiprocessors, m.div_ceil(TILE_M) * n.div_ceil(TILE_N)))]
    #[requires(n % 8 == 0)]
    pub(crate) unsafe fn hosted_matmul(
        a_tiles: &TensorMap<f16, 2>,
        b_tiles: &TensorMap<f16, 2>,
        c_tiles: &mut TensorMap<f16, 2>,
        m: i32,
        n: i32,
        k: i32,
    );

    /// The same, with `SPLIT` programs for each tile, for products that have few. `part` holds `SPLIT` results, and
    /// `arrived` a zero for each tile, before and after.
    #[grid(m.div_ceil(TILE_M) * n.div_ceil(TILE_N), SPLIT)]
    #[requires(k % TILE_K == 0 && n % TILE_N == 0)]
    pub(crate) fn split_matmul(
        a: &[f16],
        b: &[f16],
        c: &mut [f16],
        part: &mut [f32],
        arrived: &mut [i32],
        m: i32,
        n: i32,
        k: i32,
        lda: i32,
        ldb: i32,
        ldc: i32,
    );
}

/// A variant of one of the kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    Plain(MatmulVariant),
    Fast(FastMatmulVariant),
    Hosted,
    Split(SplitMatmulVariant),
    /// The variant that the tables beside the kernels say: of the fast ones, else of the plain ones.
    Table,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(variant) => variant.fmt(f),
            Self::Fast(variant) => variant.fmt(f),
            Self::Hosted => f.write_str("hosted_matmul"),
            Self::Split(variant) => variant.fmt(f),
            Self::Table => f.write_str("table"),
        }
    }
}

impl Way {
    /// All variants that there are.
    pub(crate) fn all() -> Vec<Self> {
        let plain = MatmulVariant::ALL.iter().copied().map(Self::Plain);
        let fast = FastMatmulVariant::ALL.iter().copied().map(Self::Fast);
        let split = SplitMatmulVariant::ALL.iter().copied().map(Self::Split);
        plain.chain(fast).chain([Self::Hosted]).chain(split).collect()
    }

    /// What the program carries for it.
    pub(crate) fn embedded(self) -> &'static [ImageSpec] {
        match self {
            Self::Plain(variant) => Matmul::embedded(variant),
            Self::Fast(variant) => FastMatmul::embedded(variant),
            Self::Hosted => HostedMatmul::embedded(),
            Self::Split(variant) => SplitMatmul::embedded(variant),
            // They are those of the variants.
            Self::Table => &[],
        }
    }

    /// Loads its kernel.
    pub(crate) fn load(self, context: &Arc<CudaContext>) -> Result<Loaded> {
        Ok(match self {
            Self::Plain(variant) => Loaded::Plain(Matmul::load_variant(context, variant)?),
            Self::Fast(variant) => Loaded::Fast(FastMatmul::load_variant(context, variant)?),
            Self::Table => {
                let fast = match FastMatmul::load(context) {
                    // They are made for one generation.
                    Err(LaunchError::NoImage(_)) => None,
                    loaded => Some(loaded?),
                };
                Loaded::Table { fast, plain: Matmul::load(context)? }
            }
            Self::Hosted => Loaded::Hosted(HostedMatmul::load(context)?),
            Self::Split(variant) => {
                Loaded::Split { kernel: SplitMatmul::load_variant(context, variant)?, variant, scratch: None }
            }
        })
    }

    /// `c = a * b` on the CPU, interpreted with every access checked.
    pub(crate) fn interpret(self, a: &Matrix, b: &Matrix, c: &mut Matrix) -> std::result::Result<(), Box<dyn Error>> {
        let ([m, k, lda], [_, n, ldb], [_, _, ldc]) = (a.layout()?, b.layout()?, c.layout()?);
        let checks = Checks::all();
        match self {
            Self::Table => {
                Matmul::interpret(&a.data, &b.data, &mut c.data, m, n, k, lda, ldb, ldc).checks(checks).run()?;
            }
            Self::Plain(variant) => {
                Matmul::interpret_variant(variant, &a.data, &b.data, &mut c.data, m, n, k, lda, ldb, ldc)
                    .checks(checks)
                    .run()?;
            }
            Self::Fast(variant) => {
                FastMatmul::interpret_variant(variant, &a.data, &b.data, &mut c.data, m, n, k, lda, ldb, ldc)
                    .checks(checks)
                    .run()?;
            }
            Self::Hosted => {
                let of_a = HostTensorMap::new(&a.data, [a.rows, a.cols], [a.stride, 1])?;
                let of_b = HostTensorMap::new(&b.data, [b.rows, b.cols], [b.stride, 1])?;
                let mut of_c = HostTensorMapMut::new(&mut c.data, [c.rows, c.cols], [c.stride, 1])?;
                HostedMatmul::interpret(&of_a, &of_b, &mut of_c, m, n, k).checks(checks).run()?;
            }
            Self::Split(variant) => {
                let [parts, tiles] = split_sizes(variant, c.rows, c.cols);
                let (mut part, mut arrived) = (vec![f32::NAN; parts], vec![0; tiles]);
                SplitMatmul::interpret_variant(
                    variant,
                    &a.data,
                    &b.data,
                    &mut c.data,
                    &mut part,
                    &mut arrived,
                    m,
                    n,
                    k,
                    lda,
                    ldb,
                    ldc,
                )
                .checks(checks)
                .run()?;
                assert!(arrived.iter().all(|&arrived| arrived == 0), "what counts programs is left as it was found");
            }
        }
        Ok(())
    }
}

/// Numbers of partial sums, and of tiles.
fn split_sizes(variant: SplitMatmulVariant, rows: usize, cols: usize) -> [usize; 2] {
    let tiles = rows.div_ceil(variant.tile_m() as usize) * cols.div_ceil(SplitMatmul::TILE_N as usize);
    [SplitMatmul::SPLIT as usize * rows * cols, tiles]
}

/// A way that is loaded.
pub(crate) enum Loaded {
    Plain(Matmul),
    Fast(FastMatmul),
    Table { fast: Option<FastMatmul>, plain: Matmul },
    Hosted(HostedMatmul),
    Split { kernel: SplitMatmul, variant: SplitMatmulVariant, scratch: Option<(CudaSlice<f32>, CudaSlice<i32>)> },
}

impl Loaded {
    /// `c = a * b`.
    ///
    /// # Panics
    ///
    /// If the sizes don't fit together.
    pub(crate) fn multiply(
        &mut self,
        stream: &Arc<CudaStream>,
        a: &DeviceMatrix,
        b: &DeviceMatrix,
        c: &mut DeviceMatrix,
    ) -> Result<()> {
        let ([m, k, lda], [depth, n, ldb], [rows, cols, ldc]) = (a.layout(), b.layout(), c.layout());
        assert_eq!((depth, rows, cols), (k, m, n), "the matrices' sizes don't fit together");
        match self {
            Self::Plain(kernel) => kernel.launch(stream, a.data(), b.data(), c.data_mut(), m, n, k, lda, ldb, ldc),
            // SAFETY: the matrices hold what their layouts say, whose sizes fit together.
            Self::Fast(kernel) => unsafe {
                kernel.launch(stream, a.data(), b.data(), c.data_mut(), m, n, k, lda, ldb, ldc)
            },
            Self::Table { fast, plain } => {
                if let Some(fast) = fast {
                    // SAFETY: as above.
                    match unsafe { fast.launch(stream, a.data(), b.data(), c.data_mut(), m, n, k, lda, ldb, ldc) } {
                        Err(LaunchError::Requires(_)) => {}
                        launched => return launched,
                    }
                }
                plain.launch(stream, a.data(), b.data(), c.data_mut(), m, n, k, lda, ldb, ldc)
            }
            Self::Hosted(kernel) => {
                let [a, b] = [a, b].map(|matrix| {
                    let [rows, cols, stride] = matrix.layout().map(|size| size as usize);
                    TensorMap::new(matrix.data(), [rows, cols], [stride, 1])
                });
                let mut c = TensorMapMut::new(c.data_mut(), [m as usize, n as usize], [ldc as usize, 1])?;
                // SAFETY: it reads and writes through its descriptors alone, which are of these memories.
                unsafe { kernel.launch(stream, &a?, &b?, &mut c, m, n, k) }
            }
            Self::Split { kernel, variant, scratch } => {
                let [parts, tiles] = split_sizes(*variant, m as usize, n as usize);
                let (part, arrived) = match scratch {
                    Some((part, arrived)) if part.len() >= parts && arrived.len() >= tiles => (part, arrived),
                    scratch => {
                        let (part, arrived) = scratch.insert((stream.alloc_zeros(parts)?, stream.alloc_zeros(tiles)?));
                        (part, arrived)
                    }
                };
                kernel.launch(stream, a.data(), b.data(), c.data_mut(), part, arrived, m, n, k, lda, ldb, ldc)
            }
        }
    }
}
