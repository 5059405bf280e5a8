//! GPU architectures as NVIDIA's tools name them, and which devices run which.

use std::fmt;

/// A GPU architecture: a compute capability and, for an image, the suffix that narrows the devices that run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arch {
    number: u16,
    suffix: char,
}

impl Arch {
    /// The architecture `sm_<number><suffix>`. The suffix is `'a'`, `'f'` or `' '` for none.
    pub const fn new(number: u16, suffix: char) -> Self {
        Self { number, suffix }
    }

    /// The compute capability `major.minor` of a device.
    pub const fn of_device(major: u16, minor: u16) -> Self {
        Self::new(major * 10 + minor, ' ')
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

    /// `'a'` (exactly this compute capability), `'f'` (its family) or `' '` (plain).
    pub const fn suffix(self) -> char {
        self.suffix
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sm_{}", self.number)?;
        if self.suffix == ' ' { Ok(()) } else { write!(f, "{}", self.suffix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_compiler() {
        assert_eq!(Arch::new(90, 'a').to_string(), "sm_90a");
        assert_eq!(Arch::new(120, ' ').to_string(), "sm_120");
        assert_eq!(Arch::of_device(8, 6).to_string(), "sm_86");
        assert_eq!((Arch::new(120, 'f').major(), Arch::new(103, ' ').minor()), (12, 3));
    }
}
