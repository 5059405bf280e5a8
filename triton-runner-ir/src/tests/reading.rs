//! What a typed body has of what the text says.

use super::{kernel, read};
use crate::{Attribute, Def, Elements, FloatType, Location, Module, Op, Syntax, Type, ValueId};

/// The first operation of this name.
fn op<'m>(module: &'m Module, name: &str) -> &'m Op {
    module.ops().map(|(_, op)| op).find(|op| op.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn name(module: &Module, value: ValueId) -> String {
    module.name(value).unwrap()
}

#[test]
fn operands_are_known_by_what_they_are_for() {
    let module = read(&kernel(
        "%m = tt.splat %c : i1 -> tensor<4xi1>\n%0 = tt.load %tp, %m, %t evictionPolicy = evict_last cacheModifier = cg {isVolatile = true} : tensor<4x!tt.ptr<f32>>\n\
         tt.store %tp, %0 : tensor<4x!tt.ptr<f32>>\n%d = tt.make_tensor_descriptor %p, [%n, %n], [%l, %l] : <f32>, <4x4xf32>\n\
         %b = tt.descriptor_load %d[%n, %n] : !tt.tensordesc<4x4xf32> -> tensor<4x4xf32>\ntt.descriptor_store %d[%n, %n], %b : !tt.tensordesc<4x4xf32>, tensor<4x4xf32>",
    ));
    let load = op(&module, "tt.load");
    assert_eq!(
        load.groups().map(|(name, values)| (name, values.len())).collect::<Vec<_>>(),
        [("ptr", 1), ("mask", 1), ("other", 1)]
    );
    assert_eq!(name(&module, load.operand("other").unwrap()), "t");
    assert_eq!(load.attribute("evict"), Some(&Attribute::Keyword("evict_last".into())));
    assert_eq!(load.attribute("isVolatile").and_then(Attribute::as_bool), Some(true));
    assert_eq!(module.ty(load.result().unwrap()).to_string(), "tensor<4xf32>");
    let store = op(&module, "tt.store");
    assert_eq!((store.operand("mask"), store.group("mask").len(), store.operands.len()), (None, 0, 2));
    let make = op(&module, "tt.make_tensor_descriptor");
    assert_eq!((make.group("shape").len(), make.group("strides").len()), (2, 2));
    // In MLIR's order, not in that of the text.
    let store = op(&module, "tt.descriptor_store");
    let order: Vec<_> = store.operands.iter().map(|&value| name(&module, value)).collect();
    assert_eq!(order, ["d", "b", "n", "n"]);
    assert_eq!(store.block, load.block);
}

#[test]
fn constants_are_bits_and_types() {
    let constant = |text: &str| {
        let module = read(&kernel(&format!("%0 = arith.constant {text}")));
        let op = op(&module, "arith.constant");
        assert_eq!(op.syntax, Syntax::Custom, "{text}");
        op.attribute("value").unwrap().clone()
    };
    let dense = |text: &str| match constant(text) {
        Attribute::Dense(dense) => dense,
        other => panic!("{other:?}"),
    };
    assert_eq!(constant("255 : i8").as_i64(), Some(-1));
    assert_eq!(constant("-1 : i1"), Attribute::Bool(true));
    assert_eq!(constant("0x10"), constant("16 : i64"));
    for (text, bits, ty) in [
        ("1.5", 0x3FF8 << 48, FloatType::F64),
        ("-1.5 : bf16", 0xBFC0, FloatType::Bf16),
        ("0x7F800000 : f32", 0x7F80_0000, FloatType::F32),
        ("1.0e39 : f32", 0x7F80_0000, FloatType::F32),
        ("0xFFFF : f16", 0xFFFF, FloatType::F16),
        ("448.0 : f8E4M3FN", 0x7E, FloatType::F8E4M3FN),
    ] {
        assert_eq!(constant(text), Attribute::Float(crate::Float { bits, ty }), "{text}");
    }
    assert_eq!(dense("dense<-2> : tensor<4xi16>").elements, Elements::Splat(0xFFFE));
    assert_eq!(dense("dense<[[1, 2], [3, -1]]> : tensor<2x2xi8>").elements, Elements::List(vec![1, 2, 3, 0xFF]));
    assert_eq!(dense("dense<[7, 7]> : tensor<2xi8>").elements, Elements::Splat(7));
    assert_eq!(dense("dense<\"0x00FF0100\"> : tensor<2xi16>").elements, Elements::List(vec![0xFF00, 1]));
    // Booleans, eight in a byte (up to 3.6) and one in each (later).
    let packed = dense(&format!("dense<\"0x{}\"> : tensor<16xi1>", "0180"));
    let whole = dense(&format!("dense<\"0x01{}01\"> : tensor<16xi1>", "00".repeat(14)));
    assert_eq!(packed, whole);
    assert_eq!((whole.bits(0), whole.bits(1), whole.bits(15), whole.bits(16)), (Some(1), Some(0), Some(1), None));
    assert_eq!((dense("dense<1> : tensor<2x3xi32>").len(), dense("dense<> : tensor<0xi32>").is_empty()), (6, true));
}

#[test]
fn constants_that_are_none_are_kept_as_text() {
    for text in [
        "256 : i8",
        "-129 : i8",
        "5 : f32",
        "0x1FFFF : f16",
        "1.0 : i32",
        "dense<256> : tensor<2xi8>",
        "dense<[1, 2, 3]> : tensor<2xi8>",
        "dense<[[1], [2, 3]]> : tensor<2x2xi8>",
        "dense<[1, [2]]> : tensor<2xi8>",
        "dense<\"0x0102\"> : tensor<3xi8>",
        "dense<\"0x01\"> : tensor<8xi1>",
        "dense<1> : tensor<?xi8>",
        "dense_resource<x> : tensor<4xi8>",
        "#some.attribute<1>",
    ] {
        let module = read(&kernel(&format!("%0 = arith.constant {text}\n%1 = my.use %0 : i32")));
        let op = op(&module, "arith.constant");
        assert_eq!((op.syntax, op.results.len()), (Syntax::Unknown, 1), "{text}");
        assert!(read(&module.to_string()) == module);
    }
}

#[test]
fn attributes_of_all_kinds_are_read() {
    let text = "my.op {a, b = unit, c = \"x\\22\\0A\\C3\\A9\", d = [1 : i32, @f, @f::@\"g h\"], e = {f = -2}, \"g\\22\" = i32, h = array<i32: 1, -2>, \
                i = array<i1: true, false>, j = #x.y<a -> b>, k = (i32) -> f32, l = array<i8>, m = !tt.ptr<f32>, n = 1.0 : f16, o = loc(unknown)}";
    let module = read(&kernel(text));
    let op = op(&module, "my.op");
    let get = |name: &str| op.attribute(name).unwrap().to_string();
    assert_eq!(op.attribute("a"), Some(&Attribute::Unit));
    assert_eq!(op.attribute("b"), Some(&Attribute::Unit));
    assert_eq!(op.attribute("c").and_then(Attribute::as_str), Some("x\"\né"));
    assert_eq!(get("c"), "\"x\\22\\0A\\C3\\A9\"");
    assert_eq!(get("d"), "[1 : i32, @f, @f::@\"g h\"]");
    assert_eq!(get("e"), "{f = -2 : i64}");
    assert_eq!(op.attribute("g\""), Some(&Attribute::Type(Type::int(32))));
    assert_eq!(
        (get("h"), get("i"), get("l")),
        ("array<i32: 1, -2>".into(), "array<i1: true, false>".into(), "array<i8>".into())
    );
    assert_eq!(op.attribute("j"), Some(&Attribute::Opaque("#x.y<a -> b>".into())));
    assert_eq!(
        (get("k"), get("m"), get("n")),
        ("(i32) -> f32".into(), "!tt.ptr<f32>".into(), "1.000000e+00 : f16".into())
    );
    assert_eq!(op.attribute("o"), Some(&Attribute::Opaque("loc(unknown)".into())));
    assert_eq!(op.attribute("z"), None);
}

#[test]
fn loops_have_their_arguments_and_results() {
    let module = read(&kernel(
        "%0:2 = scf.for %k = %n to %n step %n iter_args(%x = %f, %y = %p) -> (f32, !tt.ptr<f32>)  : i32 {\n  %q = tt.addptr %y, %k : !tt.ptr<f32>, i32\n\
         scf.yield %x, %q : f32, !tt.ptr<f32>\n} {tt.num_stages = 2 : i32}\ntt.store %0#1, %0 #0 : !tt.ptr<f32>\n\
         %1:2 = scf.while (%a = %f, %b = %n) : (f32, i32) -> (i32, f32) {\n  scf.condition(%c) %b, %a : i32, f32\n} do {\n^bb0(%d: i32, %e: f32):\n  scf.yield %e, %d : f32, i32\n}",
    ));
    let outer = op(&module, "scf.for");
    let names = |values: &[ValueId]| values.iter().map(|&value| name(&module, value)).collect::<Vec<_>>();
    assert_eq!(names(module.region_arguments(outer, 0)), ["k", "x", "y"]);
    assert_eq!(names(&outer.results), ["0#0", "0#1"]);
    assert_eq!(names(outer.group("initArgs")), ["f", "p"]);
    assert_eq!(module.ty(module.region_arguments(outer, 0)[2]).to_string(), "!tt.ptr<f32>");
    assert_eq!(outer.attribute("tt.num_stages").and_then(Attribute::as_i64), Some(2));
    assert_eq!(names(&op(&module, "tt.store").operands), ["0#1", "0#0"]);
    let outer = op(&module, "scf.while");
    assert_eq!(names(module.region_arguments(outer, 1)), ["d", "e"]);
    assert_eq!(module.label(module.region(outer.regions[1]).blocks[0]), "bb0");
    let Def::Argument(block, 1) = module.value(module.region_arguments(outer, 1)[1]).def else { panic!() };
    assert_eq!(module.region(module.block(block).region).op.map(|op| &module.op(op).name[..]), Some("scf.while"));
}

#[test]
fn branches_know_where_they_go_and_with_what() {
    let module = read(&kernel(
        "cf.cond_br %c, ^bb1(%n : i32), ^bb2\n^bb1(%x: i32):\n  cf.switch %x : i32, [default: ^bb2, 7: ^bb1(%x : i32), -1: ^bb3(%late : f32)]\n^bb2:\n  %late = arith.negf %f : f32\n  cf.br ^bb3(%late : f32)\n^bb3(%y: f32):",
    ));
    let switch = op(&module, "cf.switch");
    let to: Vec<_> = switch.successors.iter().map(|to| (module.label(to.block), to.arguments.len())).collect();
    assert_eq!(to, [("bb2", 0), ("bb1", 1), ("bb3", 1)]);
    let Some(Attribute::Dense(cases)) = switch.attribute("case_values") else { panic!() };
    assert_eq!(cases.elements, Elements::List(vec![7, 0xFFFF_FFFF]));
    assert!(read(&module.to_string()) == module);
}

#[test]
fn functions_are_all_there() {
    let module = read(&test_data::text("3.9/calls.ttir"));
    let names: Vec<_> = module.functions().iter().map(|function| (&*function.name, function.public)).collect();
    assert_eq!(names[0], ("calls", true));
    assert!(names.len() > 1 && names[1..].iter().all(|(_, public)| !public));
    let module = read(
        "module @m {\n  tt.func private @\"a b\"(!tt.ptr<f32>, i32 {x.y = 1 : i32}) -> (i32 {x.z}, f32)\n  tt.func @k(%x: i32 {tt.divisibility = 16 : i32}) attributes {noinline = true} { tt.return }\n}",
    );
    let declared = module.function("a b").unwrap();
    assert_eq!((declared.body, declared.arguments.len(), declared.results.len()), (None, 2, 2));
    assert_eq!(module.ty(declared.arguments[0].value).to_string(), "!tt.ptr<f32>");
    assert_eq!(module.name(declared.arguments[0].value), None);
    let kernel = module.function("k").unwrap();
    assert_eq!(kernel.arguments[0].attributes.get("tt.divisibility").and_then(Attribute::as_i64), Some(16));
    assert_eq!(module.op(kernel.op).attribute("noinline").and_then(Attribute::as_bool), Some(true));
    assert!(read(&module.to_string()) == module);
}

#[test]
fn operations_that_are_not_known_are_kept_with_their_text() {
    let body = "%0:2 = my.op(%n, %x : i32) <{a = 1}> {b = 2 : i32} [%t] : (i32) -> (i32, f32) loc(\"here\")\n%1 = \"your.op\"(%0#1) ({\n^bb0(%a: i32):\n  \"your.end\"(%a) : (i32) -> ()\n}) {c} : (f32) -> i8\n%2 = tt.load_like_no_other %p to !tt.ptr<i8>\n%3 = arith.addi %n %n : i32";
    let module = read(&kernel(&body.replace("%x", "%l")));
    let mine = op(&module, "my.op");
    assert_eq!((mine.syntax, mine.operands.len(), mine.line), (Syntax::Unknown, 3, 3));
    assert_eq!(mine.results.iter().map(|&value| module.ty(value).to_string()).collect::<Vec<_>>(), ["i32", "f32"]);
    assert_eq!(mine.attribute("b").and_then(Attribute::as_i64), Some(2));
    let text = module.ops().find(|(_, op)| op.name == "my.op").map(|(id, _)| module.text(id)).unwrap();
    assert!(text.starts_with("%0:2 = my.op(") && text.ends_with("loc(\"here\")"), "{text}");
    let yours = op(&module, "your.op");
    assert_eq!((yours.syntax, yours.groups().count(), yours.regions.len()), (Syntax::Generic, 0, 1));
    assert_eq!(module.ty(op(&module, "tt.load_like_no_other").result().unwrap()).to_string(), "!tt.ptr<i8>");
    // Known, but written in another way.
    let odd = op(&module, "arith.addi");
    assert_eq!((odd.syntax, odd.operands.len(), odd.groups().count()), (Syntax::Unknown, 2, 0));
    assert!(module.ty(odd.result().unwrap()).is_opaque());
    assert!(read(&module.to_string()) == module);
}

#[test]
fn the_type_of_a_result_that_nobody_says_is_that_of_its_use() {
    let module = read(&kernel("%0 = my.op %n\n%1 = arith.addi %0, %0 : i32"));
    assert_eq!(*module.ty(op(&module, "my.op").result().unwrap()), Type::int(32));
}

#[test]
fn locations_lead_to_python() {
    let module = read(&format!(
        "#loc = loc(\"/a/k.py\":7:1)\n{}#loc1 = loc(\"/a/lib.py\":3:9)\n#loc2 = loc(\"acc\"(#loc3))\n#loc3 = loc(callsite(#loc1 at callsite(#loc4 at #loc)))\n#loc4 = loc(\"/a/mid.py\":5:2 to :8)\n#loc5 = loc(fused<\"x\">[unknown, #loc2])\n#loc6 = loc(#loc5)\n",
        kernel(
            "%0 = arith.addi %n, %n : i32 loc(#loc2)\n%1 = arith.addi %0, %n : i32 loc(#loc6)\n%2 = arith.addi %0, %n : i32 loc(\"v\"(\"/b.py\":1:2))\n%3 = arith.addi %0, %n : i32 loc(odd thing)\n%4 = arith.addi %0, %n : i32 loc(unknown)\n%5 = arith.addi %0, %n : i32"
        )
    ));
    let ops: Vec<_> = module.ops().map(|(_, op)| op).filter(|op| op.name == "arith.addi").collect();
    let locations = module.locations();
    let lines = |op: &Op| {
        locations.frames(op.location.unwrap()).iter().map(|at| (at.file.to_string(), at.line)).collect::<Vec<_>>()
    };
    let chain = [("/a/lib.py".to_owned(), 3), ("/a/mid.py".to_owned(), 5), ("/a/k.py".to_owned(), 7)];
    assert_eq!((lines(ops[0]), lines(ops[1])), (chain.to_vec(), chain.to_vec()));
    assert_eq!(locations.innermost(ops[0].location.unwrap()).map(|at| at.column), Some(9));
    assert_eq!(locations.outermost(ops[0].location.unwrap()).map(|at| at.line), Some(7));
    let variables: Vec<_> = ops[..4].iter().map(|op| locations.variable(op.location.unwrap())).collect();
    assert_eq!(variables, [Some("acc"), Some("acc"), Some("v"), None]);
    assert!(matches!(locations.get(ops[3].location.unwrap()), Location::Opaque(text) if &**text == "odd thing"));
    assert_eq!(lines(ops[4]), []);
    assert_eq!(ops[5].location, None);
    assert_eq!(module.location(ops[1].results[0]), ops[1].location);
    assert!(read(&module.to_string()) == module);
}

#[test]
fn chains_of_locations_that_share_their_parts_come_to_an_end() {
    let shared: String = (0..60).map(|i| format!("#l{} = loc(callsite(#l{i} at #l{i}))\n", i + 1)).collect();
    let module = read(&format!("{shared}#l0 = loc(\"k.py\":1:1)\n{}", kernel("%0 = arith.negf %f : f32 loc(#l60)")));
    let location = op(&module, "arith.negf").location.unwrap();
    assert!(module.locations().frames(location).len() > 1000);
    assert_eq!(module.locations().innermost(location).map(|at| at.line), Some(1));
    assert!(read(&module.to_string()) == module);
}

#[test]
fn words_are_the_same_in_generic_syntax() {
    let module = read(&kernel(
        "%0 = \"arith.cmpi\"(%n, %n) <{predicate = 9 : i64}> : (i32, i32) -> i1\n%1 = \"arith.cmpi\"(%n, %n) <{predicate = 77 : i64}> : (i32, i32) -> i1",
    ));
    let ops: Vec<_> = module.ops().map(|(_, op)| op).filter(|op| op.name == "arith.cmpi").collect();
    assert_eq!(ops[0].attribute("predicate").and_then(Attribute::as_keyword), Some("uge"));
    // A number that means nothing stays one.
    assert_eq!(ops[1].attribute("predicate").and_then(Attribute::as_i64), Some(77));
    assert!(read(&module.to_string()) == module);
}

#[test]
fn aliases_are_kept() {
    let text = "#blocked = #ttg.blocked<{sizePerThread = [1]}>\n!t = tensor<4xf32, #blocked>\nmodule { tt.func public @k(%x: !t) { tt.return } }";
    let module = read(text);
    assert_eq!(module.alias("#blocked"), Some("#ttg.blocked<{sizePerThread = [1]}>"));
    assert_eq!(module.ty(module.functions()[0].arguments[0].value).to_string(), "tensor<4xf32, #blocked>");
    assert!(read(&module.to_string()) == module);
}
