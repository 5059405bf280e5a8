//! Why a cubin can't be used.

/// Why a cubin can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message says what a field is")]
pub enum CubinError {
    /// No ELF file.
    #[error(
        "it is no cubin: it starts with {found}, not with ELF's magic number; put the file there that Triton or ptxas wrote"
    )]
    NotElf {
        /// What it seems to be.
        found: String,
    },
    /// An ELF file for something else than a GPU.
    #[error("it is an ELF file, but not for an NVIDIA GPU (machine {machine}, expected 190)")]
    NotCuda {
        /// `e_machine`.
        machine: u16,
    },
    /// The file's structure is broken.
    #[error("the cubin is damaged: {0}")]
    Damaged(object::read::Error),
    /// Something lies outside of the file.
    #[error("the cubin is cut short or damaged: its sections don't fit into it")]
    CutShort,
    /// A name that is no text.
    #[error("the cubin is damaged: a name in it is not UTF-8")]
    BadName,
    /// A section or a kernel is there twice.
    #[error("the cubin is damaged: it has `{section}` twice")]
    Twice { section: String },
    /// A kernel lacks a part.
    #[error("the cubin has no section `{section}`; only cubins that ptxas made and nobody stripped can be verified")]
    MissingSection { section: String },
    /// The architecture can't be told.
    #[error(
        "the cubin is of a form that is not known here (ELF ABI {os_abi:#x}, flags {flags:#x}), so its architecture can't be told"
    )]
    UnknownForm {
        /// `EI_OSABI`.
        os_abi: u8,
        /// `e_flags`.
        flags: u32,
    },
    /// A record of `.nv.info` can't be read.
    #[error("the cubin's information on `{of}` is damaged at byte {position}: {problem}")]
    Record {
        /// The kernel, or `.nv.info`.
        of: String,
        /// Where in the section.
        position: usize,
        problem: &'static str,
    },
    /// The records of a kernel's parameters don't fit together.
    #[error("the cubin's parameters of `{name}` contradict each other: {problem}")]
    Params {
        /// The kernel.
        name: String,
        problem: String,
    },
    /// More static shared memory than an address can reach.
    #[error("the cubin is damaged: `{name}` has {size} bytes of static shared memory")]
    SharedSize {
        /// The kernel.
        name: String,
        /// In bytes.
        size: u64,
    },
}

impl CubinError {
    /// Says what the file is instead.
    pub(super) fn not_elf(bytes: &[u8]) -> Self {
        let start = &bytes[..bytes.len().min(8)];
        let text = bytes.get(..256).unwrap_or(bytes);
        let found = if bytes.is_empty() {
            "nothing (the file is empty)".to_owned()
        } else if start.starts_with(&[0x50, 0xed, 0x55, 0xba]) {
            "the magic number of a fat binary (take the cubin out of it with `cuobjdump -xelf`)".to_owned()
        } else if std::str::from_utf8(text).is_ok_and(|text| text.contains(".version") || text.contains("NVPTX")) {
            "PTX (name it `.ptx`)".to_owned()
        } else {
            let hex: Vec<_> = start.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("the bytes {}", hex.join(" "))
        };
        Self::NotElf { found }
    }
}
