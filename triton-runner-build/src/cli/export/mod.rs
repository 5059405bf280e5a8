//! `cargo triton export`: from a Python kernel, or from Triton's cache, to artifacts to check in.

mod arguments;
mod cache_entry;
mod folders;
mod from_cache;
mod variant;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use triton_runner_manifest::Arch;
use triton_runner_read::metadata::Options;

use super::compilers::toolchain;
use super::staged::Staged;
use super::{Env, Result, terminal};
use crate::lowering::export::{ExportRequest, Exported, export};
use crate::read::python_source;

pub(super) use arguments::Export;

impl Export {
    pub(super) fn run(self, env: &Env) -> Result {
        let staged = match (&self.from_cache, &self.function) {
            (Some(folder), _) => from_cache::take(&self, folder)?,
            (None, Some((file, kernel))) => self.compile(file, kernel, env)?,
            // The command line's parser asks for one of the two.
            (None, None) => Staged::default(),
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

    fn compile(&self, file: &Path, kernel: &str, env: &Env) -> Result<Staged> {
        let toolchain = toolchain(env, &self.triton, self.python.clone())?;
        let folder = match self.out.as_deref().or_else(|| file.parent()) {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let base = ExportRequest {
            file: file.to_owned(),
            kernel: kernel.to_owned(),
            arguments: self.args.clone(),
            constants: BTreeMap::from_iter(self.constants.clone()),
            options: Options {
                num_warps: self.num_warps,
                num_stages: self.num_stages,
                num_ctas: self.num_ctas,
                ..Options::default()
            },
            target: self.arch.map_or(90, Arch::number),
        };
        let mut staged = Staged::default();
        let mut stage = |exported: Exported, variant: &str| -> Result {
            let exported = exported.noting(python_source::note(file, &folder))?;
            let stem = self.name.as_ref().unwrap_or(&exported.name);
            for (extension, text) in [("ttir", &exported.ttir), ("json", &exported.json()?)] {
                staged.add(folder.join(format!("{stem}{variant}.{extension}")), text.as_bytes())?;
            }
            Ok(())
        };
        if self.variants.is_empty() {
            stage(export(&toolchain, &base)?, "")?;
        }
        variant::distinct(&self.variants)?;
        for variant in &self.variants {
            let request = variant.of(&base)?;
            let about = |error| format!("variant `{}`: {error}", variant.name);
            stage(export(&toolchain, &request).map_err(about)?, &format!("@{}", variant.name))?;
        }
        Ok(staged)
    }
}
