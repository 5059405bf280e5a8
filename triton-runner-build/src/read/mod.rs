//! Read: each kernel's files parsed, and its signature put together from all that they say.

mod between;
mod constants;
pub(crate) mod error;
pub(crate) mod files;
pub(crate) mod python_source;
mod template;
pub(crate) mod tuning_table;
pub(crate) mod written_for;

use std::collections::BTreeMap;

use triton_runner_ir::{Lowered, Summary};
use triton_runner_manifest::{self as manifest, Access, Arch, Argument, Constant, Family, HostWork, Level, Suffix};
use triton_runner_read::metadata::Metadata;
use triton_runner_read::{cubin, entry, llir, ptx};

use crate::error::{Cause, Problem};
use crate::read::constants::constants;
use crate::read::error::ReadError;
use crate::read::files::{Artifact, ArtifactError, KernelFiles, MetadataFile};
use crate::read::tuning_table::NamedTable;

/// A kernel whose files have been understood.
#[derive(Debug)]
pub(crate) struct ParsedKernel {
    pub(crate) name: String,
    pub(crate) sources: Vec<ParsedFile>,
    pub(crate) metadata: Vec<NamedMetadata>,
    /// What the caller passes.
    pub(crate) arguments: Vec<Argument>,
    /// The file that `arguments` were read from.
    pub(crate) signature_from: String,
    pub(crate) constants: BTreeMap<String, Constant>,
    /// The kernels of other types that it is one with.
    pub(crate) family: Option<Family>,
    /// File and line of a write through an address that no argument has.
    pub(crate) writes_elsewhere: Option<String>,
    /// Its times on GPUs.
    pub(crate) tables: Vec<NamedTable>,
    /// Every file that it was made from.
    pub(crate) files: Vec<manifest::SourceFile>,
}

/// One artifact with its content.
#[derive(Debug)]
pub(crate) struct ParsedFile {
    pub(crate) artifact: Artifact,
    /// The architecture that it is for, without suffix; `None` for TTIR of those that its metadata lists.
    pub(crate) arch: Option<Arch>,
    /// The pass of Triton's pipeline that it stands after, where that is not the last of its level.
    pub(crate) after_pass: Option<String>,
    pub(crate) content: Content,
}

/// What an artifact holds.
#[derive(Debug)]
pub(crate) enum Content {
    /// TTIR or TTGIR.
    Ir(Summary),
    /// TTGIR that has become LLVM's dialect of MLIR, between two passes.
    Lowered(Lowered),
    /// LLVM IR.
    Llir(entry::Entry),
    /// PTX or a cubin.
    Module(entry::Module),
}

/// A JSON file's content.
#[derive(Debug)]
pub(crate) struct NamedMetadata {
    /// The file, relative to the package.
    pub(crate) name: String,
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton lower` copies from it"))]
    pub(crate) path: std::path::PathBuf,
    /// The architecture in the file's name.
    pub(crate) arch: Option<Arch>,
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton inspect --sbom` hashes them"))]
    pub(crate) bytes: Vec<u8>,
    pub(crate) metadata: Metadata,
}

impl ParsedFile {
    /// Whether it is TTIR, and not that of TLX, which has operations of a GPU's dialect.
    pub(crate) fn is_ttir(&self) -> bool {
        self.artifact.level == Level::Ttir
            && matches!(&self.content, Content::Ir(summary) if summary.level == Level::Ttir)
    }

    /// Name of the kernel function in it.
    pub(crate) fn entry(&self) -> Option<&str> {
        match &self.content {
            Content::Ir(summary) => Some(&summary.name),
            Content::Lowered(lowered) => Some(&lowered.name),
            Content::Llir(entry) => Some(&entry.name),
            Content::Module(module) => match &module.entries[..] {
                [entry] => Some(&entry.name),
                _ => None,
            },
        }
    }
}

impl ParsedKernel {
    /// The metadata for a source on an architecture: the most specific file that there is.
    pub(crate) fn metadata_for(&self, arch: Arch) -> Option<&NamedMetadata> {
        let of = |wanted: Option<Arch>| self.metadata.iter().find(|named| named.arch == wanted);
        of(Some(arch)).or_else(|| of(None))
    }

