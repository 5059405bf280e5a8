//! Which GPU the metadata is of.

use serde_json::Value;
use triton_runner_manifest::Arch;

use super::MetadataError;
use super::object::Object;

const CUDA: &str = "cuda";

const EXPECTED: &str = "an NVIDIA architecture such as `90` or `\"sm90\"`";

/// `target.arch` and `arch`, which must agree where both are there.
pub(super) fn read(object: &Object) -> Result<Option<u16>, MetadataError> {
    if let Some(backend) = object.string("backend_name")?
        && backend != CUDA
    {
        return Err(MetadataError::NotCuda { found: format!("for the backend `{backend}`") });
    }
    warp_size(object)?;
    let own = arch(object)?;
    let Some(target) = object.object("target", "target.")? else { return Ok(own) };
    if let Some(backend) = target.string("backend")?
        && backend != CUDA
    {
        return Err(MetadataError::NotCuda { found: format!("for the backend `{backend}`") });
    }
    warp_size(&target)?;
    let expected = arch(&target)?;
    match (own, expected) {
        (Some(found), Some(expected)) if found != expected => Err(MetadataError::Contradiction {
            key: "arch".to_owned(),
            found: format!("sm_{found}"),
            other: "target.arch".to_owned(),
            expected: format!("sm_{expected}"),
        }),
        _ => Ok(expected.or(own)),
    }
}

fn warp_size(object: &Object) -> Result<(), MetadataError> {
    match object.number("warp_size")? {
        None | Some(32) => Ok(()),
        Some(size) => Err(MetadataError::NotCuda { found: format!("a GPU with warps of {size} threads") }),
    }
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
