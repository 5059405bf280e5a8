//! The file that carries it all from build.rs to the macro.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::packed::Packed;
use crate::{Argument, BuiltImage, BuiltTtir, Constant, Family, HostWork, LeftOut, Safety, Tuned};

/// A file that a kernel was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Relative to the package, with `/`: what messages and docs show.
    pub name: String,
    /// Where it is on this machine: what the compiler watches. Never embedded.
    pub path: PathBuf,
}

/// One kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuiltKernel {
    /// The stem of its files, without the variant.
    pub name: String,
    /// The variant in the stem: `small` of `matmul@small.ttir`. Kernels of one name are variants of one kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The kernels of other types that it is one with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Family>,
    /// The file, relative to the package, that the signature was read from.
    pub signature_from: String,
    /// What the caller passes, in order.
    pub arguments: Vec<Argument>,
    /// Values of the `tl.constexpr` parameters, as far as the metadata or the settings have them.
    pub constants: BTreeMap<String, Constant>,
    /// What Python does around a launch, and the host has to do here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub host: Vec<HostWork>,
    /// File and line, `kernels/a.ttir:12`, of a write through an address that no argument has: loaded from memory, or passed
    /// as a number. `None` also where no IR is there to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writes_elsewhere: Option<String>,
    /// Whether its launches can be safe functions.
    #[serde(default)]
    pub safety: Safety,
    /// What is embedded, ordered by kind and architecture. Empty in a docs.rs build.
    pub images: Vec<BuiltImage>,
    /// Why images of it are missing, where some are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
    /// TTIR for the interpreter, the file for all architectures first. Empty where the kernel has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ttir: Vec<BuiltTtir>,
    /// How fast it was on GPUs, ordered by file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tuned: Vec<Tuned>,
    /// Every file that it was made from.
    pub sources: Vec<SourceFile>,
}

impl BuiltKernel {
    /// The stem of its files: name and variant.
    pub fn id(&self) -> String {
        match &self.variant {
            Some(variant) => format!("{}@{variant}", self.name),
            None => self.name.clone(),
        }
    }

    /// Its line of the manifest's text.
    pub fn to_line(&self) -> Result<Line, serde_json::Error> {
        let text = serde_json::to_string(self)?;
        Ok(Line { sha256: hex(&Sha256::digest(&text)), text })
    }
}

/// A kernel's line of the manifest's text: [`BuiltKernel::to_line`].
///
/// Kept from one build to the next, so that a build prints and hashes only what changed: build scripts are compiled
/// without optimization, and there hashing the text of 100 kernels would take longer than all else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// JSON in one line, without the comma that parts it from the next.
    pub text: String,
    /// SHA-256 of it, as lower-case hexadecimal.
    pub sha256: String,
}

/// Everything that build.rs found out about a package's kernels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`Manifest::FORMAT`] of the version that wrote it.
    pub format: u32,
    /// The folders that were searched, relative to the package.
    pub folders: Vec<String>,
    /// Where its images are kept compressed. Their files are there as they are too, but not to be embedded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packed: Option<Packed>,
    /// The kernels, ordered by name.
    pub kernels: Vec<BuiltKernel>,
}

impl Manifest {
    /// Changes when the file's meaning does.
    pub const FORMAT: u32 = 1;

    /// Where it lies below OUT_DIR.
    pub const PATH: &'static str = "triton-runner/manifest.json";

    /// The variable in which a build script tells the macro which manifest it wrote: the [`hash`](Self::hash) of its text.
    pub const HASH_VARIABLE: &'static str = "TRITON_RUNNER_MANIFEST_SHA256";

    /// What stands for a manifest's text: the SHA-256 of its lines' SHA-256, each as lower-case hexadecimal and without
    /// the comma at the line's end.
    pub fn hash(text: &str) -> String {
        let mut hash = Sha256::new();
        for line in text.lines() {
            hash.update(hex(&Sha256::digest(line.strip_suffix(',').unwrap_or(line))));
        }
        hex(&hash.finalize())
    }

