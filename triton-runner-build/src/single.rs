//! One file through the build's own pipeline, to any later level: `cargo triton lower`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;
use serde_json::Value;
use triton_runner_manifest::{Arch, Level};

use crate::artifact::{Artifact, KernelFiles, MetadataFile, arch_in_name};
use crate::assemble::{assemble, verify_source};
use crate::cargo::Env;
use crate::error::{Error, Problem};
use crate::obtain::{lower_to, obtain};
use crate::plan::{self, Step};
use crate::read::{self, Kernel};
use crate::settings::{KernelSettings, Settings};
use crate::tools::Tools;

/// What to lower and how.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) file: PathBuf,
    pub(crate) arch: Arch,
    /// The JSON; by default the one beside the file.
    pub(crate) metadata: Option<PathBuf>,
    pub(crate) triton: Option<Version>,
    pub(crate) options: KernelSettings,
    pub(crate) line_info: bool,
    pub(crate) emit: Level,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) bytes: Vec<u8>,
    /// The JSON that makes it an artifact: Triton's metadata with our keys.
    pub(crate) metadata: String,
}

/// The request makes no sense for this file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SingleError {
    #[error("can't read it: {0}")]
    Unreadable(std::io::Error),
    #[error(
        "its name doesn't end in `.ttir`, `.ttgir`, `.llir`, `.ptx` or `.cubin`, so its level is unknown; rename it"
    )]
    NoLevel,
    #[error("it is {found} already, and {asked} doesn't come after it: the levels are ttir, ttgir, llir, ptx, cubin")]
    NotLater { found: Level, asked: Level },
}

/// Lowers one file.
pub(crate) fn lower(request: &Request, env: &Env, progress: &mut dyn FnMut(&str)) -> Result<Output, Error> {
    let name = request.file.display().to_string();
    let about = |error: SingleError| Problem::file(&name, error);
    let files = files(request).map_err(about)?;
    let level = files.artifacts[0].level;
    if request.emit <= level {
        return Err(about(SingleError::NotLater { found: level, asked: request.emit }).into());
    }
    let settings = Settings {
        triton: request.triton.clone(),
        archs: vec![request.arch],
        archs_overridden: true,
        folders: Vec::new(),
        ptx: Vec::new(),
        line_info: request.line_info,
        time_limit: Duration::from_secs(600),
        stale_lock_lowers: false,
        kernels: BTreeMap::from([(files.name.clone(), request.options.clone())]),
    };
    let kernel = read::read(&files, &request.options).map_err(Error::new)?;
    let steps = plan::plan(&kernel, &settings).map_err(Error::new)?;
    let tools = Tools::without_prebuilt(env, &settings);
    let [step] = &steps[..] else { return Err(about(SingleError::NoLevel).into()) };
    if request.emit == Level::Cubin {
        return cubin(step, &kernel, &tools, progress);
    }
    verify_source(step).map_err(|kind| Problem::new(&kernel.name, &name, kind).for_arch(request.arch))?;
    let lowered = lower_to(step, request.emit, &tools, progress)?;
    let metadata = artifact_json(step, &kernel, lowered.metadata);
    Ok(Output { bytes: lowered.bytes, metadata })
}

/// Machine code, verified as in a build.
fn cubin(step: &Step<'_>, kernel: &Kernel, tools: &Tools, progress: &mut dyn FnMut(&str)) -> Result<Output, Error> {
    let mut obtaining = obtain(std::slice::from_ref(step), tools, progress);
    let Some(Some(obtained)) = obtaining.results.pop() else { return Err(Error::new(obtaining.problems)) };
    assemble(step, &obtained)?;
    let metadata = artifact_json(step, kernel, obtained.json);
    Ok(Output { bytes: obtained.cubin.unwrap_or_default(), metadata })
}

/// The file and the JSON beside it, as a build would find them.
fn files(request: &Request) -> Result<KernelFiles, SingleError> {
    let path = &request.file;
    let level = path.extension().and_then(|extension| Level::from_extension(extension.to_str()?));
    let level = level.ok_or(SingleError::NoLevel)?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let kernel = stem.split('.').next().unwrap_or(&stem).to_owned();
    let bytes = std::fs::read(path).map_err(SingleError::Unreadable)?;
    let arch = if level == Level::Ttir { None } else { Some(arch_in_name(&stem).unwrap_or(request.arch)) };
    let artifact = Artifact { path: path.clone(), name: path.display().to_string(), level, arch, bytes };
    let beside = |name: String| path.with_file_name(name);
    let places = match &request.metadata {
        Some(path) => vec![path.clone()],
        None => {
            let own = arch.unwrap_or(request.arch);
            vec![beside(format!("{kernel}.{own}.json")), beside(format!("{kernel}.json"))]
        }
    };
    let metadata = match places.iter().find(|path| path.is_file()).or(request.metadata.as_ref()) {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(SingleError::Unreadable)?;
            vec![MetadataFile { path: path.clone(), name: path.display().to_string(), arch, bytes }]
        }
        None => Vec::new(),
    };
    Ok(KernelFiles { name: kernel, artifacts: vec![artifact], metadata })
}

/// What is known of the result, in the form of a checked-in JSON: the file's own, with what Triton says over it.
fn artifact_json(step: &Step<'_>, kernel: &Kernel, made: Value) -> String {
    let mut json = serde_json::Map::new();
    let own = step.metadata.map(|named| kernel_json(&named.path)).unwrap_or_default();
    for object in [Value::Object(own), serde_json::to_value(&step.options).unwrap_or_default(), made] {
        if let Value::Object(object) = object {
            json.extend(object);
        }
    }
    let target = serde_json::json!({"backend": "cuda", "arch": step.arch.number(), "warp_size": 32});
    json.entry("target").and_modify(|old| old["arch"] = step.arch.number().into()).or_insert(target);
    let signature = kernel.arguments.iter().map(|argument| {
        serde_json::json!({"name": argument.name, "type": argument.ty.to_string(), "divisible_by": argument.divisible_by})
    });
    json.insert("signature".into(), signature.collect());
    json.insert("constants".into(), serde_json::to_value(&kernel.constants).unwrap_or_default());
    serde_json::to_string_pretty(&json).unwrap_or_default() + "\n"
}

fn kernel_json(path: &Path) -> serde_json::Map<String, Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut json: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
    // Paths of the machine that made it.
    json.remove("hash");
    json.remove("extern_libs");
    json
}
