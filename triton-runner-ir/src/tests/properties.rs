//! Properties of typed bodies for all texts, damaged ones too.

use proptest::prelude::*;
use test_data::damaged;

use super::{VERSIONS, kernel, operations};
use crate::{Module, Summary, parse};

/// Reads everything that there is to read, and prints it.
fn exhaust(text: &str) {
    let _ = Summary::read(text);
    match parse(text) {
        Ok(module) => {
            let printed = module.to_string();
            let again = parse(&printed);
            assert!(again.as_ref().is_ok_and(|again| *again == module), "{:?}\n{text}\n---\n{printed}", again.err());
            walk(&module);
        }
        Err(error) => assert!(error.line >= 1 && error.column >= 1 && !error.to_string().is_empty()),
    }
}

fn walk(module: &Module) {
    for (id, op) in module.ops() {
        assert!(!module.text(id).is_empty());
        let grouped: usize = op.groups().map(|(_, values)| values.len()).sum();
        assert!(grouped == 0 || grouped == op.operands.len());
        for &value in op.operands.iter().chain(&op.results) {
            let _ = (module.name(value), module.ty(value).bits(), module.location(value));
        }
        if let Some(location) = op.location {
            let _ = (module.locations().frames(location), module.locations().variable(location));
        }
    }
}

#[test]
fn long_nonsense_takes_linear_time() {
    for piece in [
        "%a = my.op ",
        "%a:99999999 = my.op ",
        "\"x\"(%a) : (i32) -> (i32) ",
        "scf.if %c { ",
        "^a: ",
        "^a(%x: i32): ",
        "{a = [",
        "loc(callsite(",
        "tensor<",
        "!tt.ptr<",
        "{a, ",
        "dense<[",
        "(i32) -> ",
        "@a::",
        "my.op {a = 1 : ",
        "#a = loc(\"x\"(#a)) ",
    ] {
        exhaust(&piece.repeat(20_000));
        exhaust(&kernel(&piece.repeat(20_000)));
    }
    let nested = |open: &str, close: &str, count: usize| kernel(&(open.repeat(count) + &close.repeat(count)));
    for (open, close) in [
        ("scf.if %c { ", "}"),
        ("\"a\"() ({ ", "}) : () -> () "),
        ("my.op { %x = my.op ", "}"),
        ("my.op {a = [", "]}"),
        ("%x = my.op : tensor<4x!tt.ptr<", ">>"),
    ] {
        exhaust(&nested(open, close, 20_000));
    }
    let attribute =
        |open: &str, close: &str| kernel(&format!("my.op {{a = {}1{}}}", open.repeat(20_000), close.repeat(20_000)));
    exhaust(&attribute("[", "]"));
    exhaust(&attribute("{a = ", "}"));
    let location =
        |open: &str, close: &str| kernel(&format!("my.op loc({}\"x\"{})", open.repeat(20_000), close.repeat(20_000)));
    exhaust(&location("\"x\"(", ")"));
    exhaust(&location("fused[", "]"));
    exhaust(&location("callsite(\"x\" at ", ")"));
    let chain: String = (0..20_000).map(|i| format!("#l{i} = loc(\"n\"(#l{}))\n", i + 1)).collect();
    exhaust(&format!("{chain}#l20000 = loc(\"x\")\n{}", kernel("my.op loc(#l0)")));
}

#[test]
fn what_the_fuzzer_found_is_no_trap() {
    for text in [
        "o #cl = 1",
        "module #a = (\"out\")",
        "tt.x #a = = y.z",
        "tt.x #a = @g:v.w",
        "tt.x = #a = loc(unknown)",
        "#a = l\nmy.op loc(#a)",
        "my.op ^bb2:",
        "tt.func private @f(%x: , %y: i1) { tt.return }",
        "tt.func private @f(%x: !tt.ptr<i8, +1>, %y: !tt.ptr<i8, 01>) { tt.return }",
        "\"tt.return\"() : () -> ((f32, f32) ->)",
        "my.op {a} {a = 1 : i32}",
        "tt.func private @f(%x: i32) { ^bb0(%y: i32): tt.return }",
        "%d = tt.make_tensor_descriptor %p, [%n, %n], [%l, %l] : <f32>, <tensor<032x32xf32>>",
    ] {
        exhaust(text);
        exhaust(&kernel(text));
    }
}

fn pieces() -> impl Strategy<Value = Vec<&'static str>> {
    let pieces = vec![
        "%x = ",
        "%y:2 = ",
        "%x",
        "%y#1",
        "%n",
        "%f",
        "%p",
        "%t",
        ", ",
        ": ",
        "= ",
        "->",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "<",
        ">",
        "^bb0",
        "^bb0(%n : i32)",
        "^bb0(%a: i32):",
        "i32 ",
        "f32 ",
        "tensor<4xf32> ",
        "!tt.ptr<f32> ",
        "index ",
        "arith.addi ",
        "arith.cmpi slt, ",
        "arith.constant ",
        "dense<1> ",
        "1.5 ",
        "0x7F ",
        "-3 ",
        "\"s\" ",
        "\"tt.reduce\"(",
        "<{axis = 0 : i32}> ",
        "({",
        "}) ",
        "tt.load ",
        "tt.store ",
        "tt.return ",
        "scf.for %i = ",
        "to ",
        "step ",
        "iter_args(%a = %f) ",
        "scf.while ",
        "do ",
        "scf.if %c ",
        "else ",
        "scf.yield ",
        "cf.br ",
        "cf.cond_br %c, ",
        "tt.call @k(",
        "@k ",
        "loc(unknown) ",
        "#loc ",
        "loc(\"a\"(#loc)) ",
        "attributes {a} ",
        "{a = 1 : i32} ",
        "fastmath<nnan> ",
        "cacheModifier = ca ",
        "my.op ",
        "// c\n",
        "\r\n",
        "\n",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..40)
}

fn any_operations() -> impl Strategy<Value = String> {
    proptest::sample::select(VERSIONS.to_vec()).prop_flat_map(|version| {
        let text = operations(version, "custom") + &operations(version, "generic");
        let lines: Vec<String> = text.lines().filter(|line| line.starts_with("    ")).map(str::to_owned).collect();
        let line = proptest::sample::select(lines);
        let edit = (any::<proptest::sample::Index>(), 0_usize..6, "[ ,:<>{}()\\[\\]%#@!^\"=x01.-]{0,2}");
        (line, edit).prop_map(|(mut line, (at, length, text))| {
            let at = at.index(line.len());
            if line.is_ascii() {
                line.replace_range(at..(at + length).min(line.len()), &text);
            }
            line
        })
    })
}

proptest! {
    #[test]
    fn damaged_files_never_panic_and_print_what_they_say(ttir in damaged::texts("ttir"), ttgir in damaged::texts("ttgir")) {
        exhaust(&ttir);
        exhaust(&ttgir);
    }

    #[test]
    fn pieces_in_any_order_never_panic(pieces in pieces()) {
        exhaust(&kernel(&pieces.concat()));
        exhaust(&format!("#loc = loc(\"f.py\":1:2)\n{}", kernel(&pieces.concat())));
    }

    #[test]
    fn damaged_operations_never_panic_and_print_what_they_say(line in any_operations()) {
        exhaust(&kernel(&line));
        // With every value that the line may name.
        let text = format!("tt.func private @f({}) {{\n{line}\n}}", super::ARGUMENTS);
        exhaust(&text);
    }
}
