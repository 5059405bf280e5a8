//! `cargo triton tune`: times the variants of kernels on this machine's GPU, and writes tables that the next build embeds.

mod measured;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;

use super::packages::{Found, Packages};
use super::{Env, Result, terminal};
use crate::cargo::display_name;
use crate::fs::write::write;
use crate::read::files::{self, KernelFiles};
use crate::read::tuning_table::TuningTable;
use crate::settings::{Overrides, Settings};
use measured::Measured;

/// Time the variants of kernels on this machine's GPU, for launches to go by.
///
/// Kernels say by which arguments a choice is made: `#[tuned(m, n, k, lda = k)]` in their declaration. What is measured goes to
/// `NAME.tuned.GPU.json` beside a kernel's files, to be checked in: builds embed it, and a launch takes the variant that was
/// fastest with the nearest key.
#[derive(Debug, Args)]
pub(super) struct Tune {
    /// The kernel; without it, all that are tuned
    #[arg(value_name = "KERNEL")]
    kernel: Option<String>,
    #[command(flatten)]
    packages: Packages,
    /// Values of an argument, `m=16,128,4096`: each is timed with each of the others
    #[arg(long, value_name = "NAME=VALUE,…")]
    key: Vec<String>,
    /// One value for each argument, in the order of the declaration: `16,4096,4096`; may be given several times
    #[arg(long, value_name = "VALUE,…", conflicts_with = "key")]
    at: Vec<String>,
    /// Milliseconds of GPU time for each variant and key
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 20)]
    time: u64,
    /// Write nothing: say how fast the choices of today's tables are beside the best variant
    #[arg(long)]
    check: bool,
    /// Measure nothing: take what a program wrote elsewhere, to the file that TRITON_RUNNER_TUNE_TO named
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "at", "time"])]
    measured: Vec<PathBuf>,
}

impl Tune {
    pub(super) fn run(self, _: &Env) -> Result<ExitCode> {
        let packages = self.packages.find()?;
        let mut worst = ExitCode::SUCCESS;
        if !self.measured.is_empty() {
            let mut lines = Vec::new();
            for file in &self.measured {
                lines.extend(read(file)?);
            }
            return self.take(&packages, &lines).map(|()| worst);
        }
        let temporary = tempfile::Builder::new().prefix("triton-runner-tune-").tempdir()?;
        let (mut asked, mut taken) = (false, false);
        for package in &packages {
            let file = temporary.path().join(&package.name);
            for (kernel, keys) in self.asked(package)? {
                asked = true;
                if !self.measure(package, kernel.as_deref(), &keys, &file)? {
                    worst = ExitCode::FAILURE;
                }
            }
            if file.exists() {
                taken = true;
                self.take(std::slice::from_ref(package), &read(&file)?)?;
            }
        }
        let kernel = self.kernel.as_ref().map_or("no kernel".to_owned(), |kernel| format!("no kernel `{kernel}`"));
        match (asked, taken) {
            (_, true) => Ok(worst),
            (true, false) => Err(format!(
                "nothing was timed: {kernel} with `#[tuned(…)]` ran its tests; what `cargo test` printed above may say why"
            )
            .into()),
            (false, false) if self.names_keys() => Err(format!("there is {kernel} here").into()),
            (false, false) => Err(format!(
                "{kernel} here has a table with keys to time again: name some, as in `cargo triton tune --key m=16,128,4096 --key n=4096`"
            )
            .into()),
        }
    }

    fn names_keys(&self) -> bool {
        !self.key.is_empty() || !self.at.is_empty()
    }

    /// The kernels to time with their keys: those of the command line, else those that the tables have. Of a package without
    /// the kernel there are none.
    fn asked(&self, package: &Found) -> Result<Vec<(Option<String>, String)>> {
        let wanted = |kernel: &str| self.kernel.as_ref().is_none_or(|wanted| wanted == kernel);
        if self.names_keys() {
            let keys = [&self.key, &self.at].into_iter().flatten().cloned().collect::<Vec<_>>().join(";");
            let there = kernels(package)?.iter().any(|files| wanted(files::split_variant(&files.name).0));
            return Ok(there.then(|| (self.kernel.clone(), keys)).into_iter().collect());
        }
        let mut keys = BTreeMap::<String, Vec<Vec<i64>>>::new();
        for (_, table) in tables(package)?.into_iter().filter(|(_, table)| wanted(&table.kernel)) {
            keys.entry(table.kernel).or_default().extend(table.times.into_iter().map(|timed| timed.key));
        }
        let listed = keys.into_iter().map(|(kernel, mut keys)| {
            keys.sort();
            keys.dedup();
            let numbers = |key: &Vec<i64>| key.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
            (Some(kernel), keys.iter().map(numbers).collect::<Vec<_>>().join(";"))
        });
        Ok(listed.collect())
    }

