//! The kernel for many rows, whose programs go from tile to tile.

use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Error, Result, triton_kernel};

use crate::element::Element;
use crate::machine::{Loaded, Machine, On, View, ViewMut};

triton_kernel! {
    /// As many programs as there are multiprocessors, or tiles where they are fewer.
    #[grid(min(multiprocessors, m.div_ceil(TILE_M) * n.div_ceil(TILE_N)))]
    #[chosen(ADD)]
    #[name = "Kernel"]
    pub(crate) unsafe fn persistent_linear<T>(
        x: &[T],
        weight: &[T],
        residual: Option<&[T]>,
        out: &mut [T],
        m: i32,
        n: i32,
        k: i32,
    );
}

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element + KernelElement {}

impl<T: Element + KernelElement> Kernels for T {}

/// The variant that adds a residual, or the one that doesn't.
pub(crate) struct Persistent<T: Kernels> {
    kernel: Loaded<Kernel<T>>,
    variant: KernelVariant,
}

impl<T: Kernels> Persistent<T> {
    /// `None` where the machine doesn't run it.
    pub(crate) fn load(machine: &Machine, residual: bool) -> Result<Option<Self>> {
        let variant = if residual { KernelVariant::Residual } else { KernelVariant::Base };
        match machine.load(|context| Kernel::load_variant(context, variant)) {
            Err(Error::NoImage(_)) => Ok(None),
            loaded => Ok(Some(Self { kernel: loaded?, variant })),
        }
    }

    /// As [`super::Linear::launch`], which has held all lengths against the sizes, for any k that is a multiple of 16.
    pub(super) fn launch(
        &self,
        on: On<'_>,
        x: &View<'_, T>,
        weight: &View<'_, T>,
        residual: Option<&View<'_, T>>,
        out: &mut ViewMut<'_, T>,
        [m, n, k]: [i32; 3],
    ) -> Result<()> {
        match on {
            On::Stream(gpu) => {
                let (x, weight, residual, out) =
                    (x.on_gpu(), weight.on_gpu(), residual.map(View::on_gpu), out.on_gpu());
                // SAFETY: `Linear::launch` has held all lengths against the sizes.
                unsafe { self.kernel.on_gpu().launch(&gpu.stream, x, weight, residual, out, m, n, k) }
            }
            On::Graph(capture) => {
                let (x, weight, out) = (x.in_graph(), weight.in_graph(), out.in_graph());
                let residual = residual.map(View::in_graph);
                // SAFETY: as above.
                unsafe { self.kernel.on_gpu().capture_unchecked(capture, x, weight, residual, out, m, n, k) }
            }
            On::Cpu => {
                let (x, weight, residual, out) =
                    (x.on_cpu(), weight.on_cpu(), residual.map(View::on_cpu), out.on_cpu());
                let launch = Kernel::interpret_variant(self.variant, x, weight, residual, out, m, n, k);
                launch.checks(Checks::all()).run().map(drop)
            }
        }
    }
}
