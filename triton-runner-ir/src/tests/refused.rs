//! What MLIR refuses too, each with its line; and what a lexer must not see in another way than MLIR does.

use super::{kernel, read};
use crate::{Attribute, Summary, parse};

fn error(body: &str) -> String {
    parse(&kernel(body)).unwrap_err().to_string()
}

#[test]
fn names_stand_for_one_value_that_is_there() {
    assert_eq!(
        error("tt.store %p, %gone : !tt.ptr<f32>"),
        "line 3, column 14: `%gone` is not defined in this file; its end is missing, or it was edited"
    );
    assert!(
        error("%0:2 = tt.split %t : tensor<4xf32> -> f32\n%1 = arith.addf %0#2, %f : f32")
            .contains("line 4, column 17: `%0#2` is not defined")
    );
    assert!(
        error("%n = arith.addi %n, %n : i32")
            .contains("line 3, column 1: `%n` is defined already: a name stands for one thing")
    );
    assert!(
        error("%0 = arith.addi %1, %n : i32\n%1 = arith.addi %n, %n : i32")
            .contains("line 3, column 17: `%1` is used here and defined further down")
    );
    assert!(error("%0 = arith.addi %0, %n : i32").contains("used here and defined further down"));
    assert!(error("cf.br ^bb7").contains("`^bb7` is not defined"));
    assert!(error("cf.br ^a\n^a:\n  cf.br ^a\n^a:").contains("`^a` is defined already"));
    // Each region has its own names, and functions see nothing of each other.
    read(&kernel(
        "scf.if %c {\n  %0 = arith.negf %f : f32\n} else {\n  %0 = arith.negf %f : f32\n}\n%0 = arith.negf %f : f32",
    ));
    let other = kernel("")
        .replace("module {", "module {\n  tt.func private @g(%x: f32) { %0 = arith.negf %x : f32 tt.return }\n");
    assert!(parse(&other.replace("tt.return\n  }", "%1 = arith.negf %x : f32\n tt.return\n  }")).is_err());
    read(&other.replace("tt.return\n  }", "%0 = arith.negf %f : f32\n tt.return\n  }"));
}

#[test]
fn operands_have_the_types_that_the_text_says() {
    assert_eq!(
        error("%0 = arith.addi %n, %l : i32"),
        "line 3, column 26: %l has the type `i64` (line 2), and here `i32` is expected"
    );
    for body in [
        "%0 = arith.addf %n, %f : f32",
        "%0 = tt.addptr %p, %l : !tt.ptr<f32>, i32",
        "%0 = \"arith.negf\"(%n) : (f32) -> f32",
        "scf.for %k = %n to %n step %l : i32 {\n}",
        "tt.return %n : i64",
        "cf.br ^a(%n : i64)\n^a(%x: i64):",
        // Types that the text leaves out.
        "tt.store %p, %n : !tt.ptr<f32>",
        "tt.store %tp, %t, %c : tensor<4x!tt.ptr<f32>>",
        "%0 = tt.load %tp, %t : tensor<4x!tt.ptr<f32>>",
        "%0 = arith.select %n, %f, %f : f32",
        "scf.if %n {\n}",
        "cf.cond_br %n, ^a, ^a\n^a:",
        "%d = tt.make_tensor_descriptor %p, [%l], [%l] : <f32>, <4xf32>",
        // Known further down.
        "cf.br ^b\n^a:\n  %0 = arith.negf %1 : f32\n  tt.return\n^b:\n  %1 = arith.addi %n, %n : i32\n  cf.br ^a",
    ] {
        let found = error(body);
        assert!(found.contains("has the type `") && found.contains("is expected"), "{body}: {found}");
    }
}

#[test]
fn aliases_are_whole_defined_and_once() {
    let with =
        |aliases: &str| parse(&format!("{aliases}\n{}", kernel(""))).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(with("#a = loc(\"x\")\n#b = loc(#a)"), Ok(()));
    assert!(
        with("#a = loc(\"x\")\n#a = loc(\"y\")").unwrap_err().contains("line 2, column 1: `#a` is defined already")
    );
    assert!(with("#a = loc(#b)").unwrap_err().contains("`#b` is not defined"));
    assert!(with("#a = loc(\"x\") loc(\"y\")").unwrap_err().contains("expected one attribute, type or location"));
    assert!(with("#a = loc(\"x\"),").is_err());
    assert!(with("#a = \n#b = loc(\"x\")").is_err());
    // For a build as well.
    assert!(Summary::read(&format!("#a = loc(\"x\")\n#a = loc(\"y\")\n{}", kernel(""))).is_err());
}

#[test]
fn functions_of_a_module_inside_a_module_are_refused() {
    let inner = "module {\n  tt.func public @k() { tt.return }\n  module @inner {\n    tt.func private @f() { tt.return }\n  }\n}";
    let expected = "line 4, column 21: function `f` is in a module inside another one; only functions of the outermost module are read";
    assert_eq!(parse(inner).unwrap_err().to_string(), expected);
    assert_eq!(Summary::read(inner).unwrap_err().to_string(), expected);
}

