//! A JSON object whose values are fetched with their type.

use serde::Deserialize as _;
use serde_json::{Map, Value};
use triton_runner_manifest::{DescriptorRecipe, Family};

use super::{MetadataError, Package, PythonSource};

/// Values longer than this are shortened in messages.
const SHOWN: usize = 60;

pub(super) struct Object {
    map: Map<String, Value>,
    /// Put before keys in messages: `target.` for the object at `target`.
    prefix: &'static str,
}

/// An error about a value.
pub(super) fn wrong(key: impl Into<String>, value: &Value, expected: &'static str) -> MetadataError {
    let kind = match value {
        Value::Null => "",
        Value::Bool(_) => "the boolean ",
        Value::Number(_) => "the number ",
        Value::String(_) => "the string ",
        Value::Array(_) => "the list ",
        Value::Object(_) => "the object ",
    };
    let mut text = value.to_string();
    if let Some((end, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(end);
        text.push('…');
    }
    MetadataError::Key { key: key.into(), found: format!("{kind}`{text}`"), expected }
}

impl Object {
    pub(super) fn new(map: Map<String, Value>) -> Self {
        Self { map, prefix: "" }
    }

    /// Every key with its value.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.map.iter().map(|(key, value)| (key.as_str(), value))
    }

    pub(super) fn parse(text: &str) -> Result<Self, MetadataError> {
        let unreadable = |error: serde_json::Error| match error.is_data() {
            true => MetadataError::KeyTwice(error),
            false => MetadataError::NotJson(error),
        };
        let found = match super::each_key_once(text.as_bytes()).map_err(unreadable)? {
            Value::Object(map) => return Ok(Self::new(map)),
            Value::Null => "`null`",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
        };
        Err(MetadataError::NotAnObject { found })
    }

    /// The object at a key.
    pub(super) fn object(&self, key: &'static str, prefix: &'static str) -> Result<Option<Self>, MetadataError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { map: map.clone(), prefix })),
            Some(value) => Err(self.wrong(key, value, "an object")),
        }
    }

    /// The value at a key, unless it is missing or `null`.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn wrong(&self, key: &str, value: &Value, expected: &'static str) -> MetadataError {
        wrong(format!("{}{key}", self.prefix), value, expected)
    }

    fn with<'a, T>(
        &'a self,
        key: &str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, MetadataError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| self.wrong(key, value, expected))
    }

    pub(super) fn string(&self, key: &str) -> Result<Option<String>, MetadataError> {
        self.with(key, "a string", |value| value.as_str().map(str::to_owned))
    }

    /// A version of Triton, with whatever a build of one's own adds.
    pub(super) fn version(&self, key: &str) -> Result<Option<String>, MetadataError> {
        self.with(key, "a version such as `3.3.1`", |value| {
            value.as_str().filter(|version| super::writer::minor(version).is_some()).map(str::to_owned)
        })
    }

    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>, MetadataError> {
        self.with(key, "`true` or `false`", Value::as_bool)
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<u32>, MetadataError> {
        self.with(key, "a whole number below 4294967296", whole)
    }

    pub(super) fn alignment(&self, key: &str) -> Result<Option<u32>, MetadataError> {
        self.with(key, "a power of two", |value| whole(value).filter(|n| n.is_power_of_two()))
    }

    /// Three whole numbers from 1 up.
    pub(super) fn dimensions(&self, key: &str) -> Result<Option<[u32; 3]>, MetadataError> {
        self.with(key, "a list of three whole numbers from 1 up", |value| {
            let list: Vec<_> = value.as_array()?.iter().map(whole).collect::<Option<_>>()?;
            <[u32; 3]>::try_from(list).ok().filter(|dims| !dims.contains(&0))
        })
    }

    pub(super) fn python_source(&self, key: &str) -> Result<Option<PythonSource>, MetadataError> {
        self.with(key, "a file and its SHA-256, as `cargo triton export` writes them", |value| {
            let whole = |source: &PythonSource| source.file.is_some() || value.get("file").is_none();
            PythonSource::deserialize(value).ok().filter(whole)
        })
    }

    pub(super) fn family(&self, key: &str) -> Result<Option<Family>, MetadataError> {
        self.with(key, "a name and types, as `cargo triton export --dtype` writes them", |value| {
            Family::deserialize(value).ok()
        })
    }

    pub(super) fn package(&self, key: &str) -> Result<Option<Package>, MetadataError> {
        self.with(key, "a package's name and version, as `cargo triton export` writes them", |value| {
            Package::deserialize(value).ok()
        })
    }

    pub(super) fn tensor_maps(&self, key: &str) -> Result<Option<Vec<DescriptorRecipe>>, MetadataError> {
        const EXPECTED: &str =
            "a tensor descriptor as Triton writes it: swizzle, elem_size, elem_type, block_size, fp4_padded";
        let Some(value) = self.get(key) else { return Ok(None) };
        let list = value.as_array().ok_or_else(|| self.wrong(key, value, "a list of tensor descriptors"))?;
        let mut maps = Vec::new();
        for (i, value) in list.iter().enumerate() {
            let key = || format!("{}{key}[{i}]", self.prefix);
            // Another kind of CUtensorMap, encoded by another driver function.
            if value.get("is_im2col").and_then(Value::as_bool) == Some(true) {
                return Err(wrong(key(), value, "a tiled tensor descriptor: im2col descriptors are not supported"));
            }
            let map = DescriptorRecipe::deserialize(value).map_err(|_| wrong(key(), value, EXPECTED))?;
            maps.push(map);
        }
        Ok(Some(maps))
    }
}

fn whole(value: &Value) -> Option<u32> {
    value.as_u64()?.try_into().ok()
}
