//! The stamp: what the last build of an OUT_DIR went by and what it made.
//!
//! Where everything that it names is as it was, a build reads and writes nothing else. Where one kernel has changed,
//! only that one is built, and the rest is taken from here. Build scripts are compiled without optimization, so even
//! parsing a hundred kernels would be felt each time.
//!
//! A file counts as unchanged if its size and times are the same, unless they are as new as the build that read it;
//! then, and where only the times differ, its content decides.

mod contents;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use triton_runner_manifest::LeftOut;

use crate::cargo::Env;
use crate::emit;
use crate::fs::input::{Input, Now, nanoseconds};
use crate::fs::write::write;
use crate::read::files::{Found, KernelFiles, names_in};

pub(crate) use contents::{Made, Stamp, Written};

/// Below OUT_DIR.
pub(crate) const PATH: &str = "triton-runner/stamp";

/// What a build goes by beside files and variables: this crate, the build script with all that is compiled into it,
/// and what the `Builder` was told.
pub(crate) fn base(request: &str) -> String {
    let program = std::env::current_exe().ok().and_then(|path| Input::program(&path));
    let program = program.map(|program| format!("{} {:?}", program.path.display(), program.stat));
    format!("{} {} {request}", env!("CARGO_PKG_VERSION"), program.unwrap_or_default())
}

impl Stamp {
    /// The stamp of an OUT_DIR, if there is one that can be read.
    pub(crate) fn read(out_dir: &Path) -> Option<Self> {
        text::parse(&std::fs::read_to_string(out_dir.join(PATH)).ok()?)
    }

    /// Writes it, where everything in it can be written. Without a stamp, everything is looked at again.
    pub(crate) fn write(&self, out_dir: &Path) {
        let path = out_dir.join(PATH);
        let written = text::print(self).is_some_and(|text| write(&path, text.as_bytes()).is_ok());
        if !written {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Whether everything is as it was. Notes how rewritten files look now.
    pub(crate) fn holds(&mut self, base: &str, env: &Env, out_dir: &Path) -> bool {
        let folder = out_dir.join(emit::FOLDER);
        let mut look = Look { read: self.read, rewritten: false };
        let now = nanoseconds(SystemTime::now());
        let kernels = |kernel: &mut Made, look: &mut Look| {
            look.all_same(&mut kernel.inputs)
                && look.all_same(&mut kernel.locked)
                && look.all_same(&mut kernel.python)
                && kernel.gone.iter().all(|path| !path.exists())
                && kernel.outputs.iter().all(|output| output.is_there(&folder))
        };
        let holds = self.outputs.iter().all(|output| output.is_there(&folder))
            && self.base_holds(base, env, &mut look)
            && look.all_same(&mut self.manifests)
            && self.folders.iter().all(|(folder, names)| names_in(folder).is_ok_and(|now| now == *names))
            && self.kernels.iter_mut().all(|kernel| kernels(kernel, &mut look));
        if holds && look.rewritten {
            // Next time a look is enough. What was too new then is old enough now.
            self.read = now;
            self.write(out_dir);
        }
        holds
    }

    /// Whether everything is as it was that concerns all kernels, so that each can be judged by itself.
    pub(crate) fn holds_for_each(&mut self, base: &str, env: &Env) -> bool {
        // Settings are compared once they have been read: a Cargo.toml holds much else.
        self.base_holds(base, env, &mut Look { read: self.read, rewritten: false })
    }

    fn base_holds(&mut self, base: &str, env: &Env, look: &mut Look) -> bool {
        self.base == base
            && self.variables.iter().all(|(name, value)| env.var_os(name) == *value)
            && self.absent.iter().all(|path| !path.exists())
            && look.all_same(&mut self.lock)
            && look.all_same(&mut self.programs)
    }

    /// The kernel as it was made, if that is what these files and settings would give again.
    pub(crate) fn kernel(&self, files: &KernelFiles, found: &Found, settings: &str, out_dir: &Path) -> Option<Made> {
        let folder = out_dir.join(emit::FOLDER);
        let index = self.kernels.binary_search_by(|made| made.name.as_str().cmp(&files.name)).ok()?;
        let mut made = self.kernels[index].clone();
        let now: BTreeSet<&Path> = files.contents().map(|(path, _)| path).collect();
        let then: BTreeSet<&Path> = made.inputs.iter().map(|input| input.path.as_path()).collect();
        if now != then || made.settings != settings || !made.outputs.iter().all(|output| output.is_there(&folder)) {
            return None;
        }
        for (path, bytes) in files.contents() {
            let input = made.inputs.iter_mut().find(|input| input.path == path)?;
            let stat = *found.stats.get(path)?;
            if stat != input.stat || stat.is_too_new(self.read) {
                let now = Input::new(path, stat, bytes);
                if now.hash != input.hash {
                    return None;
                }
                *input = now;
            }
        }
        let mut look = Look { read: self.read, rewritten: false };
        let python = look.all_same(&mut made.python) && made.gone.iter().all(|path| !path.exists());
        (look.all_same(&mut made.locked) && python).then_some(made)
    }

    /// What cargo is to watch.
    pub(crate) fn watched(&self) -> BTreeSet<PathBuf> {
        let kernels =
            self.kernels.iter().flat_map(|kernel| kernel.inputs.iter().chain(&kernel.locked).chain(&kernel.python));
        let files = self.manifests.iter().chain(&self.lock).chain(kernels).map(|input| input.path.clone());
        files.chain(self.folders.iter().map(|(folder, _)| folder.clone())).collect()
    }

    /// What should be acted on.
    pub(crate) fn warnings(&self) -> Vec<String> {
        // Variants of a kernel can have one in common.
        let mut told = BTreeSet::new();
        let all = self.kernels.iter().flat_map(|kernel| &kernel.warnings);
        let own = all.filter(|warning| told.insert(*warning)).cloned();
        own.chain(self.left_out()).collect()
    }

    /// A line for each reason for which machine code is left out.
    fn left_out(&self) -> impl Iterator<Item = String> {
        let mut kernels = BTreeMap::<&LeftOut, Vec<&str>>::new();
        for kernel in &self.kernels {
            if let Some(why) = &kernel.left_out {
                kernels.entry(why).or_default().push(&kernel.name);
            }
        }
        kernels.into_iter().map(|(why, names)| {
            const TOLD: usize = 5;
            let list = names.iter().take(TOLD).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let (many, more) = (if names.len() == 1 { "" } else { "s" }, names.len().saturating_sub(TOLD));
            let list = if more == 0 { list } else { format!("{list} and {more} more") };
            format!(
                "no machine code is embedded for kernel{many} {list}: {why}; the typed functions are there, and `load` returns an error; `cargo triton lock` on Linux writes what can be checked in"
            )
        })
    }
}

/// A look at files, one after another.
struct Look {
    read: i64,
    rewritten: bool,
}

impl Look {
    fn all_same(&mut self, inputs: &mut [Input]) -> bool {
        inputs.iter_mut().all(|input| match input.now(self.read) {
            Now::Same => true,
            Now::Rewritten(stat) => {
                input.stat = stat;
                self.rewritten = true;
                true
            }
            Now::Changed => false,
        })
    }
}

#[cfg(test)]
mod tests;
