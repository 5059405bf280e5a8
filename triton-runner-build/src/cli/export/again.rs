//! `cargo triton export --again` and `--check`: exports repeated as the JSON of the kernels has them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use triton_runner_manifest::Level;
use triton_runner_read::metadata::Metadata;

use super::targets::{Targets, package_of, triton_of};
use crate::analysis::Analysis;
use crate::cli::compilers::toolchain;
use crate::cli::staged::Staged;
use crate::cli::{Env, Result, subject, terminal};
use crate::lowering::export::{ExportArgument, ExportRequest, export, files};
use crate::read::ParsedKernel;
use crate::read::files::split_variant;
use crate::read::python_source;
use crate::settings::Overrides;

/// Repeats the exports of these kernels, or of all; with `check` it says what that would change.
pub(super) fn run(names: &[String], check: bool, python: Option<&Path>, env: &Env) -> Result {
    let package =
        package_of(Path::new(".")).ok_or("there is no Cargo.toml here or above: go into a package with kernels")?;
    let analysis = Analysis::of(&package, None, &Overrides::default(), |_, _, _| None)?;
    let is_named = |kernel: &ParsedKernel| {
        let base = split_variant(&kernel.name).0;
        names.is_empty() || names.iter().any(|name| *name == kernel.name || name == base)
    };
    let there: BTreeSet<_> = analysis.kernels.iter().map(|kernel| split_variant(&kernel.name).0).collect();
    let known = |name: &&String| !there.contains(split_variant(name).0);
    if let Some(unknown) = names.iter().find(known) {
        let all: Vec<_> = there.iter().map(|name| format!("`{name}`")).collect();
        return Err(format!("there is no kernel `{unknown}`; there are {}", all.join(", ")).into());
    }
    let mut made = BTreeMap::new();
    let mut old = BTreeSet::new();
    for kernel in analysis.kernels.iter().filter(|kernel| is_named(kernel)) {
        let exported = kernel.metadata.iter().find(|named| named.metadata.exported_from.is_some());
        let Some(exported) = exported else {
            eprintln!(
                "note: `{}` is left as it is: its JSON doesn't say from which Python file it was exported",
                kernel.name
            );
            continue;
        };
        let about = |error| format!("`{}`: {error}", kernel.name);
        let repeated = repeat(kernel, &exported.path, &exported.metadata, python, env).map_err(about)?;
        let ttir = kernel.sources.iter().filter(|source| source.artifact.level == Level::Ttir);
        old.extend(ttir.map(|source| source.artifact.path.clone()));
        old.extend(
            kernel
                .metadata
                .iter()
                .filter(|named| named.metadata.sha256.contains_key(&Level::Ttir))
                .map(|named| named.path.clone()),
        );
        made.extend(repeated);
    }
    let gone: Vec<_> = old.into_iter().filter(|path| !made.contains_key(path)).collect();
    let changed: Vec<_> =
        made.into_iter().filter(|(path, text)| std::fs::read(path).ok().as_deref() != Some(text.as_bytes())).collect();
    let here = std::env::current_dir().unwrap_or_default();
    let shown = |path: &Path| path.strip_prefix(&here).unwrap_or(path).display().to_string();
    if check {
        let paths = changed.iter().map(|(path, _)| path).chain(&gone);
        let paths: Vec<_> = paths.map(|path| format!("\n  {}", shown(path))).collect();
        if !paths.is_empty() {
            return Err(format!(
                "exports are not what their Python files give now; `cargo triton export --again` would change{}",
                paths.concat()
            )
            .into());
        }
        eprintln!("every export is what its Python file gives");
        return subject::report(analysis.problems);
    }
    let mut staged = Staged::default();
    for (path, text) in &changed {
        staged.add(path, text.as_bytes())?;
    }
    staged.instead_of(gone);
    for path in staged.commit()? {
        terminal::print_line(&shown(&path))?;
    }
    if changed.is_empty() {
        eprintln!("nothing has changed");
    }
    subject::report(analysis.problems)
}

/// The files of one kernel, exported as its JSON says, for the GPUs of the package and by its Triton.
fn repeat(
    kernel: &ParsedKernel,
    json: &Path,
    metadata: &Metadata,
    python: Option<&Path>,
    env: &Env,
) -> Result<Vec<(PathBuf, String)>> {
    let folder = json.parent().unwrap_or(Path::new("."));
    let source = metadata.exported_from.as_ref().map(|source| source.file.file.as_str()).unwrap_or_default();
    let file = folder.join(source);
    if !file.is_file() {
        let file = file.display();
        return Err(format!(
            "its Python file `{file}` is not there: put it back, or export the kernel from where it is now"
        )
        .into());
    }
    // A folder's `..` leads where the file is, links aside.
    let file = file.canonicalize()?;
    let name = metadata.name.clone().ok_or("its JSON has no `name`, which is that of the Python function")?;
    let signature = metadata.signature().ok_or("its JSON has no `signature`")?;
    let arguments = signature.iter().map(|entry| ExportArgument {
        name: entry.name.clone(),
        ty: entry.ty.to_string(),
        divisible_by: entry.divisible_by,
    });
    let targets = Targets::find(&[], folder, &file)?.of(&kernel.name);
    let request = ExportRequest {
        file: file.clone(),
        kernel: name,
        arguments: arguments.collect(),
        constants: metadata.constants.clone(),
        options: metadata.options.clone(),
        targets: targets.iter().map(|arch| arch.number()).collect(),
    };
    let triton = triton_of(folder, &file)?;
    let mut exported = export(&toolchain(env, &triton, python.map(Path::to_owned))?, &request)?;
    for one in &mut exported {
        one.noting(python_source::note(&file, &one.modules, folder))?;
        one.notes.iter().for_each(|note| eprintln!("note: `{}`: {note}", kernel.name));
    }
    let files = files(&kernel.name, &exported)?;
    Ok(files.into_iter().map(|(name, text)| (folder.join(name), text)).collect())
}
