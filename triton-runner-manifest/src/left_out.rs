//! Why a kernel has no image for an architecture that it is built for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why machine code that only a compiler can make was left out: the kernel is a stub, whole but for its images.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// The system that the program is for has no NVIDIA driver: `macos`, as cargo calls it.
    NoDriver(String),
    /// `TRITON_RUNNER_STUB=1` was set for the build.
    Asked,
}

impl LeftOut {
    /// The reason for programs that run on this system, as `CARGO_CFG_TARGET_OS` has it; `None` where NVIDIA has a driver for it.
    pub fn on(target_os: &str) -> Option<Self> {
        (!matches!(target_os, "linux" | "windows")).then(|| Self::NoDriver(target_os.to_owned()))
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDriver(system) => {
                write!(f, "it is for {system}, which has no NVIDIA driver, and nothing is locked")
            }
            Self::Asked => f.write_str("TRITON_RUNNER_STUB=1 was set, and nothing that fits is locked"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_linux_and_windows_have_a_driver() {
        assert_eq!((LeftOut::on("linux"), LeftOut::on("windows")), (None, None));
        for system in ["macos", "ios", "freebsd", "none"] {
            assert_eq!(LeftOut::on(system), Some(LeftOut::NoDriver(system.to_owned())));
        }
        assert!(LeftOut::NoDriver("macos".into()).to_string().contains("macos"));
    }
}
