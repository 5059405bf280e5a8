//! Variants of a kernel: what differs from the other command line, in one word each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args as _;
use serde_json::Map;
use triton_runner_read::metadata::Options;

use triton_runner_manifest::Constant;

use super::recipe::Given;
use crate::cli::Result;
use crate::cli::option_flags::OptionFlags;
use crate::lowering::export::{ExportRequest, at_commas, check_type, parse_argument, parse_constant};
use crate::read::files;

/// A variant: `small:BLOCK=64,num_warps=2`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variant {
    pub(super) name: String,
    /// What differs: a constant, an option, an argument's type.
    pub(super) differences: BTreeMap<String, Given>,
}

/// Reads one; `any` alone is what the rest of the command line says.
pub(super) fn parse(text: &str) -> Result<Variant, String> {
    let (name, rest) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
    if name.contains('=') {
        return Err(format!("`{text}` is no variant: expected VARIANT:NAME=VALUE,…, like small:BLOCK=64,num_warps=2"));
    }
    is_name(name)?;
    let mut differences = BTreeMap::new();
    for part in rest.into_iter().flat_map(at_commas).map(str::trim) {
        let read = parse_constant(part);
        let (key, value) =
            read.map_err(|_| format!("`{part}` says nothing of variant `{name}`: expected NAME=VALUE"))?;
        if differences.insert(key.clone(), Given(value)).is_some() {
            return Err(format!("variant `{name}` says `{key}` twice"));
        }
    }
    Ok(Variant { name: name.to_owned(), differences })
}

/// Whether this can name a variant.
pub(super) fn is_name(name: &str) -> Result<(), String> {
    match files::is_identifier(name) {
        true => Ok(()),
        false => Err(format!(
            "`{name}` can't name a variant: it becomes a Rust name, so it must be an identifier like `small`"
        )),
    }
}

/// Two of one name would be the same files.
pub(super) fn distinct(variants: &[Variant]) -> Result {
    let mut seen = BTreeSet::new();
    match variants.iter().find(|variant| !seen.insert(&variant.name)) {
        Some(twice) => Err(format!("variant `{}` is there twice", twice.name).into()),
        None => Ok(()),
    }
}

/// TTIR of the same kernels that was in the folders before: a build takes it as further variants.
pub(super) fn others(written: &[PathBuf]) -> Vec<PathBuf> {
    // Folder, and the stem without an architecture.
    let stem = |path: &Path| {
        let stem = path.file_name()?.to_str()?.strip_suffix(".ttir")?;
        Some((path.parent()?.to_owned(), stem.split('.').next().unwrap_or(stem).to_owned()))
    };
    let kernel = |(folder, stem): &(PathBuf, String)| (folder.clone(), files::split_variant(stem).0.to_owned());
    let stems: BTreeSet<_> = written.iter().filter_map(|path| stem(path)).collect();
    let kernels: BTreeSet<_> = stems.iter().map(kernel).collect();
    let folders: BTreeSet<_> = kernels.iter().map(|(folder, _)| folder).collect();
    let there = folders.into_iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let there = there.map(|entry| entry.path());
    let is_other =
        |path: &PathBuf| stem(path).is_some_and(|stem| !stems.contains(&stem) && kernels.contains(&kernel(&stem)));
    let mut others: Vec<_> = there.filter(is_other).collect();
    others.sort();
    others
}

impl Variant {
    /// The request with the differences: an argument's type, one of Triton's options, or else a constant. An argument that
    /// is `None` here is a constant. Where a pattern or an annotation gives an argument its type, Python knows that it is one.
    pub(super) fn of(&self, base: &ExportRequest) -> Result<ExportRequest> {
        let mut request = base.clone();
        for (name, given) in &self.differences {
            let (name, value) = (name.clone(), given.0.clone());
            let difference = format!("{name}={}", given.text());
            if value == Constant::None(()) && request.arguments.iter().any(|argument| argument.name == name) {
                request.arguments.retain(|argument| argument.name != name);
                request.constants.insert(name, value);
                continue;
            }
            if let Some(argument) = request.arguments.iter_mut().find(|argument| argument.name == name) {
                *argument = parse_argument(&difference)?;
                continue;
            }
            let option = name.replace('-', "_");
            if !is_option(&option) {
                if let (Constant::Str(_), Ok(argument)) = (&value, parse_argument(&difference)) {
                    request.types.extend(check_type(&argument.ty).is_ok().then_some(argument));
                }
                request.constants.insert(name, value);
                continue;
            }
            let wrong = |error: &dyn std::fmt::Display| format!("variant `{}`: `{difference}`: {error}", self.name);
            let value = serde_json::to_value(value).map_err(|error| wrong(&error))?;
            let one = Options::from_map(Map::from_iter([(option, value)])).map_err(|error| wrong(&error))?;
            request.options = one.over(request.options);
        }
        Ok(request)
    }
}