    /// Reads `OUT_DIR/triton-runner/manifest.json`.
    pub fn read(out_dir: &Path) -> Result<Self, ManifestError> {
        Self::read_hashed(out_dir).map(|(manifest, _)| manifest)
    }

    /// The same, with the [`hash`](Self::hash) of its text.
    pub fn read_hashed(out_dir: &Path) -> Result<(Self, String), ManifestError> {
        let path = out_dir.join(Self::PATH);
        let error = |problem| ManifestError { path: path.clone(), problem };
        let text = std::fs::read_to_string(&path).map_err(|e| {
            error(if e.kind() == std::io::ErrorKind::NotFound { Problem::Missing } else { Problem::Unreadable(e) })
        })?;
        let head: Head = serde_json::from_str(&text).map_err(|e| error(Problem::Damaged(e)))?;
        if head.format != Self::FORMAT {
            return Err(error(Problem::Format(head.format)));
        }
        let manifest = serde_json::from_str(&text).map_err(|e| error(Problem::Damaged(e)))?;
        Ok((manifest, Self::hash(&text)))
    }

    /// The text that [`Manifest::read`] reads.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let lines = self.kernels.iter().map(BuiltKernel::to_line).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::compose(&self.folders, self.packed.as_ref(), &lines)?.text)
    }

    /// The text and the [`hash`](Self::hash) of a manifest with these kernels.
    pub fn compose<'a>(
        folders: &[String],
        packed: Option<&Packed>,
        kernels: impl IntoIterator<Item = &'a Line>,
    ) -> Result<Line, serde_json::Error> {
        let folders = serde_json::to_string(folders)?;
        let packed = match packed {
            Some(packed) => format!("\"packed\":{},", serde_json::to_string(packed)?),
            None => String::new(),
        };
        let head = format!("{{\"format\":{},\"folders\":{folders},{packed}\"kernels\":[", Self::FORMAT);
        let mut hash = Sha256::new_with_prefix(hex(&Sha256::digest(&head)));
        let mut text = head;
        let mut between = "\n";
        for kernel in kernels {
            text.push_str(between);
            text.push_str(&kernel.text);
            hash.update(&kernel.sha256);
            between = ",\n";
        }
        text.push_str("\n]}\n");
        hash.update(hex(&Sha256::digest("]}")));
        Ok(Line { text, sha256: hex(&hash.finalize()) })
    }

    /// The kernel of this name that has no variant, else its first variant.
    pub fn kernel(&self, name: &str) -> Option<&BuiltKernel> {
        self.kernels.iter().find(|kernel| kernel.name == name)
    }

    /// All variants of the kernel of this name, the one without variant first.
    pub fn variants<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a BuiltKernel> {
        self.kernels.iter().filter(move |kernel| kernel.name == name)
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Deserialize)]
struct Head {
    format: u32,
}

/// The manifest can't be used.
#[derive(Debug)]
pub struct ManifestError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Missing,
    Unreadable(std::io::Error),
    Damaged(serde_json::Error),
    Format(u32),
}

impl ManifestError {
    /// Whether there is no manifest at all: build.rs didn't call `triton_runner_build`.
    pub fn is_missing(&self) -> bool {
        matches!(self.problem, Problem::Missing)
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            Problem::Missing => write!(
                f,
                "no kernels were built for this package: `{path}` is missing; add a build.rs with `fn main() {{ triton_runner_build::build() }}`"
            ),
            Problem::Unreadable(_) => write!(f, "can't read `{path}`"),
            Problem::Damaged(_) => write!(f, "`{path}` is damaged; run `cargo clean` and build again"),
            Problem::Format(found) => write!(
                f,
                "`{path}` has format {found}, this triton-runner-macros reads {}: use the same version of triton-runner-build and triton-runner-rt",
                Manifest::FORMAT
            ),
        }
    }
}

