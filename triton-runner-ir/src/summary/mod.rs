//! What a build needs to know of a kernel: its name and arguments, and for TTGIR the GPU and the warps that it was made
//! for.

use triton_runner_manifest::{Argument, Level};

use crate::access;
use crate::argument::RawArgument;
use crate::body::{Body, Read};
use crate::error::{IrError, IrProblem};
use crate::module::Function;
use crate::token::Tokens;
use crate::tree::Tree;

mod argument;
mod argument_name;
mod argument_type;
mod collapse;
mod descriptor;
mod entries;
mod header;
mod lowered;

use header::Header;
pub use lowered::Lowered;

/// What a build needs to know of a file of TTIR or TTGIR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// TTIR or TTGIR, by its content.
    pub level: Level,
    /// Number of the GPU architecture that TTGIR was made for: 90 for `sm_90`.
    pub target: Option<u16>,
    /// Warps of a block, without those that warp specialization adds. TTIR has none.
    pub num_warps: Option<u32>,
    /// All warps of a block, where warp specialization adds some: this is what a launch needs.
    pub total_num_warps: Option<u32>,
    /// CTAs of a cluster. TTIR has none.
    pub num_ctas: Option<u32>,
    /// Dynamic shared memory in bytes, in TTGIR that was already allocated. Triton's cache has it before that.
    pub shared: Option<u32>,
    /// Name of the kernel function.
    pub name: String,
    /// Its line, counted from 1.
    pub line: u32,
    /// The kernel function's arguments one by one.
    pub raw_arguments: Vec<RawArgument>,
    /// First line of a write through an address that is no argument's: one that was loaded from memory, as from a table of
    /// pointers, or passed as a number.
    pub writes_elsewhere: Option<u32>,
}

impl Summary {
    /// Reads a file. What is inside the functions need not be understood.
    ///
    /// # Errors
    ///
    /// Text that is cut short or no MLIR, no kernel or several, a kernel for another vendor's GPU, and arguments of
    /// types that no kernel has. Each with its line.
    pub fn read(text: &str) -> Result<Self, IrError> {
        let tokens = Tokens::read(text)?;
        let tree = Tree::read(&tokens)?;
        let header = Header::read(&tokens, &tree)?;
        let Read { module, headers, lost, .. } = Body::read(text, &tokens, &tree, false)?;
        let place = kernel(&tokens, module.functions(), &headers)?;
        let kernel = &module.functions()[place];
        let mut raw_arguments = argument::read(&tokens, &tree, &module, kernel, &headers[place])?;
        let writes_elsewhere = access::analyze(&module, kernel, lost, &mut raw_arguments);
        Ok(Self {
            level: header.level(&tokens),
            target: header.target,
            num_warps: header.num_warps,
            total_num_warps: header.total_num_warps,
            num_ctas: header.num_ctas,
            shared: header.shared,
            name: kernel.name.clone().into(),
            line: kernel.line,
            raw_arguments,
            writes_elsewhere,
        })
    }

    /// What the caller passes: a tensor descriptor is one argument, with the shape and strides that follow it.
    ///
    /// # Errors
    ///
    /// A tensor descriptor that is not followed by its shape and strides.
    pub fn arguments(&self) -> Result<Vec<Argument>, IrError> {
        collapse::collapse(&self.raw_arguments)
    }

    /// For each of `raw_arguments` its place among [`arguments`](Self::arguments); `None` for shape and strides of a
    /// descriptor, which no caller passes.
    pub fn places(&self) -> Vec<Option<usize>> {
        collapse::places(&self.raw_arguments)
    }
}

/// The one public function, by its place.
fn kernel(tokens: &Tokens<'_>, functions: &[Function], headers: &[crate::body::Header]) -> Result<usize, IrError> {
    let public: Vec<_> = (0..).zip(functions).filter(|(_, function)| function.public).collect();
    let named = |function: &Function| format!("`{}` (line {})", function.name, function.line);
    match public[..] {
        [(place, _)] => Ok(place),
        [] => {
            let private: Vec<_> = functions.iter().map(named).collect();
            let hint = match private.is_empty() {
                true => String::new(),
                false => format!(", only private functions: {}", private.join(", ")),
            };
            Err(tokens.error(0, IrProblem::NoKernel { hint }))
        }
        [_, (second, _), ..] => {
            let kernels = public.iter().map(|(_, function)| named(function)).collect();
            Err(tokens.error(headers[second].at, IrProblem::Kernels { kernels }))
        }
    }
}

#[cfg(test)]
mod tests;
