//! `cargo triton new`: a kernel in a package, ready to build.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use semver::Version;
use triton_runner_manifest::{Arch, Constant, camel_case};
use triton_runner_read::metadata::{Options, PythonFile, PythonSource};

use super::compilers::toolchain;
use super::manifest;
use super::staged::Staged;
use super::{Env, Result, terminal};
use crate::fs::hash::sha256;
use crate::lowering::export::{ExportRequest, Source, export, files, parse_argument};
use crate::plan::archs_of;
use crate::settings::{Overrides, Settings, SettingsError};
use crate::toolchain::DEFAULT;

/// Start a kernel in a package: the Python kernel, its artifacts, settings, build script and a call.
#[derive(Debug, Args)]
pub(super) struct New {
    /// The kernel's name: an identifier, such as add_kernel
    kernel: String,
    /// Cargo.toml of the package; by default the one of this folder
    #[arg(long, value_name = "FILE")]
    manifest_path: Option<PathBuf>,
    /// GPUs to embed machine code for, where the package has no settings yet
    #[arg(long, value_name = "ARCH", value_parser = crate::settings::parse_arch, default_values = ["sm_80", "sm_86", "sm_90", "sm_120"])]
    arch: Vec<Arch>,
    /// Version of Triton
    #[arg(long, value_name = "VERSION", value_parser = crate::settings::parse_triton, default_value_t = DEFAULT)]
    triton: Version,
}

/// What `cargo new` writes.
const PRISTINE: &str = "fn main() {\n    println!(\"Hello, world!\");\n}\n";

impl New {
    pub(super) fn run(self, env: &Env) -> Result {
        let name = &self.kernel;
        check(name)?;
        let manifest = match &self.manifest_path {
            Some(path) => std::path::absolute(path)?,
            None => nearest_manifest()?,
        };
        let package = manifest.parent().unwrap_or(Path::new(".")).to_owned();
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|error| format!("can't read `{}`: {error}", path.display()))
        };
        let text = read(&manifest)?;
        if !text.lines().any(|line| line.trim() == "[package]") {
            return Err(format!(
                "`{}` is of no package: go into the folder of one, name its Cargo.toml with `--manifest-path`, or start one with `cargo new`",
                manifest.display()
            )
            .into());
        }
        let mut staged = Staged::default();
        let kernels = package.join("kernels");
        let file = |extension: &str| kernels.join(format!("{name}.{extension}"));
        for extension in ["py", "ttir", "json"] {
            let path = file(extension);
            if path.exists() {
                return Err(format!("`{}` is there already; choose another name or remove it", path.display()).into());
            }
        }

        let python = fill(include_str!("templates/kernel.py"), name);
        let artifacts = self.artifacts(&python, &package, env)?;
        staged.add(file("py"), python.as_bytes())?;
        for (name, text) in artifacts {
            staged.add(kernels.join(name), text.as_bytes())?;
        }

        let triton = self.triton.to_string();
        manifest::stage(&mut staged, &manifest, |text| manifest::with_kernels(text, &triton, &self.arch))?;
        let advice = manifest::stage_build_script(&mut staged, &package)?;
        let main = package.join("src/main.rs");
        let call = fill(include_str!("templates/main.rs"), name);
        let run = if main.exists() && read(&main)? == PRISTINE {
            staged.add(&main, call.as_bytes())?;
            "cargo run".to_owned()
        } else {
            let example = package.join(format!("examples/{name}.rs"));
            if example.exists() {
                return Err(
                    format!("`{}` is there already; choose another name or remove it", example.display()).into()
                );
            }
            staged.add(example, call.as_bytes())?;
            format!("cargo run --example {name}")
        };

        let test = package.join(format!("tests/{name}.rs"));
        if test.exists() {
            return Err(format!("`{}` is there already; choose another name or remove it", test.display()).into());
        }
        staged.add(test, fill(include_str!("templates/test.rs"), name).as_bytes())?;

        let here = std::env::current_dir().unwrap_or_default();
        for path in staged.commit()? {
            terminal::print_line(&path.strip_prefix(&here).unwrap_or(&path).display().to_string())?;
        }
        if let Some(advice) = advice {
            eprintln!("now {advice}");
        }
        eprintln!("{} builds it and runs it where there is a GPU", terminal::bold(&format!("`{run}`")));
        eprintln!("{} runs it on the CPU where there is none", terminal::bold("`cargo test`"));
        Ok(())
    }

    /// TTIR and JSON of the kernel, for the GPUs of the package, by their names.
    fn artifacts(&self, python: &str, package: &Path, env: &Env) -> Result<Vec<(String, String)>> {
        let archs = match Settings::read(package, None, &Overrides::default()) {
            Ok((settings, _)) => archs_of(&settings, &self.kernel),
            // The settings that are written now.
            Err(SettingsError::NoArchs { .. }) => self.arch.clone(),
            Err(error) => return Err(error.into()),
        };
        let toolchain = toolchain(env, &self.triton, None)?;
        let folder = tempfile::Builder::new().prefix("triton-runner-new-").tempdir()?;
        let file = folder.path().join(format!("{}.py", self.kernel));
        std::fs::write(&file, python)?;
        let arguments = ["x=*fp32:16", "y=*fp32:16", "out=*fp32:16", "n=i32"];
        let options = Options { num_warps: Some(4), ..Options::default() };
        let request = ExportRequest {
            source: Source::File(file),
            stand_in: Vec::new(),
            kernel: self.kernel.clone(),
            arguments: arguments.into_iter().map(parse_argument).collect::<Result<_, _>>()?,
            constants: BTreeMap::from([("BLOCK".to_owned(), Constant::Int(1024))]),
            types: Vec::new(),
            values: BTreeMap::new(),
            autotune: false,
            options,
            targets: archs.iter().map(|arch| arch.number()).collect(),
        };
        let file = PythonFile { file: format!("{}.py", self.kernel), sha256: sha256(python.as_bytes()) };
        // What the command in the Python file's docstring says.
        let told = serde_json::json!({
            "kernel": self.kernel, "constants": request.constants, "options": request.options,
        });
        let told = told.as_object().cloned();
        let source = PythonSource { file: Some(file), modules: Vec::new(), told };
        let mut exported = export(&toolchain, &request)?;
        exported.iter_mut().try_for_each(|one| one.noting(source.clone()))?;
        Ok(files(&self.kernel, &exported.iter().collect::<Vec<_>>())?)
    }
}

