//! Kernels in LLVM's dialect of MLIR, as TTGIR becomes on its way to LLVM IR. Their arguments are pointers and numbers of LLVM's
//! types, hidden ones among them: what the caller passes is not in there any more.

use super::header::Header;
use crate::error::{IrError, IrProblem};
use crate::token::{Kind, Tokens};
use crate::tree::{Op, Tree};

/// What a build needs to know of a kernel in LLVM's dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lowered {
    /// Number of the GPU architecture that it was made for: 90 for `sm_90`.
    pub target: Option<u16>,
    /// Warps of a block, without those that warp specialization adds.
    pub num_warps: Option<u32>,
    /// CTAs of a cluster.
    pub num_ctas: Option<u32>,
    /// Name of the kernel function.
    pub name: String,
}

impl Lowered {
    /// Reads a file. What is inside the functions need not be understood. `None` where it still has a function of Triton's
    /// dialect.
    ///
    /// # Errors
    ///
    /// Text that is cut short or no MLIR, no kernel or several, and a kernel for another vendor's GPU. Each with its line.
    pub fn read(text: &str) -> Result<Option<Self>, IrError> {
        let tokens = Tokens::read(text)?;
        let tree = Tree::read(&tokens)?;
        let header = Header::read(&tokens, &tree)?;
        if tree.ops.iter().any(|op| tokens.text(op.name) == "tt.func") {
            return Ok(None);
        }
        let kernels: Vec<_> = tree.ops.iter().filter_map(|op| kernel(&tokens, op)).collect();
        match &kernels[..] {
            [] => {
                Err(tokens.error(0, IrProblem::NoKernel { hint: ", and no `llvm.func` with `nvvm.kernel`".to_owned() }))
            }
            [(_, name)] => Ok(Some(Self {
                target: header.target,
                num_warps: header.num_warps,
                num_ctas: header.num_ctas,
                name: name.clone(),
            })),
            [_, (second, _), ..] => {
                let kernels =
                    kernels.iter().map(|(at, name)| format!("`{name}` (line {})", tokens.line(*at))).collect();
                Err(tokens.error(*second, IrProblem::Kernels { kernels }))
            }
        }
    }
}

/// The name of a function that is a kernel, with its token: `llvm.func @add(…) attributes {nvvm.kernel = 1 : ui1} {`.
fn kernel(tokens: &Tokens<'_>, op: &Op) -> Option<(usize, String)> {
    if tokens.text(op.name) != "llvm.func" {
        return None;
    }
    let name = (op.name + 1..op.end).find(|&at| tokens.kind(at) == Some(Kind::Symbol))?;
    let mut at = name + 1;
    while at < op.end {
        // Behind the arguments.
        if tokens.text(at) == "attributes" {
            let (open, close) = (at + 1, tokens.partner(at + 1));
            let is_kernel = (open..close).any(|at| tokens.text(at) == "nvvm.kernel");
            return is_kernel.then(|| (name, tokens.unquoted(name).unwrap_or_default().into_owned()));
        }
        at = tokens.partner(at).max(at) + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "module attributes {\"ttg.num-ctas\" = 1 : i32, \"ttg.num-warps\" = 8 : i32, ttg.target = \"cuda:90\"} {\n  \
        llvm.mlir.global external @global_smem() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>\n  \
        llvm.func @helper(%arg0: i32) attributes {noinline = true} {\n    llvm.return\n  }\n  \
        llvm.func @add(%arg0: !llvm.ptr<1> {tt.divisibility = 16 : i32}, %arg1: i32) attributes {noinline = false, nvvm.kernel = 1 : ui1, nvvm.reqntid = array<i32: 256>} {\n    \
        %0 = llvm.mlir.constant(1 : i32) : i32\n    llvm.cond_br %1, ^bb1, ^bb2\n  ^bb1:  // pred: ^bb0\n    llvm.return\n  ^bb2:\n    llvm.return\n  }\n}\n";

    #[test]
    fn the_kernel_is_the_function_that_is_marked_as_one() {
        let found = Lowered::read(TEXT).unwrap().unwrap();
        let expected = Lowered { target: Some(90), num_warps: Some(8), num_ctas: Some(1), name: "add".to_owned() };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_file_without_a_kernel_or_with_two_or_of_triton_is_told_apart() {
        let error = |text: &str| Lowered::read(text).unwrap_err().to_string();
        assert!(error(&TEXT.replace("nvvm.kernel = 1 : ui1, ", "")).contains("no `llvm.func` with `nvvm.kernel`"));
        let two = error(&TEXT.replace("{noinline = true}", "{nvvm.kernel}"));
        assert!(two.contains("`helper` (line 3), `add` (line 6)"), "{two}");
        assert!(error(&TEXT[..TEXT.len() - 3]).contains("cut short"));
        assert_eq!(Lowered::read("module {\n  tt.func public @k() {\n    tt.return\n  }\n}\n").unwrap(), None);
    }
}
