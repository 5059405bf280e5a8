//! Artifacts out of a Triton cache folder that a Python program has filled.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use dialoguer::Select;
use serde_json::{Map, Value};
use triton_runner_manifest::{Access, Argument, Level};

use super::arguments::Export;
use super::cache_entry::{Cache, CacheEntry};
use super::folders::without_folders;
use super::stem::names_a_kernel;
use super::superseded::{Kind, superseded};
use super::targets::Targets;
use crate::cli::sign::known::LaunchMetadata;
use crate::cli::staged::Staged;
use crate::cli::{Env, Result, sign};
use crate::fs::hash::sha256;
use crate::lowering::export::write_json;

/// The files, ready to be put in place.
pub(super) fn take(export: &Export, folder: &Path, env: &Env) -> Result<Staged> {
    let cache = Cache::read(folder)?;
    if cache.entries.is_empty() && cache.refused.is_empty() {
        return Err(format!(
            "`{}` holds no compiled kernel: a Triton cache has a folder for each, with a JSON file in it (by default it is ~/.triton/cache)",
            folder.display()
        )
        .into());
    }
    let entry = choose(export, &cache)?;
    let Account { arguments, constants, mut notes } = account(export, entry, env)?;
    // Gluon's frontend makes no TTIR.
    let first = if entry.levels.contains_key(&Level::Ttir) { Level::Ttir } else { Level::Ttgir };
    let levels = if export.level.is_empty() { vec![first] } else { export.level.clone() };
    if entry.metadata.options.more.contains_key("extern_libs") && levels.iter().any(|level| *level < Level::Llir) {
        return Err(format!(
            "entry {} was linked with libraries of its own (`extern_libs`), which a build can't link: take `--level llir` or later",
            entry.hash
        )
        .into());
    }
    let stem = export.name.as_ref().unwrap_or(&entry.kernel);
    names_a_kernel(stem)?;
    let folder = export.out.clone().unwrap_or_else(|| PathBuf::from("."));
    let mut staged = Staged::default();
    let mut hashes = BTreeMap::new();
    for &level in &levels {
        let bytes = entry.bytes(level)?;
        if level == Level::Cubin && has_lines(&bytes) {
            notes.push("this machine code holds source lines and the folder of the Python file; from `--level ptx` a build makes it without".to_owned());
        }
        let bytes = match level {
            Level::Cubin => bytes,
            _ => without_folders(level, &String::from_utf8_lossy(&bytes)).into_bytes(),
        };
        hashes.insert(level, sha256(&bytes));
        staged.add(folder.join(file_name(stem, entry, level, level.extension())), &bytes)?;
    }
    // One for TTIR, which is for all architectures, and one for what is for this one.
    for (level, of_arch) in [(Level::Ttir, false), (Level::Cubin, true)] {
        if levels.iter().any(|one| (*one > Level::Ttir) == of_arch) {
            let mut json = json(entry, arguments.as_deref(), &constants, of_arch);
            let own = hashes.iter().filter(|(level, _)| (**level > Level::Ttir) == of_arch);
            let own = own.map(|(level, hash)| (level.extension().to_owned(), Value::from(hash.as_str())));
            json.insert("sha256".into(), Value::Object(own.collect()));
            let text =
                write_json(&json).map_err(|error| format!("the JSON of {} can't be written: {error}", entry.hash))?;
            staged.add(folder.join(file_name(stem, entry, level, "json")), text.as_bytes())?;
        }
    }
    if let Some(arch) = entry.arch.filter(|_| levels.contains(&Level::Ttir)) {
        staged.instead_of(superseded(&folder, stem, &[arch], Kind::OneTtir)?);
        let wanted = match Targets::find(&[], &folder, &folder)? {
            Targets::Unknown => Vec::new(),
            targets => targets.of(stem),
        };
        if wanted.iter().any(|other| *other != arch) {
            notes.push("a cache knows for which GPU it compiled, and of no other: a build lowers the TTIR only for that one, which its JSON lists as `targets`".to_owned());
        }
    }
    if arguments.as_ref().is_none_or(|arguments| arguments.iter().any(|argument| !argument.named)) {
        notes.push("the IR has no names of arguments; give them in their order with --arg NAME=TYPE, or the function with --from FILE.py::KERNEL".to_owned());
    }
    notes.iter().for_each(|note| eprintln!("note: {note}"));
    Ok(staged)
}

/// Whether machine code was made with line info.
fn has_lines(cubin: &[u8]) -> bool {
    const SECTION: &[u8] = b".debug_line";
    cubin.windows(SECTION.len()).any(|window| window == SECTION)
}

fn file_name(stem: &str, entry: &CacheEntry, level: Level, extension: &str) -> String {
    match entry.arch.filter(|_| level > Level::Ttir) {
        Some(arch) => format!("{stem}.{arch}.{extension}"),
        None => format!("{stem}.{extension}"),
    }
}

