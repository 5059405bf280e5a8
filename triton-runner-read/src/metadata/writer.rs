//! Which Triton wrote a JSON, and what a launch has to know of its version.
//!
//! Source: the launchers and the metadata of each version, and kernels that each of them made.

use std::fmt;

/// The Triton that wrote a JSON or lowered a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Major and minor version; `None` where the JSON names none, as only 3.2 leaves it out.
    version: Option<(u64, u64)>,
}

impl Writer {
    /// The one of this `triton_version`.
    pub(super) fn of(version: Option<&str>) -> Self {
        Self { version: version.and_then(minor) }
    }

    /// Hidden pointers that it adds behind the arguments of each kernel. A version that isn't known here counts as the
    /// newest that is; each image has to agree.
    pub fn hidden_pointers(self) -> usize {
        match self.version {
            None => 0,
            Some(version) if version < (3, 3) => 0,
            Some(version) if version < (3, 5) => 1,
            Some(_) => 2,
        }
    }

    /// Whether its PTX and machine code state how many CTAs a cluster has.
    pub fn states_clusters(self) -> bool {
        self.is_at_least((3, 6))
    }

    pub(super) fn is_at_least(self, version: (u64, u64)) -> bool {
        self.version.is_some_and(|own| own >= version)
    }
}

/// Major and minor version of `3.3.1`, `3.6.0+git1234` and `3.10.0.dev20260101`.
pub(super) fn minor(version: &str) -> Option<(u64, u64)> {
    let mut parts = version.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?;
    let digits = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
    Some((major, minor.get(..digits)?.parse().ok()?))
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some((major, minor)) => write!(f, "Triton {major}.{minor}"),
            None => f.write_str("Triton 3.2, which alone writes no `triton_version` into its JSON,"),
        }
    }
}
