//! Writes a manifest of the driver double's kernels, as `triton-runner-build` would.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use triton_runner_manifest::{
    Access, Argument, BuiltImage, BuiltKernel, Constant, DescriptorRecipe, Family, ImageKind, Level, Manifest, Safety,
    Scratch, Tuned,
};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const FIXTURES: &str = "../../driver-double/fixtures";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={FIXTURES}");
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let folder = out_dir.join("triton-runner");
    fs::create_dir_all(&folder)?;

    let add = ["x: *fp32 16", "y: *fp32 16", "out: *fp32 16 written"];
    let images = || Ok::<_, Box<dyn Error>>(vec![image(&folder, "add", 80)?, image(&folder, "add", 90)?]);
    let sum = |variant: Option<&str>, n: &str, block: i64, shared: u32| {
        let mut sum = kernel("sum", &[add[0], add[1], add[2], n], images()?)?;
        sum.variant = variant.map(str::to_owned);
        sum.constants = BTreeMap::from([("BLOCK".to_owned(), Constant::Int(block))]);
        sum.images.iter_mut().for_each(|image| image.shared = shared);
        sum.safety = in_blocks(block, 3, &[0, 1, 2]);
        Ok::<_, Box<dyn Error>>(sum)
    };
    let scalars =
        ["out: *i64 1 written", "a: i1 1", "b: i8 1", "c: i16 1", "d: i32 1", "e: i64 1", "f: fp32 1", "g: fp64 1"];
    let mut described = image(&folder, "described", 90)?;
    let block_size = vec![64, 64];
    described.descriptors =
        vec![DescriptorRecipe { swizzle: 3, elem_size: 2, elem_type: 6, block_size, fp4_padded: false }];
    let rows = |variant: Option<&str>, n: &str, block: i64, shared: u32| {
        let mut rows = kernel("rows", &[add[0], add[1], add[2], n], images()?)?;
        rows.variant = variant.map(str::to_owned);
        rows.constants = BTreeMap::from([("BLOCK".to_owned(), Constant::Int(block))]);
        rows.safety = in_blocks(block, 3, &[0, 1, 2]);
        for image in &mut rows.images {
            (image.shared, image.entry) = (shared, "add".to_owned());
        }
        Ok::<_, Box<dyn Error>>(rows)
    };
    // On one GPU the wide one was faster with some 500 elements, on the other with few.
    let timed = |variant: Option<&str>, block: i64, shared: u32, place: usize| {
        let mut timed = rows(variant, "n: i32 1", block, shared)?;
        "timed".clone_into(&mut timed.name);
        let tuned = |file: &str, gpu: &str, arch: &str, times: [[f64; 2]; 2]| {
            let times = [16, 500]
                .into_iter()
                .zip(times)
                .map(|(n, micros)| (vec![n], micros.into_iter().nth(place).unwrap_or(1.0)));
            let (gpu, times, keys) = (gpu.to_owned(), times.collect(), vec!["n".to_owned()]);
            Ok::<_, Box<dyn Error>>(Tuned {
                file: file.to_owned(),
                gpu,
                arch: arch.parse()?,
                multiprocessors: 132,
                keys,
                times,
            })
        };
        timed.tuned = vec![
            tuned("kernels/timed.tuned.double.json", "Driver Double", "sm_90", [[1.0, 2.0], [2.0, 1.0]])?,
            tuned("kernels/timed.tuned.other.json", "Other", "sm_80", [[2.0, 1.0], [1.0, 2.0]])?,
        ];
        Ok::<_, Box<dyn Error>>(timed)
    };
    let total = |ty: &str, block: i64, shared: u32, bytes: i64| {
        let pointer = |name: &str, access: &str| format!("{name}: *{ty} 16{access}");
        let (x, y, out) = (pointer("x", ""), pointer("y", ""), pointer("out", " written"));
        let mut total = kernel(&format!("total_{ty}"), &[&x, &y, &out, "n: i32 1"], images()?)?;
        let types = BTreeMap::from([("T".to_owned(), ty.to_owned())]);
        total.family = Some(Family { name: "total".to_owned(), types });
        total.constants = BTreeMap::from([("BLOCK".to_owned(), Constant::Int(block))]);
        for image in &mut total.images {
            (image.shared, image.entry) = (shared, "add".to_owned());
        }
        total.safety = elements_in_blocks(bytes, block, 3, &[0, 1, 2]);
        Ok::<_, Box<dyn Error>>(total)
    };
    let bias = "bias: *fp32 16";
    let mut biased = kernel("biased", &[add[0], bias, add[2], "n: i32 1"], vec![image(&folder, "biased", 90)?])?;
    biased.safety = proven("1|3:32|mul s3 4;sub $0 1|s3 assume 5 biased.py|0:0..$1,1:0..$1,2:0..$1");
    let mut plain = kernel("biased", &[add[0], add[2], "n: i32 1"], vec![image(&folder, "biased_without", 90)?])?;
    plain.variant = Some("plain".to_owned());
    plain.constants.insert("bias".to_owned(), Constant::None(()));
    plain.images.iter_mut().for_each(|image| image.entry = "biased".to_owned());
    plain.safety = in_blocks(256, 2, &[0, 1]);
    let mut kernels = vec![
        kernel("add", &[add[0], add[1], add[2], "n: i32 1"], images()?)?,
        kernel("described", &["source: tensordesc<fp16[64, 64]> 1", "out: *fp16 16 written"], vec![described.clone()])?,
        kernel("stored", &["target: tensordesc<fp16[64, 64]> 1 written", "x: *fp16 16"], vec![described])?,
        biased,
        plain,
        rows(None, "n: i32 1", 1000, 1)?,
        rows(Some("even"), "n: i32 16", 3000, 2)?,
        rows(Some("wide"), "n: i32 1", 2000, 3)?,
        kernel("scalars", &scalars, vec![image(&folder, "scalars", 80)?])?,
        sum(None, "n: i32 1", 100, 0)?,
        sum(Some("even"), "n: i32 16", 10, 16)?,
        timed(None, 1000, 1, 0)?,
        timed(Some("wide"), 2000, 3, 1)?,
        // More shared memory than any device has.
        sum(Some("huge"), "n: i32 64", 1000, 1 << 20)?,
        sum(Some("long"), "n: i32 256", 2, 32)?,
        total("fp16", 512, 5, 2)?,
        total("fp32", 256, 6, 4)?,
    ];
    if let Some(add) = kernels.first_mut() {
        add.constants.insert("BLOCK".to_owned(), Constant::Int(256));
        // Without the second one, which may be null.
        add.safety = in_blocks(256, 3, &[0, 2]);
    }
    for kernel in &mut kernels {
        match kernel.name.as_str() {
            "described" | "stored" => kernel.safety = proven("1||||1:0..8191"),
            "scalars" => kernel.safety = proven("1|4:32,5:64|mul s5 s4;min $0 1;max $1 0;mul $2 8;add $3 7||0:$3..$4"),
            _ => {}
        }
    }
    let manifest = Manifest { format: Manifest::FORMAT, folders: vec!["kernels".to_owned()], packed: None, kernels };
    let text = manifest.to_json()?;
    fs::write(out_dir.join(Manifest::PATH), &text)?;
    println!("cargo::rustc-env={}={}", Manifest::HASH_VARIABLE, Manifest::hash(&text));
    Ok(())
}