    /// Runs the tests that time variants; whether they all did.
    fn measure(&self, package: &Found, kernel: Option<&str>, keys: &str, file: &Path) -> Result<bool> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let filter = format!("tune_{}", kernel.unwrap_or_default());
        cargo.args(["test", "--release", "--tests", "--manifest-path"]).arg(package.folder.join("Cargo.toml"));
        cargo.args(["--", "--ignored", "--nocapture", "--test-threads=1"]).arg(filter);
        cargo.env("TRITON_RUNNER_TUNE", keys).env("TRITON_RUNNER_TUNE_TO", file);
        cargo.env("TRITON_RUNNER_TUNE_MS", self.time.to_string());
        cargo.env("TRITON_RUNNER_TUNE_KERNEL", kernel.unwrap_or_default());
        let status = cargo.status().map_err(|error| format!("`cargo test` could not be started: {error}"))?;
        Ok(status.success())
    }

    /// Writes what was measured, or says how it is beside the tables.
    fn take(&self, packages: &[Found], lines: &[Measured]) -> Result {
        if self.check {
            return checked(packages, lines);
        }
        let mut written = BTreeMap::<PathBuf, (TuningTable, usize)>::new();
        for line in lines {
            let Some(package) = packages.iter().find(|package| package.folder.join(&line.beside).exists()) else {
                return Err(format!(
                    "no package here has `{}`, beside which the times of `{}` belong",
                    line.beside, line.kernel
                )
                .into());
            };
            let path = package.folder.join(line.file());
            let (table, mut dropped) = match written.remove(&path) {
                Some((table, dropped)) => (Some(table), dropped),
                None => (old(&path, &line.kernel)?, 0),
            };
            let (table, more) = line.added_to(table);
            dropped += more;
            written.insert(path, (table, dropped));
        }
        for (path, (table, dropped)) in written {
            write(&path, table.to_text()?.as_bytes())?;
            let (path, keys) = (shown(packages, &path), table.times.len());
            let dropped = match dropped {
                0 => String::new(),
                count => format!("; {count} of other machine code are dropped"),
            };
            terminal::print_line(&format!("`{path}` has {keys} keys{dropped}"))?;
        }
        Ok(())
    }
}

/// A file as messages name it: relative to its package.
fn shown(packages: &[Found], path: &Path) -> String {
    let package = packages.iter().find(|package| path.starts_with(&package.folder));
    package.map_or_else(|| path.display().to_string(), |package| display_name(&package.folder, path))
}

/// How fast the choices of today's tables are beside the best.
fn checked(packages: &[Found], lines: &[Measured]) -> Result {
    let mut tables = Vec::new();
    for package in packages {
        tables.extend(self::tables(package)?);
    }
    let mut shares = Vec::new();
    let mut rows = Vec::new();
    for line in lines {
        let table = tables.iter().find(|(_, table)| table.kernel == line.kernel && table.gpu == line.gpu);
        let chosen = table.and_then(|(_, table)| line.chosen(table));
        let (Some(chosen), Some(best)) = (chosen, line.best()) else { continue };
        let share = best.micros / chosen.micros;
        shares.push(share);
        let key = line.keys.iter().zip(&line.key).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let [chosen_micros, best_micros] = [chosen.micros, best.micros].map(|micros| format!("{micros:.2}"));
        let share = format!("{share:.3}");
        rows.push(vec![key.join(" "), chosen.id.clone(), chosen_micros, best.id.clone(), best_micros, share]);
    }
    let Some(worst) = shares.iter().copied().min_by(f64::total_cmp) else {
        return Err("there is no table of this GPU to check: measure without `--check` first".into());
    };
    let header = ["key", "choice", "us", "best", "best us", "speed"];
    terminal::print_line(&terminal::table(&header, &["us", "best us", "speed"], rows))?;
    let without = lines.len() - shares.len();
    if without > 0 {
        eprintln!("note: {without} keys are of a GPU that has no table");
    }
    let mean = (shares.iter().map(|share| share.ln()).sum::<f64>() / shares.len() as f64).exp();
    terminal::print_line(&format!("{} keys: geometric mean {mean:.3}, worst {worst:.3}", shares.len()))
}

/// The files of a package's kernels.
fn kernels(package: &Found) -> Result<Vec<KernelFiles>> {
    let settings = Settings::read(&package.folder, None, &Overrides::default())?.0;
    Ok(files::scan(&package.folder, &settings.folders).kernels)
}

/// The tables of a package.
fn tables(package: &Found) -> Result<Vec<(PathBuf, TuningTable)>> {
    let mut tables = BTreeMap::new();
    for kernel in kernels(package)? {
        for file in &kernel.tables {
            let table = TuningTable::parse(files::split_variant(&kernel.name).0, &file.bytes);
            let table = table.map_err(|error| format!("`{}`: {error}", file.name))?;
            tables.insert(file.path.clone(), table);
        }
    }
    Ok(tables.into_iter().collect())
}

/// The table that there is; none where it is damaged, for it is written anew.
fn old(path: &Path, kernel: &str) -> Result<Option<TuningTable>> {
    match std::fs::read(path) {
        Ok(bytes) => match TuningTable::parse(kernel, &bytes) {
            Ok(table) => Ok(Some(table)),
            Err(error) => {
                eprintln!("warning: `{}` is replaced: {error}", path.display());
                Ok(None)
            }
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("can't read `{}`: {error}", path.display()).into()),
    }
}

fn read(file: &Path) -> Result<Vec<Measured>> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("can't read `{}`: {error}", file.display()))?;
    Ok(Measured::parse(&text).map_err(|error| format!("`{}` is nothing that was measured: {error}", file.display()))?)
}
