//! What an export is told, as a kernel's JSON remembers it and as `exports.toml` declares it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use triton_runner_manifest::{Arch, Constant};
use triton_runner_read::metadata::Metadata;

use crate::cli::Result;
use crate::lowering::export::{ExportArgument, parse_argument, parse_constant};

/// Everything that a command line says, but for where the files are.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Recipe {
    /// The function; with its file in `exports.toml`, `add.py::add_kernel`, and with its module where no file is noted.
    pub(super) kernel: String,
    /// Type of each argument: `*fp32:16`. In a JSON none where they are what its signature says.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) args: BTreeMap<String, String>,
    /// Values of parameters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) constants: BTreeMap<String, Given>,
    /// Values of arguments, for heuristics and for what prunes configurations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) values: BTreeMap<String, Given>,
    /// Packages that are not imported.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) stand_in: Vec<String>,
    /// In `exports.toml`, and on a command line: names of types, and the types for each of which there is a kernel.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) dtypes: BTreeMap<String, Vec<String>>,
    /// Whether each configuration of the autotuner is a variant.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) autotune: bool,
    /// SPDX expression of the kernel's licence, where Python doesn't say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) license: Option<String>,
    /// Triton's options, by Triton's names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) options: Map<String, Value>,
    /// GPUs in place of the package's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) archs: Vec<Arch>,
    /// In a JSON: where this variant differs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) variant: BTreeMap<String, Given>,
    /// Variants by their names, and where each differs: in `exports.toml`, and in the JSON of an autotuner's configuration.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) variants: BTreeMap<String, BTreeMap<String, Given>>,
}

/// A value as people write it: what a string means is what it would on a command line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Given(pub(super) Constant);

impl Given {
    /// As a command line has it.
    pub(super) fn text(&self) -> String {
        match &self.0 {
            Constant::Str(text) if Self::read(text) == *self => text.clone(),
            Constant::Str(text) if text.contains('"') => format!("'{text}'"),
            value => value.to_string(),
        }
    }

    fn read(text: &str) -> Self {
        let constant = parse_constant(&format!("value={text}"));
        Self(constant.map_or_else(|_| Constant::Str(text.to_owned()), |(_, constant)| constant))
    }
}

impl Serialize for Given {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Constant::Str(_) | Constant::None(()) => serializer.serialize_str(&self.text()),
            value => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Constant::deserialize(deserializer)? {
            Constant::Str(text) => Self::read(&text),
            value => Self(value),
        })
    }
}

impl Recipe {
    /// Of a command line, on which nothing is said twice.
    pub(super) fn new(
        kernel: &str,
        args: &[ExportArgument],
        constants: &[(String, Constant)],
        values: &[(String, Constant)],
    ) -> Result<Self> {
        let mut recipe = Self { kernel: kernel.to_owned(), ..Self::default() };
        for argument in args {
            if recipe.args.insert(argument.name.clone(), argument.type_text()).is_some() {
                return Err(format!("argument `{}` is given twice", argument.name).into());
            }
        }
        for (what, given, into) in
            [("constant", constants, &mut recipe.constants), ("value of", values, &mut recipe.values)]
        {
            for (name, value) in given {
                if into.insert(name.clone(), Given(value.clone())).is_some() {
                    return Err(format!("{what} `{name}` is given twice").into());
                }
            }
        }
        Ok(recipe)
    }

    /// The arguments, read.
    pub(super) fn arguments(&self) -> Result<Vec<ExportArgument>> {
        Ok(self.args.iter().map(|(name, ty)| parse_argument(&format!("{name}={ty}"))).collect::<Result<_, _>>()?)
    }

    /// As the key of a JSON.
    pub(super) fn to_json(&self) -> Result<Map<String, Value>> {
        match serde_json::to_value(self)? {
            Value::Object(map) => Ok(map),
            _ => Ok(Map::new()),
        }
    }

    /// Back from it.
    pub(super) fn from_json(map: &Map<String, Value>) -> Result<Self> {
        Ok(Self::deserialize(Value::Object(map.clone()))?)
    }
}

/// What the export of a kernel was told, for those who only read it.
pub(in crate::cli) struct Told(Recipe);

impl Told {
    /// As its JSON remembers it; nothing where that doesn't, or not in a way that is known here.
    pub(in crate::cli) fn of(metadata: &Metadata) -> Option<Self> {
        Recipe::from_json(metadata.exported_from.as_ref()?.told.as_ref()?).ok().map(Self)
    }

    /// Whether each configuration of an autotuner became a variant.
    pub(in crate::cli) fn is_autotuned(&self) -> bool {
        self.0.autotune
    }

    /// Whether it says this parameter, for all variants or for one.
    pub(in crate::cli) fn says(&self, name: &str) -> bool {
        let of_variants = self.0.variants.values().chain([&self.0.variant, &self.0.constants]);
        of_variants.into_iter().any(|given| given.contains_key(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_from_json_and_toml_and_mean_what_a_command_line_would() {
        for (text, value) in [
            ("64", Constant::Int(64)),
            ("True", Constant::Bool(true)),
            ("-inf", Constant::Float(f64::NEG_INFINITY)),
            ("0.5", Constant::Float(0.5)),
            ("None", Constant::None(())),
            ("gelu", Constant::Str("gelu".into())),
            ("\"64\"", Constant::Str("64".into())),
            ("\"None\"", Constant::Str("None".into())),
            ("tl.float16", Constant::Str("tl.float16".into())),
        ] {
            let given = Given(value);
            assert_eq!(given.text(), text);
            assert_eq!(Given::read(text), given);
            let mut recipe = Recipe { kernel: "k".into(), ..Recipe::default() };
            recipe.constants.insert("C".into(), given);
            assert_eq!(Recipe::from_json(&recipe.to_json().unwrap()).unwrap(), recipe, "{text}");
            assert_eq!(toml::from_str::<Recipe>(&toml::to_string(&recipe).unwrap()).unwrap(), recipe, "{text}");
        }
    }

    #[test]
    fn what_is_given_twice_is_an_error() {
        let twice = ["x=i32", "x=i64"].map(|text| parse_argument(text).unwrap());
        assert_eq!(Recipe::new("k", &twice, &[], &[]).unwrap_err().to_string(), "argument `x` is given twice");
        let twice = ["B=1", "B=2"].map(|text| parse_constant(text).unwrap());
        assert_eq!(Recipe::new("k", &[], &twice, &[]).unwrap_err().to_string(), "constant `B` is given twice");
    }
}