    /// What Python does around a launch, as all of the JSON files say.
    pub(crate) fn host(&self) -> Vec<HostWork> {
        let mut all = Vec::new();
        for work in self.metadata.iter().flat_map(|named| &named.metadata.host) {
            if !all.contains(work) {
                all.push(work.clone());
            }
        }
        all
    }
}

/// Parses one kernel's files; `own` are the constants of its settings. Every file's problem is reported.
pub(crate) fn read(files: &KernelFiles, own: &BTreeMap<String, Constant>) -> Result<ParsedKernel, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut metadata = Vec::new();
    for file in &files.metadata {
        match read_metadata(&files.name, file) {
            Ok(named) => metadata.push(named),
            Err(problem) => problems.push(problem),
        }
    }
    let tables = NamedTable::read_all(files, &mut problems);
    let mut sources = Vec::new();
    for artifact in &files.artifacts {
        match read_source(&files.name, artifact, &metadata) {
            Ok(source) => sources.push(source),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    problems.extend(sources.iter().filter_map(|source| written_for_it(&files.name, source, &metadata).err()));
    if !problems.is_empty() {
        return Err(problems);
    }
    twins(&files.name, &sources).map_err(|problem| vec![problem])?;
    let (arguments, signature_from) = signature(&files.name, &sources, &metadata).map_err(|problem| vec![problem])?;
    let stated = metadata.iter().map(|named| (named.name.as_str(), &named.metadata.constants));
    let constants = constants(&files.name, stated, own).map_err(|problem| vec![problem])?;
    let family = family(&files.name, &metadata).map_err(|problem| vec![problem])?;
    let writes_elsewhere = sources.iter().find_map(|source| match &source.content {
        Content::Ir(summary) => summary.writes_elsewhere.map(|line| format!("{}:{line}", source.artifact.name)),
        Content::Lowered(_) | Content::Llir(_) | Content::Module(_) => None,
    });
    let (name, files) = (files.name.clone(), list(files));
    Ok(ParsedKernel {
        name,
        sources,
        metadata,
        arguments,
        signature_from,
        constants,
        family,
        writes_elsewhere,
        tables,
        files,
    })
}

/// The family that all JSON files have it in: a kernel has one.
fn family(kernel: &str, metadata: &[NamedMetadata]) -> Result<Option<Family>, Problem> {
    let mut all = metadata.iter().map(|named| (&named.name, &named.metadata.family));
    let Some((other, expected)) = all.next() else { return Ok(None) };
    match all.find(|(_, family)| *family != expected) {
        None => Ok(expected.clone()),
        Some((file, found)) => {
            let (found, expected) = (described(found.as_ref()), described(expected.as_ref()));
            Err(Problem::new(kernel, file, ReadError::OtherFamily { found, other: other.clone(), expected }))
        }
    }
}

fn described(family: Option<&Family>) -> String {
    family.map_or_else(|| "no family".to_owned(), |family| format!("the family {family}"))
}

fn list(files: &KernelFiles) -> Vec<manifest::SourceFile> {
    let artifacts = files.artifacts.iter().map(|artifact| (&artifact.name, &artifact.path));
    let metadata = files.metadata.iter().map(|metadata| (&metadata.name, &metadata.path));
    let tables = files.tables.iter().map(|table| (&table.name, &table.path));
    artifacts
        .chain(metadata)
        .chain(tables)
        .map(|(name, path)| manifest::SourceFile { name: name.clone(), path: path.clone() })
        .collect()
}

fn read_metadata(kernel: &str, file: &MetadataFile) -> Result<NamedMetadata, Problem> {
    let problem = |kind: Cause| Problem::new(kernel, &file.name, kind);
    let text = utf8(&file.bytes).map_err(|error| problem(error.into()))?;
    let metadata = Metadata::from_json(text).map_err(|error| problem(error.into()))?;
    let MetadataFile { path, name, arch, bytes } = file.clone();
    Ok(NamedMetadata { name, path, arch, bytes, metadata })
}

fn utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    std::str::from_utf8(bytes).map_err(|error| ReadError::NotText { position: error.valid_up_to() })
}

