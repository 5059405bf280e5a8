//! One operation at one size: run, checked and timed alike.

use std::fmt;

use triton_runner_rt::Result;

use crate::check::Check;

/// An operation with inputs and outputs of its own.
pub(crate) trait Case {
    /// Puts it on the stream.
    fn launch(&mut self) -> Result<()>;

    /// Compares the results with the reference.
    fn check(&self) -> Result<Check>;

    /// What it takes at least.
    fn cost(&self) -> Cost;
}

/// What an operation takes at least, whoever computes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cost {
    /// Bytes that go to or come from the GPU's memory, each input and output once.
    Bytes(usize),
    /// Additions and multiplications on tensor cores.
    Operations(usize),
}

impl Cost {
    /// Its number in a second and the unit, for an operation that takes so many milliseconds.
    pub(crate) fn rate(self, milliseconds: f64) -> Rate {
        match self {
            Self::Bytes(bytes) => Rate { value: bytes as f64 / milliseconds / 1e6, unit: "GB/s" },
            Self::Operations(operations) => Rate { value: operations as f64 / milliseconds / 1e9, unit: "TFLOP/s" },
        }
    }
}

/// How fast something ran.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} {}", self.value, self.unit)
    }
}

/// Launches once on poisoned outputs and compares.
pub(crate) fn run(case: &mut dyn Case) -> Result<Check> {
    case.launch()?;
    case.check()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_of_a_second() {
        assert_eq!(Cost::Bytes(3_000_000).rate(1.0).to_string(), "3 GB/s");
        assert_eq!(Cost::Operations(5_000_000_000).rate(0.5).to_string(), "10 TFLOP/s");
    }
}