#[test]
fn comments_end_where_mlir_ends_them() {
    // At a carriage return: what follows is text.
    let module = read(&kernel("// a comment\r%0 = arith.negf %f : f32"));
    assert_eq!(module.ops().filter(|(_, op)| op.name == "arith.negf").count(), 1);
    assert!(error("// a comment\rtt.store %gone, %f : !tt.ptr<f32>").contains("%gone"));
    let text = "tt.func public @k(%x: i32, // %y: i32\r%z: i64) { tt.return }";
    assert_eq!(Summary::read(text).unwrap().raw_arguments.len(), 2);
}

#[test]
fn escapes_are_resolved_in_keys_and_strings() {
    let text = "tt.func public @k(%x: i32 {\"tt.divisi\\62ility\" = 16 : i32} loc(\"\\78_ptr\")) { tt.return }";
    let summary = Summary::read(text).unwrap();
    assert_eq!(summary.raw_arguments[0].divisible_by, 16);
    assert_eq!(summary.raw_arguments[0].name.as_deref(), Some("x_ptr"));
    let header = "module attributes {\"ttg.num\\2Dwarps\" = 8 : i32} { tt.func public @\"k\\65\"() { tt.return } }";
    let summary = Summary::read(header).unwrap();
    assert_eq!((summary.num_warps, &summary.name[..]), (Some(8), "ke"));
    for bad in ["\\q", "\\4", "\\4g", "\\"] {
        assert!(parse(&kernel(&format!("my.op {{a = \"{bad}\"}}"))).is_err(), "{bad}");
    }
    assert!(parse(&kernel("my.op \"a\u{b}b\"")).is_err());
}

#[test]
fn names_have_dashes_and_numbers_where_mlir_has_them() {
    let module = read(&kernel(
        "%a--b = arith.negf %f : f32\n%a- = arith.negf %a--b : f32\n%-.$_1 = arith.negf %a- : f32\n%0:2 = scf.if %c -> (f32, f32) {\n  scf.yield %f, %f : f32, f32\n} else {\n  scf.yield %f, %f : f32, f32\n}\n%1 = arith.addf %0 #1, %0#0 : f32",
    ));
    let names: Vec<_> =
        module.ops().flat_map(|(_, op)| op.results.clone()).map(|value| module.name(value).unwrap()).collect();
    assert_eq!(names, ["a--b", "a-", "-.$_1", "0#0", "0#1", "1"]);
    // `%1x` are two tokens, and so are `@a-b`.
    assert!(parse(&kernel("%1x = arith.negf %f : f32")).is_err());
    assert!(parse("tt.func public @a-b() { tt.return }").is_err());
    for stray in ["%", "^", "#", "!", "@", "@1", "& ", "~", ";", "'", "`", "..", "\u{a0}", "\u{c}", "{-# x #-}"] {
        assert!(parse(&kernel(&format!("my.op {stray}"))).is_err(), "{stray:?}");
    }
}

#[test]
fn the_callee_of_a_generic_call_is_its_callee() {
    let text = "module {\n  tt.func public @k(%p: !tt.ptr<f32>) {\n    \"tt.call\"(%p) <{arg_attrs = [{x.y = @other}], callee = @writes}> : (!tt.ptr<f32>) -> ()\n    tt.return\n  }\n}".replace(
        "module {",
        "module {\n  tt.func private @other(%x: !tt.ptr<f32>) { tt.return }\n  tt.func private @writes(%x: !tt.ptr<f32>) { %0 = arith.constant 1.0 : f32 tt.store %x, %0 : !tt.ptr<f32> tt.return }\n",
    );
    let module = read(&text);
    let call = module.ops().find(|(_, op)| op.name == "tt.call").unwrap().1;
    assert_eq!(call.attribute("callee"), Some(&Attribute::Symbol(vec!["writes".into()])));
    let access = Summary::read(&text).unwrap().raw_arguments[0].access;
    assert_eq!(access, triton_runner_manifest::Access::Write { line: 3 });
}

#[test]
fn operations_have_a_dialect() {
    assert!(error("load %p").contains("line 3, column 1: expected an operation such as `tt.load`, found `load`"));
    assert!(
        Summary::read(
            &kernel("load %p").replace("%t: tensor<4xf32>, %tp: tensor<4x!tt.ptr<f32>>, %i: index", "%x: i32")
        )
        .is_ok()
    );
}

#[test]
fn generic_functions_are_refused_as_before() {
    assert!(
        parse("\"tt.func\"() <{sym_name = \"k\"}> ({ tt.return }) : () -> ()")
            .unwrap_err()
            .to_string()
            .contains("generic syntax")
    );
}