fn read_source(kernel: &str, artifact: &Artifact, metadata: &[NamedMetadata]) -> Result<ParsedFile, Problem> {
    let of = |wanted: Option<Arch>| metadata.iter().find(|named| named.arch == wanted);
    let json = artifact.arch.and_then(|arch| of(Some(arch))).or_else(|| of(None));
    let said = json.and_then(|named| Some((named.name.as_str(), named.metadata.after_pass.as_deref()?)));
    let after_pass =
        between::after_pass(artifact, said).map_err(|error| Problem::new(kernel, &artifact.name, error))?;
    let content = parse(artifact, after_pass.as_deref()).map_err(|kind| Problem::new(kernel, &artifact.name, kind))?;
    let problem = |error: ReadError| Problem::new(kernel, &artifact.name, error);
    let level = artifact.level;
    let own = match &content {
        Content::Ir(summary) => {
            if summary.level < level {
                return Err(problem(ReadError::NotTtgir));
            }
            summary.target.map(|number| Arch::new(number, Suffix::None))
        }
        Content::Lowered(lowered) => lowered.target.map(|number| Arch::new(number, Suffix::None)),
        Content::Llir(_) => metadata
            .iter()
            .find(|named| named.arch == artifact.arch)
            .and_then(|named| named.metadata.target)
            .map(|number| Arch::new(number, Suffix::None)),
        Content::Module(module) => Some(module.arch.base()),
    };
    let arch = match (level, artifact.arch, own) {
        // One that has a target is of TLX.
        (Level::Ttir, named, None) => named,
        (_, Some(named), Some(own)) if named != own => {
            return Err(problem(ReadError::OtherArch { found: own, expected: named }));
        }
        (_, None, None) => return Err(problem(ReadError::UnknownArch { level })),
        (_, named, own) => named.or(own),
    };
    Ok(ParsedFile { artifact: artifact.clone(), arch, after_pass, content })
}

fn parse(artifact: &Artifact, after_pass: Option<&str>) -> Result<Content, Cause> {
    let bytes = &artifact.bytes;
    Ok(match artifact.level {
        Level::Ttir | Level::Ttgir => match between::lowered(utf8(bytes)?, artifact.level, after_pass)? {
            Some(lowered) => Content::Lowered(lowered),
            None => Content::Ir(Summary::read(utf8(bytes)?)?),
        },
        Level::Llir => Content::Llir(llir::read(utf8(bytes)?)?),
        Level::Ptx => Content::Module(ptx::read(utf8(bytes)?)?),
        Level::Cubin if bytes.is_empty() => return Err(ReadError::Empty.into()),
        Level::Cubin => Content::Module(cubin::read(bytes)?),
    })
}

/// Holds a file against the JSON beside it: its own architecture's, else the one for all.
fn written_for_it(kernel: &str, source: &ParsedFile, metadata: &[NamedMetadata]) -> Result<(), Problem> {
    let of = |wanted: Option<Arch>| metadata.iter().find(|named| named.arch == wanted);
    let named = source.arch.and_then(|arch| of(Some(arch))).or_else(|| of(None));
    let Some(named) = named else { return Ok(()) };
    written_for::content(&source.artifact, &named.metadata).map_err(|error| Problem::new(kernel, &named.name, error))
}

/// `a.ptx` and `a.sm_90.ptx` may turn out to be for one architecture.
fn twins(kernel: &str, sources: &[ParsedFile]) -> Result<(), Problem> {
    for (i, source) in sources.iter().enumerate() {
        let twin = sources[..i].iter().find(|s| s.arch == source.arch && s.artifact.level == source.artifact.level);
        if let Some(twin) = twin {
            let other = twin.artifact.name.clone();
            return Err(Problem::new(kernel, &source.artifact.name, ArtifactError::Twice { other }));
        }
    }
    Ok(())
}

/// One file's account of the arguments.
struct Account {
    from: String,
    arguments: Vec<Argument>,
    /// 0 for TTIR, which knows most, then TTGIR, then metadata.
    rank: u8,
}

