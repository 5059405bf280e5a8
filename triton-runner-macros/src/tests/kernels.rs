//! A manifest with kernels of every kind that the macro meets, as `triton-runner-build` would write it.
//!
//! Also compiled into the build.rs of the compile-fail tests, where nothing needs a compiler or a device.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

#[path = "family_kernels.rs"]
mod families;
#[path = "parts.rs"]
mod parts;
#[path = "timed_kernels.rs"]
mod timed;

use parts::{argument, image, kernel, proven, read, touching, ttir, unproven, value, written};
use triton_runner_manifest::{
    Access, BuiltImage, BuiltKernel, Constant, DescriptorRecipe, HostAct, HostWork, ImageKind, Level, Manifest, Scalar,
    Scratch,
};

/// All of them.
pub(crate) fn manifest() -> Manifest {
    let mut kernels = vec![
        add_kernel(),
        all_scalars(),
        all_pointers(),
        attention(),
        constants(),
        copy_ptx(),
        empty(),
        gather(),
        keywords(),
        layer_norm(),
        lowered_nowhere(),
        matmul(),
        promises(),
        scale(),
        scatter(),
        stored(),
        tma_copy(),
        tuples(),
    ];
    kernels.extend(gemm());
    kernels.extend(softmax());
    kernels.extend(tiles());
    kernels.extend(norm());
    kernels.extend(linear());
    kernels.extend(timed::timed());
    kernels.extend(unlike());
    kernels.extend(clashing());
    kernels.extend(families::all());
    kernels.sort_by_key(|kernel| (kernel.name.clone(), kernel.variant.clone()));
    Manifest { format: Manifest::FORMAT, folders: vec!["kernels".to_owned()], packed: None, kernels }
}

/// Writes a manifest below `out_dir`, with dummy images. Gives its hash, which a build script tells.
pub(crate) fn write(manifest: &Manifest, out_dir: &Path) -> io::Result<String> {
    let path = out_dir.join(Manifest::PATH);
    let folder = path.parent().unwrap_or(out_dir);
    fs::create_dir_all(folder)?;
    for image in manifest.kernels.iter().flat_map(|kernel| &kernel.images) {
        fs::write(folder.join(&image.file), vec![b'\n'; image.bytes as usize])?;
    }
    for ttir in manifest.kernels.iter().flat_map(|kernel| &kernel.ttir) {
        fs::write(folder.join(&ttir.file), "module {}")?;
    }
    let text = manifest.to_json()?;
    fs::write(path, &text)?;
    Ok(Manifest::hash(&text))
}

/// Names, promises, a constant and two architectures: the usual kernel of a current Triton.
fn add_kernel() -> BuiltKernel {
    let mut kernel = ttir(
        "add_kernel",
        vec![read("x", "*fp32", 16), read("y", "*fp32", 16), written("out", "*fp32", 16, 14), value("n", "i32", 1)],
    );
    kernel.constants.insert("BLOCK".to_owned(), Constant::Int(1024));
    kernel.safety = proven(
        "1|3:32|mul g0 1024;sub 2147483648 $0;min $0 s3;mul $2 4;sub $3 1|$1 wrap 9 add.py|0:0..$4,1:0..$4,2:0..$4",
    );
    kernel
}

/// Writes through a table of pointers.
fn scatter() -> BuiltKernel {
    let mut kernel = ttir("scatter", vec![read("table", "*i64", 16), value("v", "fp32", 1)]);
    kernel.writes_elsewhere = Some("kernels/scatter.ttir:5".to_owned());
    kernel.safety = unproven("scatter.py", &[(None, "a pointer is made of a number", Some(12))]);
    kernel
}

/// Leaves of a tuple, beside an argument that is called as one of them is in Rust.
fn tuples() -> BuiltKernel {
    ttir("tuples", ["t.0", "t_0", "t:0"].map(|name| value(name, "i32", 1)).into())
}

/// Every scalar type.
fn all_scalars() -> BuiltKernel {
    let arguments = Scalar::ALL.map(|scalar| value(&format!("a_{scalar}"), scalar.triton(), 1));
    ttir("all_scalars", arguments.into())
}

