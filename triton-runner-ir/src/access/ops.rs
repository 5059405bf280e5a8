//! What the operations of Triton's dialects do with the pointers that they are given.
//!
//! The lists hold what is known to write nothing. Every other operation writes through every pointer that it takes:
//! stores, atomics, inline assembly, and whatever a later Triton brings.
//!
//! Source: `TritonOps.td`, `TritonGPUOps.td`, `TritonNvidiaGPUOps.td` of each Triton.

/// What an operation does with its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing but its results, which may carry the address of any operand.
    Flow,
    /// The same, but the results are memory of their own: what is put there comes out of every view of it.
    Alloc,
    /// The same, but the results come out of the memory behind the operand.
    Fetch,
    /// Numbers that carry no address.
    Plain,
    /// Reads through operands at most; results carry no address.
    Read,
    /// Reads through its first operand. The others, such as the value for masked elements, may be results.
    Load,
    /// Writes the other operands' values into the memory of this one.
    Put(usize),
    /// Loops, branches and regions: see `control`.
    Control(Control),
    /// Writes through every operand.
    Write,
}

/// Operations that are more than operands and results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    For,
    While,
    If,
    /// `scf.condition`.
    Condition,
    /// Hands its operands to the operation around it.
    Yield,
    /// `tt.return`.
    Return,
    Call,
    /// Goes to another block.
    Branch,
    /// A function: its arguments are bound when it is called.
    Function,
    /// Values flow from operands to regions, and from there to results.
    Region,
    /// `ttg.warp_specialize`: the first region is as if it weren't one, the others get the operands.
    WarpSpecialize,
    /// In generic syntax, the operation inside that holds the other regions.
    Partitions,
}

/// By name.
pub(super) fn effect(name: &str) -> Effect {
    let (dialect, op) = name.split_once('.').unwrap_or(("builtin", name));
    match dialect {
        "arith" if op.starts_with("cmp") => Effect::Read,
        "arith" if op == "constant" => Effect::Plain,
        "arith" | "math" | "ub" => Effect::Flow,
        "scf" => Effect::Control(match op {
            "for" => Control::For,
            "while" => Control::While,
            "if" => Control::If,
            "condition" => Control::Condition,
            "yield" | "reduce.return" => Control::Yield,
            _ => Control::Region,
        }),
        "cf" if op.ends_with("br") || op == "switch" => Effect::Control(Control::Branch),
        "cf" if op == "assert" => Effect::Read,
        "tt" => triton(op.strip_prefix("experimental_").unwrap_or(op)),
        "ttg" | "triton_gpu" => gpu(op),
        "ttng" | "triton_nvidia_gpu" => nvidia(op),
        "builtin" if matches!(op, "module" | "unrealized_conversion_cast") => Effect::Flow,
        _ => Effect::Write,
    }
}

fn triton(op: &str) -> Effect {
    match op {
        "addptr"
        | "advance"
        | "bitcast"
        | "broadcast"
        | "cat"
        | "clampf"
        | "dot"
        | "dot_scaled"
        | "expand_dims"
        | "fp_to_fp"
        | "gather"
        | "histogram"
        | "int_to_ptr"
        | "join"
        | "make_tensor_descriptor"
        | "make_tensor_ptr"
        | "mulhiui"
        | "precise_divf"
        | "precise_sqrt"
        | "ptr_to_int"
        | "reinterpret_tensor_descriptor"
        | "reshape"
        | "splat"
        | "split"
        | "trans"
        | "unsplat"
        | "view" => Effect::Flow,
        "get_num_programs" | "get_program_id" | "make_range" => Effect::Plain,
        "load" => Effect::Load,
        "assert"
        | "atomic_load"
        | "descriptor_gather"
        | "descriptor_load"
        | "print"
        | "tensormap_fenceproxy_acquire" => Effect::Read,
        // Of the descriptor's memory: the descriptor holds the tensor's address.
        "tensormap_create" => Effect::Put(0),
        "map_elementwise" | "reduce" | "scan" => Effect::Control(Control::Region),
        "map_elementwise.return" | "reduce.return" | "scan.return" => Effect::Control(Control::Yield),
        "call" => Effect::Control(Control::Call),
        "func" => Effect::Control(Control::Function),
        "return" => Effect::Control(Control::Return),
        _ => Effect::Write,
    }
}

fn gpu(op: &str) -> Effect {
    match op {
        "async_commit_group"
        | "async_wait"
        | "convert_layout"
        | "fp4_to_fp"
        | "memdesc_index"
        | "memdesc_reinterpret"
        | "memdesc_reshape"
        | "memdesc_subslice"
        | "memdesc_subview"
        | "memdesc_trans" => Effect::Flow,
        "local_load" => Effect::Fetch,
        "global_scratch_alloc" | "local_alloc" => Effect::Alloc,
        "async_copy_global_to_local" | "local_dealloc" => Effect::Read,
        "local_store" => Effect::Put(1),
        "mask" => Effect::Control(Control::Region),
        "warp_specialize" => Effect::Control(Control::WarpSpecialize),
        "warp_specialize.partitions" => Effect::Control(Control::Partitions),
        "mask.return" | "warp_return" | "warp_yield" => Effect::Control(Control::Yield),
        _ => Effect::Write,
    }
}

fn nvidia(op: &str) -> Effect {
    match op {
        "reinterpret_tensor_descriptor" | "tensor_desc_to_tma_ptr" => Effect::Flow,
        "async_tma_copy_global_to_local" | "async_tma_gather" | "tensormap_fenceproxy_acquire" => Effect::Read,
        "tensormap_create" => Effect::Put(0),
        _ => Effect::Write,
    }
}
