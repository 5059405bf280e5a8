//! The kernel for many rows, whose programs go from tile to tile.

use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Error, Result, triton_kernel};

use crate::element::Element;
use crate::machine::{Loaded, Machine, On, View, ViewMut};

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element {
    /// The kernel for this type.
    type Persistent;

    /// Loads the variant that adds a residual, or the one that doesn't; `None` where the machine doesn't run it.
    fn load(machine: &Machine, residual: bool) -> Result<Option<Self::Persistent>>;

    /// As [`super::Kernels::launch`], for any k that is a multiple of 16.
    fn launch(
        kernel: &Self::Persistent,
        on: On<'_>,
        x: &View<'_, Self>,
        weight: &View<'_, Self>,
        residual: Option<&View<'_, Self>>,
        out: &mut ViewMut<'_, Self>,
        sizes: [i32; 3],
    ) -> Result<()>;
}

triton_kernel! {
    /// As many programs as there are multiprocessors, or tiles where they are fewer.
    #[grid(min(multiprocessors, m.div_ceil(TILE_M) * n.div_ceil(TILE_N)))]
    #[chosen(ADD)]
    pub(crate) unsafe fn persistent_linear_fp16(
        x: &[f16],
        weight: &[f16],
        residual: Option<&[f16]>,
        out: &mut [f16],
        m: i32,
        n: i32,
        k: i32,
    );

    /// The same for bf16.
    #[grid(min(multiprocessors, m.div_ceil(TILE_M) * n.div_ceil(TILE_N)))]
    #[chosen(ADD)]
    pub(crate) unsafe fn persistent_linear_bf16(
        x: &[bf16],
        weight: &[bf16],
        residual: Option<&[bf16]>,
        out: &mut [bf16],
        m: i32,
        n: i32,
        k: i32,
    );
}

macro_rules! kernels {
    ($($element:ident, $kernel:ident, $variant:ident;)*) => { $(
        impl Kernels for $element {
            type Persistent = (Loaded<$kernel>, $variant);

            fn load(machine: &Machine, residual: bool) -> Result<Option<Self::Persistent>> {
                let variant = if residual { $variant::Residual } else { $variant::Base };
                match machine.load(|context| $kernel::load_variant(context, variant)) {
                    Err(Error::NoImage(_)) => Ok(None),
                    loaded => Ok(Some((loaded?, variant))),
                }
            }

            fn launch(
                (kernel, variant): &Self::Persistent,
                on: On<'_>,
                x: &View<'_, Self>,
                weight: &View<'_, Self>,
                residual: Option<&View<'_, Self>>,
                out: &mut ViewMut<'_, Self>,
                [m, n, k]: [i32; 3],
            ) -> Result<()> {
                match on {
                    // SAFETY: `Linear::launch` has held all lengths against the sizes.
                    On::Stream(gpu) => unsafe { kernel.on_gpu().launch(&gpu.stream, x.on_gpu(), weight.on_gpu(), residual.map(View::on_gpu), out.on_gpu(), m, n, k) },
                    // SAFETY: as above.
                    On::Graph(capture) => unsafe { kernel.on_gpu().capture_unchecked(capture, x.in_graph(), weight.in_graph(), residual.map(View::in_graph), out.in_graph(), m, n, k) },
                    On::Cpu => $kernel::interpret_variant(*variant, x.on_cpu(), weight.on_cpu(), residual.map(View::on_cpu), out.on_cpu(), m, n, k).checks(Checks::all()).run().map(drop),
                }
            }
        }
    )* };
}

kernels! {
    f16, PersistentLinearFp16, PersistentLinearFp16Variant;
    bf16, PersistentLinearBf16, PersistentLinearBf16Variant;
}
