//! Kernels from outside the binary: a download, a plug-in, a file beside the program.
//!
//! Their image and JSON go through the readers and the contract of the build, here and while the program runs. What machine
//! code then does nobody can prove: of TTIR beside it that would show what the TTIR does, and nothing ties the two together
//! but the word of who compiled it. So launches of such a kernel are `unsafe`.

mod declared;
mod described;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use triton_runner_manifest::{Arch, Argument, Constant, DescriptorRecipe, Level, Scratch, Suffix};
use triton_runner_read::contract::{KnownDescriptors, Launch};
use triton_runner_read::metadata::Metadata;
use triton_runner_read::{cubin, ptx, written_for};

use crate::error::{ExternalFailure, ExternalFault};
use crate::spec::ImageKind;
use crate::{Error, Result};
pub use declared::{DeclaredArgument, DeclaredConstant, DeclaredKernel};
pub(crate) use described::spec;

/// An image and its metadata from outside the binary, read and verified: what the `load_from` of a kernel that is declared
/// with `#[external]` takes.
///
/// It is whole in memory until it is dropped; a loaded kernel doesn't need it. Reading it needs no GPU.
///
/// ```no_run
/// use triton_runner_rt::{ExternalImage, Result, context, triton_kernel};
///
/// triton_kernel! {
///     #[external(BLOCK = 1024)]
///     #[grid(n.div_ceil(BLOCK))]
///     pub unsafe fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
/// }
///
/// # fn main() -> Result<()> {
/// let image = ExternalImage::open("plugins/add_kernel.sm_90.cubin")?;
/// let add = AddKernel::load_from(&context(0)?, &[image])?;
/// # drop(add);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ExternalImage {
    file: Arc<str>,
    image: Padded,
    facts: Facts,
    constants: BTreeMap<String, Constant>,
}

/// What a launch of an image goes by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Facts {
    pub(crate) kind: ImageKind,
    pub(crate) arch: Arch,
    pub(crate) entry: String,
    /// Names and types as the JSON has them, and promises.
    pub(crate) arguments: Vec<(String, String, u32)>,
    pub(crate) num_warps: u32,
    pub(crate) cluster: [u32; 3],
    pub(crate) shared: u32,
    pub(crate) static_shared: u32,
    pub(crate) hidden: u32,
    pub(crate) scratch: [u32; 2],
    pub(crate) profile: [u32; 2],
    pub(crate) cooperative: bool,
    pub(crate) pdl: bool,
    pub(crate) registers: Option<u32>,
    pub(crate) local_bytes: Option<u32>,
    pub(crate) descriptors: Vec<Recipe>,
}

/// A tensor descriptor's recipe: swizzle, size and type of an element, block, and whether 4-bit elements are padded.
pub(crate) type Recipe = (u32, u32, u32, Vec<u32>, bool);

/// The most bytes of an image that [`ExternalImage::open`] reads.
const LARGEST_IMAGE: u64 = 256 << 20;
/// The most bytes of its JSON. Triton's own are a few thousand.
const LARGEST_METADATA: u64 = 4 << 20;

impl ExternalImage {
    /// Reads a cubin or PTX and the JSON that Triton wrote beside it, which has to have a `signature`, as one of
    /// `cargo triton export` or `cargo triton sign` does. `file` is what messages call it.
    ///
    /// Any bytes may be given: what is no image, or isn't what the JSON says, is an error.
    ///
    /// # Errors
    ///
    /// [`Error::External`] with what is wrong.
    pub fn new(file: &str, image: &[u8], metadata: &str) -> Result<Self> {
        Self::read(file, image, metadata).map_err(|fault| failed(file, fault))
    }

    /// The same from a file, with its JSON beside it: `add.sm_90.json` of `add.sm_90.cubin`.
    ///
    /// # Errors
    ///
    /// [`Error::External`], also for a file that can't be read, an image above 256 MiB and a JSON above 4 MiB.
    pub fn open(image: impl AsRef<Path>) -> Result<Self> {
        let path = image.as_ref();
        let bytes = contents(path, LARGEST_IMAGE)?;
        let beside = path.with_extension("json");
        let metadata = String::from_utf8(contents(&beside, LARGEST_METADATA)?)
            .map_err(|error| failed(&beside.display().to_string(), ExternalFault::Metadata(Box::new(error))))?;
        Self::new(&path.display().to_string(), &bytes, &metadata)
    }

