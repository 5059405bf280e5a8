//! Specializations put together as kernels: those with the same arguments are variants of one kernel, and others get names
//! of their own.

use std::collections::{BTreeMap, BTreeSet};

use triton_runner_manifest::{ArgType, Constant};

use super::same;
use super::spool::Specialization;
use crate::lowering::export::ExportArgument;
use crate::read::files::is_identifier;

/// A Python function, and all that was compiled from it.
#[derive(Debug)]
pub(super) struct Function {
    /// Its name.
    pub(super) name: String,
    families: Vec<Vec<Member>>,
}

/// One specialization, under the name of its files.
#[derive(Debug)]
pub(super) struct Member {
    /// `add_kernel`, `add_kernel@aligned`.
    pub(super) stem: String,
    pub(super) kernel: Specialization,
}

impl Function {
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.families.iter().flatten()
    }

    /// By the function's name, or by one of the names that its kernels get.
    pub(super) fn is_called(&self, wanted: &str) -> bool {
        let stems = || self.members().map(|member| crate::read::files::split_variant(&member.stem).0);
        self.name == wanted || stems().any(|stem| stem == wanted)
    }
}

/// Groups them. What only an autotuner launched is left out, unless it is wanted.
pub(super) fn functions(kernels: Vec<Specialization>, all_configs: bool) -> Vec<Function> {
    let mut by_function = BTreeMap::<_, Vec<Specialization>>::new();
    let kernels = kernels.into_iter().filter(|kernel| all_configs || kernel.launches > 0);
    for kernel in same::merged(kernels.collect()) {
        let (file, function, name) = kernel.function();
        let key = (name.to_owned(), file.map(ToOwned::to_owned), function.map(ToOwned::to_owned));
        by_function.entry(key).or_default().push(kernel);
    }
    let mut taken = BTreeSet::new();
    let mut functions = Vec::new();
    for ((name, ..), kernels) in by_function {
        // Two files may have functions of one name.
        let module = kernels.first().and_then(|kernel| kernel.facts.module.as_deref()).unwrap_or_default();
        let module = word(module.rsplit('.').next().unwrap_or_default());
        let mut own = name.clone();
        while !taken.insert(own.clone()) {
            own = format!("{own}_{module}");
        }
        functions.push(Function { families: families(&own, kernels), name });
    }
    functions
}

/// The kernels of one function, each with its variants.
fn families(name: &str, mut kernels: Vec<Specialization>) -> Vec<Vec<Member>> {
    // Those with all their pointers first: the others are held against them.
    kernels.sort_by_key(|kernel| (std::cmp::Reverse(kernel.arguments().len()), order(kernel)));
    let mut families: Vec<Vec<Specialization>> = Vec::new();
    for kernel in kernels {
        match families.iter_mut().find(|family| family.first().is_some_and(|whole| is_variant(&kernel, whole))) {
            Some(family) => family.push(kernel),
            None => families.push(vec![kernel]),
        }
    }
    let wholes: Vec<_> = families.iter().filter_map(|family| family.first()).collect();
    let names = distinct(&wholes.iter().map(|whole| of_family(whole, &wholes)).collect::<Vec<_>>(), "k");
    let named = families.into_iter().zip(names);
    named
        .map(|(mut family, suffix)| {
            family.sort_by_key(order);
            let of: Vec<_> = family.iter().map(|kernel| of_variant(kernel, &family)).collect();
            let variants = distinct(&of, "v");
            let kernel = if suffix.is_empty() { name.to_owned() } else { format!("{name}_{suffix}") };
            let stem =
                |variant: String| if variant.is_empty() { kernel.clone() } else { format!("{kernel}@{variant}") };
            family.into_iter().zip(variants).map(|(kernel, variant)| Member { stem: stem(variant), kernel }).collect()
        })
        .collect()
}

/// An order that a second recording gives too: by constants, from the fewest promises to the most, by options.
fn order(kernel: &Specialization) -> (String, u32, String) {
    let constants = serde_json::to_string(&kernel.facts.constants).unwrap_or_default();
    let options = serde_json::to_string(&kernel.lowered_with()).unwrap_or_default();
    (constants, kernel.arguments().iter().map(|argument| argument.divisible_by).sum(), options)
}

