//! What Triton was told when it lowered the kernel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::MetadataError;
use super::object::Object;

/// Options of Triton's compiler. `None` is Triton's default.
///
/// Those that are read here have fields. All others are in `more`, as they are written: which of them are options, and
/// what they must be, only the Triton that lowers can say, and it is asked then.
///
/// Source: `CUDAOptions` in `triton/backends/nvidia/compiler.py`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default)]
pub struct Options {
    /// Warps of a block, a power of two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_warps: Option<u32>,
    /// Stages of software pipelines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_stages: Option<u32>,
    /// CTAs of a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_ctas: Option<u32>,
    /// How a cluster's CTAs are laid out; up to Triton 3.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_dims: Option<[u32; 3]>,
    /// Registers that a thread may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maxnreg: Option<u32>,
    /// Whether multiplications and additions may be fused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_fp_fusion: Option<bool>,
    /// PTX ISA version times ten: 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ptx_version: Option<u32>,
    /// Further flags of ptxas, separated by spaces; Triton 3.4 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ptx_options: Option<String>,
    /// Whether libdevice flushes denormal numbers; Triton 3.6 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_reflect_ftz: Option<bool>,
    /// Echoed into the metadata; Triton 3.3 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_cooperative_grid: Option<bool>,
    /// Echoed into the metadata; Triton 3.4 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_pdl: Option<bool>,
    /// Every other key that may be an option.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

/// Keys of the JSON that are no options, in no version in pins.toml: what the compiler found out, what only Triton's cache
/// uses, and our own.
const NO_OPTIONS: [&str; 25] = [
    "after_pass",
    "constants",
    "exported_from",
    "family",
    "global_scratch_align",
    "global_scratch_size",
    "hash",
    "host",
    "kernel_signature",
    "license",
    "name",
    "package",
    "profile_scratch_align",
    "profile_scratch_size",
    "sha256",
    "shared",
    "signature",
    "target",
    "targets",
    "tensordesc_meta",
    "tmem_size",
    "triton_version",
    ADDRESSES,
    MADE_WITH,
    SPILLS,
];

/// Our key of a lowering's metadata: `"random"` where programs could not have fixed addresses. Then compilers may give one
/// of several right results.
pub const ADDRESSES: &str = "addresses";
/// Our key of a lowering's metadata for the compilers that made it.
pub const MADE_WITH: &str = "made_with";
/// Our key of a lowering's metadata for what ptxas says of spilled registers: bytes of `stores` and `loads` of a thread.
pub const SPILLS: &str = "spills";

impl Options {
    /// Reads options by their names, as somebody sets them. Names that are not known here are left to Triton.
    ///
    /// # Errors
    /// A value of the wrong type.
    pub fn from_map(map: Map<String, Value>) -> Result<Self, MetadataError> {
        let more = map.iter().filter(|(name, value)| !has_field(name) && !value.is_null());
        let more = more.map(|(name, value)| (name.clone(), value.clone())).collect();
        Ok(Self { more, ..fields(&Object::new(map))? })
    }

    /// These, and where they say nothing what `base` says.
    #[must_use]
    pub fn over(self, base: Self) -> Self {
        let mut more = base.more;
        more.extend(self.more);
        Self {
            num_warps: self.num_warps.or(base.num_warps),
            num_stages: self.num_stages.or(base.num_stages),
            num_ctas: self.num_ctas.or(base.num_ctas),
            cluster_dims: self.cluster_dims.or(base.cluster_dims),
            maxnreg: self.maxnreg.or(base.maxnreg),
            enable_fp_fusion: self.enable_fp_fusion.or(base.enable_fp_fusion),
            ptx_version: self.ptx_version.or(base.ptx_version),
            ptx_options: self.ptx_options.or(base.ptx_options),
            enable_reflect_ftz: self.enable_reflect_ftz.or(base.enable_reflect_ftz),
            launch_cooperative_grid: self.launch_cooperative_grid.or(base.launch_cooperative_grid),
            launch_pdl: self.launch_pdl.or(base.launch_pdl),
            more,
        }
    }
}

fn has_field(name: &str) -> bool {
    const FIELDS: [&str; 11] = [
        "num_warps",
        "num_stages",
        "num_ctas",
        "cluster_dims",
        "maxnreg",
        "enable_fp_fusion",
        "ptx_version",
        "ptx_options",
        "enable_reflect_ftz",
        "launch_cooperative_grid",
        "launch_pdl",
    ];
    FIELDS.contains(&name)
}

/// Reads them out of a kernel's JSON.
pub(super) fn read(object: &Object) -> Result<Options, MetadataError> {
    let mut options = fields(object)?;
    let others = object.entries().filter(|(name, value)| {
        !value.is_null() && !has_field(name) && !NO_OPTIONS.contains(name) && !is_libdevice(name, value)
    });
    options.more = others.map(|(name, value)| (name.to_owned(), value.clone())).collect();
    Ok(options)
}

/// `extern_libs` always names the libdevice that Triton brings, by its place on the machine that made the file; fbtriton leaves
/// the place out.
fn is_libdevice(name: &str, value: &Value) -> bool {
    let own = |library: &Value| {
        let at = |index| library.get(index).and_then(Value::as_str).unwrap_or_default();
        library == "libdevice" || at(0) == "libdevice" && at(1).ends_with("nvidia/lib/libdevice.10.bc")
    };
    name == "extern_libs" && value.as_array().is_some_and(|libraries| libraries.iter().all(own))
}

/// Those with a field.
///
/// Source: `CUDAOptions` in Triton's `backends/nvidia/compiler.py`, of every version in pins.toml.
fn fields(object: &Object) -> Result<Options, MetadataError> {
    let ptx_options = object.string("ptx_options")?.filter(|options| !options.is_empty());
    // ptxas has flags that write files and flags that read them; without a separator they stay in its own folder.
    if let (Some(value), Some(text)) = (object.get("ptx_options"), &ptx_options)
        && text.contains('/')
    {
        return Err(object.wrong("ptx_options", value, "flags of ptxas without paths"));
    }
    Ok(Options {
        num_warps: object.number("num_warps")?,
        num_stages: object.number("num_stages")?,
        num_ctas: object.number("num_ctas")?,
        // What no cluster says, and what versions after 3.5 don't know.
        cluster_dims: object.dimensions("cluster_dims")?.filter(|dims| *dims != [1, 1, 1]),
        maxnreg: object.number("maxnreg")?,
        enable_fp_fusion: object.boolean("enable_fp_fusion")?,
        ptx_version: object.number("ptx_version")?,
        ptx_options,
        enable_reflect_ftz: object.boolean("enable_reflect_ftz")?,
        launch_cooperative_grid: object.boolean("launch_cooperative_grid")?,
        launch_pdl: object.boolean("launch_pdl")?,
        more: BTreeMap::new(),
    })
}