/// The kernel's name becomes a Python function's, a Rust function's and, in other letters, a Rust type's.
fn check(name: &str) -> Result {
    let word = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().any(|c| c.is_ascii_alphabetic());
    if !word {
        return Err(format!("`{name}` can't name a kernel: it must be an identifier, such as add_kernel").into());
    }
    if PYTHON_KEYWORDS.contains(&name) || RUST_KEYWORDS.contains(&name) || TAKEN.contains(&name) {
        return Err(
            format!("`{name}` can't name a kernel: it means something in Python, in Rust or in this kernel").into()
        );
    }
    Ok(())
}

/// Source: The Python Language Reference, "Keywords".
const PYTHON_KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Source: The Rust Reference, "Keywords"; those that are none in Python.
const RUST_KEYWORDS: [&str; 38] = [
    "abstract", "become", "box", "const", "crate", "do", "dyn", "enum", "extern", "false", "final", "fn", "gen",
    "impl", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "self", "Self",
    "static", "struct", "super", "trait", "true", "type", "typeof", "unsafe", "unsized", "use", "virtual",
];

/// Names in the templates.
const TAKEN: [&str; 15] = [
    "triton",
    "tl",
    "x",
    "y",
    "out",
    "n",
    "index",
    "inside",
    "total",
    "error",
    "vec",
    "result",
    "option",
    "maybe_uninit",
    "main",
];

fn fill(template: &str, name: &str) -> String {
    let path = format!("kernels/{name}.py");
    template.replace("KERNEL_FILE", &path).replace("KERNEL", name).replace("STRUCT", &camel_case(name))
}

/// The Cargo.toml of this folder or the nearest above.
fn nearest_manifest() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    let found = here.ancestors().map(|folder| folder.join("Cargo.toml")).find(|path| path.is_file());
    found.ok_or_else(|| "there is no Cargo.toml here or above: start a package with `cargo new`".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_something_else_are_refused() {
        for good in ["add", "add_kernel", "_k2", "Softmax"] {
            check(good).unwrap();
        }
        for bad in ["", "2d", "my-kernel", "a.b", "_", "__", "fn", "lambda", "x", "triton", "größe"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_templates_take_the_name() {
        let text = fill(include_str!("templates/main.rs"), "my_add");
        assert!(text.contains("pub fn my_add(x") && text.contains("MyAdd::load") && !text.contains("KERNEL"));
        let text = fill(include_str!("templates/kernel.py"), "my_add");
        assert!(
            text.contains("export kernels/my_add.py::my_add ")
                && text.contains("def my_add(x")
                && !text.contains("KERNEL")
        );
    }
}
