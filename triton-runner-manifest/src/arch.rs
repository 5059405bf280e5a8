//! GPU architectures as NVIDIA's tools spell them (`sm_80`, `sm_90a`, `sm_120`), and which devices run which.
//!
//! The runtime hands the types on to its users; what is hidden here is for this project's crates.

use std::fmt;
use std::str::FromStr;

listed! {
    /// Which devices of a family an image runs on, beyond its number.
    ///
    /// Source: CUDA Compiler Driver NVCC, "GPU Feature List".
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Suffix {
        /// `sm_80`: this compute capability and higher minor versions of the same major.
        None,
        /// `sm_90a`: exactly this compute capability.
        A,
        /// `sm_100f`: this compute capability and higher minor versions of its family.
        F,
    }
    /// All of them.
    ALL
}

impl Suffix {
    /// How it is written behind the number: `""`, `"a"`, `"f"`.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::None => "",
            Self::A => "a",
            Self::F => "f",
        }
    }

    /// Its name in this enum, for generated code.
    #[doc(hidden)]
    pub const fn ident(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::A => "A",
            Self::F => "F",
        }
    }

    /// How machine code tells that it has it.
    ///
    /// Measured on what ptxas of CUDA 12.4 to 13.4 writes.
    #[doc(hidden)]
    pub const fn mark(self) -> Mark {
        match self {
            Self::None => Mark::Nothing,
            Self::A => Mark::Flag,
            Self::F => Mark::CommandLine,
        }
    }

    /// Of two images with one number, the one with less of this was made for fewer devices.
    #[doc(hidden)]
    pub const fn breadth(self) -> u8 {
        match self {
            Self::A => 0,
            Self::F => 1,
            Self::None => 2,
        }
    }
}

/// What tells the suffix of machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// That there is no other mark.
    Nothing,
    /// The flag of the ELF file that narrows it to its own compute capability.
    Flag,
    /// The command line that ptxas notes, and nothing else.
    CommandLine,
}

/// A GPU architecture: a compute capability and, for an image, the suffix that narrows the devices that run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "file", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "file", serde(try_from = "String", into = "String"))]
pub struct Arch {
    number: u16,
    suffix: Suffix,
}

/// Why a device runs an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The image is for exactly its compute capability.
    Exact,
    /// The image is for a lower minor version of the same major version.
    SameMajor,
    /// The image is for the family that it belongs to.
    Family,
}

/// Shared memory of a multiprocessor, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedMemory {
    /// What its blocks share.
    pub total: u32,
    /// What the system takes of it for each block.
    pub reserved: u32,
}

impl SharedMemory {
    /// What one block can have, when it opts in.
    pub const fn per_block(self) -> u32 {
        self.total - self.reserved
    }
}

/// The compute capabilities that GPUs have, in order, from the first that Triton's compiler knows.
///
/// Source: CUDA Compiler Driver NVCC, "GPU Feature List", of CUDA 11 to 13.
const KNOWN: [u16; 18] = [60, 61, 62, 70, 72, 75, 80, 86, 87, 88, 89, 90, 100, 101, 103, 110, 120, 121];

impl Arch {
    /// The architecture of compute capability `number / 10`.`number % 10`, as in `90` for 9.0.
    pub const fn new(number: u16, suffix: Suffix) -> Self {
        Self { number, suffix }
    }

    /// The compute capability `major.minor` of a device.
    pub const fn of_device(major: u16, minor: u16) -> Self {
        Self::new(major * 10 + minor, Suffix::None)
    }

    /// The number in its name: 90 for `sm_90a`.
    pub const fn number(self) -> u16 {
        self.number
    }

    /// Compute capability, major part.
    pub const fn major(self) -> u16 {
        self.number / 10
    }

    /// Compute capability, minor part.
    pub const fn minor(self) -> u16 {
        self.number % 10
    }

    /// Whether a GPU has this compute capability, or one that comes after those that are known here may have it.
    #[doc(hidden)]
    pub fn is_possible(self) -> bool {
        KNOWN.contains(&self.number) || KNOWN.last().is_some_and(|&newest| self.number > newest)
    }

    /// The nearest compute capabilities below and above it that a GPU has.
    #[doc(hidden)]
    pub fn neighbours(self) -> (Self, Self) {
        let below = KNOWN.iter().rfind(|&&number| number < self.number).or(KNOWN.first());
        let above = KNOWN.iter().find(|&&number| number > self.number).or(KNOWN.last());
        let arch = |number: Option<&u16>| Self::new(number.copied().unwrap_or(self.number), Suffix::None);
        (arch(below), arch(above))
    }

    /// What narrows the devices that run it.
    pub const fn suffix(self) -> Suffix {
        self.suffix
    }

    /// The same number without suffix.
    pub const fn base(self) -> Self {
        Self::new(self.number, Suffix::None)
    }

    /// Why `device` runs machine code for this architecture; `None` where it doesn't.
    ///
    /// Source: CUDA Programming Guide, "Compute Capabilities", on binary compatibility and on architecture- and
    /// family-specific targets.
    #[doc(hidden)]
    pub const fn fit(self, device: Self) -> Option<Fit> {
        if self.number == device.number {
            return Some(Fit::Exact);
        }
        let same_major = self.major() == device.major() && self.number < device.number;
        match self.suffix {
            Suffix::None if same_major => Some(Fit::SameMajor),
            Suffix::F if same_major => Some(Fit::Family),
            Suffix::None | Suffix::A | Suffix::F => None,
        }
    }