/// Whether one declaration fits both: the same arguments, but for pointers that were `None`.
fn is_variant(kernel: &Specialization, whole: &Specialization) -> bool {
    let mut own = kernel.arguments().iter().peekable();
    let ty = |argument: &ExportArgument| argument.ty.parse::<ArgType>().ok();
    let paired = whole.arguments().iter().all(|argument| {
        let is_it = |other: &&ExportArgument| other.name == argument.name && ty(other) == ty(argument);
        let none = matches!(kernel.facts.constants.get(&argument.name), Some(Constant::None(())));
        own.next_if(is_it).is_some() || (none && argument.ty.starts_with('*'))
    });
    paired && own.next().is_none()
}

/// Words for what sets a kernel apart from others of its function: types, and what is compiled in.
fn of_family(kernel: &Specialization, all: &[&Specialization]) -> Vec<String> {
    let told = |kernel: &Specialization, name: &str| match kernel.arguments().iter().find(|one| one.name == name) {
        Some(argument) => (Some(argument.ty.clone()), None),
        None => (None, kernel.facts.constants.get(name).map(ToString::to_string)),
    };
    let names: Vec<_> =
        all.iter().flat_map(|kernel| kernel.arguments()).map(|argument| argument.name.as_str()).collect();
    let mut words = Vec::new();
    for name in names {
        if all.iter().all(|other| told(other, name) == told(kernel, name)) {
            continue;
        }
        let new = match kernel.arguments().iter().find(|one| one.name == name) {
            Some(argument) if argument.ty.starts_with('*') => word(argument.ty.trim_start_matches(['*', 'k'])),
            Some(argument) if argument.ty == "i32" => continue,
            Some(argument) => word(&format!("{name}_{}", argument.ty)),
            None => constant(name, kernel.facts.constants.get(name)),
        };
        if !words.contains(&new) {
            words.push(new);
        }
    }
    words
}

/// Words for what sets a variant apart from the others: constants, options, promises.
fn of_variant(kernel: &Specialization, all: &[Specialization]) -> Vec<String> {
    let mut words = Vec::new();
    let names: BTreeSet<_> = all.iter().flat_map(|kernel| kernel.facts.constants.keys()).collect();
    for name in names {
        let value = kernel.facts.constants.get(name);
        if all.iter().any(|other| other.facts.constants.get(name) != value) && value.is_some() {
            words.push(constant(name, value));
        }
    }
    let lowered: Vec<_> = all.iter().map(|kernel| kernel.lowered_with()).collect();
    let own = kernel.lowered_with();
    for (name, value) in &own {
        if lowered.iter().all(|other| other.get(name) == Some(value)) || name == "targets" {
            continue;
        }
        words.push(match name.as_str() {
            "num_warps" => format!("w{value}"),
            "num_stages" => format!("s{value}"),
            "num_ctas" => format!("c{value}"),
            _ => word(&format!("{name}{value}")),
        });
    }
    let promise = |kernel: &Specialization, name: &str| {
        kernel.arguments().iter().find(|one| one.name == name).map(|one| one.divisible_by)
    };
    let differing: Vec<_> = kernel
        .arguments()
        .iter()
        .filter(|one| all.iter().any(|other| promise(other, &one.name).is_some_and(|by| by != one.divisible_by)))
        .collect();
    let promised: Vec<_> = differing.iter().filter(|one| one.divisible_by > 1).collect();
    if !promised.is_empty() && promised.len() == differing.len() {
        words.push("aligned".to_owned());
    } else {
        words.extend(promised.iter().map(|one| word(&format!("{}{}", one.name, one.divisible_by))));
    }
    words
}

/// A constant as part of a name: `block256`, `causal`, `no_bias`.
fn constant(name: &str, value: Option<&Constant>) -> String {
    let name = name.to_lowercase();
    word(&match value {
        Some(Constant::Bool(true)) => name,
        Some(Constant::Bool(false)) | Some(Constant::None(())) | None => format!("no_{name}"),
        Some(Constant::Str(text)) => text.trim_start_matches("tl.").to_owned(),
        Some(value) => format!("{name}{value}"),
    })
}

/// The letters and digits of a text, as a part of a name.
fn word(text: &str) -> String {
    let kept =
        text.trim_matches('_').chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    let text: String = kept.collect();
    text.trim_matches('_').to_owned()
}

