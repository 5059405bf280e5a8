//! `--dtype T=fp16,bf16`: a kernel for each type, `rms_norm_fp16` and `rms_norm_bf16`.

use std::collections::{BTreeMap, BTreeSet};

use triton_runner_manifest::{Constant, Family};

use super::order::Order;
use super::recipe::{Given, Recipe};
use crate::cli::Result;
use crate::lowering::export::check_type;

/// Reads `T=fp16,bf16`.
pub(super) fn parse(text: &str) -> Result<(String, Vec<String>), String> {
    let expected = || format!("`{text}` names no types: expected NAME=TYPE,…, like T=fp16,bf16,fp32");
    let (name, types) = text.split_once('=').ok_or_else(expected)?;
    let types: Vec<_> = types.split(',').map(|ty| ty.trim().to_owned()).collect();
    if !is_word(name) || types.iter().any(String::is_empty) {
        return Err(expected());
    }
    Ok((name.to_owned(), types))
}

impl Order {
    /// One order for each choice of types, with its name; itself where there is no choice.
    pub(super) fn members(self) -> Result<Vec<Self>> {
        let dtypes = self.recipe.dtypes.clone();
        if dtypes.is_empty() {
            return Ok(vec![self]);
        }
        check(&dtypes, &self.recipe)?;
        let base = self.stem.clone().unwrap_or_else(|| self.recipe.kernel.clone());
        let mut choices = vec![BTreeMap::new()];
        for (name, types) in &dtypes {
            let with = |choice: &BTreeMap<String, String>| {
                let choice = choice.clone();
                types.iter().map(move |ty| {
                    let mut more = choice.clone();
                    more.insert(name.clone(), ty.clone());
                    more
                })
            };
            choices = choices.iter().flat_map(with).collect();
        }
        let member = |types: BTreeMap<String, String>| {
            let stem = types.values().fold(base.clone(), |stem, ty| format!("{stem}_{ty}"));
            let mut order = self.clone();
            order.recipe = chosen(&self.recipe, &types);
            for variant in &mut order.variants {
                variant.differences = given(&variant.differences, &types);
            }
            Self { stem: Some(stem), family: Some(Family { name: base.clone(), types }), ..order }
        };
        Ok(choices.into_iter().map(member).collect())
    }
}

/// Each name is used, and each type is one.
fn check(dtypes: &BTreeMap<String, Vec<String>>, recipe: &Recipe) -> Result {
    for (name, types) in dtypes {
        let used = recipe.args.values().any(|text| words(text).contains(name.as_str()))
            || recipe.constants.values().any(|given| is_type(given, name));
        if !used {
            return Err(format!("nothing is of the type `{name}` that --dtype names: say which arguments are, with --arg x=*{name}, or constants, with --const DTYPE=tl.{name}").into());
        }
        let mut seen = BTreeSet::new();
        for ty in types {
            check_type(ty).map_err(|error| format!("--dtype {name}: {error}"))?;
            if !is_word(ty) {
                return Err(format!("--dtype {name}: `{ty}` is no type of an element: expected one like fp16").into());
            }
            if !seen.insert(ty) {
                return Err(format!("--dtype {name}: `{ty}` is there twice").into());
            }
        }
    }
    Ok(())
}

/// With the types in place of their names.
fn chosen(recipe: &Recipe, types: &BTreeMap<String, String>) -> Recipe {
    let args = recipe.args.iter().map(|(name, text)| (name.clone(), replaced(text, types)));
    Recipe {
        args: args.collect(),
        constants: given(&recipe.constants, types),
        dtypes: BTreeMap::new(),
        ..recipe.clone()
    }
}

fn given(values: &BTreeMap<String, Given>, types: &BTreeMap<String, String>) -> BTreeMap<String, Given> {
    let one = |given: &Given| match (&given.0, types.iter().find(|(name, _)| is_type(given, name))) {
        (_, Some((_, ty))) => Given(Constant::Str(format!("tl.{}", long(ty)))),
        (Constant::Str(text), None) => Given(Constant::Str(replaced(text, types))),
        (_, None) => given.clone(),
    };
    values.iter().map(|(name, given)| (name.clone(), one(given))).collect()
}

/// `tl.T`.
fn is_type(given: &Given, name: &str) -> bool {
    matches!(&given.0, Constant::Str(text) if text.strip_prefix("tl.") == Some(name))
}

/// The name in `triton.language`: `float16` for `fp16`.
fn long(ty: &str) -> String {
    let table = [("fp", "float"), ("bf", "bfloat"), ("u", "uint"), ("i", "int")];
    let found = table.iter().find_map(|(short, long)| Some(format!("{long}{}", ty.strip_prefix(short)?)));
    found.unwrap_or_else(|| ty.to_owned())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).collect()
}

fn replaced(text: &str, types: &BTreeMap<String, String>) -> String {
    let mut made = String::new();
    let mut word = String::new();
    for character in text.chars().chain([' ']) {
        if character == '_' || character.is_ascii_alphanumeric() {
            word.push(character);
            continue;
        }
        made.push_str(types.get(&word).unwrap_or(&word));
        word.clear();
        made.push(character);
    }
    made.pop();
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_types_are_replaced_as_words() {
        let types = BTreeMap::from([("T".to_owned(), "bf16".to_owned())]);
        assert_eq!(replaced("*T:16", &types), "*bf16:16");
        assert_eq!(replaced("tensordesc<T[64, T2]>", &types), "tensordesc<bf16[64, T2]>");
        assert_eq!(replaced("(T, i32:16)", &types), "(bf16, i32:16)");
        assert_eq!(
            (long("bf16"), long("fp8e4nv"), long("i32")),
            ("bfloat16".into(), "float8e4nv".into(), "int32".into())
        );
        assert_eq!(parse("T=fp16, bf16").unwrap(), ("T".into(), vec!["fp16".into(), "bf16".into()]));
        for wrong in ["T", "T=", "=fp16", "T=fp16,"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
