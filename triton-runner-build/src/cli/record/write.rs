//! The files of a recording: kernels as an export writes them, their grids, and launches with a test that replays them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use triton_runner_manifest::Level;
use triton_runner_read::metadata::{Metadata, PythonSource, UNKNOWN_LICENSE};

use super::Record;
use super::exclude;
use super::family::{Function, Member};
use super::launches::{self, Launches};
use super::spool::Specialization;
use super::test;
use crate::cli::export::folders::without_folders;
use crate::cli::export::license;
use crate::cli::export::stem::names_a_kernel;
use crate::cli::export::superseded::{Kind, superseded};
use crate::cli::export::targets::in_a_package;
use crate::cli::grids::{self, Recorded};
use crate::cli::manifest;
use crate::cli::staged::Staged;
use crate::cli::{Result, terminal};
use crate::fs::hash::sha256;
use crate::lowering::export::write_json;
use crate::read::python_source;
use crate::settings::{Overrides, Settings};

/// Below the folder of the kernels.
const LAUNCHES: &str = "recorded/launches";

/// Writes all of it, or nothing.
pub(super) fn write(record: &Record, spool: &Path, functions: &[Function]) -> Result {
    let folder = &record.out;
    let mut staged = Staged::default();
    let mut notes = BTreeSet::new();
    let mut unlicensed = BTreeMap::<String, Vec<&str>>::new();
    let mut recorded = grids::read(folder)?;
    for member in functions.iter().flat_map(Function::members) {
        kernel(&mut staged, folder, member)?;
        recorded.insert(member.stem.clone(), of_launches(member));
        if let Err(why) = license(member) {
            unlicensed.entry(why).or_default().push(&member.stem);
        }
    }
    for (why, stems) in unlicensed {
        let stems: Vec<_> = stems.iter().map(|stem| format!("`{stem}`")).collect();
        let stems = stems.join(", ");
        notes.insert(format!("the licence is unknown of {stems}: {why}; look into it before you pass them on"));
    }
    staged.add(folder.join(grids::FILE), grids::text(&recorded)?.as_bytes())?;
    let launches = launches::of(functions, spool)?;
    if let Some(launches) = &launches {
        let own = folder.join(LAUNCHES);
        staged.add(own.join("launches.json"), launches.list.as_bytes())?;
        staged.add(own.join("buffers.safetensors"), &launches.buffers)?;
        staged.add(own.join(".gitignore"), exclude::GITIGNORE.as_bytes())?;
    }
    let package = std::path::absolute(folder)?;
    let package = package.ancestors().skip(1).find(|above| above.join("Cargo.toml").is_file());
    match package {
        Some(package) => of_package(&mut staged, package, folder, functions, launches.as_ref(), &mut notes)?,
        None => {
            notes.insert(format!("`{}` is in no package: `cargo new` makes one around it", folder.display()));
        }
    }
    let here = std::env::current_dir().unwrap_or_default();
    for path in staged.commit()? {
        terminal::print_line(&path.strip_prefix(&here).unwrap_or(&path).display().to_string())?;
    }
    notes.iter().for_each(|note| eprintln!("note: {note}"));
    if let Some(launches) = &launches {
        eprintln!(
            "note: `{}` holds {} launches with {} of what the program worked on, such as weights and users' data: it is kept out of git and of published packages, and is yours to pass on or not",
            folder.join(LAUNCHES).display(),
            launches.count,
            terminal::bytes(launches.buffers.len() as u64)
        );
    }
    eprintln!("{} prints the declarations to paste", terminal::bold("`cargo triton declare`"));
    if launches.is_some() && package.is_some() {
        eprintln!(
            "{} replays what was recorded, on a GPU or on the CPU",
            terminal::bold("`cargo test --test recorded`")
        );
    }
    Ok(())
}

/// `NAME.ttir` and `NAME.json`; for Gluon `NAME.sm_90.ttgir` and `NAME.sm_90.json`.
fn kernel(staged: &mut Staged, folder: &Path, member: &Member) -> Result {
    let Member { stem, kernel } = member;
    names_a_kernel(stem)?;
    let level = kernel.level();
    let ir = String::from_utf8(kernel.entry.bytes(level)?)
        .map_err(|_| format!("the {level} of `{stem}` is no text: empty Triton's cache and record again"))?;
    let ir = without_folders(level, &ir);
    let mut json = kernel.lowered_with();
    let facts = &kernel.facts;
    json.insert("signature".into(), serde_json::to_value(kernel.arguments())?);
    json.insert("constants".into(), serde_json::to_value(&facts.constants)?);
    if facts.host.as_array().is_some_and(|work| !work.is_empty()) {
        json.insert("host".into(), facts.host.clone());
    }
    if let Some(license) = license(member).unwrap_or_else(|_| Some(UNKNOWN_LICENSE.to_owned())) {
        json.insert("license".into(), license.into());
    }
    if let Some(package) = &facts.package {
        json.insert("package".into(), serde_json::to_value(package)?);
    }
    if let Some(file) = facts.file.as_ref().and_then(|file| python_source::note(file, &[], folder).0) {
        let source = PythonSource { file: Some(file), modules: Vec::new(), told: None };
        json.insert("exported_from".into(), serde_json::to_value(source)?);
    }
    json.insert(
        "sha256".into(),
        Value::Object(Map::from_iter([(level.extension().to_owned(), sha256(ir.as_bytes()).into())])),
    );
    let archs: Vec<_> = kernel.entry.arch.into_iter().collect();
    let (kind, other) = if level == Level::Ttir { (Kind::OneTtir, Level::Ttgir) } else { (Kind::Ttgir, Level::Ttir) };
    staged.instead_of(superseded(folder, stem, &archs, kind)?);
    staged.instead_of(of_other_level(folder, &file_stem(kernel, stem, other), other)?);
    let file = file_stem(kernel, stem, level);
    staged.add(folder.join(format!("{file}.{}", level.extension())), ir.as_bytes())?;
    staged.add(folder.join(format!("{file}.json")), write_json(&json)?.as_bytes())
}