/// Every pointer type, read and written in turn.
fn all_pointers() -> BuiltKernel {
    let arguments = Scalar::ALL.iter().enumerate().map(|(i, scalar)| {
        let (name, ty) = (format!("p_{scalar}"), format!("*{scalar}"));
        if i % 2 == 0 { read(&name, &ty, 1) } else { written(&name, &ty, 1, 20) }
    });
    ttir("all_pointers", arguments.collect())
}

/// Tensor descriptors, which devices below sm_90 don't have.
fn attention() -> BuiltKernel {
    let mut kernel = ttir(
        "attention",
        vec![
            read("q", "tensordesc<fp16[128, 64]>", 1),
            read("k", "tensordesc<fp16[64, 64]>", 1),
            written("o", "*fp16", 16, 61),
            value("scale", "fp32", 1),
            value("heads", "i32", 1),
        ],
    );
    for (name, block) in [("BLOCK_M", 128), ("BLOCK_N", 64)] {
        kernel.constants.insert(name.to_owned(), Constant::Int(block));
    }
    kernel.images.retain(|image| image.arch.major() >= 9);
    for image in &mut kernel.images {
        image.hidden = 2;
        image.descriptors = [[128, 64], [64, 64]].map(descriptor).into();
    }
    kernel
}

fn descriptor(block: [u32; 2]) -> DescriptorRecipe {
    DescriptorRecipe { swizzle: 3, elem_size: 2, elem_type: 6, block_size: block.into(), fp4_padded: false }
}

/// Constants of every type, and names that need care.
fn constants() -> BuiltKernel {
    let mut kernel = ttir("constants", vec![written("out", "*i32", 1, 3), value("n", "i64", 1)]);
    kernel.constants = BTreeMap::from([
        ("BLOCK".to_owned(), Constant::Int(128)),
        ("LOWEST".to_owned(), Constant::Int(i64::MIN)),
        ("NUM_WARPS".to_owned(), Constant::Int(4)),
        ("EVEN_K".to_owned(), Constant::Bool(true)),
        ("activation".to_owned(), Constant::Str("leaky \"relu\"".to_owned())),
        ("alpha".to_owned(), Constant::Float(-0.5)),
        ("lowest_score".to_owned(), Constant::Float(f64::NEG_INFINITY)),
        ("odd".to_owned(), Constant::Float(f64::NAN)),
        ("bias".to_owned(), Constant::None(())),
        ("cfg.stages".to_owned(), Constant::Int(3)),
        ("type".to_owned(), Constant::Int(7)),
    ]);
    kernel
}

/// PTX alone, from a checked-in PTX file: nothing is known about what it writes.
fn copy_ptx() -> BuiltKernel {
    let arguments = ["src", "dst"].map(|name| argument(name, "*u8", 1, Access::Unknown));
    let mut kernel = kernel("copy_ptx", "kernels/copy_ptx.json", arguments.into());
    for argument in &mut kernel.arguments {
        argument.line = 0;
    }
    kernel.safety = unproven("kernels/copy_ptx.sm_80.ptx", &[(None, "it is ptx: only TTIR can be proven", None)]);
    kernel.images = vec![BuiltImage { level: Level::Ptx, triton: None, ..image("copy_ptx", ImageKind::Ptx, "sm_80") }];
    kernel
}

/// No arguments at all.
fn empty() -> BuiltKernel {
    ttir("empty", vec![])
}

/// An index from memory, and inline assembly.
fn gather() -> BuiltKernel {
    let mut kernel = ttir("gather", vec![read("x", "*fp32", 16), written("out", "*fp32", 16, 9), value("n", "i32", 1)]);
    kernel.safety = unproven(
        "gather.py",
        &[
            (Some("x"), "an index is loaded from memory", Some(11)),
            (None, "inline assembly may touch memory", Some(14)),
        ],
    );
    kernel
}

/// Variants of which one isn't proven.
fn norm() -> [BuiltKernel; 2] {
    let norm = |name: &str, block: i64| {
        let mut kernel = ttir(name, vec![written("x", "*fp32", 16, 9), value("n", "i32", 1)]);
        kernel.constants.insert("BLOCK".to_owned(), Constant::Int(block));
        kernel
    };
    let mut wide = norm("norm@wide", 4096);
    wide.safety = unproven("norm.py", &[(Some("x"), "the end of a loop can't be known before the launch", Some(8))]);
    [norm("norm", 1024), wide]
}

