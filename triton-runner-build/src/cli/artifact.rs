//! The JSON beside a file that was made from a kernel's: its own, with what Triton says over it.

use std::path::Path;

use serde_json::{Map, Value, json};
use triton_runner_manifest::Level;

use crate::fs::hash::sha256;
use crate::plan::Step;

/// What machine code was found to need: the passes that follow find it out anew.
const FOUND_OUT: [&str; 9] = [
    "shared",
    "tmem_size",
    "global_scratch_size",
    "global_scratch_align",
    "profile_scratch_size",
    "profile_scratch_align",
    "addresses",
    "made_with",
    "spills",
];

/// What is known of the result, in the form of a checked-in JSON: the file's own, with what Triton says over it.
/// Without the bytes, nothing says that it is for no other file.
pub(super) fn artifact_json(step: &Step<'_>, made: Value, level: Level, bytes: Option<&[u8]>) -> Map<String, Value> {
    let mut json = Map::new();
    let own = step.metadata.map(|named| kernel_json(&named.path)).unwrap_or_default();
    for object in [Value::Object(own), serde_json::to_value(&step.options).unwrap_or_default(), made] {
        if let Value::Object(object) = object {
            json.extend(object);
        }
    }
    let target = json!({"backend": "cuda", "arch": step.arch.number(), "warp_size": 32});
    json.entry("target").and_modify(|old| old["arch"] = step.arch.number().into()).or_insert(target);
    let signature = step.kernel.arguments.iter().map(|argument| {
        json!({"name": argument.name, "type": argument.ty.to_string(), "divisible_by": argument.divisible_by})
    });
    json.insert("signature".into(), signature.collect());
    json.insert("constants".into(), serde_json::to_value(&step.kernel.constants).unwrap_or_default());
    // Below TTIR the target is one, and the file another.
    json.remove("targets");
    // And it is made by all passes.
    json.remove("after_pass");
    json.remove("sha256");
    if let Some(bytes) = bytes {
        json.insert("sha256".into(), json!({level.extension(): sha256(bytes)}));
    }
    json
}

fn kernel_json(path: &Path) -> Map<String, Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut json: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
    // Paths of the machine that made it.
    json.remove("hash");
    json.remove("extern_libs");
    json
}

/// The JSON of a step's IR after this pass; `made` is Triton's metadata of the whole run, as far as it came.
pub(super) fn between_json(step: &Step<'_>, made: &Value, after: &str) -> String {
    let mut made = made.as_object().cloned().unwrap_or_default();
    // All warps of a block are known when warp specialization is over.
    if let Some(warps) = step.options.num_warps {
        made.insert("num_warps".to_owned(), warps.into());
    }
    if let Some(triton) = &step.triton {
        made.insert("triton_version".to_owned(), triton.to_string().into());
    }
    let mut json = artifact_json(step, Value::Object(made), Level::Ttgir, None);
    FOUND_OUT.iter().for_each(|key| {
        json.remove(*key);
    });
    // It names files from a folder that this one may not be in.
    json.remove("exported_from");
    json.insert("after_pass".to_owned(), json!(after));
    written(&json)
}

/// A JSON as it is written.
pub(super) fn written(json: &Map<String, Value>) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default() + "\n"
}