/// Its licence, none for a file of some crate's; else why it is unknown.
fn license(member: &Member) -> std::result::Result<Option<String>, String> {
    let facts = &member.kernel.facts;
    let near = facts.file.as_deref().is_some_and(in_a_package);
    license::known(facts.license.as_deref(), facts.package.as_ref(), facts.copyright.as_deref(), near)
}

fn file_stem(kernel: &Specialization, stem: &str, level: Level) -> String {
    match kernel.entry.arch.filter(|_| level > Level::Ttir) {
        Some(arch) => format!("{stem}.{arch}"),
        None => stem.to_owned(),
    }
}

/// What an earlier recording wrote of a kernel that was Gluon's then, or is now: a build would take it beside the new one.
fn of_other_level(folder: &Path, file: &str, level: Level) -> Result<Vec<PathBuf>> {
    let path = folder.join(format!("{file}.{}", level.extension()));
    let Ok(bytes) = std::fs::read(&path) else { return Ok(Vec::new()) };
    let json = folder.join(format!("{file}.json"));
    let metadata = std::fs::read_to_string(&json).ok().and_then(|json| Metadata::from_json(&json).ok());
    if metadata.is_some_and(|metadata| metadata.sha256.get(&level) == Some(&sha256(&bytes))) {
        return Ok(vec![path, json]);
    }
    let path = path.display();
    Err(format!("`{path}` is there, and a build takes it beside what is recorded now: remove it, or rename it").into())
}

/// What is known of its launches.
fn of_launches(member: &Member) -> Recorded {
    let kernel = &member.kernel;
    let grids = kernel.grids.iter().map(|seen| grids::Seen { grid: seen.grid, integers: seen.integers.clone() });
    Recorded { launches: kernel.launches, tuned: kernel.facts.tuned.clone(), grids: grids.collect() }
}

/// What the package needs: settings, dependencies, a build script, and for launches a test and what keeps them at home.
fn of_package(
    staged: &mut Staged,
    package: &Path,
    folder: &Path,
    functions: &[Function],
    launches: Option<&Launches>,
    notes: &mut BTreeSet<String>,
) -> Result {
    let members: Vec<_> = functions.iter().flat_map(Function::members).collect();
    let archs: BTreeSet<_> = members.iter().filter_map(|member| member.kernel.entry.arch).collect();
    let archs: Vec<_> = archs.into_iter().collect();
    let triton = members.first().map(|member| member.kernel.facts.triton.as_str()).unwrap_or_default();
    let relative = std::path::absolute(folder)?;
    let relative = relative.strip_prefix(package).unwrap_or(folder).to_string_lossy().replace('\\', "/");
    let excluded = format!("{relative}/{LAUNCHES}");
    manifest::stage(staged, &package.join("Cargo.toml"), |text| {
        let mut made = manifest::with_kernels(text, triton, &archs)?.unwrap_or_else(|| text.to_owned());
        if launches.is_some() {
            made = manifest::with_feature(&made, "recorded")?.unwrap_or(made);
            match exclude::from_package(&made, &excluded) {
                Ok(excluded) => made = excluded.unwrap_or(made),
                Err(why) => _ = notes.insert(format!("`{}`: {why}", package.join("Cargo.toml").display())),
            }
        }
        Ok((made != text).then_some(made))
    })?;
    notes.extend(manifest::stage_build_script(staged, package)?);
    if launches.is_some() {
        let path = package.join("tests/recorded.rs");
        if test::is_own(&path) {
            staged.add(path, test::text(functions, &format!("{relative}/{LAUNCHES}"))?.as_bytes())?;
        } else {
            notes.insert(format!("`{}` is there and not of a recording: it stays as it is", path.display()));
        }
    }
    let used: BTreeSet<_> = members.iter().map(|member| member.kernel.facts.triton.as_str()).collect();
    let used: Vec<_> = used.into_iter().collect();
    // A package that is written now gets the program's.
    if let Ok((settings, _)) = Settings::read(package, None, &Overrides::default())
        && let Some(lowers) = settings.triton.map(|version| version.to_string())
        && used.iter().any(|used| *used != lowers)
    {
        notes.insert(format!(
            "`triton` in Cargo.toml is {lowers}, and the program used {}: a build asks for the one that wrote the TTIR",
            used.join(" and ")
        ));
    }
    Ok(())
}