/// Variants: for any `k`, for some, and with larger blocks. Only one of them writes to `partial`.
fn gemm() -> [BuiltKernel; 3] {
    let gemm = |name: &str, k: u32, block: i64, partial: Access| {
        let mut kernel = ttir(
            name,
            vec![
                read("a", "*fp16", 16),
                argument("partial", "*fp32", 1, partial),
                written("c", "*fp32", 16, 40),
                value("m", "i32", 1),
                value("k", "i64", k),
            ],
        );
        kernel.constants = BTreeMap::from([
            ("BLOCK_M".to_owned(), Constant::Int(block)),
            ("BLOCK_K".to_owned(), Constant::Int(64)),
            ("EVEN_K".to_owned(), Constant::Bool(k > 1)),
            ("type".to_owned(), Constant::Str(format!("k{k}"))),
        ]);
        // Strides of 64 bits: what they are multiplied with may not fit there.
        let rows = format!("mul g0 {block};min $0 s3;mul $1 s4;mul $2 2;sub $3 1;sub 9223372036854775808 $4");
        kernel.safety = proven(&format!("1|3:32,4:64|{rows}|$5 wrap 7 gemm.py|0:0..$4,2:0..$4"));
        kernel
    };
    [
        gemm("gemm", 1, 64, Access::Read),
        gemm("gemm@even_k", 16, 64, Access::Write { line: 33 }),
        gemm("gemm@wide", 16, 128, Access::Read),
    ]
}

/// Variants whose descriptors have blocks of their own, and an argument in upper case.
fn tiles() -> [BuiltKernel; 2] {
    let tiles = |name: &str, rows: u32| {
        let block = format!("tensordesc<fp16[{rows}, 64]>");
        let mut kernel = ttir(name, vec![read("x", &block, 1), value("N_CTX", "i32", 16)]);
        kernel.constants.insert("ROWS".to_owned(), Constant::Int(rows.into()));
        kernel.images.retain(|image| image.arch.major() >= 9);
        for image in &mut kernel.images {
            image.descriptors = vec![descriptor([rows, 64])];
        }
        kernel
    };
    [tiles("tiles", 64), tiles("tiles@tall", 128)]
}

/// Variants that hold rows of some length, of which one promises more.
fn softmax() -> [BuiltKernel; 4] {
    let softmax = |name: &str, n_cols: u32, block: i64| {
        let arguments = vec![
            read("x", "*fp32", 16),
            written("out", "*fp32", 16, 21),
            value("rows", "i32", 1),
            value("n_cols", "i64", n_cols),
        ];
        let mut kernel = ttir(name, arguments);
        kernel.constants.insert("BLOCK_SIZE".to_owned(), Constant::Int(block));
        kernel
    };
    [
        softmax("softmax", 1, 1024),
        softmax("softmax@aligned", 16, 4096),
        softmax("softmax@huge", 1, 16_384),
        softmax("softmax@wide", 1, 4096),
    ]
}

/// Variants with and without pointers, the fewest first, and one with a promise.
fn linear() -> [BuiltKernel; 4] {
    let linear = |name: &str, without: &[&str], n: u32| {
        let mut arguments = vec![
            read("x", "*fp16", 16),
            read("bias", "*fp32", 16),
            written("out", "*fp16", 16, 30),
            written("sums", "*fp32", 1, 33),
            value("n", "i32", n),
        ];
        arguments.retain(|argument| !without.contains(&&*argument.name));
        let mut kernel = ttir(name, arguments);
        // Two bytes of the last pointer.
        kernel.safety = touching(&format!("{}:0..1", kernel.arguments.len() - 2));
        kernel.constants = without.iter().map(|&name| (name.to_owned(), Constant::None(()))).collect();
        kernel
    };
    [
        linear("linear", &["bias", "sums"], 1),
        linear("linear@aligned", &["sums"], 16),
        linear("linear@biased", &["sums"], 1),
        linear("linear@full", &[], 1),
    ]
}

/// Variants that are none, because their arguments differ.
fn unlike() -> [BuiltKernel; 2] {
    [ttir("unlike", vec![value("n", "i32", 1)]), ttir("unlike@long", vec![value("n", "i64", 1)])]
}