    fn read(file: &str, image: &[u8], metadata: &str) -> Result<Self, ExternalFault> {
        if metadata.len() as u64 > LARGEST_METADATA {
            return Err(ExternalFault::TooLarge { limit: LARGEST_METADATA });
        }
        let metadata = Metadata::from_json(metadata).map_err(|error| ExternalFault::Metadata(Box::new(error)))?;
        let is_cubin = image.starts_with(b"\x7fELF") || std::str::from_utf8(image).is_err();
        let (kind, level, module, image) = if is_cubin {
            let module = cubin::read(image).map_err(|error| ExternalFault::Image(Box::new(error)))?;
            (ImageKind::Cubin, Level::Cubin, module, Padded::new(image, false))
        } else {
            let text = std::str::from_utf8(image).unwrap_or_default();
            let text = text.trim_end_matches('\0');
            // A driver reads on to the first one, and no further.
            if text.contains('\0') {
                return Err(ExternalFault::NulInside);
            }
            let module = ptx::read(text).map_err(|error| ExternalFault::Image(Box::new(error)))?;
            (ImageKind::Ptx, Level::Ptx, module, Padded::new(text.as_bytes(), true))
        };
        written_for::content(level, file, image.content(), &metadata)
            .map_err(|error| ExternalFault::Contract(Box::new(error)))?;
        let arguments = metadata.arguments().ok_or(ExternalFault::NoSignature)?;
        let launch = Launch::new(&metadata, None, &arguments, &KnownDescriptors::default())
            .map_err(|error| ExternalFault::Contract(Box::new(error)))?;
        // What the JSON says that it was compiled for, where it does.
        let arch = metadata.target.map_or(module.arch, |number| Arch::new(number, Suffix::None));
        let verified = launch.verify(&module, arch).map_err(|error| ExternalFault::Contract(Box::new(error)))?;
        let pair = |scratch: Scratch| [scratch.size, scratch.align];
        let argument = |argument: &Argument| (argument.name.clone(), argument.ty.to_string(), argument.divisible_by);
        let facts = Facts {
            kind,
            arch: module.arch,
            entry: launch.entry.to_owned(),
            arguments: arguments.iter().map(argument).collect(),
            num_warps: launch.num_warps,
            cluster: verified.entry.cluster.unwrap_or(launch.cluster),
            shared: launch.shared,
            static_shared: verified.entry.static_shared.unwrap_or(0),
            hidden: verified.hidden,
            scratch: pair(launch.scratch),
            profile: pair(launch.profile),
            cooperative: launch.cooperative,
            pdl: launch.pdl,
            registers: verified.entry.registers,
            local_bytes: verified.entry.local_bytes,
            descriptors: metadata.tensordesc_meta.iter().flatten().map(recipe).collect(),
        };
        Ok(Self { file: file.into(), image, facts, constants: metadata.constants })
    }

    /// What messages call it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Machine code or PTX.
    pub fn kind(&self) -> ImageKind {
        self.facts.kind
    }

    /// The architecture of the machine code, or the target of the PTX.
    pub fn arch(&self) -> Arch {
        self.facts.arch
    }

    /// Name of the kernel function in it.
    pub fn entry(&self) -> &str {
        &self.facts.entry
    }

    /// The arguments by name, with their types as Triton spells them: `("x", "*fp32")`.
    pub fn arguments(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.facts.arguments.iter().map(|(name, ty, _)| (name.as_str(), ty.as_str()))
    }

    /// The integer that it was compiled with for a constant, such as `BLOCK`; `None` where the JSON has none of this name.
    pub fn constant(&self, name: &str) -> Option<i64> {
        integer(&self.constants, name)
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(crate) fn constants(&self) -> &BTreeMap<String, Constant> {
        &self.constants
    }

    /// What the driver is given: PTX with a NUL.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.image.whole()
    }
}

impl fmt::Debug for ExternalImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { kind, arch, entry, .. } = &self.facts;
        f.debug_struct("ExternalImage")
            .field("file", &self.file)
            .field("kind", kind)
            .field("arch", &format_args!("{arch}"))
            .field("entry", entry)
            .finish_non_exhaustive()
    }
}

/// The integer of this name among constants.
pub(crate) fn integer(constants: &BTreeMap<String, Constant>, name: &str) -> Option<i64> {
    match constants.get(name)? {
        Constant::Int(value) => Some(*value),
        _ => None,
    }
}

fn recipe(recipe: &DescriptorRecipe) -> Recipe {
    let DescriptorRecipe { swizzle, elem_size, elem_type, block_size, fp4_padded } = recipe;
    (*swizzle, *elem_size, *elem_type, block_size.clone(), *fp4_padded)
}

#[cold]
fn failed(file: &str, fault: ExternalFault) -> Error {
    Error::External(Box::new(ExternalFailure { file: file.to_owned(), fault }))
}

/// All of a file, or an error before it fills the memory.
fn contents(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    let fault = match read {
        Ok(_) if bytes.len() as u64 > limit => ExternalFault::TooLarge { limit },
        Ok(_) => return Ok(bytes),
        Err(error) => ExternalFault::Unreadable(error),
    };
    Err(failed(&path.display().to_string(), fault))
}

/// Bytes at an address that is a multiple of 64, as those of embedded images are.
#[derive(Clone)]
struct Padded {
    bytes: Arc<[u8]>,
    start: usize,
    /// Without the NUL.
    length: usize,
    terminated: bool,
}

const ALIGNMENT: usize = 64;

impl Padded {
    fn new(content: &[u8], terminated: bool) -> Self {
        let room = content.len() + usize::from(terminated) + ALIGNMENT;
        let mut bytes: Arc<[u8]> = std::iter::repeat_n(0, room).collect();
        let start = bytes.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT - 1);
        if let Some(place) = Arc::get_mut(&mut bytes).and_then(|bytes| bytes.get_mut(start..start + content.len())) {
            place.copy_from_slice(content);
        }
        Self { bytes, start, length: content.len(), terminated }
    }

    fn content(&self) -> &[u8] {
        self.bytes.get(self.start..self.start + self.length).unwrap_or_default()
    }

    fn whole(&self) -> &[u8] {
        let end = self.start + self.length + usize::from(self.terminated);
        self.bytes.get(self.start..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