impl std::error::Error for ManifestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Unreadable(e) => Some(e),
            Problem::Damaged(e) => Some(e),
            Problem::Missing | Problem::Format(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder below the system's temporary one, removed at the end.
    struct OutDir(PathBuf);

    impl OutDir {
        fn new(name: &str, manifest: Option<&str>) -> Self {
            let folder = std::env::temp_dir().join(format!("triton-runner-manifest-{}-{name}", std::process::id()));
            std::fs::create_dir_all(folder.join("triton-runner")).unwrap();
            if let Some(text) = manifest {
                std::fs::write(folder.join(Manifest::PATH), text).unwrap();
            }
            Self(folder)
        }
    }

    impl Drop for OutDir {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn manifest() -> Manifest {
        let kernel = |variant: Option<&str>| BuiltKernel {
            name: "matmul".into(),
            variant: variant.map(Into::into),
            family: None,
            signature_from: "kernels/matmul.ttir".into(),
            arguments: Vec::new(),
            constants: BTreeMap::from([("BLOCK".into(), Constant::Int(64)), ("BIAS".into(), Constant::None(()))]),
            host: Vec::new(),
            writes_elsewhere: None,
            safety: Safety::default(),
            images: Vec::new(),
            left_out: None,
            ttir: Vec::new(),
            tuned: Vec::new(),
            sources: Vec::new(),
        };
        let kernels = vec![kernel(None), kernel(Some("wide"))];
        Manifest { format: Manifest::FORMAT, folders: vec!["kernels".into()], packed: None, kernels }
    }

    #[test]
    fn what_is_written_is_read() {
        let out = OutDir::new("round-trip", Some(&manifest().to_json().unwrap()));
        let (read, hash) = Manifest::read_hashed(&out.0).unwrap();
        assert_eq!(read, manifest());
        assert_eq!(hash, Manifest::hash(&manifest().to_json().unwrap()));
        assert_eq!(read.kernel("matmul").unwrap().id(), "matmul");
        assert_eq!(read.variants("matmul").map(BuiltKernel::id).collect::<Vec<_>>(), ["matmul", "matmul@wide"]);
        assert!(read.kernel("add").is_none());
    }

    #[test]
    fn a_composed_manifest_has_the_hash_of_its_text() {
        for count in 0..3 {
            let mut manifest = manifest();
            manifest.kernels.truncate(count);
            let lines: Vec<_> = manifest.kernels.iter().map(|kernel| kernel.to_line().unwrap()).collect();
            let composed = Manifest::compose(&manifest.folders, manifest.packed.as_ref(), &lines).unwrap();
            assert_eq!(composed.sha256, Manifest::hash(&composed.text));
            assert_eq!(serde_json::from_str::<Manifest>(&composed.text).unwrap(), manifest);
        }
    }

    #[test]
    fn every_byte_that_means_something_is_in_the_hash() {
        let text = manifest().to_json().unwrap();
        let hash = Manifest::hash(&text);
        for (i, byte) in text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric()) {
            let mut other = text.clone().into_bytes();
            other[i] = if byte == b'0' { b'1' } else { b'0' };
            assert_ne!(Manifest::hash(std::str::from_utf8(&other).unwrap()), hash, "byte {i} of {text}");
        }
        // Lines can't be moved, nor dropped.
        let lines: Vec<_> = text.lines().collect();
        assert_ne!(Manifest::hash(&[lines[0], lines[2], lines[1], lines[3]].join("\n")), hash);
        assert_ne!(Manifest::hash(&[lines[0], lines[1], lines[3]].join("\n")), hash);
    }

    #[test]
    fn a_manifest_that_cannot_be_used_says_what_to_do() {
        for (name, text, part) in [
            ("missing", None, "add a build.rs"),
            ("damaged", Some("{"), "run `cargo clean`"),
            ("incomplete", Some(r#"{"format": 1}"#), "run `cargo clean`"),
            ("format", Some(r#"{"format": 99}"#), "use the same version"),
        ] {
            let out = OutDir::new(name, text);
            let error = Manifest::read(&out.0).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
            assert_eq!(error.is_missing(), name == "missing");
        }
    }
}
