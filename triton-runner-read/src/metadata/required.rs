//! Keys that a launch can't do without.
//!
//! Source: the metadata of each version.

use super::{Metadata, Writer};

impl Metadata {
    /// The Triton that wrote it.
    pub fn writer(&self) -> Writer {
        Writer::of(self.triton_version.as_deref())
    }

    /// A key that a launch goes by, that its Triton writes, and that isn't there.
    pub fn missing_for_launch(&self) -> Option<&'static str> {
        let (metadata, writer) = (self, self.writer());
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
            ("cluster_dims", clusters && !writer.states_clusters() && metadata.cluster_dims.is_none()),
            ("global_scratch_size", writer.is_at_least((3, 3)) && global_scratch_size.is_none()),
            (
                "global_scratch_align",
                writer.is_at_least((3, 3)) && scratch(*global_scratch_size, *global_scratch_align),
            ),
            ("launch_cooperative_grid", writer.is_at_least((3, 3)) && metadata.launch_cooperative_grid.is_none()),
            ("launch_pdl", writer.is_at_least((3, 4)) && metadata.launch_pdl.is_none()),
            ("profile_scratch_size", writer.is_at_least((3, 5)) && profile_scratch_size.is_none()),
            (
                "profile_scratch_align",
                writer.is_at_least((3, 5)) && scratch(*profile_scratch_size, *profile_scratch_align),
            ),
        ]
        .into_iter()
        .find_map(|(key, missing)| missing.then_some(key))
    }
}