/// Variants of one name in Rust.
fn clashing() -> [BuiltKernel; 2] {
    ["clashing@a_b", "clashing@aB"].map(|name| ttir(name, vec![]))
}

/// Names that Rust has other uses for, and those of tuples.
fn keywords() -> BuiltKernel {
    ttir("keywords", ["type", "self", "t.0", "stream", "grid", "M"].map(|name| value(name, "i32", 1)).into())
}

/// A file whose name is no identifier, made by a Triton that keeps no names.
fn layer_norm() -> BuiltKernel {
    let mut arguments = vec![read("arg0", "*bf16", 16), written("arg1", "*bf16", 16, 9), value("arg2", "i32", 16)];
    for argument in &mut arguments {
        argument.named = false;
    }
    ttir("layer-norm.fwd", arguments)
}

/// What docs.rs has.
fn lowered_nowhere() -> BuiltKernel {
    let host = vec![
        HostWork { does: HostAct::PreHook, names: vec!["zero_out".to_owned()] },
        HostWork { does: HostAct::Heuristics, names: vec!["EVEN".to_owned(), "FULL".to_owned()] },
    ];
    BuiltKernel { images: vec![], host, ..ttir("lowered_nowhere", vec![value("n", "i32", 1)]) }
}

/// Images that differ in what they need.
fn matmul() -> BuiltKernel {
    let mut kernel = ttir(
        "matmul",
        vec![
            read("a", "*fp16", 16),
            read("b", "*fp16", 16),
            written("c", "*fp32", 16, 80),
            value("M", "i32", 1),
            value("N", "i32", 1),
            value("K", "i32", 16),
        ],
    );
    for (name, value) in [("BLOCK_M", 128), ("BLOCK_N", 256), ("BLOCK_K", 64)] {
        kernel.constants.insert(name.to_owned(), Constant::Int(value));
    }
    for image in &mut kernel.images {
        (image.num_warps, image.shared, image.registers) = match image.arch.major() {
            8 => (4, 73_728, Some(168)),
            _ => (8, 196_608, Some(232)),
        };
    }
    let ptx = BuiltImage { shared: 73_728, ..image("matmul", ImageKind::Ptx, "sm_80") };
    kernel.images.push(ptx);
    kernel
}

/// Promises about integers of each width.
fn promises() -> BuiltKernel {
    let widths = ["i8", "i16", "i32", "i64"];
    ttir("promises", widths.map(|ty| value(&format!("n_{ty}"), ty, 16)).into())
}

/// A cluster, scratch memory, cooperative and with programmatic dependent launch.
fn scale() -> BuiltKernel {
    let mut kernel = ttir("scale", vec![written("x", "*fp64", 16, 0), value("by", "fp64", 1)]);
    kernel.safety = unproven(
        "kernels/scale.json",
        &[(None, "with `launch_pdl` it may start before the kernel ahead of it has ended", None)],
    );
    for image in &mut kernel.images {
        image.cluster = [2, 1, 1];
        image.hidden = 2;
        image.global_scratch = Scratch { size: 384, align: 128 };
        (image.cooperative, image.pdl) = (true, true);
    }
    kernel
}

/// Stores through descriptors, of which one is only read.
fn stored() -> BuiltKernel {
    let arguments = vec![
        read("source", "tensordesc<fp16[64, 64]>", 1),
        written("target", "tensordesc<fp16[64, 64]>", 1, 12),
        argument("other", "tensordesc<fp16[64, 64]>", 1, Access::Unknown),
    ];
    let mut kernel = ttir("stored", arguments);
    kernel.images.retain(|image| image.arch.major() >= 9);
    for image in &mut kernel.images {
        image.descriptors = [[64, 64]; 3].map(descriptor).into();
    }
    kernel
}

/// `nvTmaDesc` of Triton 3.2 and 3.3.
fn tma_copy() -> BuiltKernel {
    let mut kernel = ttir("tma_copy", vec![read("desc", "nvTmaDesc", 1), written("out", "*fp32", 16, 7)]);
    for image in &mut kernel.images {
        image.descriptors = vec![descriptor([64, 64])];
    }
    kernel
}
