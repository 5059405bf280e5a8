//! What a loaded image from outside is described by. Launches and messages refer to descriptions for the life of the
//! process, so there is one of each, however often its kernel is loaded: some hundred bytes, without the image.

use std::collections::HashMap;
use std::ffi::CString;
use std::ptr;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::declared::DeclaredKernel;
use super::{ExternalImage, Facts, Recipe};
use crate::spec::{ArgSpec, DescriptorSpec, ImageFields, ImageSpec, KernelSpec};

/// By declaration, file and facts.
type Known = HashMap<(usize, Box<str>, Facts), &'static KernelSpec>;

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// The description of an image, whose arguments are those of the declaration. It has that one image, without its bytes.
pub(crate) fn spec(declared: &'static DeclaredKernel, image: &ExternalImage) -> &'static KernelSpec {
    let key = (ptr::from_ref(declared).addr(), Box::from(image.file()), image.facts().clone());
    // A panic elsewhere leaves the map whole.
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(key).or_insert_with(|| described(declared, image))
}

fn described(declared: &'static DeclaredKernel, image: &ExternalImage) -> &'static KernelSpec {
    let source = kept(image.file());
    let Facts { arguments, .. } = image.facts();
    let arguments = declared.arguments.iter().zip(arguments).map(|(declared, (_, ty, divisible_by))| ArgSpec {
        name: declared.name,
        ty: kept(ty),
        divisible_by: *divisible_by,
    });
    let fields = fields(source, image.facts());
    Box::leak(Box::new(KernelSpec {
        name: declared.name,
        source,
        args: arguments.collect::<Vec<_>>().leak(),
        checks: &[],
        images: vec![ImageSpec::new(fields)].leak(),
    }))
}

fn fields(source: &'static str, facts: &Facts) -> ImageFields {
    // The contract has found it in the image, where no name has a NUL.
    let entry = CString::new(facts.entry.as_str()).unwrap_or_default();
    ImageFields {
        kind: facts.kind,
        arch: facts.arch,
        bytes: &[],
        packed: None,
        source,
        entry: Box::leak(entry.into_boxed_c_str()),
        num_warps: facts.num_warps,
        cluster: facts.cluster,
        shared: facts.shared,
        static_shared: facts.static_shared,
        hidden: facts.hidden,
        scratch_size: facts.scratch[0],
        scratch_align: facts.scratch[1],
        profile_scratch_size: facts.profile[0],
        profile_scratch_align: facts.profile[1],
        cooperative: facts.cooperative,
        pdl: facts.pdl,
        registers: facts.registers,
        local_bytes: facts.local_bytes,
        descriptors: facts.descriptors.iter().map(descriptor).collect::<Vec<_>>().leak(),
    }
}

fn descriptor((swizzle, elem_size, elem_type, block, fp4_padded): &Recipe) -> DescriptorSpec {
    DescriptorSpec {
        swizzle: *swizzle,
        elem_size: *elem_size,
        elem_type: *elem_type,
        block_size: block.clone().leak(),
        fp4_padded: *fp4_padded,
    }
}

fn kept(text: &str) -> &'static str {
    String::from(text).leak()
}
