//! What lies beside a file and knows its arguments: IR of the same kernel, and fbtriton's `launch_metadata`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use triton_runner_ir::Summary;
use triton_runner_manifest::{ArgType, Argument};

use crate::cli::Result;

/// The visible arguments, as something else than the file says.
#[derive(Clone, Debug)]
pub(in crate::cli) enum Known {
    /// In their order, with names where the IR has them.
    Ir { from: String, arguments: Vec<Argument> },
    /// By the places of the function's parameters.
    Launch { from: String, metadata: LaunchMetadata },
}

/// What fbtriton writes beside each kernel, `NAME.launch_metadata`, as far as it is a signature.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::cli) struct LaunchMetadata {
    pub(in crate::cli) args: Vec<LaunchArgument>,
    /// Values of parameters by their places, `{"7": 128}`; parts of tuples have others.
    #[serde(default)]
    constants: BTreeMap<String, Value>,
}

/// An argument of it.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::cli) struct LaunchArgument {
    pub(in crate::cli) name: String,
    /// In Triton's spelling, with the layout of a descriptor in Gluon.
    #[serde(rename = "type")]
    pub(in crate::cli) ty: String,
    pub(in crate::cli) index: usize,
    #[serde(default = "one")]
    pub(in crate::cli) divisible_by: u32,
}

const fn one() -> u32 {
    1
}

impl LaunchMetadata {
    /// The value of the parameter at a place.
    pub(in crate::cli) fn constant(&self, place: usize) -> Option<&Value> {
        self.constants.get(&place.to_string())
    }

    /// The places that have values, in their order.
    pub(in crate::cli) fn constants(&self) -> BTreeMap<usize, &Value> {
        self.constants.iter().filter_map(|(place, value)| Some((place.parse().ok()?, value))).collect()
    }

    /// Reads `NAME.launch_metadata`. One that is of IR, not of a function, has no places of parameters, and isn't here.
    ///
    /// # Errors
    /// If there is one and it isn't as fbtriton writes it.
    pub(in crate::cli) fn read(path: &Path) -> Result<Option<Self>> {
        let Ok(text) = std::fs::read_to_string(path) else { return Ok(None) };
        let metadata: Self = serde_json::from_str(&text).map_err(|error| {
            format!("`{}` is no launch metadata as fbtriton 3.7 writes it: {error}", path.display())
        })?;
        let of_function = metadata.args.iter().all(|argument| argument.ty.parse::<ArgType>().is_ok());
        Ok(of_function.then_some(metadata))
    }
}

impl Known {
    /// What lies beside the file with its stem.
    ///
    /// # Errors
    /// If it doesn't read.
    pub(super) fn beside(file: &Path) -> Result<Option<Self>> {
        let path = file.with_extension("launch_metadata");
        if let Some(metadata) = LaunchMetadata::read(&path)? {
            return Ok(Some(Self::Launch { from: path.display().to_string(), metadata }));
        }
        for path in ["ttir", "ttgir"].map(|extension| file.with_extension(extension)) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let from = path.display().to_string();
            let arguments = Summary::read(&text).and_then(|summary| summary.arguments());
            let arguments = arguments.map_err(|error| format!("`{from}`: {error}"))?;
            return Ok(Some(Self::Ir { from, arguments }));
        }
        Ok(None)
    }
}
