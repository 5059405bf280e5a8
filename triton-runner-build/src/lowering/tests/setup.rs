//! What the lowering tests share: toolchains, the kernels' exports, jobs, and what Triton itself makes of a file.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::lowering::export::{ExportRequest, Exported, Source, export, parse_argument};
use crate::lowering::{Job, LoweringError, Pipeline, Print};
use crate::toolchain::{Toolchain, Toolchains, WheelSource, default_home};
use semver::Version;
use triton_runner_manifest::{Constant, Level};
use triton_runner_read::metadata::Options;

pub(crate) fn toolchain() -> &'static Toolchain {
    static TOOLCHAIN: OnceLock<Toolchain> = OnceLock::new();
    TOOLCHAIN.get_or_init(|| installed(&Version::new(3, 3, 1)))
}

pub(crate) fn installed(triton: &Version) -> Toolchain {
    let home = default_home(|name| std::env::var_os(name)).unwrap();
    let toolchains = Toolchains::new(home, None, std::env::var_os("PATH").unwrap());
    toolchains.install(triton, &WheelSource::Index, false, &mut |text| eprintln!("{text}")).unwrap()
}

pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lowering").join(name)
}

pub(crate) fn request(kernel: &str, arguments: &[&str], constants: &[(&str, Constant)]) -> ExportRequest {
    ExportRequest {
        source: Source::File(data("kernels.py")),
        stand_in: Vec::new(),
        kernel: kernel.to_owned(),
        arguments: arguments.iter().map(|text| parse_argument(text).unwrap()).collect(),
        constants: constants.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        types: Vec::new(),
        values: Default::default(),
        autotune: false,
        options: Options::default(),
        targets: vec![90],
    }
}

/// The one text of an export for one target.
pub(crate) fn export_one(toolchain: &Toolchain, request: &ExportRequest) -> Result<Exported, LoweringError> {
    let mut exported = export(toolchain, request)?;
    assert_eq!(exported.len(), 1);
    Ok(exported.remove(0))
}

pub(crate) fn add_request() -> ExportRequest {
    let arguments = ["x_ptr=*fp32:16", "y_ptr=*fp32:16", "out_ptr=*fp32:16", "n=i32"];
    request("add", &arguments, &[("BLOCK", Constant::Int(1024))])
}

pub(crate) fn matmul_request() -> ExportRequest {
    let pointers = ["a_ptr=*fp16:16", "b_ptr=*fp16:16", "c_ptr=*fp32:16"];
    let sizes = ["k_size=i32:16", "a_stride=i32:16", "b_stride=i32:16", "c_stride=i32:16"];
    let constants = [("M", Constant::Int(128)), ("N", Constant::Int(64)), ("K", Constant::Int(64))];
    request("matmul", &[pointers.as_slice(), &sizes].concat(), &constants)
}

pub(crate) fn job(source: impl Into<Vec<u8>>, level: Level, target: u16) -> Job {
    Job {
        name: "kernel".to_owned(),
        file: format!("kernels/kernel.{level}"),
        source: source.into(),
        level,
        target,
        options: Options::default(),
        asked: Vec::new(),
        made_by: None,
        made_for: None,
        line_info: false,
        emit: Level::Cubin,
        keep: Vec::new(),
        print: Print::Nothing,
        pipeline: Pipeline::default(),
        tensordesc_meta: None,
    }
}

/// Cubin and metadata of `triton.compile` in a fresh process.
pub(crate) fn reference(
    toolchain: &Toolchain,
    ttir: &str,
    arch: u16,
    options: &str,
    line_info: bool,
) -> (Vec<u8>, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("another name.ttir");
    let output = folder.path().join("cubin");
    std::fs::write(&source, ttir).unwrap();
    let mut command = Command::new(&toolchain.python);
    command.args(["-s", "-S", "-B"]).arg(data("reference.py")).arg(&source).arg(arch.to_string());
    command.arg(options).arg(&output).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("PYTHONPATH", toolchain.site.as_ref().unwrap()).env("TRITON_CACHE_DIR", folder.path().join("cache"));
    command.env("HOME", folder.path());
    if !line_info {
        command.env("TRITON_DISABLE_LINE_INFO", "1");
    }
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let metadata = std::fs::read(folder.path().join("cubin.json")).unwrap();
    (std::fs::read(output).unwrap(), serde_json::from_slice(&metadata).unwrap())
}
