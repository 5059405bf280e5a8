//! Which Triton wrote a JSON, and what a launch has to know of its version.
//!
//! Source: the launchers and the metadata of each version, and kernels that each of them made.

use std::fmt;

use super::Metadata;

/// The Triton that wrote a JSON or lowered a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Major and minor version; `None` where the JSON names none, as only 3.2 leaves it out.
    version: Option<(u64, u64)>,
}

impl Writer {
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

    fn is_at_least(self, version: (u64, u64)) -> bool {
        self.version.is_some_and(|own| own >= version)
    }

    /// A key that it writes, that a launch goes by, and that isn't there.
    pub(super) fn missing(self, metadata: &Metadata) -> Option<&'static str> {
        let scratch = |size: Option<u32>, align: Option<u32>| size.is_none_or(|size| size > 0) && align.is_none();
        let clusters = metadata.num_ctas.is_some_and(|ctas| ctas > 1);
        let Metadata { global_scratch_size, global_scratch_align, .. } = metadata;
        let Metadata { profile_scratch_size, profile_scratch_align, .. } = metadata;
        [
            ("name", metadata.name.is_none()),
            ("shared", metadata.shared.is_none()),
            ("num_warps", metadata.num_warps.is_none()),
            ("num_ctas", metadata.num_ctas.is_none()),
            // Of one CTA there is only one shape.
            ("cluster_dims", clusters && !self.states_clusters() && metadata.cluster_dims.is_none()),
            ("global_scratch_size", self.is_at_least((3, 3)) && global_scratch_size.is_none()),
            ("global_scratch_align", self.is_at_least((3, 3)) && scratch(*global_scratch_size, *global_scratch_align)),
            ("launch_cooperative_grid", self.is_at_least((3, 3)) && metadata.launch_cooperative_grid.is_none()),
            ("launch_pdl", self.is_at_least((3, 4)) && metadata.launch_pdl.is_none()),
            ("profile_scratch_size", self.is_at_least((3, 5)) && profile_scratch_size.is_none()),
            (
                "profile_scratch_align",
                self.is_at_least((3, 5)) && scratch(*profile_scratch_size, *profile_scratch_align),
            ),
        ]
        .into_iter()
        .find_map(|(key, missing)| missing.then_some(key))
    }
}

impl Metadata {
    /// The Triton that wrote it.
    pub fn writer(&self) -> Writer {
        Writer { version: self.triton_version.as_deref().and_then(minor) }
    }

    /// A key that a launch goes by, that its Triton writes, and that isn't there.
    pub fn missing_for_launch(&self) -> Option<&'static str> {
        self.writer().missing(self)
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
