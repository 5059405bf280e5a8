//! Our keys `targets`, `sha256` and `host`: what an export knows of the files that it wrote the JSON for.

use std::collections::BTreeMap;

use serde::Deserialize as _;
use serde_json::Value;
use triton_runner_manifest::{Arch, HostWork, Level, Suffix};

use super::MetadataError;
use super::object::{Object, wrong};

/// `["sm_80", "sm_90"]`: the architectures for which the frontend gives this TTIR.
pub(super) fn targets(object: &Object) -> Result<Option<Vec<Arch>>, MetadataError> {
    const EXPECTED: &str = "a list of architectures such as `[\"sm_80\", \"sm_90\"]`";
    let Some(value) = object.get("targets") else { return Ok(None) };
    let list = value.as_array().filter(|list| !list.is_empty()).ok_or_else(|| wrong("targets", value, EXPECTED))?;
    let arch = |(i, value): (usize, &Value)| {
        let arch = value.as_str().and_then(|name| name.parse::<Arch>().ok());
        let plain = arch.filter(|arch| arch.suffix() == Suffix::None);
        plain.ok_or_else(|| wrong(format!("targets[{i}]"), value, "an architecture such as `\"sm_90\"`"))
    };
    list.iter().enumerate().map(arch).collect::<Result<_, _>>().map(Some)
}

/// `{"ttir": "9f86…"}`: the SHA-256 of the file of each level that the JSON was written for.
pub(super) fn sha256(object: &Object) -> Result<BTreeMap<Level, String>, MetadataError> {
    let Some(value) = object.get("sha256") else { return Ok(BTreeMap::new()) };
    let map = value.as_object().ok_or_else(|| wrong("sha256", value, "an object such as `{\"ttir\": \"9f86…\"}`"))?;
    let hash = |(name, value): (&String, &Value)| {
        let key = || format!("sha256.{name}");
        let level = Level::from_extension(name)
            .ok_or_else(|| wrong(key(), value, "a level for a name: ttir, ttgir, llir, ptx or cubin"))?;
        let is_hash =
            |text: &&str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
        let text = value.as_str().filter(is_hash);
        let text = text.ok_or_else(|| wrong(key(), value, "64 lower-case hexadecimal digits"))?;
        Ok((level, text.to_owned()))
    };
    map.iter().map(hash).collect()
}

/// `[{"does": "pre_hook", "names": ["zero_out"]}]`: what Python does around a launch.
pub(super) fn host(object: &Object) -> Result<Vec<HostWork>, MetadataError> {
    const EXPECTED: &str = "a list such as `[{\"does\": \"pre_hook\", \"names\": [\"zero_out\"]}]`";
    let Some(value) = object.get("host") else { return Ok(Vec::new()) };
    Vec::<HostWork>::deserialize(value).map_err(|_| wrong("host", value, EXPECTED))
}
