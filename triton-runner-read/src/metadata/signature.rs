//! Our keys: `signature` (the visible arguments) and `constants`.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize as _;
use serde_json::Value;
use triton_runner_manifest::{ArgType, Constant};

use super::MetadataError;
use super::object::{Object, wrong};

/// A visible argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureEntry {
    /// Its name in the Python kernel.
    pub name: String,
    /// Its type.
    pub ty: ArgType,
    /// The address or value is a multiple of this; 1 promises nothing.
    pub divisible_by: u32,
}

/// `[{"name": "x_ptr", "type": "*fp32", "divisible_by": 16}, …]`.
pub(super) fn read(object: &Object) -> Result<Option<Vec<SignatureEntry>>, MetadataError> {
    let Some(value) = object.get("signature") else { return Ok(None) };
    let list = value
        .as_array()
        .ok_or_else(|| wrong("signature", value, "a list such as `[{\"name\": \"x_ptr\", \"type\": \"*fp32\"}]`"))?;
    let entries = list.iter().enumerate().map(|(i, value)| entry(i, value)).collect::<Result<Vec<_>, _>>()?;
    distinct("signature", &entries)?;
    Ok(Some(entries))
}

fn entry(i: usize, value: &Value) -> Result<SignatureEntry, MetadataError> {
    let key = |name: &str| format!("signature[{i}]{name}");
    let Value::Object(object) = value else {
        return Err(wrong(key(""), value, "an object such as `{\"name\": \"x_ptr\", \"type\": \"*fp32\"}`"));
    };
    let string = |name: &str, expected| {
        let value = object.get(name).unwrap_or(&Value::Null);
        value.as_str().ok_or_else(|| wrong(key(&format!(".{name}")), value, expected))
    };
    let name = string("name", "the argument's name")?;
    let ty = string("type", "a type such as `\"*fp32\"` or `\"i32\"`")?;
    let ty = ty.parse().map_err(|error| MetadataError::Type { key: "signature", name: name.to_owned(), error })?;
    let divisible_by = match object.get("divisible_by") {
        None | Some(Value::Null) => 1,
        Some(value) => {
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|&number| number > 0);
            number.ok_or_else(|| wrong(key(".divisible_by"), value, "a whole number from 1 up"))?
        }
    };
    Ok(SignatureEntry { name: name.to_owned(), ty, divisible_by })
}

/// Two arguments of one name can't be told apart.
pub(super) fn distinct(key: &'static str, entries: &[SignatureEntry]) -> Result<(), MetadataError> {
    let mut seen = HashSet::new();
    match entries.iter().find(|entry| !seen.insert(&entry.name)) {
        None => Ok(()),
        Some(entry) => Err(MetadataError::Twice { key, name: entry.name.clone() }),
    }
}

/// `{"BLOCK": 1024}`.
pub(super) fn constants(object: &Object) -> Result<BTreeMap<String, Constant>, MetadataError> {
    const EXPECTED: &str =
        "a number, a string, `true`, `false`, `null`, or `{\"float\": \"inf\"}`, `\"-inf\"` or `\"nan\"` there";
    let Some(value) = object.get("constants") else { return Ok(BTreeMap::new()) };
    let Value::Object(map) = value else {
        return Err(wrong("constants", value, "an object such as `{\"BLOCK\": 1024}`"));
    };
    let constant = |(name, value): (&String, &Value)| {
        let constant = match value {
            Value::Null => Some(Constant::None(())),
            Value::Bool(value) => Some(Constant::Bool(*value)),
            Value::String(value) => Some(Constant::Str(value.clone())),
            Value::Number(number) if number.is_f64() => number.as_f64().map(Constant::Float),
            Value::Number(number) => number.as_i64().map(Constant::Int),
            Value::Object(_) => Constant::deserialize(value).ok(),
            Value::Array(_) => None,
        };
        let constant = constant.ok_or_else(|| wrong(format!("constants.{name}"), value, EXPECTED))?;
        Ok((name.clone(), constant))
    };
    map.iter().map(constant).collect()
}
