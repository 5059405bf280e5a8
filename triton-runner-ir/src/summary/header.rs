//! What the module's attributes say: for which GPU and with how many warps TTGIR was made.

use triton_runner_manifest::Level;

use super::entries::Entries;
use crate::error::{IrError, IrProblem};
use crate::token::{Kind, Tokens};
use crate::tree::{Item, Op, Tree};

/// Dialects that TTIR never has.
const GPU_DIALECTS: [&str; 5] = ["ttg.", "triton_gpu.", "ttng.", "triton_nvidia_gpu.", "nvws."];

/// Attributes of the module.
#[derive(Default)]
pub(super) struct Header {
    pub(super) target: Option<u16>,
    pub(super) num_warps: Option<u32>,
    pub(super) total_num_warps: Option<u32>,
    pub(super) num_ctas: Option<u32>,
    pub(super) shared: Option<u32>,
}

impl Header {
    pub(super) fn read(tokens: &Tokens<'_>, tree: &Tree<'_>) -> Result<Self, IrError> {
        let mut header = Self::default();
        for item in &tree.regions[0].items {
            let Item::Op(op) = item else { continue };
            let at = tree.ops[*op].name;
            if !matches!(tokens.text(at), "module" | "builtin.module") {
                continue;
            }
            // `module @name attributes {…} {`
            let at = if tokens.kind(at + 1) == Some(Kind::Symbol) { at + 2 } else { at + 1 };
            if tokens.text(at) == "attributes" && tokens.is(at + 1, b'{') {
                header.attributes(tokens, at + 1)?;
            }
        }
        if let (None, Some(own)) = (header.total_num_warps, header.num_warps) {
            header.total_num_warps = partition_warps(tokens, tree).map(|more| {
                // Triton adds idle warps up to a multiple of four.
                own.saturating_add(more).checked_next_multiple_of(4).unwrap_or(u32::MAX)
            });
        }
        Ok(header)
    }

    fn attributes(&mut self, tokens: &Tokens<'_>, open: usize) -> Result<(), IrError> {
        let number = |at: usize| -> Result<Option<u32>, IrError> {
            tokens.text(at).parse().map(Some).map_err(|_| tokens.unexpected(at, "a whole number"))
        };
        for (key, value) in Entries::of(tokens, open) {
            let Some(key) = key.strip_prefix("ttg.").or_else(|| key.strip_prefix("triton_gpu.")) else { continue };
            match key {
                "num-warps" => self.num_warps = number(value)?,
                "total-num-warps" => self.total_num_warps = number(value)?,
                "num-ctas" => self.num_ctas = number(value)?,
                "shared" => self.shared = number(value)?,
                "target" => {
                    let target = tokens.unquoted(value).unwrap_or_default();
                    let arch = target.strip_prefix("cuda:").and_then(|number| number.parse().ok());
                    let not_cuda = || tokens.error(value, IrProblem::NotCuda { target: target.clone().into_owned() });
                    self.target = Some(arch.ok_or_else(not_cuda)?);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// TTGIR has the number of warps, or operations, types or layouts of a GPU dialect.
    pub(super) fn level(&self, tokens: &Tokens<'_>) -> Level {
        let is_gpu = |index: usize| {
            matches!(tokens.kind(index), Some(Kind::Word | Kind::Hash | Kind::Bang)) && {
                let name = tokens.text(index).trim_start_matches(['#', '!']);
                // From 3.7 on this one stands for `tl.debug_barrier` in TTIR.
                name.starts_with(['t', 'n'])
                    && name != "ttg.barrier"
                    && GPU_DIALECTS.iter().any(|dialect| name.starts_with(dialect))
            }
        };
        if self.num_warps.is_some() || (0..tokens.len()).any(is_gpu) { Level::Ttgir } else { Level::Ttir }
    }
}

/// Warps that warp specialization adds, where there is some: those of all partitions of the operation that has most.
fn partition_warps(tokens: &Tokens<'_>, tree: &Tree<'_>) -> Option<u32> {
    let of = |op: &Op| {
        let mut warps = 0_u32;
        let mut at = op.name;
        while at < op.end {
            if tokens.text(at) == "num_warps" && tokens.is(at + 1, b'(') {
                warps = warps.saturating_add(tokens.text(at + 2).parse().unwrap_or_default());
            }
            // Regions have their own.
            at = if tokens.is(at, b'{') { tokens.partner(at) } else { at } + 1;
        }
        warps
    };
    tree.ops.iter().filter(|op| tokens.text(op.name) == "ttg.warp_specialize").map(of).max()
}
