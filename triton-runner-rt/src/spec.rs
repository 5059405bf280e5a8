//! What `triton_kernel!` embeds for a kernel: constants only, nothing is parsed at run time.

use std::ffi::CStr;
use std::fmt;

use triton_runner_manifest::Arch;
#[cfg(test)]
use triton_runner_manifest::Suffix;

use crate::Result;
#[cfg(feature = "compress")]
use crate::error::{DamagedImage, Error};
use crate::packed::{ImageBytes, Packed};

/// A kernel as it was built.
#[derive(Debug)]
pub struct KernelSpec {
    /// The stem of its files.
    pub name: &'static str,
    /// The file that its signature was read from, relative to the package.
    pub source: &'static str,
    /// What the caller passes, in order.
    pub args: &'static [ArgSpec],
    /// What each safe launch is held to, as `triton-runner-extent` writes it: all of them. Empty where launches are
    /// `unsafe`.
    pub checks: &'static [&'static str],
    /// What is embedded: cubins by architecture, then PTX by architecture.
    pub images: &'static [ImageSpec],
}

impl KernelSpec {
    /// Positions of the arguments that are tensor descriptors.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = usize> + '_ {
        let descriptor = |argument: &ArgSpec| argument.ty.starts_with("tensordesc") || argument.ty == "nvTmaDesc";
        self.args.iter().enumerate().filter(move |(_, argument)| descriptor(argument)).map(|(position, _)| position)
    }
}

/// One argument.
#[derive(Debug)]
pub struct ArgSpec {
    /// Its name in the declaration.
    pub name: &'static str,
    /// Its type as Triton spells it: `*fp32`, `i32`.
    pub ty: &'static str,
    /// The kernel was compiled on the promise that the address or value is a multiple of this; 1 promises nothing.
    pub divisible_by: u32,
}

