//! The five levels of Triton's lowering.

use std::fmt;

use serde::{Deserialize, Serialize};

listed! {
    /// A level of Triton's lowering, in its order: each one is made from the one before.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Level {
        /// Triton IR: of the architecture only what the frontend decided by it.
        Ttir,
        /// Triton GPU IR: layouts and pipelining for one architecture and one Triton version.
        Ttgir,
        /// LLVM IR.
        Llir,
        /// NVIDIA's assembly text.
        Ptx,
        /// Machine code in an ELF file.
        Cubin,
    }
    /// All levels, from source to machine code.
    ALL
}

impl Level {
    /// The file extension, which is the level's name everywhere.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Ttir => "ttir",
            Self::Ttgir => "ttgir",
            Self::Llir => "llir",
            Self::Ptx => "ptx",
            Self::Cubin => "cubin",
        }
    }

    /// The level of a file with this extension.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.extension() == extension)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}
