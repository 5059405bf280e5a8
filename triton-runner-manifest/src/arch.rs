//! GPU architectures as NVIDIA's tools spell them: `sm_80`, `sm_90a`, `sm_120`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which devices of a family an image runs on, beyond its number.
///
/// Source: CUDA Compiler Driver NVCC, "GPU Feature List".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suffix {
    /// `sm_80`: this compute capability and higher minor versions of the same major.
    None,
    /// `sm_90a`: exactly this compute capability.
    A,
    /// `sm_100f`: this compute capability's family.
    F,
}

/// A GPU architecture: compute capability and suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arch {
    number: u16,
    suffix: Suffix,
}

impl Arch {
    /// The architecture of compute capability `number / 10`.`number % 10`, as in `90` for 9.0.
    pub const fn new(number: u16, suffix: Suffix) -> Self {
        Self { number, suffix }
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

    /// The suffix.
    pub const fn suffix(self) -> Suffix {
        self.suffix
    }

    /// The same number without suffix.
    pub const fn base(self) -> Self {
        Self::new(self.number, Suffix::None)
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.suffix {
            Suffix::None => "",
            Suffix::A => "a",
            Suffix::F => "f",
        };
        write!(f, "sm_{}{suffix}", self.number)
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
        let suffix = match &rest[digits.len()..] {
            "" => Suffix::None,
            "a" => Suffix::A,
            "f" => Suffix::F,
            _ => return Err(error()),
        };
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
}
