//! What a command looks at: the kernels of the workspace's packages, or one file.

use std::path::PathBuf;

use clap::Args;
use semver::Version;
use triton_runner_manifest::{Arch, Level};

use super::interpreter::Interpreter;
use super::packages::{Found, Packages};
use super::{Env, Result};
use crate::analysis::Analysis;
use crate::cli::single::{self, SingleFile};
use crate::error::{Error, Problem};
use crate::lowering::Pipeline;
use crate::obtain::tools::Tools;
use crate::settings::{KernelSettings, Overrides};

/// The part of a command line that says what to look at.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// A kernel's name, or a .ttir, .ttgir, .llir, .ptx or .cubin file
    #[arg(value_name = "KERNEL|FILE")]
    pub(super) what: Option<String>,
    #[command(flatten)]
    packages: Packages,
    /// Only these GPUs, such as sm_90; may be given several times
    #[arg(long, value_name = "ARCH", value_parser = crate::settings::parse_arch)]
    pub(super) arch: Vec<Arch>,
    /// For a file: its metadata; by default the JSON beside it
    #[arg(long, value_name = "FILE")]
    pub(super) metadata: Option<PathBuf>,
    /// For a file: version of Triton; by default the one that made it
    #[arg(long, value_name = "VERSION")]
    triton: Option<Version>,
}

/// A package's kernels, or a file as a package with nothing else.
pub(super) struct Subject {
    /// The package's name.
    pub(super) package: Option<String>,
    pub(super) version: Option<String>,
    /// Its licence, an SPDX expression.
    pub(super) license: Option<String>,
    /// Whether it embeds TTIR; `None` for a file.
    pub(super) interpreter: Option<Interpreter>,
    pub(super) analysis: Analysis,
    pub(super) tools: Tools,
    /// What was wrong before any kernel was looked at.
    pub(super) problems: Vec<Problem>,
}

impl Selection {
    /// All kernels of packages.
    pub(super) fn of_packages(packages: Packages, arch: Vec<Arch>) -> Self {
        Self { what: None, packages, arch, metadata: None, triton: None }
    }

    /// The same of another kernel or file, with the metadata and the Triton that are its own.
    pub(super) fn other(&self, what: &str) -> Self {
        let (what, packages, arch) = (Some(what.to_owned()), self.packages.clone(), self.arch.clone());
        Self { what, packages, arch, metadata: None, triton: None }
    }

    /// The packages, where no kernel and no file is named.
    pub(super) fn packages(&self) -> Result<Vec<Found>> {
        self.packages.find()
    }

    /// The file, if that is what was named.
    pub(super) fn file(&self) -> Option<PathBuf> {
        let path = PathBuf::from(self.what.as_ref()?);
        // A kernel's name has no dot.
        (path.is_file() || single::level_of(&path).is_some()).then_some(path)
    }

    /// The file, if it is PTX or machine code that has no metadata.
    pub(super) fn lone_image(&self) -> Option<(PathBuf, Level)> {
        let file = self.file()?;
        let level = single::level_of(&file).filter(|level| *level >= Level::Ptx)?;
        let known = self.metadata.is_some() || single::metadata_beside(&file, &self.arch).is_some();
        (!known).then_some((file, level))
    }

    /// What such a file is looked at with.
    pub(super) fn tools(&self, file: PathBuf, env: &Env) -> Result<Tools> {
        Ok(single::tools(&self.request(file), env)?)
    }

    /// Reads it all. Kernels with problems are left out, and their problems are in the subjects.
    pub(super) fn read(&self, env: &Env) -> Result<Vec<Subject>> {
        if let Some(file) = self.file() {
            return Ok(vec![self.read_file(file, env, single::analyze)?]);
        }
        self.read_packages(env)
    }

    /// The same; a file that isn't for one architecture is looked at even if none is asked for.
    pub(super) fn look_at(&self, env: &Env) -> Result<Vec<Subject>> {
        match self.file() {
            Some(file) => Ok(vec![self.read_file(file, env, single::look_at)?]),
            None => self.read_packages(env),
        }
    }