/// Whether a name is one of the options that have a flag; no parameter is called like one.
fn is_option(name: &str) -> bool {
    let flags = OptionFlags::augment_args(clap::Command::new(""));
    let found = flags.get_arguments().any(|flag| flag.get_id() == name);
    found && name != "others"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lowering::export::Source;
    use triton_runner_manifest::Constant;

    fn base() -> ExportRequest {
        ExportRequest {
            source: Source::File("k.py".into()),
            stand_in: Vec::new(),
            kernel: "k".into(),
            arguments: ["x=*fp32", "n=i32"].map(|text| parse_argument(text).unwrap()).into(),
            constants: BTreeMap::from([
                ("BLOCK".to_owned(), Constant::Int(1024)),
                ("EVEN".to_owned(), Constant::Bool(true)),
            ]),
            types: Vec::new(),
            values: BTreeMap::new(),
            autotune: false,
            options: Options { num_warps: Some(4), ..Options::default() },
            targets: vec![90],
        }
    }

    #[test]
    fn a_variant_differs_in_constants_options_and_types() {
        let variant = parse("small:BLOCK=64, num-warps=2,n=i32:16,maxnreg=128").unwrap();
        let made = variant.of(&base()).unwrap();
        assert_eq!((variant.name.as_str(), made.constants["BLOCK"].clone()), ("small", Constant::Int(64)));
        assert_eq!(made.constants["EVEN"], Constant::Bool(true));
        assert_eq!((made.options.num_warps, made.options.maxnreg), (Some(2), Some(128)));
        assert_eq!(made.arguments.iter().map(|a| a.divisible_by).collect::<Vec<_>>(), [1, 16]);
    }

    #[test]
    fn what_may_be_a_type_or_a_constant_is_left_to_python() {
        let made = parse("v:stride=i64:16,DTYPE=fp16,ACT=gelu,x=*fp16").unwrap().of(&base()).unwrap();
        let types: Vec<_> = made.types.iter().map(|argument| (&*argument.name, argument.type_text())).collect();
        assert_eq!(types, [("DTYPE", "fp16".to_owned()), ("stride", "i64:16".to_owned())]);
        assert!(made.types.iter().all(|argument| made.constants.contains_key(&argument.name)));
        assert_eq!((made.constants["ACT"].clone(), &*made.arguments[0].ty), (Constant::Str("gelu".into()), "*fp16"));
    }

    #[test]
    fn an_argument_that_is_none_is_left_out() {
        let made = parse("plain:x=None").unwrap().of(&base()).unwrap();
        assert_eq!(made.constants["x"], Constant::None(()));
        assert_eq!(made.arguments.iter().map(|argument| &*argument.name).collect::<Vec<_>>(), ["n"]);
    }

    #[test]
    fn a_variant_says_a_type_where_a_pattern_says_those_of_others() {
        let mut base = base();
        base.arguments = vec![parse_argument("*=i32").unwrap()];
        let made = parse("even:n=i32:16,DTYPE=fp16").unwrap().of(&base).unwrap();
        // Python knows which of both is an argument.
        assert!(made.types.contains(&parse_argument("n=i32:16").unwrap()));
        assert_eq!(made.constants["DTYPE"], Constant::Str("fp16".into()));
        assert_eq!(parse("any").unwrap().of(&base).unwrap().arguments, base.arguments);
    }

    #[test]
    fn commas_in_types_and_texts_do_not_end_a_part() {
        let variant = parse("v:x=tensordesc<fp16[128, 64]>,ACT=\"a,b\",K=1").unwrap();
        assert_eq!(variant.differences.keys().collect::<Vec<_>>(), ["ACT", "K", "x"]);
        assert_eq!(variant.of(&base()).unwrap().arguments[0].ty, "tensordesc<fp16[128, 64]>");
    }

    #[test]
    fn what_is_no_variant_is_told_so() {
        for (text, part) in [
            ("BLOCK=64", "expected VARIANT:"),
            ("my-small:A=1", "can't name a variant"),
            ("small:", "says nothing"),
            ("small:BLOCK", "says nothing"),
        ] {
            assert!(parse(text).unwrap_err().contains(part), "{text}");
        }
        let error = parse("v:num_warps=many").unwrap().of(&base()).unwrap_err().to_string();
        assert!(
            error.contains("`num_warps=many`: `num_warps` is the string `\"many\"`, expected a whole number"),
            "{error}"
        );
        let twice = [parse("a:B=1").unwrap(), parse("a:B=2").unwrap()];
        assert!(distinct(&twice).is_err() && distinct(&twice[..1]).is_ok());
    }
}
