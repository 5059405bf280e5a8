//! Host memory at an address that is less aligned than an allocation's.

use super::element::Element;
use super::memory::sealed::Pass;
use super::memory::{HostInput, HostMemory, HostOutput};

/// Memory as if it began so many elements behind an aligned address, as a view into an allocation does on a device.
///
/// Where host memory lies says nothing of where a device has it, so `interpret` takes each argument for the start of an
/// allocation, aligned to anything. This is for views: whether promises hold for them, and which variant a launch takes.
///
/// ```
/// use triton_runner_rt::interpret::Misaligned;
///
/// let x = [0.0_f32; 100];
/// let tail = Misaligned::new(&x[3..], 3); // as `x.slice(3..)` of a `CudaSlice` lies
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Misaligned<M> {
    memory: M,
    elements: usize,
}

impl<M> Misaligned<M> {
    /// This memory, so many elements behind an aligned address.
    pub fn new(memory: M, elements: usize) -> Self {
        Self { memory, elements }
    }
}

/// Alignments beyond this one promise nothing more to a kernel.
const ALIGNED: usize = 4096;

impl<'a, M: Pass<'a>> Pass<'a> for Misaligned<M> {
    fn into_memory(self) -> (u64, HostMemory<'a>) {
        let (_, mut memory) = self.memory.into_memory();
        memory.misaligned = (self.elements % ALIGNED * memory.element.1 + memory.misaligned) % ALIGNED;
        (memory.misaligned as u64, memory)
    }
}

impl<'a, T: Element, M: HostInput<'a, T>> HostInput<'a, T> for Misaligned<M> {}
impl<'a, T: Element, M: HostOutput<'a, T>> HostOutput<'a, T> for Misaligned<M> {}