    /// Whether the driver of `device` compiles PTX for this target.
    ///
    /// Source: as for [`Arch::fit`], on PTX compatibility.
    #[doc(hidden)]
    pub const fn ptx_fits(self, device: Self) -> bool {
        match self.suffix {
            Suffix::None => self.number <= device.number,
            Suffix::A | Suffix::F => self.fit(device).is_some(),
        }
    }

    /// Shared memory of its multiprocessors; `None` for a number that isn't known here.
    ///
    /// Source: CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
    #[doc(hidden)]
    pub const fn shared_memory(self) -> Option<SharedMemory> {
        let kib = match self.number {
            75 => 64,
            70 | 72 => 96,
            86 | 89 | 120 | 121 => 100,
            80 | 87 => 164,
            90 | 100 | 101 | 103 | 110 => 228,
            _ => return None,
        };
        let reserved = if self.number >= 80 { 1024 } else { 0 };
        Some(SharedMemory { total: kib * 1024, reserved })
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sm_{}{}", self.number, self.suffix.letter())
    }
}

/// Text that names no architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchError(String);

impl fmt::Display for ArchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no GPU architecture: expected a name like `sm_80`, `sm_90` or `sm_120`", self.0)
    }
}

impl std::error::Error for ArchError {}

impl FromStr for Arch {
    type Err = ArchError;

    fn from_str(text: &str) -> Result<Self, ArchError> {
        let error = || ArchError(text.to_owned());
        let rest = text.strip_prefix("sm_").ok_or_else(error)?;
        let digits = rest.trim_end_matches(|c: char| !c.is_ascii_digit());
        let letter = &rest[digits.len()..];
        let suffix = Suffix::ALL.into_iter().find(|suffix| suffix.letter() == letter).ok_or_else(error)?;
        if !(2..=3).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) || digits.starts_with('0') {
            return Err(error());
        }
        Ok(Self::new(digits.parse().map_err(|_| error())?, suffix))
    }
}

impl TryFrom<String> for Arch {
    type Error = ArchError;

    fn try_from(text: String) -> Result<Self, ArchError> {
        text.parse()
    }
}

impl From<Arch> for String {
    fn from(arch: Arch) -> Self {
        arch.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in ["sm_75", "sm_80", "sm_90a", "sm_100f", "sm_120"] {
            assert_eq!(name.parse::<Arch>().unwrap().to_string(), name);
        }
        let arch: Arch = "sm_120a".parse().unwrap();
        assert_eq!((arch.major(), arch.minor(), arch.suffix()), (12, 0, Suffix::A));
        assert_eq!(arch.base().to_string(), "sm_120");
    }

    #[test]
    fn anything_else_is_refused() {
        for name in ["", "80", "sm80", "sm_", "sm_8", "sm_08", "sm_9000", "sm_90b", "sm_a", "sm_9é", "SM_90", "sm_90 "]
        {
            assert!(name.parse::<Arch>().is_err(), "{name}");
        }
    }

    #[test]
    fn every_suffix_is_written_and_read() {
        for suffix in Suffix::ALL {
            let arch = Arch::new(100, suffix);
            assert_eq!(arch.to_string().parse(), Ok(arch));
            assert_eq!(format!("{suffix:?}"), suffix.ident());
        }
    }

    fn fit(image: &str, device: &str) -> Option<Fit> {
        image.parse::<Arch>().unwrap().fit(device.parse().unwrap())
    }

    fn ptx_fits(target: &str, device: &str) -> bool {
        target.parse::<Arch>().unwrap().ptx_fits(device.parse().unwrap())
    }

    #[test]
    fn machine_code_runs_on_its_own_and_later_minor_versions_as_its_suffix_says() {
        for image in ["sm_103", "sm_103a", "sm_103f"] {
            assert_eq!(fit(image, "sm_103"), Some(Fit::Exact));
            assert_eq!(fit(image, "sm_100"), None, "{image}");
            assert_eq!(fit(image, "sm_120"), None, "{image}");
        }
        assert_eq!(fit("sm_80", "sm_86"), Some(Fit::SameMajor));
        assert_eq!(fit("sm_100f", "sm_103"), Some(Fit::Family));
        assert_eq!(fit("sm_100a", "sm_103"), None);
    }

    #[test]
    fn ptx_is_for_every_later_device_unless_its_suffix_narrows_that() {
        assert!(ptx_fits("sm_75", "sm_120") && ptx_fits("sm_80", "sm_80") && !ptx_fits("sm_86", "sm_80"));
        assert!(ptx_fits("sm_90a", "sm_90") && !ptx_fits("sm_90a", "sm_100"));
        assert!(ptx_fits("sm_100f", "sm_103") && !ptx_fits("sm_100f", "sm_120"));
    }

    #[test]
    fn shared_memory_of_a_block_is_what_the_programming_guide_says() {
        let kib = |arch: &str| arch.parse::<Arch>().unwrap().shared_memory().map(|memory| memory.per_block() / 1024);
        for (arch, expected) in [("sm_75", 64), ("sm_80", 163), ("sm_86", 99), ("sm_90a", 227), ("sm_120", 99)] {
            assert_eq!(kib(arch), Some(expected), "{arch}");
        }
        assert_eq!(kib("sm_60"), None);
    }
}