/// Puts the accounts together: the IR's types, the names of whoever has them, every promise that any of them makes.
fn signature(
    kernel: &str,
    sources: &[ParsedFile],
    metadata: &[NamedMetadata],
) -> Result<(Vec<Argument>, String), Problem> {
    let mut accounts = Vec::new();
    for source in sources {
        if let Content::Ir(summary) = &source.content {
            let arguments = summary.arguments().map_err(|error| Problem::new(kernel, &source.artifact.name, error))?;
            let rank = u8::from(source.artifact.level != Level::Ttir);
            accounts.push(Account { from: source.artifact.name.clone(), arguments, rank });
        }
    }
    for named in metadata {
        if let Some(arguments) = named.metadata.arguments() {
            accounts.push(Account { from: named.name.clone(), arguments, rank: 2 });
        }
    }
    accounts.sort_by_key(|account| account.rank);
    let mut accounts = accounts.into_iter();
    let Some(mut first) = accounts.next() else { return Err(no_signature(kernel, sources, metadata)) };
    for other in accounts {
        merge(&mut first, &other).map_err(|error| Problem::new(kernel, &other.from, error))?;
    }
    Ok((first.arguments, first.from))
}

fn merge(first: &mut Account, other: &Account) -> Result<(), ReadError> {
    let listed = |arguments: &[Argument]| {
        let shown = |argument: &Argument| match argument.named {
            true => format!("{}: {}", argument.name, argument.ty),
            false => argument.ty.to_string(),
        };
        arguments.iter().map(shown).collect::<Vec<_>>().join(", ")
    };
    let disagree = || ReadError::SignatureDisagrees {
        found: listed(&other.arguments),
        other: first.from.clone(),
        expected: listed(&first.arguments),
    };
    let is_element = |a: &Argument, b: &Argument| is_element(&first.arguments, &a.name, &b.name);
    let differ =
        |(a, b): (&Argument, &Argument)| a.ty != b.ty || (a.named && b.named && a.name != b.name && !is_element(a, b));
    if first.arguments.len() != other.arguments.len() || first.arguments.iter().zip(&other.arguments).any(differ) {
        return Err(disagree());
    }
    for (argument, other) in first.arguments.iter_mut().zip(&other.arguments) {
        // Of a tuple's element an export says which one it is, and in a way that Rust can say too.
        if other.named && argument.name != other.name {
            argument.name.clone_from(&other.name);
            argument.named = true;
        }
        argument.divisible_by = lcm(argument.divisible_by, other.divisible_by);
        if argument.access == Access::Unknown || matches!(other.access, Access::Write { .. }) {
            argument.access = other.access;
        }
    }
    Ok(())
}

/// Whether the IR's name is that of a tuple with this element: `strides.0` is `strides_0` in a JSON. Triton 3.5 to 3.8 give
/// all elements the tuple's own name.
fn is_element(arguments: &[Argument], name: &str, element: &str) -> bool {
    if name.contains('.') {
        return name.replace('.', "_") == element;
    }
    let number = element.strip_prefix(name).and_then(|rest| rest.strip_prefix('_'));
    let several = arguments.iter().filter(|argument| argument.named && argument.name == name).count() > 1;
    number.is_some_and(|number| number == "0" || several && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Promises are powers of two in practice; the common multiple is right for all numbers.
fn lcm(a: u32, b: u32) -> u32 {
    let (mut x, mut y) = (a.max(1), b.max(1));
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a.max(1) / x).saturating_mul(b.max(1))
}

/// Nothing says what the arguments are, nor, without a JSON, which parameters are hidden.
fn no_signature(kernel: &str, sources: &[ParsedFile], metadata: &[NamedMetadata]) -> Problem {
    let Some(source) = sources.iter().max_by_key(|source| source.artifact.level) else {
        return Problem::new(kernel, "", ReadError::Empty);
    };
    let of = |wanted: Option<Arch>| metadata.iter().find(|named| named.arch == wanted);
    let error = match of(source.arch).or_else(|| of(None)) {
        None => ReadError::NoMetadata { kernel: kernel.to_owned(), level: source.artifact.level },
        Some(named) => {
            let hidden = named.metadata.writer().hidden_pointers();
            let entry = match &source.content {
                Content::Llir(entry) => Some(entry),
                Content::Module(module) => module.entries.first(),
                Content::Ir(_) | Content::Lowered(_) => None,
            };
            let params = entry.map(|entry| entry.params.as_slice()).unwrap_or_default();
            ReadError::NoSignature { template: template::of(params, hidden) }
        }
    };
    Problem::new(kernel, &source.artifact.name, error)
}
