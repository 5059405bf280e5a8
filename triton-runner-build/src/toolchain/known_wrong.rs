//! Kernels that a version of Triton is known to compile wrongly. Nothing here is guessed: each row has a public source.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use semver::Version;
use serde::Deserialize;
use triton_runner_manifest::{Arch, Constant};

/// A fault of some versions of Triton on some architectures.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownWrong {
    /// The kernels that it was found in, by the names of their functions; none where it is about code of a kind.
    #[serde(default)]
    kernels: Vec<String>,
    /// Values of the kernel's constants without which it is right.
    #[serde(default)]
    constants: BTreeMap<String, Constant>,
    archs: Vec<Arch>,
    from: Version,
    /// The first version that is right.
    below: Option<Version>,
    /// The last version that was found wrong.
    until: Option<Version>,
    what: String,
    source: String,
}

fn table() -> &'static [KnownWrong] {
    #[derive(Deserialize)]
    struct Table {
        wrong: Vec<KnownWrong>,
    }
    static TABLE: OnceLock<Vec<KnownWrong>> = OnceLock::new();
    // A test reads the table, so that it cannot be wrong here.
    TABLE.get_or_init(|| {
        toml::from_str::<Table>(include_str!("known_wrong.toml")).map(|table| table.wrong).unwrap_or_default()
    })
}

/// What is known of a kernel. A constant that nobody knows the value of may be the one.
pub(crate) fn of_kernel<'a>(
    kernel: &'a str,
    constants: &'a BTreeMap<String, Constant>,
    triton: &'a Version,
    arch: Arch,
) -> impl Iterator<Item = &'static KnownWrong> + 'a {
    let has = |wrong: &KnownWrong| {
        wrong.constants.iter().all(|(name, value)| constants.get(name).is_none_or(|found| found == value))
    };
    let of_compiler = table().iter().filter(move |wrong| wrong.is_of(triton, arch));
    of_compiler.filter(move |wrong| wrong.kernels.iter().any(|name| name == kernel) && has(wrong))
}

/// What is known of code of a kind, whatever the kernel.
#[cfg(feature = "cli")]
pub(crate) fn of_compiler(triton: &Version, arch: Arch) -> impl Iterator<Item = &'static KnownWrong> {
    table().iter().filter(move |wrong| wrong.kernels.is_empty() && wrong.is_of(triton, arch))
}

impl KnownWrong {
    fn is_of(&self, triton: &Version, arch: Arch) -> bool {
        self.archs.contains(&arch.base())
            && *triton >= self.from
            && self.below.as_ref().is_none_or(|below| triton < below)
            && self.until.as_ref().is_none_or(|until| triton <= until)
    }
}

impl fmt::Display for KnownWrong {
    /// `wrong gradients …: known of Triton 3.4.0 and later, right in 3.7.1 (flash-linear-attention, issue 640)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: known of Triton {} ", self.what, self.from)?;
        match (&self.below, &self.until) {
            (Some(below), _) => write!(f, "and later, right in {below}")?,
            (None, Some(until)) => write!(f, "to {until}, and nothing is known of later ones")?,
            (None, None) => f.write_str("and later")?,
        }
        write!(f, " ({})", self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kernel: &str, constants: &[(&str, i64)], triton: &str, arch: &str) -> Vec<String> {
        let constants = constants.iter().map(|(name, value)| ((*name).to_owned(), Constant::Int(*value))).collect();
        let triton = triton.parse().unwrap();
        of_kernel(kernel, &constants, &triton, arch.parse().unwrap()).map(ToString::to_string).collect()
    }

    #[test]
    fn every_row_reads_and_names_its_source() {
        #[derive(Deserialize)]
        struct Rows {
            wrong: Vec<toml::Table>,
        }
        let rows: Rows = toml::from_str(include_str!("known_wrong.toml")).unwrap();
        assert_eq!(rows.wrong.len(), table().len());
        for wrong in table() {
            assert!(!wrong.archs.is_empty() && wrong.below.is_some() != wrong.until.is_some(), "{wrong}");
            let end = wrong.below.as_ref().or(wrong.until.as_ref()).unwrap();
            assert!(wrong.from < *end && crate::toolchain::known_versions().contains(&wrong.from), "{wrong}");
            assert!(["issue ", "pull request "].iter().any(|kind| wrong.source.contains(kind)), "{wrong}");
        }
    }

    #[test]
    fn a_kernel_is_known_by_its_name_version_gpu_and_constants() {
        let gated = "chunk_bwd_kernel_dqkwg";
        for triton in ["3.4.0", "3.6.0", "3.7.0"] {
            assert_eq!(found(gated, &[], triton, "sm_90a").len(), 1, "{triton}");
        }
        assert!(
            found(gated, &[], "3.6.0", "sm_90")[0].starts_with("wrong gradients in the gated backward pass: known of")
        );
        for (kernel, triton, arch) in [
            (gated, "3.3.1", "sm_90"),
            (gated, "3.7.1", "sm_90"),
            (gated, "3.6.0", "sm_80"),
            ("chunk_bwd", "3.6.0", "sm_90"),
        ] {
            assert_eq!(found(kernel, &[], triton, arch), [""; 0], "{kernel} {triton} {arch}");
        }
        let chunks = "prepare_wy_repr_bwd_kernel";
        assert_eq!(found(chunks, &[("BT", 32)], "3.6.0", "sm_90"), [""; 0]);
        assert_eq!(found(chunks, &[("BT", 64)], "3.6.0", "sm_90").len(), 1);
        assert_eq!(found(chunks, &[], "3.6.0", "sm_90").len(), 1);
    }
}
