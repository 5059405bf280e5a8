use proptest::prelude::*;

use super::*;
use test_data::{damaged, paths, text};

fn kernel(parameters: &str) -> Result<Entry, LlirError> {
    read(&format!(
        "define ptx_kernel void @k({parameters}) local_unnamed_addr #0 {{\n ret void\n}}\nattributes #0 = {{ nounwind \"nvvm.reqntid\"=\"128\" }}\n"
    ))
}

fn error(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn every_llir_of_triton_is_read() {
    for path in paths("llir") {
        let entry = read(&text(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let (name, arguments, threads) = match () {
            () if path.contains("/add") => ("add", 4, 128),
            () if path.contains("/types") => ("types", 17, 32),
            () => ("calls", 3, 128),
        };
        let hidden = match &path[..3] {
            "3.2" => 0,
            "3.3" | "3.4" => 1,
            _ => 2,
        };
        assert_eq!(entry.name, name, "{path}");
        assert_eq!(entry.params.len(), arguments + hidden, "{path}");
        assert_eq!(entry.required_block, Some([threads, 1, 1]), "{path}");
    }
}

#[test]
fn parameters_are_those_of_the_ptx() {
    for path in paths("llir").into_iter().filter(|path| path.contains("/types")) {
        let ptx = crate::ptx::read(&text(&path.replace(".llir", ".ptx"))).unwrap();
        assert_eq!(read(&text(&path)).unwrap().params, ptx.entries[0].params, "{path}");
    }
}

#[test]
fn descriptors_by_value_have_their_size_and_alignment() {
    let entry = kernel("i32 %0, ptr byval([128 x i8]) align 64 \"nvvm.grid_constant\" %1, ptr addrspace(1) nofree captures(none) %2, ptr %3").unwrap();
    let expected = [(0, 4, false), (64, 128, false), (192, 8, true), (200, 8, true)];
    assert_eq!(entry.params, expected.map(|(offset, size, pointer)| Param { offset, size, pointer }));
    assert_eq!(entry.required_block, Some([128, 1, 1]));
}

#[test]
fn block_sizes_come_from_attributes_groups_and_annotations() {
    let own = "define ptx_kernel void @k() \"nvvm.reqntid\"=\"64,2\" { ret void }";
    assert_eq!(read(own).unwrap().required_block, Some([64, 2, 1]));
    let annotated = "define void @k() { ret void }\n!nvvm.annotations = !{!0}\n!0 = !{ptr @k, !\"kernel\", i32 1, !\"reqntidx\", i32 64, !\"reqntidy\", i32 2, !\"maxntidx\", i32 256}";
    let entry = read(annotated).unwrap();
    assert_eq!((entry.required_block, entry.max_block), (Some([64, 2, 1]), Some([256, 1, 1])));
    assert_eq!(read("define ptx_kernel void @k() { ret void }").unwrap().required_block, None);
}

#[test]
fn strings_comments_and_bodies_are_no_kernels() {
    let text = "; define ptx_kernel void @no() {}\n@s = constant [9 x i8] c\"define }\\22\"\n\
                define internal i32 @f({ i32, i32 } %0, <2 x float> %1) {\n  %a = call asm \"} {\", \"=r\"()\n  ret i32 0\n}\n\
                define ptx_kernel void @\"odd name\"(i32 noundef range(i32 0, 5) %0) !dbg !5 { ret void }\n\
                !5 = distinct !DISubprogram(name: \"define ptx_kernel void @no()\")\n";
    let entry = read(text).unwrap();
    assert_eq!((entry.name.as_str(), entry.params.len()), ("odd name", 1));
}

#[test]
fn mistakes_are_errors_with_their_line() {
    assert!(error("").starts_with("line 1: no kernel"));
    assert!(error("define void @f() { ret void }").contains("no kernel"));
    let two = "define ptx_kernel void @a() { ret void }\n\ndefine ptx_kernel void @b() { ret void }";
    assert_eq!(error(two), "line 3: a file must have one kernel, this one has several: `a` (line 1), `b` (line 3)");
    assert!(error("define ptx_kernel void @a() {\n ret void\n").contains("line 3: the file ends inside the body"));
    assert!(error("define ptx_kernel void @a(i32").contains("inside a parameter list"));
    assert!(error("define ptx_kernel void @a").contains("inside a function's head"));
    assert!(error("define {").contains("expected a function's name"));
    let bad = |parameters: &str| kernel(parameters).unwrap_err().to_string();
    assert!(
        bad("i32 %0, <2 x float> %1").contains("parameter 1 has the type `< 2 x float > %1`"),
        "{}",
        bad("i32 %0, <2 x float> %1")
    );
    assert!(bad("ptr addrspace(3) %0").contains("parameter 0 has the type"));
    assert!(bad("i128 %0").contains("`i128 %0`"));
    assert!(bad("ptr byval(%struct.x) %0").contains("parameter 0"));
    let block = error("attributes #0 = { \"nvvm.reqntid\"=\"x\" }");
    assert!(block.contains("expected `=` and the block size"), "{block}");
}

#[test]
fn long_nonsense_takes_linear_time() {
    for piece in ["{", "!", "!0 = !{", "define ", "\"", "(", "@a", "define void @f(", "!0 !1 ", ";"] {
        let _ = read(&piece.repeat(300_000));
    }
    let list = vec!["i32"; 100_000].join(",");
    assert_eq!(kernel(&list).unwrap().params.len(), 100_000);
}

proptest! {
    #[test]
    fn damaged_llir_never_panics(text in damaged::texts("llir")) {
        let _ = read(&text).map_err(|error| error.to_string());
    }

    #[test]
    fn random_text_never_panics(text in "\\PC*", rest in "[@%!#a-z0-9 ,\\[\\](){}\n\"]{0,200}") {
        let _ = read(&text);
        let _ = kernel(&rest);
    }
}
