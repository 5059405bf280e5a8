//! Real kernels of Triton 3.2, 3.3 and 3.6 without hidden pointers, with one and with two: `fixtures/make.py` makes
//! them again. Declared by hand as `triton_kernel!` declares them.

use triton_runner_rt::__private::v1::{
    Aligned, ArgSpec, DescriptorSpec, ImageFields, ImageKind, ImageSpec, KernelSpec,
};
use triton_runner_rt::{Arch, Suffix};

macro_rules! cubin {
    ($name:ident, $file:literal) => {
        static $name: Aligned<{ include_bytes!(concat!("../fixtures/", $file)).len() }> =
            Aligned::new(*include_bytes!(concat!("../fixtures/", $file)));
    };
}

cubin!(ADD_80, "add.sm_80.cubin");
cubin!(ADD_90, "add.sm_90.cubin");
cubin!(ADD_WITHOUT_HIDDEN, "add_without_hidden.sm_90.cubin");
cubin!(ADD_TWO_HIDDEN, "add_two_hidden.sm_90.cubin");
cubin!(SCALARS_80, "scalars.sm_80.cubin");
cubin!(SCRATCH_90, "scratch.sm_90.cubin");
cubin!(CLUSTER_90, "cluster.sm_90.cubin");
cubin!(DESCRIBED_90, "described.sm_90.cubin");

const ADD_PTX_TEXT: &[u8] = include_bytes!("../fixtures/add.sm_80.ptx");
static ADD_PTX: Aligned<{ ADD_PTX_TEXT.len() + 1 }> = Aligned::terminated(ADD_PTX_TEXT);

const fn argument(name: &'static str, ty: &'static str, divisible_by: u32) -> ArgSpec {
    ArgSpec { name, ty, divisible_by }
}

const SM_80: Arch = Arch::new(80, Suffix::None);

/// What most of the images have.
const PLAIN: ImageFields = ImageFields {
    kind: ImageKind::Cubin,
    arch: Arch::new(90, Suffix::A),
    bytes: ADD_90.bytes(),
    packed: None,
    source: "fixtures/add.ttir",
    entry: c"add",
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
    registers: Some(16),
    local_bytes: Some(0),
    descriptors: &[],
};

/// `add` for compute capability 9.0.
pub const ADD_IMAGE_90: ImageFields = PLAIN;
/// `add` for compute capability 8.0 and higher minor versions.
pub const ADD_IMAGE_80: ImageFields = ImageFields { arch: SM_80, bytes: ADD_80.bytes(), ..PLAIN };
/// `add` as PTX for compute capability 8.0 and above.
pub const ADD_IMAGE_PTX: ImageFields = ImageFields {
    kind: ImageKind::Ptx,
    arch: SM_80,
    bytes: ADD_PTX.bytes(),
    registers: None,
    local_bytes: None,
    ..PLAIN
};

/// Arguments of `add`.
pub const ADD_ARGUMENTS: &[ArgSpec] =
    &[argument("x", "*fp32", 16), argument("y", "*fp32", 16), argument("out", "*fp32", 16), argument("n", "i32", 1)];

/// `add` with these images.
pub fn add_with(images: impl IntoIterator<Item = ImageFields>) -> &'static KernelSpec {
    let images = images.into_iter().map(ImageSpec::new).collect::<Vec<_>>().leak();
    Box::leak(Box::new(KernelSpec {
        name: "add",
        source: "fixtures/add.ttir",
        checks: &[],
        args: ADD_ARGUMENTS,
        images,
    }))
}

/// `out = x + y`, blocks of 256; one hidden pointer.
pub static ADD: KernelSpec = KernelSpec {
    name: "add",
    source: "fixtures/add.ttir",
    checks: &[],
    args: ADD_ARGUMENTS,
    images: &[ImageSpec::new(ADD_IMAGE_80), ImageSpec::new(ADD_IMAGE_90), ImageSpec::new(ADD_IMAGE_PTX)],
};

/// The same without hidden pointers.
pub static ADD_WITHOUT: KernelSpec = KernelSpec {
    name: "add_without_hidden",
    source: "fixtures/add_without_hidden.ttir",
    checks: &[],
    args: ADD_ARGUMENTS,
    images: &[ImageSpec::new(ImageFields { bytes: ADD_WITHOUT_HIDDEN.bytes(), hidden: 0, ..PLAIN })],
};

/// Machine code with two hidden pointers.
pub const ADD_IMAGE_TWO: ImageFields = ImageFields { bytes: ADD_TWO_HIDDEN.bytes(), ..PLAIN };

/// The same with two hidden pointers.
pub static ADD_TWO: KernelSpec = KernelSpec {
    name: "add_two_hidden",
    source: "fixtures/add_two_hidden.ttir",
    checks: &[],
    args: ADD_ARGUMENTS,
    images: &[ImageSpec::new(ImageFields { hidden: 2, ..ADD_IMAGE_TWO })],
};

/// A scalar of each size.
pub static SCALARS: KernelSpec = KernelSpec {
    name: "scalars",
    source: "fixtures/scalars.ttir",
    checks: &[],
    args: &[
        argument("out", "*i64", 1),
        argument("flag", "i1", 1),
        argument("a", "i8", 1),
        argument("b", "i16", 1),
        argument("c", "i32", 1),
        argument("d", "i64", 1),
        argument("e", "fp32", 1),
        argument("f", "fp64", 1),
    ],
    images: &[ImageSpec::new(ImageFields { arch: SM_80, bytes: SCALARS_80.bytes(), entry: c"scalars", ..PLAIN })],
};

/// Machine code of `scratch`.
pub const SCRATCH_IMAGE: ImageFields = ImageFields {
    bytes: SCRATCH_90.bytes(),
    entry: c"scratch",
    shared: 4104,
    scratch_size: 256,
    scratch_align: 128,
    ..PLAIN
};

/// Twice a matrix, through tensor descriptors that each program makes in scratch memory; blocks of 32 × 32.
pub static SCRATCH: KernelSpec = KernelSpec {
    name: "scratch",
    source: "fixtures/scratch.ttir",
    checks: &[],
    args: &[
        argument("x", "*fp32", 16),
        argument("out", "*fp32", 16),
        argument("rows", "i32", 1),
        argument("columns", "i32", 16),
    ],
    images: &[ImageSpec::new(SCRATCH_IMAGE)],
};

/// Three times a vector, by clusters of two CTAs; blocks of 256.
pub static CLUSTER: KernelSpec = KernelSpec {
    name: "cluster",
    source: "fixtures/cluster.ttir",
    checks: &[],
    args: &[argument("x", "*fp32", 16), argument("out", "*fp32", 16)],
    images: &[ImageSpec::new(ImageFields {
        bytes: CLUSTER_90.bytes(),
        entry: c"cluster",
        cluster: [2, 1, 1],
        ..PLAIN
    })],
};

/// A copy of 64 columns of a matrix that comes as a tensor descriptor; blocks of 64 × 64.
pub static DESCRIBED: KernelSpec = KernelSpec {
    name: "described",
    source: "fixtures/described.ttir",
    checks: &[],
    args: &[argument("source", "tensordesc<fp16[64, 64]>", 1), argument("out", "*fp16", 16)],
    images: &[ImageSpec::new(ImageFields {
        bytes: DESCRIBED_90.bytes(),
        entry: c"described",
        shared: 8200,
        hidden: 2,
        descriptors: &[DescriptorSpec {
            swizzle: 3,
            elem_size: 2,
            elem_type: 6,
            block_size: &[64, 64],
            fp4_padded: false,
        }],
        ..PLAIN
    })],
};