/// One name for each list of words, the words where that is short and settles it, and else numbers.
fn distinct(all: &[Vec<String>], letter: &str) -> Vec<String> {
    const LONGEST: usize = 40;
    let joined: Vec<_> = all.iter().map(|words| words.join("_")).collect();
    let good = |name: &String| name.is_empty() || (is_identifier(name) && name.len() <= LONGEST);
    let unique = joined.iter().collect::<BTreeSet<_>>().len() == joined.len();
    if unique && joined.iter().all(good) {
        return joined;
    }
    (1..=all.len()).map(|number| format!("{letter}{number}")).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cli::record::spool::Recording;

    fn words(all: &[&[&str]]) -> Vec<Vec<String>> {
        all.iter().map(|words| words.iter().map(|word| (*word).to_owned()).collect()).collect()
    }

    #[test]
    fn names_are_words_where_these_settle_it() {
        assert_eq!(distinct(&words(&[&["block64", "w4"], &["block128", "w8"]]), "v"), ["block64_w4", "block128_w8"]);
        assert_eq!(distinct(&words(&[&[], &["aligned"]]), "v"), ["", "aligned"]);
        for unsettled in [&[&["a"][..], &["a"]][..], &[&["2d"], &["b"]], &[&["a"; 30], &["b"]]] {
            assert_eq!(distinct(&words(unsettled), "v"), ["v1", "v2"], "{unsettled:?}");
        }
        for (name, value, word) in [
            ("BLOCK_M", Constant::Int(64), "block_m64"),
            ("SHIFT", Constant::Int(-1), "shift_1"),
            ("CAUSAL", Constant::Bool(true), "causal"),
            ("CAUSAL", Constant::Bool(false), "no_causal"),
            ("bias", Constant::None(()), "no_bias"),
            ("ACT", Constant::Str("tl.float16".into()), "float16"),
            ("eps", Constant::Float(0.5), "eps0_5"),
        ] {
            assert_eq!(constant(name, Some(&value)), word);
        }
    }

    #[test]
    fn specializations_of_one_function_are_variants_where_one_declaration_fits_them() {
        let spool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/recorded/spool");
        let recording = || Recording::read(&spool).unwrap();
        assert_eq!(recording().problems, Vec::<String>::new());
        let stems = |all_configs| {
            let functions = functions(recording().kernels, all_configs);
            functions.iter().flat_map(Function::members).map(|member| member.stem.clone()).collect::<Vec<_>>()
        };
        let launched = stems(false);
        assert!(
            launched.contains(&"matmul@aligned".to_owned())
                && launched.contains(&"add_in_place@block512_no_bias".to_owned())
        );
        // What an autotuner only tried has other constants and options.
        let all = stems(true);
        assert!(all.contains(&"matmul@tile_m128_s3_w8".to_owned()), "{all:?}");
        assert_eq!((launched.len(), all.len()), (9, 11));
    }

    #[test]
    fn one_specialization_under_two_hashes_is_one_kernel() {
        let spool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/recorded/spool");
        let softmax = || {
            let kernels = Recording::read(&spool).unwrap().kernels;
            kernels.into_iter().find(|kernel| kernel.facts.name == "softmax" && kernel.launches == 2)
        };
        let mut other = softmax().unwrap();
        other.entry.hash = "another".to_owned();
        let mut tuned = softmax().unwrap();
        tuned.facts.constants.insert("BLOCK".into(), Constant::Int(64));
        let functions = functions(vec![softmax().unwrap(), other, tuned], false);
        let members: Vec<_> = functions.iter().flat_map(Function::members).collect();
        let told: Vec<_> = members.iter().map(|one| (one.kernel.launches, one.kernel.grids.len())).collect();
        assert_eq!(told, [(4, 1), (2, 1)]);
    }

    #[test]
    fn types_and_what_is_compiled_in_make_other_kernels() {
        let spool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/recorded/spool");
        let softmax = |change: &dyn Fn(&mut Specialization)| {
            let kernels = Recording::read(&spool).unwrap().kernels;
            let mut kernel = kernels.into_iter().find(|kernel| kernel.facts.name == "softmax").unwrap();
            change(&mut kernel);
            kernel
        };
        let other = softmax(&|kernel| {
            let arguments = kernel.facts.arguments.as_mut().unwrap();
            arguments.iter_mut().filter(|one| one.ty.starts_with('*')).for_each(|one| one.ty = "*bf16".into());
        });
        let folded = softmax(&|kernel| {
            kernel.facts.arguments.as_mut().unwrap().retain(|one| one.name != "stride");
            kernel.facts.constants.insert("stride".into(), Constant::Int(1));
        });
        let functions = functions(vec![softmax(&|_| {}), other, folded], false);
        let mut stems: Vec<_> = functions.iter().flat_map(Function::members).map(|one| one.stem.as_str()).collect();
        stems.sort_unstable();
        assert_eq!(stems, ["softmax_bf16", "softmax_fp32", "softmax_fp32_stride1"]);
    }
}
