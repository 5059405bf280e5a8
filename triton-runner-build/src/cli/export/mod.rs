//! `cargo triton export`: from a Python kernel, or from Triton's cache, to artifacts to check in.

mod again;
mod arguments;
pub(super) mod cache_entry;
mod check;
mod declared;
mod family;
pub(super) mod folders;
mod from_cache;
pub(super) mod license;
mod order;
mod recipe;
mod remembered;
pub(super) mod stem;
pub(super) mod superseded;
pub(super) mod targets;
mod variant;

use std::collections::BTreeSet;

use super::compilers::toolchain;
use super::staged::Staged;
use super::{Env, Result, terminal};
use again::{Then, Which, again};
use order::{Order, folder_of};
use recipe::Recipe;

use crate::lowering::export::Source;

pub(super) use arguments::{Export, parse_kernel};
pub(super) use recipe::Told;

impl Export {
    pub(super) fn run(self, env: &Env) -> Result {
        if self.from_cache.is_some() && self.options.are_given() {
            return Err("with --from-cache the options are those that the entry was compiled with; change them in the JSON, or in Cargo.toml".into());
        }
        if self.packages.are_given() && (self.function.is_some() || self.from_cache.is_some()) {
            return Err("`--package` and `--manifest-path` are for --again, --check and what exports.toml declares: this kernel goes beside its file, or to `--out`".into());
        }
        if let Some((named, then)) = self.repeated() {
            return again(&self.packages, named, self.triton.as_ref(), self.python.clone(), then, env);
        }
        let staged = match (&self.from_cache, &self.function) {
            (Some(folder), _) => from_cache::take(&self, folder, env)?,
            (None, Some((source, kernel))) => self.compile(source, kernel, env)?,
            (None, None) if self.says_how() => {
                return Err("it isn't said which kernel: name it, `cargo triton export kernels/add.py::add_kernel`; without one, exports.toml says all".into());
            }
            (None, None) => {
                return again(
                    &self.packages,
                    Which::Declared,
                    self.triton.as_ref(),
                    self.python.clone(),
                    Then::Write,
                    env,
                );
            }
        };
        let written = staged.commit()?;
        for path in &written {
            terminal::print_line(&path.display().to_string())?;
        }
        for path in variant::others(&written) {
            eprintln!(
                "note: `{}` is there too, as a variant of the same kernel: if it is older, export it again or remove it",
                path.display()
            );
        }
        Ok(())
    }

    /// The kernels to export once more, and what for.
    fn repeated(&self) -> Option<(Which<'_>, Then)> {
        let again = self.again.as_deref().map(|named| (Which::Named(named), Then::Write));
        again.or_else(|| self.check.as_deref().map(|named| (Which::Named(named), Then::Compare)))
    }

    fn compile(&self, source: &Source, kernel: &str, env: &Env) -> Result<Staged> {
        let mut recipe = Recipe::new(kernel, &self.args, &self.constants, &self.values)?;
        recipe.autotune = self.autotune;
        recipe.options = self.options.clone().settings()?.told()?;
        recipe.archs.clone_from(&self.arch);
        recipe.archs.sort_unstable();
        recipe.archs.dedup();
        recipe.stand_in.clone_from(&self.stand_in);
        recipe.license.clone_from(&self.license);
        for (name, types) in &self.dtypes {
            if recipe.dtypes.insert(name.clone(), types.clone()).is_some() {
                return Err(format!("--dtype {name} is given twice").into());
            }
        }
        let order = Order {
            source: source.clone(),
            folder: folder_of(self.out.as_deref(), source)?,
            stem: self.name.clone(),
            recipe,
            family: None,
            is_whole: false,
            variants: self.variants.clone(),
            made_by: None,
        };
        let triton = match &self.triton {
            Some(triton) => triton.clone(),
            None => order.triton()?,
        };
        let toolchain = toolchain(env, &triton, self.python.clone())?;
        let mut staged = Staged::default();
        let mut told = BTreeSet::new();
        for order in order.members()? {
            let made = order.make(&toolchain)?;
            for (path, text) in &made.files {
                staged.add(path, text.as_bytes())?;
            }
            staged.instead_of(made.instead_of);
            let new: Vec<_> = made.notes.into_iter().filter(|note| told.insert(note.clone())).collect();
            new.iter().for_each(|note| eprintln!("note: {note}"));
        }
        Ok(staged)
    }
}