/// What a launch is held to that touches `n` elements of 4 bytes, in blocks.
fn in_blocks(block: i64, n: u32, pointers: &[u32]) -> Safety {
    elements_in_blocks(4, block, n, pointers)
}

/// The same for elements of so many bytes.
fn elements_in_blocks(bytes: i64, block: i64, n: u32, pointers: &[u32]) -> Safety {
    let touched = pointers.iter().map(|pointer| format!("{pointer}:0..$3")).collect::<Vec<_>>().join(",");
    let steps = format!("mul g0 {block};min $0 s{n};mul $1 {bytes};sub $2 1;sub 2147483648 $0");
    proven(&format!("1|{n}:32|{steps}|$4 wrap 12 blocks.py|{touched}"))
}

fn proven(check: &str) -> Safety {
    Safety::Proven(vec![check.to_owned()])
}

/// Arguments as `name: type promise`, with `written` behind where they are.
fn kernel(name: &str, arguments: &[&str], images: Vec<BuiltImage>) -> Result<BuiltKernel> {
    let argument = |text: &&str| {
        let (text, access) = match text.strip_suffix(" written") {
            Some(text) => (text, Access::Write { line: 1 }),
            None => (*text, Access::Read),
        };
        let (name, rest) = text.split_once(": ").ok_or(text)?;
        let (ty, promise) = rest.rsplit_once(' ').ok_or(rest)?;
        let (ty, divisible_by) = (ty.parse()?, promise.parse()?);
        Ok(Argument { name: name.to_owned(), named: true, ty, divisible_by, line: 1, access })
    };
    Ok(BuiltKernel {
        name: name.to_owned(),
        variant: None,
        family: None,
        signature_from: format!("kernels/{name}.ttir"),
        arguments: arguments.iter().map(argument).collect::<Result<_>>()?,
        constants: BTreeMap::new(),
        writes_elsewhere: None,
        safety: Safety::default(),
        images,
        left_out: None,
        ttir: Vec::new(),
        tuned: Vec::new(),
        sources: vec![],
        host: Vec::new(),
    })
}

/// A fixture, copied to where the macro looks for it.
fn image(folder: &Path, name: &str, arch: u16) -> Result<BuiltImage> {
    let file = format!("{name}.sm_{arch}.cubin");
    let bytes = fs::copy(Path::new(FIXTURES).join(&file), folder.join(&file))?;
    let arch = if arch == 90 { "sm_90a".parse()? } else { format!("sm_{arch}").parse()? };
    Ok(BuiltImage {
        kind: ImageKind::Cubin,
        arch,
        source: format!("kernels/{name}.ttir"),
        file,
        bytes,
        sha256: String::new(),
        level: Level::Ttir,
        triton: None,
        entry: name.to_owned(),
        num_warps: 4,
        num_stages: None,
        cluster: [1, 1, 1],
        shared: 0,
        static_shared: 0,
        hidden: 1,
        global_scratch: Scratch { size: 0, align: 1 },
        profile_scratch: Scratch { size: 0, align: 1 },
        cooperative: false,
        pdl: false,
        registers: Some(16),
        local_bytes: Some(0),
        descriptors: vec![],
    })
}
