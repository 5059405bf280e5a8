use test_data::{paths, text};
use triton_runner_manifest::{ArgType, DescriptorLayout, Scalar};

use super::*;
use crate::Descriptor;

mod errors;
mod properties;

fn read(text: &str) -> Summary {
    Summary::read(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> String {
    Summary::read(text).unwrap_err().to_string()
}

/// A module with one kernel of these arguments.
fn kernel(arguments: &str) -> String {
    format!("module {{\n  tt.func public @k({arguments}) {{\n    tt.return\n  }}\n}}\n")
}

fn names(module: &Summary) -> Vec<String> {
    module.arguments().unwrap().into_iter().map(|argument| argument.name).collect()
}

fn types(module: &Summary) -> Vec<String> {
    module.arguments().unwrap().into_iter().map(|argument| argument.ty.to_string()).collect()
}

#[test]
fn every_ttir_and_ttgir_of_triton_is_read() {
    for path in paths("ttir").into_iter().chain(paths("ttgir")) {
        let module = read(&text(&path));
        let ttgir = path.ends_with(".ttgir");
        assert_eq!(module.level, if ttgir { Level::Ttgir } else { Level::Ttir }, "{path}");
        let arch =
            path.split("sm_").nth(1).filter(|_| ttgir).map(|rest| rest.split('.').next().unwrap().parse().unwrap());
        assert_eq!(module.target, arch, "{path}");
        let warps = if path.contains("matmul") { 8 } else { 4 };
        assert_eq!(module.num_warps, ttgir.then_some(warps), "{path}");
        let ctas = if path.contains("cluster") { 2 } else { 1 };
        assert_eq!(module.num_ctas, ttgir.then_some(ctas), "{path}");
        let stem = path.split('/').nth(1).unwrap().split('.').next().unwrap();
        let name = match stem {
            "cluster" => "add",
            "tma_pointer" => "tma_host",
            "tma_device" if path.starts_with("3.3") => "tma_device_old",
            other => other,
        };
        assert_eq!(module.name, name, "{path}");
        assert!(!module.arguments().unwrap().is_empty(), "{path}");
    }
}

#[test]
fn every_type_is_read_in_every_version() {
    for path in paths("ttir").into_iter().filter(|path| path.contains("/types")) {
        let expected = [
            "*i8", "*fp8e5", "*i8", "*fp8e4nv", "*bf16", "*fp16", "*fp16", "*fp64", "i1", "i8", "i16", "i32", "i64",
            "fp16", "bf16", "fp32", "fp64",
        ];
        assert_eq!(types(&read(&text(&path))), expected, "{path}");
    }
}

#[test]
fn names_are_there_from_3_5_on() {
    for version in ["3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9"] {
        let arguments = read(&text(&format!("{version}/flow.ttir"))).arguments().unwrap();
        let names: Vec<_> = arguments.iter().map(|argument| argument.name.as_str()).collect();
        let named = version >= "3.5";
        // The variable `source` is either `x_ptr` or `y_ptr`; their SSA names are `%source` and `%source_0`.
        let expected = match named {
            true => ["x_ptr", "y_ptr", "z_ptr", "out_ptr", "count_ptr", "n"],
            false => ["arg0", "arg1", "arg2", "arg3", "arg4", "arg5"],
        };
        assert_eq!(names, expected, "{version}");
        assert!(arguments.iter().all(|argument| argument.named == named));
    }
}

#[test]
fn promises_of_divisibility_are_read() {
    let arguments = read(&text("3.3/matmul.ttir")).arguments().unwrap();
    let divisible: Vec<_> = arguments.iter().map(|argument| argument.divisible_by).collect();
    assert_eq!(divisible, [16, 16, 16, 1, 1, 16, 16, 16, 16]);
}

#[test]
fn a_descriptor_is_one_argument_with_its_shape_and_strides() {
    for version in ["3.4", "3.5", "3.6", "3.7", "3.8", "3.9"] {
        for file in ["tma_host.ttir", "tma_host.sm_90.ttgir"] {
            let module = read(&text(&format!("{version}/{file}")));
            assert_eq!(types(&module), ["tensordesc<fp16[64, 64]>"; 2], "{version} {file}");
            let expected = if version == "3.4" { ["arg0", "arg1"] } else { ["x", "out"] };
            assert_eq!(names(&module), expected, "{version} {file}");
            assert_eq!(module.raw_arguments.len(), 10);
        }
    }
    for version in ["3.2", "3.3"] {
        let module = read(&text(&format!("{version}/tma_untyped.ttir")));
        assert_eq!(types(&module), ["nvTmaDesc"; 2]);
        assert!(module.raw_arguments.iter().all(|argument| argument.tma_desc));
    }
}

#[test]
fn descriptors_that_became_pointers_have_each_name_once() {
    for version in ["3.5", "3.7", "3.9"] {
        let arguments = read(&text(&format!("{version}/tma_pointer.ttir"))).arguments().unwrap();
        let pointers: Vec<_> = arguments.iter().filter(|argument| matches!(argument.ty, ArgType::Pointer(_))).collect();
        assert_eq!(pointers.iter().map(|argument| argument.name.as_str()).collect::<Vec<_>>(), ["x", "out"]);
        let mut names: Vec<_> = arguments.iter().map(|argument| &argument.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), arguments.len());
    }
}

#[test]
fn text_that_people_write_is_read() {
    // No `public`, no attributes, no locations, comments, a signature over several lines.
    let module = read(
        "// tt.func public @comment(%x: i32)\nmodule @\"my module\" attributes {a.b = {c = [1, 2]}, d} {\n  tt.func @\"odd.name\"(\n    %x: !tt.ptr<f32>, // )\n    %1: i32\n  ) {\n    tt.return\n  }\n}\n",
    );
    assert_eq!((module.name.as_str(), module.line), ("odd.name", 3));
    assert_eq!(names(&module), ["x", "arg1"]);
    assert_eq!(module.raw_arguments[0].line, 4);
    // No module around it.
    assert_eq!(read("tt.func public @k() { tt.return }").name, "k");
    assert_eq!(read("tt.func public @k()").raw_arguments, []);
}

#[test]
fn locations_are_no_trap() {
    let text = kernel(
        "%arg0: i32 loc(\"/a (b), {c}.py\":6:0), %arg1: i32 {tt.divisibility = 8 : i32} loc(\"q)\"(#loc)), \
         %arg2: i32 loc(callsite(\"a\" at \"b\")), %arg3: i32 loc(fused[\"a\", \"b\"]), %arg4: i32 loc(\"n\"(\"f.py\":1:2)), \
         %arg5: i32 loc(#late), %arg6: i32 loc(\"variable\"(\"own\")), %arg7: i32 loc(\"\"), \
         %part_0: i32 loc(\"variable\"(#shape)), %ssa: i32 loc(unknown), %c-1_i32: i32",
    );
    let module = read(&format!(
        "#loc = loc(\"k.py\":1:1)\n{text}#late = loc(#later)\n#later = loc(\"last\"(unknown))\n#shape = loc(\"x.shape.0\"(\"x\"))\n"
    ));
    let expected = ["arg0", "q)", "arg2", "arg3", "n", "last", "own", "arg7", "x.shape.0", "ssa", "c-1_i32"];
    assert_eq!(names(&module), expected);
}

#[test]
fn two_kernels_may_not_be_in_a_file() {
    let two = "module {\n  tt.func public @a() {\n    tt.return\n  }\n  tt.func @b() {\n    tt.return\n  }\n  tt.func private @c()\n}";
    assert_eq!(
        error(two),
        "line 5, column 11: a file must have one kernel, this one has several: `a` (line 2), `b` (line 5)"
    );
    let private = "module {\n  tt.func private @a() { tt.return }\n  tt.func nested @b() { tt.return }\n}";
    assert!(error(private).contains("this file has no kernel, only private functions: `a` (line 2), `b` (line 3)"));
    assert!(error("").contains("no public `tt.func`: this file has no kernel"));
    assert!(error("module {\n}\n").contains("this file has no kernel"));
}

#[test]
fn functions_may_come_in_any_order_and_have_any_bodies() {
    let module = read(&text("3.9/calls.ttir"));
    assert_eq!((module.name.as_str(), module.raw_arguments.len()), ("calls", 3));
    let swapped = "module {\n  tt.func private @a(%x: !tt.ptr<tensor<4xf32>>) -> (i32, f32 {x.y}) attributes {noinline = true} {\n    tt.return %x, %x : i32, f32\n  }\n  tt.func public @k(%n: i64) {\n    tt.return\n  }\n}";
    assert_eq!(types(&read(swapped)), ["i64"]);
}

#[test]
fn warps_of_warp_specialization_are_told_apart() {
    let header = |attributes: &str| {
        read(&format!("module attributes {{{attributes}}} {{ tt.func public @k() {{ tt.return }} }}"))
    };
    let module = header(
        r#""ttg.num-ctas" = 1 : i32, "ttg.num-warps" = 4 : i32, "ttg.total-num-warps" = 8 : i32, ttg.target = "cuda:100", ttg.shared = 1024 : i32"#,
    );
    assert_eq!((module.num_warps, module.total_num_warps), (Some(4), Some(8)));
    assert_eq!((module.target, module.shared, module.level), (Some(100), Some(1024), Level::Ttgir));
    for (path, total) in [("3.4/warp_specialized.sm_90", 12), ("3.9/warp_specialized.sm_100", 8)] {
        let module = read(&text(&format!("{path}.ttgir")));
        assert_eq!((module.num_warps, module.total_num_warps), (Some(4), Some(total)), "{path}");
        let metadata: serde_json::Value = serde_json::from_str(&text(&format!("{path}.json"))).unwrap();
        assert_eq!(metadata["num_warps"], total, "{path}");
    }
    let module = header("tt.x = 1");
    assert_eq!((module.num_warps, module.level), (None, Level::Ttir));
}

#[test]
fn the_layout_of_a_descriptor_is_in_ttgir() {
    for path in paths("ttgir").into_iter().chain(paths("ttir")).filter(|path| path.contains("tma_host")) {
        let module = read(&text(&path));
        let layout = DescriptorLayout { swizzle_bytes: 128, fp4_padded: false, splits: Vec::new() };
        let expected = Descriptor { signed: None, layout: path.ends_with(".ttgir").then_some(layout) };
        let found: Vec<_> = module.raw_arguments.into_iter().filter_map(|argument| argument.descriptor).collect();
        assert_eq!(found, [expected.clone(), expected], "{path}");
    }
    let found = |layout: &str, ty: &str| {
        let text = format!("#shared = {layout}\n{}", kernel(&format!("%arg0: !tt.tensordesc<{ty}>")));
        read(&text).raw_arguments[0].descriptor.clone().unwrap()
    };
    let layout = |splits: &[u32]| DescriptorLayout { swizzle_bytes: 64, fp4_padded: true, splits: splits.to_vec() };
    let nvmma = |more: &str| {
        format!(
            "#ttg.nvmma_shared<{{swizzlingByteWidth = 64, transposed = false, elementBitWidth = 8, fp4Padded = true{more}}}>"
        )
    };
    // As 3.4 and 3.5 write a division among CTAs, then as 3.6 does.
    let old = nvmma(", CTAsPerCGA = [1, 2], CTASplitNum = [1, 2], CTAOrder = [1, 0]");
    assert_eq!(
        found(&old, "tensor<64x64xsi8, #shared>"),
        Descriptor { signed: Some(true), layout: Some(layout(&[1, 2])) }
    );
    let new = nvmma(", CGALayout = [[1, 0], [2, 0], [0, 0], [0, 1]]");
    assert_eq!(found(&new, "64x64xui8, #shared"), Descriptor { signed: Some(false), layout: Some(layout(&[4, 2])) });
    for unknown in ["#ttg.swizzled_shared<{vec = 1}>", "#ttg.nvmma_shared<{transposed = false}>", "#ttg.nvmma_shared"] {
        assert_eq!(found(unknown, "64x64xf16, #shared").layout, None, "{unknown}");
    }
}

#[test]
fn ttgir_is_known_by_its_dialects_too() {
    for dialect in ["ttg", "ttng", "triton_gpu", "triton_nvidia_gpu"] {
        let module = read(&format!("tt.func public @k(%x: i32) {{\n  {dialect}.local_alloc\n  tt.return\n}}"));
        assert_eq!(module.level, Level::Ttgir, "{dialect}");
    }
    // `tl.debug_barrier`, as 3.7 and later have it in TTIR too.
    let module = read("tt.func public @k(%x: i32) {\n  ttg.barrier all\n  tt.return\n}");
    assert_eq!(module.level, Level::Ttir);
    let module = read("tt.func public @k(%x: i32) {\n  tt.print \"ttg.x\" : %x : i32\n  tt.return\n}");
    assert_eq!(module.level, Level::Ttir);
}

#[test]
fn pointers_keep_their_element_in_every_spelling() {
    let module = read(&kernel(
        "%a: !tt.ptr<bf16, 1>, %b: !tt.ptr<f8E5M2, \"constant\">, %c: !tt.ptr<i8, 0> {tt.nv_tma_desc = 1 : i32}",
    ));
    let expected = [ArgType::Pointer(Scalar::Bf16), ArgType::Pointer(Scalar::F8E5M2), ArgType::TmaDesc];
    assert_eq!(module.raw_arguments.iter().map(|argument| argument.ty.clone()).collect::<Vec<_>>(), expected);
    let module = read(&kernel(
        "%d: !tt.tensordesc<tensor<16x8x4xui8, #ttg.x<{a = [1]}>>>, %d0: i32, %d1: i32, %d2: i32, %d3: i64, %d4: i64, %d5: i64, %n: i1",
    ));
    assert_eq!(types(&module), ["tensordesc<i8[16, 8, 4]>", "i1"]);
}
