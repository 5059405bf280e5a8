//! What the manifest's kernels are made of.

use std::collections::BTreeMap;

use triton_runner_manifest::{
    Access, ArgType, Argument, BuiltImage, BuiltKernel, BuiltTtir, ImageKind, Level, Safety, Scratch, SourceFile,
    UnsafeBecause,
};

pub(super) fn ttir(name: &str, arguments: Vec<Argument>) -> BuiltKernel {
    let mut kernel = kernel(name, &format!("kernels/{name}.ttir"), arguments);
    kernel.safety = touching("");
    kernel.images = ["sm_80", "sm_90a"].map(|arch| image(name, ImageKind::Cubin, arch)).into();
    kernel
}

/// A kernel that is proven to touch these bytes: `1:0..15`. Without any it touches nothing.
pub(super) fn touching(bytes: &str) -> Safety {
    proven(&format!("1||||{bytes}"))
}

/// A kernel whose launches are held to this check.
pub(super) fn proven(check: &str) -> Safety {
    Safety::Proven(vec![check.to_owned()])
}

/// A kernel that isn't proven: arguments, reasons and lines of its Python.
pub(super) fn unproven(python: &str, all: &[(Option<&str>, &str, Option<u32>)]) -> Safety {
    let because = |(argument, reason, line): &(Option<&str>, &str, Option<u32>)| UnsafeBecause {
        argument: argument.map(str::to_owned),
        reason: (*reason).to_owned(),
        file: Some(python.to_owned()),
        line: *line,
    };
    Safety::Unsafe(all.iter().map(because).collect())
}

pub(super) fn kernel(name: &str, signature_from: &str, arguments: Vec<Argument>) -> BuiltKernel {
    let source = SourceFile { name: signature_from.to_owned(), path: signature_from.into() };
    let stem = name;
    let (name, variant) = match name.split_once('@') {
        Some((name, variant)) => (name, Some(variant.to_owned())),
        None => (name, None),
    };
    let ttir = BuiltTtir {
        arch: None,
        file: format!("{stem}.ttir"),
        source: signature_from.to_owned(),
        num_warps: 4,
        enable_fp_fusion: true,
    };
    BuiltKernel {
        name: name.to_owned(),
        variant,
        family: None,
        signature_from: signature_from.to_owned(),
        arguments,
        constants: BTreeMap::new(),
        host: vec![],
        writes_elsewhere: None,
        safety: Safety::default(),
        images: vec![],
        left_out: None,
        tuned: vec![],
        ttir: if signature_from.ends_with(".ttir") { vec![ttir] } else { vec![] },
        sources: vec![source],
    }
}

pub(super) fn image(name: &str, kind: ImageKind, arch: &str) -> BuiltImage {
    let extension = if kind == ImageKind::Cubin { "cubin" } else { "ptx" };
    let cubin = kind == ImageKind::Cubin;
    BuiltImage {
        kind,
        arch: arch.parse().unwrap(),
        file: format!("{name}.{arch}.{extension}"),
        bytes: 64,
        sha256: format!("{arch} of {name}"),
        level: Level::Ttir,
        source: if cubin { format!("kernels/{name}.ttir") } else { format!("kernels/{name}.{arch}.ptx") },
        triton: Some("3.3.1".to_owned()),
        entry: name.replace(['-', '.', '@'], "_"),
        num_warps: 4,
        num_stages: Some(3),
        cluster: [1, 1, 1],
        shared: 0,
        static_shared: 0,
        hidden: 1,
        global_scratch: Scratch { size: 0, align: 1 },
        profile_scratch: Scratch { size: 0, align: 1 },
        cooperative: false,
        pdl: false,
        registers: cubin.then_some(32),
        local_bytes: cubin.then_some(0),
        descriptors: vec![],
    }
}

pub(super) fn read(name: &str, ty: &str, divisible_by: u32) -> Argument {
    argument(name, ty, divisible_by, Access::Read)
}

pub(super) fn written(name: &str, ty: &str, divisible_by: u32, line: u32) -> Argument {
    argument(name, ty, divisible_by, Access::Write { line })
}

pub(super) fn value(name: &str, ty: &str, divisible_by: u32) -> Argument {
    argument(name, ty, divisible_by, Access::Unknown)
}

pub(super) fn argument(name: &str, ty: &str, divisible_by: u32, access: Access) -> Argument {
    let ty: ArgType = ty.parse().unwrap();
    Argument { name: name.to_owned(), named: true, ty, divisible_by, line: 2, access }
}
