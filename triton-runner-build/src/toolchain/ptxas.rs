//! What a `ptxas` is, NVIDIA's assembler of PTX.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::ToolchainError;

/// An assembler that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ptxas {
    pub(crate) path: PathBuf,
    /// Its release, as `12.8`: major, minor.
    pub(crate) release: (u32, u32),
    /// Its full version, as `12.8.93`.
    pub(crate) version: String,
}

impl Ptxas {
    /// Asks the program what it is.
    ///
    /// # Errors
    /// If it does not run or does not answer as a ptxas does.
    pub(crate) fn at(path: &Path) -> Result<Self, ToolchainError> {
        let broken = |found: String| ToolchainError::PtxasBroken { path: path.to_owned(), found };
        let output = Command::new(path)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| broken(format!("it does not start ({error})")))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let (release, version) = parse(&text).ok_or_else(|| {
            let said = text.lines().chain(["nothing"]).find(|line| !line.trim().is_empty()).unwrap_or_default();
            broken(format!("`--version` says {said}"))
        })?;
        Ok(Self { path: path.to_owned(), release, version })
    }

    /// One line of text for a cache key.
    pub(crate) fn identity(&self) -> String {
        format!("ptxas {}", self.version)
    }

    /// The highest PTX ISA version that it reads, times ten: 84 for 8.4.
    ///
    /// Source: the release table of NVIDIA's "PTX ISA", chapter "Release Notes".
    pub(crate) fn newest_ptx(&self) -> Option<u32> {
        match self.release {
            (11, minor) => Some(70 + minor),
            (12, minor @ 0..=5) => Some(80 + minor),
            (12, minor) => Some(79 + minor),
            (major @ 13.., minor) => Some(90 + (major - 13) * 10 + minor),
            _ => None,
        }
    }
}

/// `Cuda compilation tools, release 12.8, V12.8.93`
fn parse(text: &str) -> Option<((u32, u32), String)> {
    let line = text.lines().find_map(|line| line.split_once("release "))?.1;
    let (release, rest) = line.split_once(',')?;
    let (major, minor) = release.trim().split_once('.')?;
    let version = rest.trim().strip_prefix('V').unwrap_or(release.trim());
    Some(((major.parse().ok()?, minor.parse().ok()?), version.split_whitespace().next()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_ptxas_prints() {
        let text = "ptxas: NVIDIA (R) Ptx optimizing assembler\nCopyright (c) 2005-2025 NVIDIA Corporation\n\
                    Built on Fri_Feb_21_20:21:55_PST_2025\nCuda compilation tools, release 12.8, V12.8.93\n\
                    Build cuda_12.8.r12.8/compiler.35583870_0\n";
        assert_eq!(parse(text), Some(((12, 8), "12.8.93".to_owned())));
        for bad in ["", "release", "release 12", "release 12.x, V1", "GNU assembler version 2.40"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_newest_isa_follows_the_release() {
        let ptxas = |major, minor| Ptxas { path: PathBuf::new(), release: (major, minor), version: String::new() };
        for (major, minor, isa) in [(12, 4, 84), (12, 6, 85), (12, 8, 87), (12, 9, 88), (13, 0, 90), (13, 1, 91)] {
            assert_eq!(ptxas(major, minor).newest_ptx(), Some(isa));
        }
        assert_eq!(ptxas(9, 0).newest_ptx(), None);
    }
}
