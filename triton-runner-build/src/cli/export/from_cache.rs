//! Artifacts out of a Triton cache folder that a Python program has filled.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use dialoguer::Select;
use serde_json::{Map, Value};
use triton_runner_manifest::{Argument, Level};
use triton_runner_read::metadata::Options;

use super::arguments::Export;
use super::cache_entry::{CacheEntry, entries};
use super::folders::without_folders;
use crate::cli::Result;
use crate::cli::staged::Staged;
use crate::lowering::export::write_json;

/// The files, ready to be put in place.
pub(super) fn take(export: &Export, folder: &Path) -> Result<Staged> {
    let all = entries(folder)?;
    if all.is_empty() {
        return Err(format!(
            "`{}` holds no compiled kernel: a Triton cache has a folder for each, with a JSON file in it (by default it is ~/.triton/cache)",
            folder.display()
        )
        .into());
    }
    let entry = choose(export, &all)?;
    let arguments = named(export, entry.arguments())?;
    let levels = if export.level.is_empty() { vec![Level::Ttir] } else { export.level.clone() };
    let stem = export.name.as_ref().unwrap_or(&entry.kernel);
    let folder = export.out.clone().unwrap_or_else(|| PathBuf::from("."));
    let mut staged = Staged::default();
    let mut notes = Vec::new();
    for &level in &levels {
        let bytes = entry.bytes(level)?;
        if level == Level::Cubin && has_lines(&bytes) {
            notes.push("this machine code holds source lines and the folder of the Python file; from `--level ptx` a build makes it without");
        }
        let bytes = match level {
            Level::Cubin => bytes,
            _ => without_folders(level, &String::from_utf8_lossy(&bytes)).into_bytes(),
        };
        staged.add(folder.join(file_name(stem, entry, level, level.extension())), &bytes)?;
    }
    // One for TTIR, which is for all architectures, and one for what is for this one.
    for (level, of_arch) in [(Level::Ttir, false), (Level::Cubin, true)] {
        if levels.iter().any(|one| (*one > Level::Ttir) == of_arch) {
            let json = json(export, entry, arguments.as_deref(), of_arch);
            let text =
                write_json(&json).map_err(|error| format!("the JSON of {} can't be written: {error}", entry.hash))?;
            staged.add(folder.join(file_name(stem, entry, level, "json")), text.as_bytes())?;
        }
    }
    if arguments.as_ref().is_none_or(|arguments| arguments.iter().any(|argument| !argument.named)) {
        notes.push("the IR has no names of arguments; give them in their order with --arg NAME=TYPE");
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
fn choose<'a>(export: &Export, all: &'a [CacheEntry]) -> Result<&'a CacheEntry> {
    let fits = |entry: &&CacheEntry| {
        export.kernel.as_ref().is_none_or(|kernel| entry.kernel == *kernel)
            && export.arch.is_none_or(|arch| entry.arch == Some(arch))
            && export.entry.as_ref().is_none_or(|hash| entry.hash.starts_with(hash.as_str()))
    };
    let fitting: Vec<_> = all.iter().filter(fits).collect();
    match &fitting[..] {
        [] => {
            let message = format!(
                "nothing in the cache is what you ask for; there are\n{}",
                list(&all.iter().collect::<Vec<_>>())
            );
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
fn json(export: &Export, entry: &CacheEntry, arguments: Option<&[Argument]>, of_arch: bool) -> Map<String, Value> {
    let mut json = if of_arch { entry.json.clone() } else { options(entry) };
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
    let constants = export.constants.iter().map(|(name, value)| (name.clone(), serde_json::json!(value)));
    json.insert("constants".into(), Value::Object(constants.collect()));
    json
}

/// What TTIR is lowered with.
fn options(entry: &CacheEntry) -> Map<String, Value> {
    let found = &entry.metadata.options;
    // `num_warps` in the JSON counts those that warp specialization adds; the TTGIR knows what was asked for.
    let asked = entry.summary(Level::Ttgir).and_then(|summary| summary.num_warps);
    let options = Options {
        num_warps: asked.or(entry.metadata.num_warps),
        num_stages: found.num_stages,
        num_ctas: found.num_ctas,
        maxnreg: found.maxnreg,
        ptx_version: found.ptx_version,
        ptx_options: found.ptx_options.clone(),
        // The rest only where it is not what Triton does anyway.
        enable_fp_fusion: found.enable_fp_fusion.filter(|on| !on),
        enable_reflect_ftz: found.enable_reflect_ftz.filter(|on| !on),
        launch_cooperative_grid: found.launch_cooperative_grid.filter(|on| *on),
        launch_pdl: found.launch_pdl.filter(|on| *on),
        cluster_dims: None,
    };
    let mut json = match serde_json::to_value(options) {
        Ok(Value::Object(json)) => json,
        _ => Map::new(),
    };
    for key in ["name", "target", "triton_version"] {
        json.extend(entry.json.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    json
}
