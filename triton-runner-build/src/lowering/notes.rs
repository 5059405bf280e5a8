//! What is noted in the metadata of a result, beside what Triton says.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Notes a value under a key of our own.
pub(crate) fn note(metadata: &mut Value, key: &str, value: &impl Serialize) {
    if metadata.is_null() {
        *metadata = Value::Object(Map::new());
    }
    if let (Some(metadata), Ok(value)) = (metadata.as_object_mut(), serde_json::to_value(value)) {
        metadata.insert(key.to_owned(), value);
    }
}

/// What is noted under it; the default where nothing is, or something else.
pub(crate) fn noted<T: DeserializeOwned + Default>(metadata: &Value, key: &str) -> T {
    metadata.get(key).and_then(|value| T::deserialize(value).ok()).unwrap_or_default()
}