/// The one that is meant: by the flags, or by asking where somebody sits.
fn choose<'a>(export: &Export, cache: &'a Cache) -> Result<&'a CacheEntry> {
    let all = &cache.entries;
    let fits = |entry: &&CacheEntry| {
        export.kernel.as_ref().is_none_or(|kernel| entry.kernel == *kernel)
            && (export.arch.is_empty() || entry.arch.is_some_and(|arch| export.arch.contains(&arch)))
            && export.entry.as_ref().is_none_or(|hash| entry.hash.starts_with(hash.as_str()))
    };
    let fitting: Vec<_> = all.iter().filter(fits).collect();
    match &fitting[..] {
        [] => {
            let mut message = "nothing in the cache is what you ask for".to_owned();
            if !all.is_empty() {
                message += &format!("; there are\n{}", list(&all.iter().collect::<Vec<_>>()));
            }
            if !cache.refused.is_empty() {
                message += &format!("; these can't be taken:\n  {}", cache.refused.join("\n  "));
            }
            Err(message.into())
        }
        [one] => Ok(one),
        several if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() => {
            let items: Vec<_> = several.iter().map(|entry| entry.describe()).collect();
            let chosen = Select::new().with_prompt("Which one").items(&items).default(0).interact_opt()?;
            chosen.and_then(|index| several.get(index).copied()).ok_or_else(|| "nothing was chosen".into())
        }
        several => {
            let message = format!(
                "{} entries of the cache are what you ask for; say which one with `--entry`, or narrow it with `--kernel` and `--arch`:\n{}",
                several.len(),
                list(several)
            );
            Err(message.into())
        }
    }
}

/// One line for each, with as much of the hash as tells them apart.
fn list(entries: &[&CacheEntry]) -> String {
    const MOST: usize = 40;
    let mut lines: Vec<_> = entries
        .iter()
        .take(MOST)
        .map(|entry| format!("  --entry {}  {}", short(&entry.hash, entries), entry.describe()))
        .collect();
    if entries.len() > MOST {
        lines.push(format!("  and {} more", entries.len() - MOST));
    }
    lines.join("\n")
}

fn short<'a>(hash: &'a str, entries: &[&CacheEntry]) -> &'a str {
    let lengths = (8..hash.len()).filter(|&length| hash.is_char_boundary(length));
    let mut starts = lengths.map(|length| &hash[..length]);
    starts.find(|start| entries.iter().filter(|entry| entry.hash.starts_with(start)).count() == 1).unwrap_or(hash)
}

/// What is known of an entry's parameters.
struct Account {
    arguments: Option<Vec<Argument>>,
    constants: Map<String, Value>,
    notes: Vec<String>,
}

/// From the IR, fbtriton's metadata, the function's text and the command line, as far as each is there.
fn account(export: &Export, entry: &CacheEntry, env: &Env) -> Result<Account> {
    let given = export.constants.iter().map(|(name, value)| (name.clone(), serde_json::json!(value)));
    let Some((source, kernel)) = &export.from else {
        let arguments = named(export, entry.arguments())?;
        let constants: Map<_, _> = given.collect();
        let mut notes = Vec::new();
        if let (true, launch) = (constants.is_empty(), entry.launch()?) {
            let by_place = launch.iter().flat_map(LaunchMetadata::constants);
            let by_place: Vec<_> =
                by_place.map(|(place, value)| format!("parameter {} is {value}", place + 1)).collect();
            let known = if by_place.is_empty() { String::new() } else { format!(": {}", by_place.join(", ")) };
            notes.push(format!("a cache has no names of `tl.constexpr` parameters, and without values of them the Rust side has none{known}; give them with --const NAME=VALUE, or the function with --from FILE.py::KERNEL"));
        }
        return Ok(Account { arguments, constants, notes });
    };
    let signed = sign::by_function(source, kernel, &export.args, &export.constants, entry.known()?.as_ref(), env)?;
    let notes = signed.notes();
    let arguments = signed.signature.iter().map(|one| {
        Ok(Argument {
            name: one.name.clone(),
            named: true,
            ty: one.ty.parse()?,
            divisible_by: one.divisible_by,
            line: 0,
            access: Access::Unknown,
        })
    });
    Ok(Account {
        arguments: Some(arguments.collect::<Result<_>>()?),
        constants: signed.constants.into_iter().collect(),
        notes,
    })
}

/// The arguments under the names that were given, if they are of these types.
fn named(export: &Export, arguments: Option<Vec<Argument>>) -> Result<Option<Vec<Argument>>> {
    let (Some(mut arguments), false) = (arguments.clone(), export.args.is_empty()) else { return Ok(arguments) };
    let types = |types: Vec<String>| types.join(", ");
    let given = export.args.iter().map(|argument| argument.ty.clone());
    let found: Vec<_> = arguments.iter().map(|argument| argument.ty.to_string()).collect();
    let same = export.args.len() == arguments.len()
        && export.args.iter().zip(&arguments).all(|(given, found)| given.ty.parse() == Ok(found.ty.clone()));
    if !same {
        return Err(format!("the arguments are ({}), not ({})", types(found), types(given.collect())).into());
    }
    for (argument, given) in arguments.iter_mut().zip(&export.args) {
        argument.name.clone_from(&given.name);
        argument.named = true;
    }
    Ok(Some(arguments))
}

/// Triton's JSON without what is only of that machine, and with our keys. For TTIR, which is lowered anew, only the options.
fn json(
    entry: &CacheEntry,
    arguments: Option<&[Argument]>,
    constants: &Map<String, Value>,
    of_arch: bool,
) -> Map<String, Value> {
    let mut json = if of_arch { entry.json.clone() } else { entry.lowered_with() };
    for key in ["hash", "extern_libs"] {
        json.remove(key);
    }
    // TTIR speaks for itself where nobody gave the arguments names.
    if let Some(arguments) = arguments.filter(|all| of_arch || all.iter().all(|argument| argument.named)) {
        let signature = arguments.iter().map(|argument| {
            serde_json::json!({
                "name": argument.name, "type": argument.ty.to_string(), "divisible_by": argument.divisible_by,
            })
        });
        json.insert("signature".into(), signature.collect());
    }
    // Without any it isn't known whether there are some.
    if !constants.is_empty() {
        json.insert("constants".into(), Value::Object(constants.clone()));
    }
    json
}