    fn read_packages(&self, env: &Env) -> Result<Vec<Subject>> {
        if self.metadata.is_some() || self.triton.is_some() {
            return Err("`--metadata` and `--triton` are for a file; a package's kernels have their own".into());
        }
        let mut subjects = Vec::new();
        for found in self.packages.find()? {
            let mut analysis =
                Analysis::of(&found.folder, self.archs(env).as_deref(), &Overrides::default(), |_, _, _| None)?;
            self.narrow(&mut analysis);
            let tools = Tools::of_package(env, &analysis.settings, &found.folder)?;
            let problems = std::mem::take(&mut analysis.problems);
            subjects.push(Subject {
                package: Some(found.name),
                version: Some(found.version),
                license: found.license,
                interpreter: Some(found.interpreter),
                analysis,
                tools,
                problems,
            });
        }
        self.check(&subjects)?;
        Ok(subjects)
    }

    fn read_file(
        &self,
        file: PathBuf,
        env: &Env,
        read: fn(&SingleFile) -> std::result::Result<Analysis, Error>,
    ) -> Result<Subject> {
        let analysis = read(&self.request(file))?;
        let tools = Tools::without_prebuilt(env, &analysis.settings)?;
        Ok(Subject {
            package: None,
            version: None,
            license: None,
            interpreter: None,
            analysis,
            tools,
            problems: Vec::new(),
        })
    }

    fn request(&self, file: PathBuf) -> SingleFile {
        SingleFile {
            file,
            archs: self.arch.clone(),
            metadata: self.metadata.clone(),
            triton: self.triton.clone(),
            options: KernelSettings::default(),
            line_info: false,
            pipeline: Pipeline::default(),
        }
    }

    /// The architectures that were asked for, in the form of the variable that they replace.
    fn archs(&self, env: &Env) -> Option<String> {
        match &self.arch[..] {
            [] => env.var("TRITON_RUNNER_ARCHS"),
            archs => Some(archs.iter().map(Arch::to_string).collect::<Vec<_>>().join(",")),
        }
    }

    /// Leaves the kernel that was asked for, and PTX for no other architecture.
    fn narrow(&self, analysis: &mut Analysis) {
        if let Some(wanted) = &self.what {
            analysis.kernels.retain(|kernel| is_called(&kernel.name, wanted));
            analysis.problems.retain(|problem| problem.kernel_name().is_none_or(|name| is_called(name, wanted)));
        }
        if !self.arch.is_empty() {
            let settings = &mut analysis.settings;
            let own = settings.kernels.values_mut().flat_map(|own| &mut own.ptx);
            for ptx in own.chain([&mut settings.ptx]) {
                ptx.retain(|arch| self.arch.contains(arch));
            }
        }
    }

    fn check(&self, subjects: &[Subject]) -> Result {
        let Some(wanted) = &self.what else { return Ok(()) };
        if subjects.iter().any(|subject| !subject.analysis.kernels.is_empty() || !subject.problems.is_empty()) {
            return Ok(());
        }
        let mut message = format!("there is no kernel `{wanted}` here, and no such file");
        let mut names = Vec::new();
        for found in self.packages.find()? {
            let all = Analysis::of(&found.folder, None, &Overrides::default(), |_, _, _| None)?;
            names.extend(all.kernels.into_iter().map(|kernel| kernel.name));
        }
        if !names.is_empty() {
            message += &format!("; there are {}", names.join(", "));
        }
        Err(message.into())
    }
}

/// `matmul` is also each of its variants, `matmul@small`.
fn is_called(name: &str, wanted: &str) -> bool {
    name == wanted || crate::read::files::split_variant(name).0 == wanted
}

/// What was wrong, as one error, when the rest has been shown.
pub(super) fn report(problems: Vec<Problem>) -> Result {
    if problems.is_empty() { Ok(()) } else { Err(Box::new(Error::new(problems))) }
}
