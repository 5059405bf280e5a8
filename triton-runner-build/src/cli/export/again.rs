//! `cargo triton export --again` and `--check`: what the package has exported, once more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use semver::Version;

use super::check;
use super::order::{Made, Order};
use super::remembered::Remembered;
use crate::cli::compilers::toolchain;
use crate::cli::packages::Packages;
use crate::cli::staged::Staged;
use crate::cli::{Env, Result, terminal};
use crate::toolchain::Toolchain;

/// What is done with what the frontend gives now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Write,
    /// Tell what would change, and write nothing.
    Compare,
}

/// Which kernels.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which<'a> {
    /// These, or all where there are none.
    Named(&'a [String]),
    /// All that `exports.toml` declares.
    Declared,
}

/// Exports kernels of the packages once more.
pub(super) fn again(
    packages: &Packages,
    which: Which<'_>,
    triton: Option<&Version>,
    python: Option<PathBuf>,
    then: Then,
    env: &Env,
) -> Result {
    let remembered = Remembered::read(&packages.find()?)?;
    let orders = match which {
        Which::Named(named) => wanted(&remembered, named)?,
        Which::Declared => of_declared(&remembered)?,
    };
    let compilers = toolchains(&orders, triton, python, env)?;
    let made = make_all(&orders, &compilers);
    let mut failed = Vec::new();
    let mut all = Vec::new();
    for ((kernel, _), made) in orders.iter().zip(made) {
        match made {
            Ok(made) => all.push((kernel.as_str(), made)),
            Err(error) => failed.push(format!("kernel `{kernel}`: {error}")),
        }
    }
    if !failed.is_empty() {
        return Err(failed.join("\n\n").into());
    }
    let mut places = BTreeMap::new();
    for (kernel, made) in &all {
        for (path, _) in &made.files {
            if let Some(other) = places.insert(path, *kernel) {
                return Err(format!("`{}` is made twice, for `{other}` and for `{kernel}`", path.display()).into());
            }
        }
    }
    match then {
        Then::Write => write(all),
        Then::Compare => check::compare(&all),
    }
}

fn of_declared(remembered: &Remembered) -> Result<Vec<&(String, Order)>> {
    let orders: Vec<_> = remembered.orders.iter().filter(|(name, _)| remembered.declared.contains(name)).collect();
    match orders.is_empty() {
        false => Ok(orders),
        true => Err("there is nothing to export: name a kernel, `cargo triton export kernels/add.py::add_kernel`, or declare some in `exports.toml` beside the kernels".into()),
    }
}

/// The orders for these kernels.
fn wanted<'a>(remembered: &'a Remembered, named: &[String]) -> Result<Vec<&'a (String, Order)>> {
    let is_wanted = |kernel: &str| named.is_empty() || named.iter().any(|name| name == kernel);
    for name in named {
        if !remembered.names.contains(name) {
            let names = remembered.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let there = if names.is_empty() { "there are none".to_owned() } else { format!("there are {names}") };
            return Err(format!("there is no kernel `{name}` in the folders of the package; {there}").into());
        }
    }
    let mut reasons = Vec::new();
    for (stem, why) in &remembered.forgotten {
        let kernel = crate::read::files::split_variant(stem).0;
        match named.iter().any(|name| name == kernel) {
            true => reasons.push(format!("kernel `{stem}`: {why}")),
            false if named.is_empty() => eprintln!("note: left out: kernel `{stem}`: {why}"),
            false => {}
        }
    }
    if !reasons.is_empty() {
        return Err(reasons.join("\n\n").into());
    }
    let orders: Vec<_> = remembered.orders.iter().filter(|(kernel, _)| is_wanted(kernel)).collect();
    if orders.is_empty() {
        let which = if named.is_empty() { "no kernel here".to_owned() } else { format!("`{}`", named.join("`, `")) };
        return Err(format!(
            "{which} was exported from Python by `cargo triton export`, so there is nothing to repeat"
        )
        .into());
    }
    Ok(orders)
}

/// A compiler for each, found or installed once.
fn toolchains(
    orders: &[&(String, Order)],
    triton: Option<&Version>,
    python: Option<PathBuf>,
    env: &Env,
) -> Result<Vec<Toolchain>> {
    let mut found = Vec::<(Version, Toolchain)>::new();
    let mut compilers = Vec::new();
    for (_, order) in orders {
        let version = match triton {
            Some(version) => version.clone(),
            None => order.triton()?,
        };
        let known = found.iter().find(|(known, _)| *known == version).map(|(_, toolchain)| toolchain.clone());
        let one = match known {
            Some(known) => known,
            None => toolchain(env, &version, python.clone())?,
        };
        found.push((version, one.clone()));
        compilers.push(one);
    }
    Ok(compilers)
}

/// Each in a process of its own, as many at a time as the machine has cores.
fn make_all(orders: &[&(String, Order)], compilers: &[Toolchain]) -> Vec<Result<Made, String>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(orders.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let (Some((_, order)), Some(compiler)) = (orders.get(index), compilers.get(index)) else { break };
                    let made = order.make(compiler).map_err(|error| error.to_string());
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, made));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, made)| made).collect()
}

/// Writes what is different, all or nothing.
fn write(all: Vec<(&str, Made)>) -> Result {
    let mut staged = Staged::default();
    let mut notes = BTreeSet::new();
    let kernels: BTreeSet<_> = all.iter().map(|(kernel, _)| *kernel).collect();
    let mut changed = BTreeSet::new();
    for (kernel, made) in all {
        let is_new = |(path, text): &&(PathBuf, String)| std::fs::read(path).ok().as_deref() != Some(text.as_bytes());
        let new: Vec<_> = made.files.iter().filter(is_new).collect();
        if !new.is_empty() || !made.instead_of.is_empty() {
            changed.insert(kernel);
        }
        for (path, text) in new {
            staged.add(path, text.as_bytes())?;
        }
        staged.instead_of(made.instead_of);
        notes.extend(made.notes.into_iter().map(|note| format!("kernel `{kernel}`: {note}")));
    }
    notes.iter().for_each(|note| eprintln!("note: {note}"));
    for path in staged.commit()? {
        terminal::print_line(&path.display().to_string())?;
    }
    eprintln!("{} of {} kernels changed", changed.len(), kernels.len());
    Ok(())
}
