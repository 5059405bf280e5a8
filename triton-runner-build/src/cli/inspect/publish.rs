//! `--publish`: which of a package's kernel files cargo would publish, which it leaves out, and how large the crate is.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::analysis::Analysis;
use crate::cargo::display_name;
use crate::cli::packages::Found;
use crate::cli::{Result, terminal};
use crate::obtain::prebuilt;
use crate::settings::Overrides;

/// Bytes that a crate may have on Rust's own registry, compressed as it is uploaded.
const LIMIT: u64 = 10 << 20;

/// A file below the kernel folders.
struct File {
    /// Relative to the package, with `/`, as cargo lists it.
    name: String,
    bytes: u64,
    /// Whether cargo packages it.
    is_packaged: bool,
    /// Whether a build of the package reads it.
    is_read: bool,
}

/// Shows a package, and says what is wrong with publishing it.
pub(super) fn show(package: &Found) -> Result<Vec<String>> {
    let folder = &package.folder;
    let listed = listed(folder)?;
    let analysis = Analysis::of(folder, None, &Overrides::default(), |_, _, _| None)?;
    let mut problems: Vec<_> = analysis.problems.iter().map(|problem| format!("{}: {problem}", package.name)).collect();
    let lock = prebuilt::folder(folder, &analysis.settings.folders);
    let files = files(folder, &analysis, &lock, &listed)?;
    let missing: Vec<_> = files.iter().filter(|file| file.is_read && !file.is_packaged).collect();
    if let [first, rest @ ..] = &missing[..] {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        problems.push(format!(
            "{}: `{}`{more} would be missing from the crate, and its builds read it: change `include` or `exclude` in [package], or what Git ignores",
            package.name, first.name
        ));
    }
    let size = compressed(folder, &listed)?;
    let is_locked = prebuilt::lock_path(&lock).is_file();
    terminal::print(&text(package, &files, size, is_locked))?;
    if size > LIMIT {
        eprintln!(
            "warning: {}: the crate has about {} compressed, and the registry takes {}: fewer `archs`, or kernels in a crate of their own, make it smaller",
            package.name,
            binary(size),
            binary(LIMIT)
        );
    }
    Ok(problems)
}

/// What cargo packages, as it lists it. Some of it cargo makes itself.
fn listed(folder: &Path) -> Result<BTreeSet<String>> {
    let manifest = folder.join("Cargo.toml");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["package", "--list", "--allow-dirty", "--offline", "--manifest-path"]).arg(&manifest);
    let output = cargo.output().map_err(|error| format!("can't start cargo: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{}`: cargo can't list what it packages: {}", manifest.display(), said.trim()).into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().map(|line| line.trim().replace('\\', "/")).filter(|line| !line.is_empty()).collect())
}

/// All files below the kernel folders.
fn files(folder: &Path, analysis: &Analysis, lock: &Path, listed: &BTreeSet<String>) -> Result<Vec<File>> {
    let read: BTreeSet<&Path> =
        analysis.found.kernels.iter().flat_map(|kernel| kernel.contents().map(|(path, _)| path)).collect();
    let mut paths = BTreeSet::new();
    for kernels in &analysis.settings.folders {
        below(&folder.join(kernels), &mut paths)?;
    }
    let of = |path: PathBuf| {
        let name = display_name(folder, &path);
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_of_lock =
            path.parent() == Some(lock) && matches!(extension, Some("json" | "cubin" | "ptx" | "zst" | "dictionary"));
        let is_read = read.contains(path.as_path()) || is_of_lock;
        let bytes = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        File { is_packaged: listed.contains(&name), name, bytes, is_read }
    };
    Ok(paths.into_iter().map(of).collect())
}

/// Files of a folder and of those in it. Links to folders are not followed: they may lead in a circle.
fn below(folder: &Path, paths: &mut BTreeSet<PathBuf>) -> Result {
    let unreadable = |error| format!("`{}`: can't read it: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        match entry.file_type().map_err(unreadable)?.is_dir() {
            true => below(&entry.path(), paths)?,
            false => {
                paths.insert(entry.path());
            }
        }
    }
    Ok(())
}

/// Bytes that come, and go nowhere.
#[derive(Default)]
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// About how many bytes the crate has: what is packaged, compressed as cargo does it, with a head for each file.
fn compressed(folder: &Path, listed: &BTreeSet<String>) -> Result<u64> {
    const BLOCK: usize = 512;
    let mut encoder = GzEncoder::new(Count::default(), Compression::best());
    for name in listed {
        // What cargo makes itself is small.
        let Ok(bytes) = std::fs::read(folder.join(name)) else { continue };
        let mut head = name.clone().into_bytes();
        head.resize(head.len().next_multiple_of(BLOCK), 0);
        for part in [head, vec![0; bytes.len().next_multiple_of(BLOCK) - bytes.len()], bytes] {
            encoder.write_all(&part)?;
        }
    }
    Ok(encoder.finish()?.0)
}

/// As registries count them.
fn binary(bytes: u64) -> String {
    match bytes as f64 / 1024.0 {
        kibibytes @ ..1024.0 => format!("{kibibytes:.1} KiB"),
        kibibytes => format!("{:.1} MiB", kibibytes / 1024.0),
    }
}

fn text(package: &Found, files: &[File], size: u64, is_locked: bool) -> String {
    let row = |file: &File| {
        let goes = match (file.is_packaged, file.is_read) {
            (true, _) => "yes",
            (false, true) => "NO, and builds read it",
            (false, false) => "no",
        };
        vec![file.name.clone(), terminal::bytes(file.bytes), goes.to_owned()]
    };
    let sum = |is_packaged| {
        let of = files.iter().filter(|file| file.is_packaged == is_packaged);
        let (count, bytes) = of.fold((0, 0), |(count, bytes), file| (count + 1, bytes + file.bytes));
        format!("{count} files of {}", terminal::bytes(bytes))
    };
    let mut text = format!("{}\n\n", terminal::bold(&format!("{} {}", package.name, package.version)));
    text += &terminal::table(&["file", "bytes", "in the crate"], &["bytes"], files.iter().map(row));
    text += &format!("\n\nKernels in the crate: {}; left out: {}.\n", sum(true), sum(false));
    text += &format!("The whole crate has about {} compressed; the registry takes {}.\n", binary(size), binary(LIMIT));
    if !is_locked {
        text +=
            "Nothing is locked: whoever builds it needs Triton's compiler. `cargo triton lock` writes machine code.\n";
    }
    text + "\n"
}
