//! Where NVIDIA's programs lie: in Triton's wheels, in a CUDA toolkit, on the search path.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use semver::Version;

use super::installed::Installed;
use super::{Ptxas, ToolchainError, Toolchains, python};

/// An architecture that every Triton has its newest `ptxas` for.
const NEWEST: u16 = 120;

/// NVIDIA's programs on this machine.
#[derive(Debug)]
pub(crate) struct Programs {
    /// The `ptxas` that the user names.
    named: Option<PathBuf>,
    toolchains: Option<Toolchains>,
    cuda: Vec<PathBuf>,
    search: OsString,
    /// Each `ptxas` that was asked what it is.
    asked: RefCell<BTreeMap<PathBuf, Option<Ptxas>>>,
}

impl Programs {
    /// `named` is `TRITON_RUNNER_PTXAS`, `cuda` the folders of CUDA toolkits (`CUDA_HOME`, `CUDA_PATH`, `/usr/local/cuda`),
    /// `search` the value of `PATH`.
    pub(crate) fn new(
        named: Option<PathBuf>,
        toolchains: Option<Toolchains>,
        cuda: Vec<PathBuf>,
        search: OsString,
    ) -> Self {
        Self { named, toolchains, cuda, search, asked: RefCell::default() }
    }

    /// Every place that has `nvdisasm`, the likeliest to understand what this Triton made first.
    #[cfg(feature = "cli")]
    pub(crate) fn nvdisasm(&self, made_by: Option<&Version>) -> Vec<PathBuf> {
        let name = "nvdisasm";
        self.places(name, made_by, |installed| vec![installed.program(name)])
    }

    /// Every place that has the program: Triton `made_by`'s own, the other installed toolchains from the newest on, CUDA
    /// toolkits, the search path.
    fn places(
        &self,
        name: &str,
        made_by: Option<&Version>,
        in_toolchain: impl Fn(&Installed) -> Vec<PathBuf>,
    ) -> Vec<PathBuf> {
        let mut installed = self.toolchains.as_ref().map(Toolchains::list).unwrap_or_default();
        installed.reverse();
        // Stable: the order by age stays within the two groups.
        installed.sort_by_key(|installed| Some(installed.triton()) != made_by);
        let places = installed.iter().flat_map(in_toolchain);
        let file = python::file_of(Path::new(name), std::env::consts::EXE_SUFFIX);
        let places = places.chain(self.cuda.iter().map(|folder| folder.join("bin").join(&file)));
        places.filter(|path| path.is_file()).chain(python::programs(name, &self.search)).collect()
    }

    /// A `ptxas` for architecture number `arch` that reads PTX of an ISA version (84 for 8.4). A named one is used whatever
    /// it is; else it is the first that reads it: the one that the Triton which made the PTX would run, if that is installed,
    /// before the others.
    ///
    /// Where none reads it, the result is the one that reads the newest; what it says is for the caller to judge.
    ///
    /// # Errors
    /// If the named one does not run, or nothing is found.
    pub(crate) fn ptxas(
        &self,
        arch: u16,
        isa: Option<u32>,
        made_by: Option<&Version>,
    ) -> Result<Ptxas, ToolchainError> {
        if let Some(named) = &self.named {
            let path = python::resolve(named, &self.search).unwrap_or_else(|| named.clone());
            return self.ask(&path).map_or_else(|| Ptxas::at(&path), Ok);
        }
        let reads = |ptxas: &Ptxas| ptxas.newest_ptx().zip(isa).is_none_or(|(newest, isa)| isa <= newest);
        let mut best: Option<Ptxas> = None;
        // Most versions bring two, one of them newer, for the newest architectures.
        for path in self.places("ptxas", made_by, |installed| vec![installed.ptxas(arch), installed.ptxas(NEWEST)]) {
            match self.ask(&path) {
                Some(found) if reads(&found) => return Ok(found),
                Some(found) if best.as_ref().is_none_or(|best| best.newest_ptx() < found.newest_ptx()) => {
                    best = Some(found);
                }
                _ => {}
            }
        }
        best.ok_or(ToolchainError::NoPtxas)
    }

    /// What a program is, if it is a `ptxas` that runs. It is asked once.
    fn ask(&self, path: &Path) -> Option<Ptxas> {
        let mut asked = self.asked.borrow_mut();
        asked.entry(path.to_owned()).or_insert_with(|| Ptxas::at(path).ok()).clone()
    }
}
