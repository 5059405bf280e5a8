//! A kernel function as PTX and machine code describe it: what both readers give and the contract compares.

use triton_runner_manifest::Arch;

/// One parameter of a kernel function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Bytes from the start of a parameter block that itself starts at a multiple of every alignment.
    pub offset: u32,
    /// Size in bytes.
    pub size: u32,
    /// Whether it is marked as a pointer, to global memory or to no particular space.
    pub pointer: bool,
}

/// One kernel function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its symbol.
    pub name: String,
    /// Its parameters, hidden ones included.
    pub params: Vec<Param>,
    /// Threads that each block must have (`.reqntid`).
    pub required_block: Option<[u32; 3]>,
    /// Threads that a block may have at most (`.maxntid`).
    pub max_block: Option<[u32; 3]>,
    /// CTAs of a cluster, where the image says so (Triton 3.6 and later).
    pub cluster: Option<[u32; 3]>,
    /// Registers of a thread; `None` in PTX.
    pub registers: Option<u32>,
    /// Bytes of local memory of a thread, with what called functions need; `None` in PTX.
    pub local_bytes: Option<u32>,
    /// Static shared memory in bytes, without what the system reserves from sm_90 on; `None` in PTX.
    pub static_shared: Option<u32>,
    /// Whether it uses dynamic shared memory, where that can be told: only in machine code without static shared memory.
    pub dynamic_shared: Option<bool>,
}

/// A PTX file or a cubin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// What it was compiled for: `sm_90a`.
    pub arch: Arch,
    /// ISA version of PTX (`.version 8.4`), `None` for machine code.
    pub ptx_version: Option<(u8, u8)>,
    /// Kernel functions in the order of the file.
    pub entries: Vec<Entry>,
}