/// The public struct, and the one that generated code makes it from, which has to name every field.
macro_rules! image_spec {
    ($($(#[$about:meta])* $vis:vis $field:ident: $type:ty,)*) => {
        /// What is embedded for one architecture.
        #[derive(Clone)]
        #[non_exhaustive]
        pub struct ImageSpec { $($(#[$about])* $vis $field: $type,)* }

        /// The fields of an [`ImageSpec`].
        #[derive(Clone, Debug)]
        pub struct ImageFields { $($(#[$about])* pub $field: $type,)* }

        impl ImageSpec {
            /// The image with these fields.
            #[doc(hidden)]
            pub const fn new(fields: ImageFields) -> Self {
                Self { $($field: fields.$field,)* }
            }
        }
    };
}

image_spec! {
    /// What the driver is given.
    pub kind: ImageKind,
    /// The architecture of the machine code, or the target of the PTX: `sm_90a`.
    pub arch: Arch,
    /// The bytes, at an address that is a multiple of 64. PTX ends with a NUL. None where they are compressed.
    pub(crate) bytes: &'static [u8],
    /// The same, compressed.
    pub(crate) packed: Option<Packed>,
    /// The checked-in file that it was made from, relative to the package.
    pub source: &'static str,
    /// Name of the kernel function in it.
    pub entry: &'static CStr,
    /// Warps of a block.
    pub num_warps: u32,
    /// CTAs of a cluster in each dimension.
    pub cluster: [u32; 3],
    /// Dynamic shared memory in bytes.
    pub shared: u32,
    /// Static shared memory in bytes.
    pub static_shared: u32,
    /// How many hidden pointers follow the arguments.
    pub hidden: u32,
    /// Bytes of global scratch for each CTA.
    pub scratch_size: u32,
    /// Alignment of that memory in bytes, a power of two.
    pub scratch_align: u32,
    /// Bytes of profiling scratch for each CTA.
    pub profile_scratch_size: u32,
    /// Its alignment.
    pub profile_scratch_align: u32,
    /// Launched as a cooperative grid.
    pub cooperative: bool,
    /// Launched with programmatic dependent launch.
    pub pdl: bool,
    /// Registers of a thread; `None` for PTX.
    pub registers: Option<u32>,
    /// Bytes of local memory of a thread; `None` for PTX.
    pub local_bytes: Option<u32>,
    /// How tensor descriptor arguments are passed, in their order.
    pub(crate) descriptors: &'static [DescriptorSpec],
}

/// With the number of its bytes in their place: thousands, which say nothing to a reader.
impl fmt::Debug for ImageSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageSpec")
            .field("kind", &self.kind)
            .field("arch", &self.arch)
            .field("size", &self.size())
            .field("source", &self.source)
            .field("entry", &self.entry)
            .field("num_warps", &self.num_warps)
            .field("cluster", &self.cluster)
            .field("shared", &self.shared)
            .field("static_shared", &self.static_shared)
            .field("registers", &self.registers)
            .field("local_bytes", &self.local_bytes)
            .finish_non_exhaustive()
    }
}

impl ImageSpec {
    /// The bytes that the driver is given, decoded where they are embedded compressed. Each call decodes them anew, but for
    /// what lies in an archive, which is decoded once for all images in it.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`](crate::Error) for compressed bytes that are not what the build wrote.
    pub fn bytes(&self) -> Result<ImageBytes> {
        self.bytes_of(self.entry.to_str().unwrap_or_default())
    }

    /// How many bytes the driver is given, known without decoding them. PTX ends with a NUL, which is one of them.
    pub fn size(&self) -> usize {
        match &self.packed {
            None => self.bytes.len(),
            #[cfg(not(feature = "compress"))]
            Some(none) => match *none {},
            #[cfg(feature = "compress")]
            Some(packed) => packed.size().saturating_add(usize::from(self.kind == ImageKind::Ptx)),
        }
    }

    /// The bytes, for the kernel that errors name.
    #[cfg_attr(not(feature = "compress"), allow(unused_variables, reason = "only decoding fails"))]
    pub(crate) fn bytes_of(&self, kernel: &'static str) -> Result<ImageBytes> {
        match &self.packed {
            None => Ok(ImageBytes::embedded(self.bytes)),
            #[cfg(not(feature = "compress"))]
            Some(none) => match *none {},
            #[cfg(feature = "compress")]
            Some(packed) => packed.unpacked(usize::from(self.kind == ImageKind::Ptx)).map_err(|problem| {
                let (file, image) = (self.source, self.label());
                Error::Damaged(Box::new(DamagedImage { kernel, file, image, problem: problem.to_string() }))
            }),
        }
    }

    /// How messages name it: `sm_90a`, `PTX sm_80`.
    pub(crate) fn label(&self) -> String {
        match self.kind {
            ImageKind::Cubin => self.arch.to_string(),
            ImageKind::Ptx => format!("PTX {}", self.arch),
        }
    }
}

/// What the driver is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImageKind {
    /// Machine code.
    Cubin,
    /// PTX, which the driver compiles.
    Ptx,
}

/// How one tensor descriptor argument is passed, as `[CUtensorMap][shape i32 × rank][stride i64 × rank]`: an entry of
/// the metadata's `tensordesc_meta`.
#[derive(Clone, Copy, Debug)]
pub struct DescriptorSpec {
    /// `CUtensorMapSwizzle`.
    pub swizzle: u32,
    /// Bytes of an element.
    pub elem_size: u32,
    /// Triton's number of the element type.
    pub elem_type: u32,
    /// Elements of a block in each dimension.
    pub block_size: &'static [u32],
    /// Whether two 4-bit elements are padded to a byte each.
    pub fp4_padded: bool,
}

#[cfg(test)]
impl ImageSpec {
    /// A cubin that needs nothing.
    pub(crate) const fn example() -> Self {
        Self {
            kind: ImageKind::Cubin,
            arch: Arch::new(90, Suffix::A),
            bytes: &[],
            packed: None,
            source: "k.ttir",
            entry: c"k",
            num_warps: 4,
            cluster: [1, 1, 1],
            shared: 0,
            static_shared: 0,
            hidden: 1,
            scratch_size: 0,
            scratch_align: 1,
            profile_scratch_size: 0,
            profile_scratch_align: 1,
            cooperative: false,
            pdl: false,
            registers: None,
            local_bytes: None,
            descriptors: &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_shown_with_its_size_and_without_its_bytes() {
        let image = ImageSpec { bytes: &[7; 4000], ..ImageSpec::example() };
        let text = format!("{image:?}");
        assert!(text.contains("size: 4000, source: \"k.ttir\", entry: \"k\"") && !text.contains("7, 7"), "{text}");
    }
}
