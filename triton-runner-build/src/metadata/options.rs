//! What Triton was told when it lowered the kernel.

use super::MetadataError;
use super::object::Object;
use crate::lowering::Options;

/// Options that change code.
///
/// Values that are the default and that only some versions know are left out, so that another version can take them.
///
/// Source: `CUDAOptions` in Triton's `backends/nvidia/compiler.py`, of every version in pins.toml.
pub(super) fn read(object: &Object) -> Result<Options, MetadataError> {
    let mut options = Options::default();
    options.num_warps = object.number("num_warps")?;
    options.num_stages = object.number("num_stages")?;
    options.num_ctas = object.number("num_ctas")?;
    options.cluster_dims = object.dimensions("cluster_dims")?.filter(|dims| *dims != [1, 1, 1]);
    options.maxnreg = object.number("maxnreg")?;
    options.enable_fp_fusion = object.boolean("enable_fp_fusion")?;
    options.ptx_version = object.number("ptx_version")?;
    options.ptx_options = object.string("ptx_options")?.filter(|options| !options.is_empty());
    // ptxas has flags that write files and flags that read them; without a separator they stay in its own folder.
    if let (Some(value), Some(text)) = (object.get("ptx_options"), &options.ptx_options)
        && text.contains('/')
    {
        return Err(object.wrong("ptx_options", value, "flags of ptxas without paths"));
    }
    options.enable_reflect_ftz = object.boolean("enable_reflect_ftz")?.filter(|enabled| !enabled);
    options.launch_cooperative_grid = object.boolean("launch_cooperative_grid")?.filter(|enabled| *enabled);
    options.launch_pdl = object.boolean("launch_pdl")?.filter(|enabled| *enabled);
    Ok(options)
}
