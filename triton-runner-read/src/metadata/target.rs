//! Which GPU the metadata is of.

use serde_json::Value;
use triton_runner_manifest::Arch;

use super::MetadataError;
use super::object::Object;

const EXPECTED: &str = "an NVIDIA architecture such as `90` or `\"sm90\"`";

/// `target.arch`, or `arch` where there is no `target`.
pub(super) fn read(object: &Object) -> Result<Option<u16>, MetadataError> {
    let Some(target) = object.object("target", "target.")? else {
        return arch(object);
    };
    if let Some(backend) = target.string("backend")?
        && backend != "cuda"
    {
        return Err(MetadataError::NotCuda { found: format!("for the backend `{backend}`") });
    }
    if let Some(size) = target.number("warp_size")?
        && size != 32
    {
        return Err(MetadataError::NotCuda { found: format!("a GPU with warps of {size} threads") });
    }
    arch(&target)
}

fn arch(object: &Object) -> Result<Option<u16>, MetadataError> {
    let Some(value) = object.get("arch") else { return Ok(None) };
    let number = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(name) => {
            let name = name.trim_start_matches("sm").trim_start_matches('_');
            format!("sm_{name}").parse().ok().map(|arch: Arch| u64::from(arch.number()))
        }
        _ => None,
    };
    let number = number.and_then(|number| u16::try_from(number).ok()).filter(|number| (20..1000).contains(number));
    number.map(Some).ok_or_else(|| object.wrong("arch", value, EXPECTED))
}
