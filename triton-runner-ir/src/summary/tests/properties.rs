//! Properties for all files, damaged ones too.

use proptest::prelude::*;

use test_data::damaged;

use super::*;

/// Reads everything that there is to read.
fn exhaust(text: &str) {
    match Summary::read(text) {
        Ok(module) => {
            let _ = module.arguments().map_err(|error| error.to_string());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

#[test]
fn long_nonsense_takes_linear_time() {
    let pieces = [
        "(",
        "{",
        "<",
        "[",
        "%a ",
        "%a, ",
        "%a:2, ",
        "tt.x ",
        "tt.x (",
        "tt.x {",
        "tt.x {^a:",
        "\"x\"(",
        "#a = #a ",
        "^a:",
        "^a(",
        "@",
        "loc(",
        "tt.func public @k(",
        "module {",
        "//\n",
        "\"",
        "%x = ",
        "{a = {",
        "tt.x { tt.y\n",
        "tt.func private @k() { tt.x\n",
    ];
    for piece in pieces {
        exhaust(&piece.repeat(200_000));
    }
    let arguments = vec!["%x: !tt.ptr<f32> loc(#l)"; 50_000].join(", ");
    let aliases: String = (0..50_000).map(|i| format!("#l{i} = loc(\"n\"(#l{}))\n", i + 1)).collect();
    let text = format!("#l = loc(#l0)\n{}{aliases}#l50000 = loc(\"x\")", kernel(&arguments));
    assert_eq!(read(&text).raw_arguments.len(), 50_000);
    // Aliases that name each other.
    let circle = format!("#a = loc(\"x\"(#b))\n#b = loc(\"y\"(#a))\n{}", kernel("%x: i32 loc(#a)"));
    assert_eq!(read(&circle).raw_arguments.len(), 1);
    // Operations nested as deep as they go.
    let nested = format!("{}{}", "tt.func private @k() { scf.if ".repeat(100_000), "}".repeat(100_000));
    assert!(error(&nested).contains("only private functions"));
}

fn scalar() -> impl Strategy<Value = Scalar> {
    proptest::sample::select(Scalar::ALL.to_vec())
}

fn argument_type() -> impl Strategy<Value = ArgType> {
    prop_oneof![
        scalar().prop_map(ArgType::Scalar),
        scalar().prop_map(ArgType::Pointer),
        (scalar(), proptest::collection::vec(1..1024_u32, 1..=5))
            .prop_map(|(element, block)| ArgType::TensorDesc { element, block }),
        Just(ArgType::TmaDesc),
    ]
}

/// An argument as Triton prints it.
fn print(index: usize, ty: &ArgType, name: &str, divisible_by: u32) -> String {
    let tma = if *ty == ArgType::TmaDesc { ", tt.nv_tma_desc = 1 : i32" } else { "" };
    let (ty, rank) = match ty {
        ArgType::Scalar(scalar) => (scalar.mlir().to_owned(), 0),
        ArgType::Pointer(scalar) => (format!("!tt.ptr<{}>", scalar.mlir()), 0),
        ArgType::TmaDesc => ("!tt.ptr<i8, 0>".to_owned(), 0),
        ArgType::TensorDesc { element, block } => {
            let block: String = block.iter().map(|n| format!("{n}x")).collect();
            (format!("!tt.tensordesc<tensor<{block}{}>>", element.mlir()), block.matches('x').count())
        }
    };
    let mut text =
        format!("%arg{index}: {ty} {{tt.divisibility = {divisible_by} : i32{tma}}} loc(\"{name}\"(\"f(,\":1:2))");
    for (width, part) in [(32, "s"), (64, "t")] {
        for i in 0..rank {
            text += &format!(", %{part}{index}_{i}: i{width} loc(unknown)");
        }
    }
    text
}

proptest! {
    #[test]
    fn damaged_ir_never_panics(ttir in damaged::texts("ttir"), ttgir in damaged::texts("ttgir")) {
        exhaust(&ttir);
        exhaust(&ttgir);
    }

    #[test]
    fn random_text_never_panics(
        text in "\\PC*",
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "tt.func public @k(", "%x", "%x: i32", "= ", "tt.x", "\"tt.y\"(", ")", "{", "}", "^bb0", "(", ":", ",", "->", "<", ">",
                "#loc", "loc(", "\"n\"", "!tt.ptr<f32>", "!tt.tensordesc<", "64x64xf16", "module", "attributes {", "scf.for", "\n", "[", "]",
                "scf.while (", "iter_args(", "tt.store ", "tt.load ", "scf.yield ", "cf.br ^bb0(", "scf.if", "else {", "tt.return", "%y#1", "%y:2 = ",
                "tt.call @k(", "tt.addptr ", "partition0(", "default {", "ttg.warp_specialize(",
            ]),
            0..60,
        )
    ) {
        exhaust(&text);
        exhaust(&pieces.join(" "));
        exhaust(&kernel(&pieces.join(" ")));
        exhaust(&kernel("%x: !tt.ptr<f32>").replace("tt.return", &pieces.join(" ")));
    }

    #[test]
    fn signatures_round_trip(
        arguments in proptest::collection::vec((argument_type(), "[a-z_][a-z0-9_]{0,8}", 1..64_u32), 0..12)
    ) {
        let printed: Vec<_> =
            arguments.iter().enumerate().map(|(i, (ty, name, divisible))| print(i, ty, name, *divisible)).collect();
        let module = read(&kernel(&printed.join(", ")));
        let found = module.arguments().unwrap();
        prop_assert_eq!(found.len(), arguments.len());
        let mut seen = std::collections::HashSet::new();
        for (found, (ty, name, divisible)) in found.iter().zip(&arguments) {
            prop_assert_eq!(&found.ty, ty);
            prop_assert_eq!(found.divisible_by, *divisible);
            prop_assert_eq!(found.named, seen.insert(name));
            prop_assert!(!found.named || found.name == *name);
        }
    }
}
