//! `cargo triton lower`: one file to a later level, as a build does it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use semver::Version;
use triton_runner_manifest::{Arch, Level};

use super::option_flags::OptionFlags;
use super::pass_flags::PassFlags;
use super::progress::Progress;
use super::staged::Staged;
use super::{Env, Result, terminal};
use crate::cli::single::{self, SingleFile};

/// Lower one file to a later level, exactly as a build does.
#[derive(Debug, Args)]
pub(super) struct Lower {
    /// A .ttir, .ttgir, .llir or .ptx file, or the IR after a pass
    file: PathBuf,
    /// The GPU: sm_90
    #[arg(long, value_parser = crate::settings::parse_arch)]
    arch: Arch,
    /// Its metadata; by default the JSON beside it
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// Version of Triton; by default the one that made the file, as its metadata says
    #[arg(long, value_name = "VERSION", value_parser = crate::settings::parse_triton)]
    triton: Option<Version>,
    /// Keep source lines, for profilers
    #[arg(long)]
    line_info: bool,
    /// The level to stop at
    #[arg(long, default_value = "cubin")]
    emit: Emit,
    /// Where the result goes. Its metadata goes beside it, as a .json file
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// In place of the metadata's
    #[command(flatten)]
    options: OptionFlags,
    #[command(flatten)]
    passes: PassFlags,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Emit {
    Ttgir,
    Llir,
    Ptx,
    Cubin,
}

impl Lower {
    pub(super) fn run(self, env: &Env) -> Result {
        let request = SingleFile {
            file: self.file,
            archs: vec![self.arch],
            metadata: self.metadata,
            triton: self.triton,
            options: self.options.settings()?,
            line_info: self.line_info,
            pipeline: self.passes.pipeline(),
        };
        let emit = match self.emit {
            // The last that has passes to stop at.
            _ if request.pipeline.stop_after.is_some() => Level::Llir,
            Emit::Ttgir => Level::Ttgir,
            Emit::Llir => Level::Llir,
            Emit::Ptx => Level::Ptx,
            Emit::Cubin => Level::Cubin,
        };
        if same_file(&request.file, &self.output) {
            return Err(format!("`{}` is the file to lower; write the result elsewhere", self.output.display()).into());
        }
        let mut progress = Progress::new();
        let output = single::lower(&request, emit, env, &mut |line| progress.line(line))?;
        drop(progress);
        output.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
        let mut staged = Staged::default();
        staged.add(&self.output, &output.bytes)?;
        let inputs = [Some(request.file.with_extension("json")), request.metadata];
        let noted = inputs.iter().flatten().any(|input| same_folder(input, &self.output));
        let metadata = if noted { output.metadata } else { without_python(&output.metadata) };
        staged.add(json_path(&self.output, self.arch, &inputs), metadata.as_bytes())?;
        for path in staged.commit()? {
            terminal::print_line(&path.display().to_string())?;
        }
        Ok(())
    }
}

/// `OUT.json`, but never over the metadata of the input: then `OUT.sm_90.json`, which a build takes for `OUT` there.
fn json_path(output: &Path, arch: Arch, inputs: &[Option<PathBuf>]) -> PathBuf {
    let path = output.with_extension("json");
    if inputs.iter().flatten().any(|input| same_file(input, &path)) {
        return output.with_extension(format!("{arch}.json"));
    }
    path
}

/// The Python files are named from the folder of the JSON: in another one they would be missed.
fn without_python(json: &str) -> String {
    let Ok(mut object) = serde_json::from_str::<serde_json::Map<_, _>>(json) else { return json.to_owned() };
    object.remove("exported_from");
    serde_json::to_string_pretty(&object).map_or_else(|_| json.to_owned(), |text| text + "\n")
}

fn same_folder(a: &Path, b: &Path) -> bool {
    let folder = |path: &Path| std::path::absolute(path).ok()?.parent()?.canonicalize().ok();
    folder(a).is_some_and(|a| Some(a) == folder(b))
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_metadata_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("add.json"), "{}").unwrap();
        let arch = "sm_90".parse().unwrap();
        let inputs = [Some(at("add.json")), None];
        assert_eq!(json_path(&at("add.ptx"), arch, &inputs), at("add.sm_90.json"));
        assert_eq!(json_path(&at("add.sm_90.ptx"), arch, &inputs), at("add.sm_90.json"));
        assert_eq!(json_path(&at("other.ptx"), arch, &inputs), at("other.json"));
    }
}
