//! Kernels that are made to fool the analysis.

use test_data::{paths, text};
use triton_runner_manifest::Access;

use crate::Summary;

const ARGUMENTS: &str = "%x: !tt.ptr<f32>, %y: !tt.ptr<f32>, %out: !tt.ptr<f32>, %n: i32, %c: i1, %v: f32, %i: i64";

/// Names of the arguments that are written through, each with the line of its first write in the body.
fn written_with_lines(body: &str, rest: &str) -> Vec<String> {
    let text = format!("module {{\ntt.func public @k({ARGUMENTS}) {{\n{body}\ntt.return\n}}\n{rest}\n}}\n");
    let module = Summary::read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let written = |argument: &crate::RawArgument| match argument.access {
        Access::Write { line } => Some(format!("{}:{}", argument.ssa, i64::from(line) - 2)),
        Access::Read | Access::Unknown => None,
    };
    let scalars = module.raw_arguments.iter().filter(|argument| argument.access == Access::Unknown).count();
    assert_eq!(scalars, 4, "only scalars are unknown");
    module.raw_arguments.iter().filter_map(written).collect()
}

/// The same without lines.
fn written(body: &str) -> Vec<String> {
    written_in(body, "")
}

fn written_in(body: &str, rest: &str) -> Vec<String> {
    let lines = written_with_lines(body, rest);
    lines.iter().map(|name| name.split(':').next().unwrap().to_owned()).collect()
}

#[test]
fn every_kernel_of_the_test_data_writes_what_its_source_writes() {
    for path in paths("ttir").into_iter().chain(paths("ttgir")) {
        let module = Summary::read(&text(&path)).unwrap();
        let arguments = module.arguments().unwrap();
        let written: Vec<_> =
            (0..).zip(&arguments).filter(|(_, a)| matches!(a.access, Access::Write { .. })).map(|(i, _)| i).collect();
        let stem = path.split('/').nth(1).unwrap().split('.').next().unwrap();
        let expected = match stem {
            "add" | "cluster" | "matmul" | "warp_specialized" => vec![2],
            "types" => vec![0, 4, 5, 7],
            "flow" => vec![3, 4],
            "calls" | "block_pointer" | "tma_device" | "tma_host" | "tma_untyped" => vec![1],
            "outside" => vec![1, 2],
            // The second descriptor starts in the middle.
            "tma_pointer" => vec![arguments.len() / 2],
            other => panic!("{other}"),
        };
        assert_eq!(written, expected, "{path}");
        for argument in &arguments {
            let line = match argument.access {
                Access::Write { line } => text(&path).lines().nth(line as usize - 1).unwrap().to_owned(),
                Access::Read | Access::Unknown => continue,
            };
            let writes = ["store", "atomic", "async_tma_copy_local_to_global", "inline_asm"];
            assert!(writes.iter().any(|write| line.contains(write)), "{path}: {line}");
        }
    }
}

#[test]
fn loads_and_stores() {
    assert_eq!(written("%0 = tt.load %x : !tt.ptr<f32>\ntt.store %out, %0 : !tt.ptr<f32>"), ["out"]);
    assert_eq!(written(""), [""; 0]);
    assert_eq!(written("tt.store %x, %v : !tt.ptr<f32> tt.store %y, %v : !tt.ptr<f32>"), ["x", "y"]);
}

#[test]
fn the_first_line_that_writes_is_given() {
    let body = "%0 = tt.addptr %out, %n : !tt.ptr<f32>, i32\n%1 = tt.load %x : !tt.ptr<f32>\ntt.store %0, %1 : !tt.ptr<f32>\ntt.store %out, %1 : !tt.ptr<f32>";
    assert_eq!(written_with_lines(body, ""), ["out:3"]);
}

#[test]
fn text_and_comments_write_nothing() {
    assert_eq!(
        written("tt.print \"tt.store %x, %v\" {hex = false} : %n : i32\n// tt.store %y, %v : !tt.ptr<f32>"),
        [""; 0]
    );
    assert_eq!(written("tt.print \"pointer\" : %x : !tt.ptr<f32>\ntt.assert %c, \"%out\" : i1"), [""; 0]);
}

#[test]
fn arithmetic_on_pointers() {
    let body = "%0 = tt.splat %out : !tt.ptr<f32> -> tensor<4x!tt.ptr<f32>>\n%1 = tt.expand_dims %0 {axis = 0 : i32} : tensor<4x!tt.ptr<f32>> -> tensor<1x4x!tt.ptr<f32>>\n\
        %2 = tt.broadcast %1 : tensor<1x4x!tt.ptr<f32>> -> tensor<4x4x!tt.ptr<f32>>\n%3 = tt.reshape %2 : tensor<4x4x!tt.ptr<f32>> -> tensor<16x!tt.ptr<f32>>\n\
        %4 = tt.bitcast %3 : tensor<16x!tt.ptr<f32>> -> tensor<16x!tt.ptr<i32>>\n%5 = ttg.convert_layout %4 : tensor<16x!tt.ptr<i32>> -> tensor<16x!tt.ptr<i32>>\n\
        %6 = tt.trans %5 {order = array<i32: 0>} : a -> b\n%7, %8 = tt.split %6 : a -> b\n%9 = tt.join %8, %8 : a -> b\ntt.store %9, %9 : tensor<16x!tt.ptr<i32>>";
    assert_eq!(written(body), ["out"]);
}

#[test]
fn pointers_that_were_integers_in_between() {
    let body = "%0 = tt.ptr_to_int %out : !tt.ptr<f32> -> i64\n%1 = arith.addi %0, %i : i64\n%2 = arith.andi %1, %i : i64\n%3 = tt.int_to_ptr %2 : i64 -> !tt.ptr<f32>\ntt.store %3, %v : !tt.ptr<f32>";
    assert_eq!(written(body), ["out"]);
}

#[test]
fn what_was_loaded_or_compared_is_no_address() {
    // An index that came from memory, and a mask that came from an address.
    let body = "%0 = tt.load %x : !tt.ptr<f32>\n%1 = arith.fptosi %0 : f32 to i32\n%2 = tt.addptr %out, %1 : !tt.ptr<f32>, i32\n%3 = tt.ptr_to_int %y : !tt.ptr<f32> -> i64\n\
        %4 = arith.cmpi eq, %3, %i : i64\ntt.store %2, %0, %4 : !tt.ptr<f32>";
    assert_eq!(written(body), ["out"]);
    // The value for masked elements may be a pointer, and comes out of the load.
    let body = "%0 = tt.load %x, %c, %y : !tt.ptr<!tt.ptr<f32>>\ntt.store %0, %v : !tt.ptr<f32>";
    assert_eq!(written(body), ["y"]);
}

#[test]
fn select_of_two_arguments() {
    assert_eq!(written("%0 = arith.select %c, %x, %y : !tt.ptr<f32>\ntt.store %0, %v : !tt.ptr<f32>"), ["x", "y"]);
}

#[test]
fn a_pointer_that_a_loop_carries() {
    let body = "%0:2 = scf.for %j = %n to %n step %n iter_args(%a = %x, %b = %out) -> (!tt.ptr<f32>, !tt.ptr<f32>)  : i32 {\n  %1 = tt.load %a : !tt.ptr<f32>\n  tt.store %b, %1 : !tt.ptr<f32>\n\
        %2 = tt.addptr %a, %n : !tt.ptr<f32>, i32\n  %3 = tt.addptr %b, %n : !tt.ptr<f32>, i32\n  scf.yield %2, %3 : !tt.ptr<f32>, !tt.ptr<f32>\n}";
    assert_eq!(written(body), ["out"]);
}

#[test]
fn a_loop_that_swaps_its_pointers() {
    let body = "%0:2 = scf.for %j = %n to %n step %n iter_args(%a = %x, %b = %out) -> (p, p) {\n  tt.store %b, %v : !tt.ptr<f32>\n  scf.yield %b, %a : p, p\n}";
    assert_eq!(written(body), ["x", "out"]);
}

#[test]
fn a_loop_that_may_not_run_gives_what_it_was_given() {
    let body = "%0:2 = scf.for %j = %n to %n step %n iter_args(%a = %x, %b = %x) -> (p, p) {\n  scf.yield %y, %out : p, p\n}\n";
    assert_eq!(written(&format!("{body}tt.store %0#0, %v : !tt.ptr<f32>")), ["x", "y"]);
    assert_eq!(written(&format!("{body}tt.store %0#1, %v : !tt.ptr<f32>")), ["x", "out"]);
}

#[test]
fn loops_in_loops() {
    let body = "%0 = scf.for %j = %n to %n step %n iter_args(%a = %x) -> (p) {\n  %1 = scf.for %l = %n to %n step %n iter_args(%b = %a) -> (p) {\n    tt.store %b, %v : !tt.ptr<f32>\n\
        %2 = tt.addptr %b, %l : !tt.ptr<f32>, i32\n    scf.yield %2 : p\n  }\n  scf.yield %1 : p\n}\n%3 = tt.load %y : !tt.ptr<f32>";
    assert_eq!(written(body), ["x"]);
}

#[test]
fn a_while_loop_that_hands_on_in_another_order() {
    let body = "%0:2 = scf.while (%a = %x, %b = %y) : (p, p) -> (p, p) {\n  scf.condition(%c) %b, %a : p, p\n} do {\n^bb0(%d: p, %e: p):\n  STORE\n  scf.yield %d, %e : p, p\n}\n";
    // The body's first argument is `%b`; it is handed back as `%a`, so that the next round gives it as the second.
    assert_eq!(written(&body.replace("STORE", "tt.store %d, %v : p")), ["x", "y"]);
    let steady = body.replace("%b, %a : p", "%a, %b : p");
    assert_eq!(written(&steady.replace("STORE", "tt.store %d, %v : p")), ["x"]);
    assert_eq!(written(&(steady.replace("STORE", "") + "tt.store %0#1, %v : p")), ["y"]);
}

#[test]
fn what_branches_yield() {
    let body = "%0:2 = scf.if %c -> (p, p) {\n  scf.yield %x, %y : p, p\n} else {\n  %1 = tt.addptr %out, %n : p, i32\n  scf.yield %1, %y : p, p\n}\n";
    assert_eq!(written(&format!("{body}tt.store %0#0, %v : p")), ["x", "out"]);
    assert_eq!(written(&format!("{body}tt.store %0#1, %v : p")), ["y"]);
    assert_eq!(written("scf.if %c {\n  tt.store %y, %v : p\n}"), ["y"]);
}

#[test]
fn blocks_and_their_arguments() {
    let body = "cf.cond_br %c, ^bb1(%x : p), ^bb2(%n, %out : i32, p)\n^bb1(%a: p):\n  %0 = tt.load %a : p\n  cf.br ^bb3\n^bb2(%m: i32, %b: p):\n  tt.store %b, %v : p\n  cf.br ^bb1(%y : p)\n^bb3:\n";
    assert_eq!(written(body), ["out"]);
    // A block in a circle, and a value that is defined further down in the text.
    let body = "cf.br ^bb2(%x : p)\n^bb1:\n  tt.store %late, %v : p\n  cf.br ^bb2(%late : p)\n^bb2(%a: p):\n  %late = arith.select %c, %a, %y : p\n  cf.br ^bb1\n^bb3:\n";
    assert_eq!(written(body), ["x", "y"]);
    let generic = "\"cf.cond_br\"(%c, %x, %y)[^bb1, ^bb2] <{operandSegmentSizes = array<i32: 1, 1, 1>}> : (i1, p, p) -> ()\n^bb1(%a: p):\n  tt.store %a, %v : p\n  cf.br ^bb2(%a : p)\n^bb2(%b: p):\n";
    assert_eq!(written(generic), ["x"]);
    // Blocks that take something else: any operand may go anywhere.
    assert_eq!(written(&generic.replace("^bb2(%b: p)", "^bb2(%b: p, %d: p)")), ["x", "y"]);
}

#[test]
fn generic_syntax() {
    let body = "%0 = \"tt.addptr\"(%out, %n) : (p, i32) -> p\n%r:2 = \"scf.for\"(%n, %n, %n, %0, %x) ({\n^bb0(%j: i32, %a: p, %b: p):\n  \"tt.store\"(%a, %v) <{boundaryCheck = array<i32>}> : (p, f32) -> ()\n\
        %1 = \"tt.load\"(%b) : (p) -> f32\n  \"scf.yield\"(%a, %b) : (p, p) -> ()\n}) : (i32, i32, i32, p, p) -> (p, p)";
    assert_eq!(written(body), ["out"]);
    let body = "\"scf.if\"(%c) ({\n  \"tt.store\"(%y, %v) : (p, f32) -> ()\n  \"scf.yield\"() : () -> ()\n}, {\n}) : (i1) -> ()";
    assert_eq!(written(body), ["y"]);
}

#[test]
fn block_pointers() {
    let body = "%0 = tt.make_tensor_ptr %out, [%i], [%i], [%n] {order = array<i32: 0>} : <tensor<4xf32>>\n%1 = tt.advance %0, [%n] : <tensor<4xf32>>\n%2 = tt.make_tensor_ptr %x, [%i], [%i], [%n] {order = array<i32: 0>} : <tensor<4xf32>>\n\
        %3 = tt.load %2 {boundaryCheck = array<i32: 0>, padding = 1 : i32} : !tt.ptr<tensor<4xf32>>\ntt.store %1, %3 {boundaryCheck = array<i32: 0>} : !tt.ptr<tensor<4xf32>>";
    assert_eq!(written(body), ["out"]);
}

#[test]
fn descriptors_in_every_spelling() {
    for (store, line) in [
        ("tt.descriptor_store %d[%n, %n], %b : !tt.tensordesc<4x4xf32>, tensor<4x4xf32>", "out"),
        ("tt.experimental_descriptor_store %d[%n, %n], %b : a, b", "out"),
        ("tt.descriptor_reduce add, %d[%n, %n], %b : a, b", "out"),
        ("tt.descriptor_scatter %d[%n, %n], %b : a, b", "out"),
        ("tt.experimental_descriptor_scatter %d[%n, %n], %b : a, b", "out"),
        ("ttng.async_tma_copy_local_to_global %d[%n, %n] %b : a, b", "out"),
        ("triton_nvidia_gpu.async_tma_copy_local_to_global %d[%n, %n] %b : a, b", "out"),
        ("ttng.async_tma_reduce add, %d[%n, %n] %b : a, b", "out"),
        ("ttng.async_tma_scatter %d[%n, %n] %b : a, b", "out"),
        ("ttng.a_store_of_the_future %d : a", "out"),
    ] {
        let body = format!(
            "%d = tt.make_tensor_descriptor %out, [%n, %n], [%i, %i] : <f32>, <4x4xf32>\n%e = tt.experimental_make_tensor_descriptor %x, [%n], [%i] : <f32>, <4xf32>\n%b = tt.descriptor_load %e[%n, %n] : a -> b\n\
             %g = tt.experimental_descriptor_gather %e[%n, %n] : a -> b\nttng.async_tma_gather %e[%n, %n] %g, %g, %c : a\n{store}"
        );
        assert_eq!(written(&body), [line], "{store}");
    }
}

#[test]
fn atomics() {
    assert_eq!(written("%0 = tt.atomic_rmw fadd, acq_rel, gpu, %x, %v, %c : (p, f32, i1) -> f32"), ["x"]);
    assert_eq!(written("%0 = tt.atomic_cas acq_rel, gpu, %y, %v, %v : (p, f32, f32) -> f32"), ["y"]);
    assert_eq!(written("tt.atomic_store relaxed, gpu, %y, %v : (p, f32) -> ()"), ["y"]);
}

#[test]
fn a_pointer_that_is_stored_may_be_written_through() {
    assert_eq!(written("tt.store %out, %x : !tt.ptr<!tt.ptr<f32>>"), ["x", "out"]);
    assert_eq!(
        written(
            "%0 = tt.ptr_to_int %x : p -> i64\n%1 = tt.atomic_rmw exch, acq_rel, gpu, %out, %0, %c : (p, i64, i1) -> i64"
        ),
        ["x", "out"]
    );
}

#[test]
fn inline_assembly_and_foreign_functions() {
    let asm = "%0 = tt.elementwise_inline_asm \"ld.global.b32 $0, [$1];\" {constraints = \"=r,l\", packed_element = 1 : i32, pure = true} %x : p -> i32";
    assert_eq!(written(asm), ["x"]);
    let of_value = "%0 = tt.load %x : p\n%1 = tt.elementwise_inline_asm \"st %x\" {constraints = \"=r,r\", packed_element = 1 : i32, pure = false} %0 : f32 -> f32";
    assert_eq!(written(of_value), [""; 0]);
    let external = |pure| {
        format!(
            "%0 = tt.extern_elementwise %x {{libname = \"\", libpath = \"\", pure = {pure}, symbol = \"f\"}} : (p) -> p\n"
        )
    };
    assert_eq!(written(&external(false)), ["x"]);
    assert_eq!(written(&external(true)), [""; 0]);
    assert_eq!(written(&(external(true) + "tt.store %0, %v : p")), ["x"]);
}

const FUNCTIONS: &str = "tt.func private @copy(%to: !tt.ptr<f32>, %from: !tt.ptr<f32>) attributes {noinline = true} {\n  %0 = tt.load %from : p\n  tt.call @put(%to, %0) : (p, f32) -> ()\n  tt.return\n}\n\
    tt.func private @put(%to: !tt.ptr<f32>, %x: f32) {\n  tt.store %to, %x : p\n  tt.return\n}\n\
    tt.func private @next(%n: i32, %p: !tt.ptr<f32>, %q: p) -> (i32, p, p) {\n  %0 = tt.addptr %p, %n : p, i32\n  tt.return %n, %0, %q : i32, p, p\n}\n\
    tt.func private @again(%p: p) {\n  tt.call @again(%p) : (p) -> ()\n  tt.call @\"put\"(%p, %p) : (p, p) -> ()\n  tt.return\n}\n\
    tt.func private @elsewhere(%p: p)\n";

#[test]
fn calls() {
    assert_eq!(written_in("tt.call @copy(%out, %x) : (p, p) -> ()", FUNCTIONS), ["out"]);
    assert_eq!(written_in("tt.call @copy(%x, %out) : (p, p) -> ()", FUNCTIONS), ["x"]);
    assert_eq!(
        written_in("%0:3 = tt.call @next(%n, %x, %y) : (i32, p, p) -> (i32, p, p)\ntt.store %0#1, %v : p", FUNCTIONS),
        ["x"]
    );
    assert_eq!(
        written_in("%0:3 = tt.call @next(%n, %x, %y) : (i32, p, p) -> (i32, p, p)\ntt.store %0#2, %v : p", FUNCTIONS),
        ["y"]
    );
    assert_eq!(written_in("tt.call @again(%y) : (p) -> ()", FUNCTIONS), ["y"]);
    assert_eq!(written_in("%0 = \"tt.call\"(%out, %x) <{callee = @copy}> : (p, p) -> ()", FUNCTIONS), ["out"]);
    // The line is the store's.
    assert_eq!(written_with_lines("tt.call @copy(%out, %x) : (p, p) -> ()", FUNCTIONS), ["out:10"]);
}

#[test]
fn functions_that_nobody_knows_write() {
    assert_eq!(written_in("tt.call @elsewhere(%x) : (p) -> ()", FUNCTIONS), ["x"]);
    assert_eq!(written_in("tt.call @missing(%x) : (p) -> ()", FUNCTIONS), ["x"]);
    assert_eq!(written_in("tt.call @put(%x, %v, %y) : (p, f32, p) -> ()", FUNCTIONS), ["x", "y"]);
    assert_eq!(written("func.call @f(%y) : (p) -> ()"), ["y"]);
}

#[test]
fn operations_that_nobody_knows_write() {
    assert_eq!(written("my.op %x : p"), ["x"]);
    assert_eq!(written("%0 = my.op %x : p\ntt.store %out, %v : p"), ["x", "out"]);
    assert_eq!(written("my.op %n {\n  tt.store %y, %v : p\n}"), ["y"]);
    assert_eq!(written("%0 = my.op(%n, %x) ({\n^bb0(%a: i32, %b: p):\n  my.yield %b : p\n}) : (i32, p) -> p"), ["x"]);
    assert_eq!(written("%0 = tt.splat %x : p -> t\n\"my.op\"(%0) : (t) -> ()"), ["x"]);
    assert_eq!(written("llvm.store %v, %y : f32, p"), ["y"]);
}

#[test]
fn regions_of_warp_specialization() {
    let body = "ttg.warp_specialize(%x, %out) attributes {warpGroupStartIds = array<i32: 4, 8>}\ndefault {\n  %0 = tt.load %y : p\n  ttg.warp_yield\n}\npartition0(%a: p, %b: p) num_warps(4) {\n  %0 = tt.load %a : p\n  tt.store %b, %0 : p\n\
        ttg.warp_return\n}\npartition1(%a: p, %b: p) num_warps(4) {\n  ttg.warp_return\n} : (p, p) -> ()";
    assert_eq!(written(body), ["out"]);
    let other = body.replace("(%x, %out) attributes", "(%x, %out, %y) attributes");
    assert_eq!(written(&other), ["x", "y", "out"]);
    let generic = "\"ttg.warp_specialize\"(%x) ({\n  \"ttg.warp_yield\"() : () -> ()\n}, {\n  \"ttg.warp_specialize.partitions\"(%y) ({\n  ^bb0(%a: p):\n    \"tt.store\"(%a, %v) : (p, f32) -> ()\n    \"ttg.warp_return\"() : () -> ()\n  }) : (p) -> ()\n}) : (p) -> ()";
    assert_eq!(written(generic), ["x", "y"]);
    let default = "ttg.warp_specialize()\ndefault {\n  tt.store %y, %v : p\n  ttg.warp_yield\n} : () -> ()";
    assert_eq!(written(default), ["y"]);
}

#[test]
fn names_that_come_back_in_regions_side_by_side() {
    let body = "scf.if %c {\n  %0 = tt.addptr %x, %n : p, i32\n  %1 = tt.load %0 : p\n  tt.print \"\" : %1 : f32\n} else {\n  %0 = tt.addptr %out, %n : p, i32\n  tt.store %0, %v : p\n}\n\
        scf.if %c {\n  %0 = tt.addptr %y, %n : p, i32\n  %1 = tt.load %0 : p\n  tt.print \"\" : %1 : f32\n}";
    assert_eq!(written(body), ["out"]);
    let functions =
        "tt.func private @f(%x: p, %out: p) {\n  %0 = tt.load %out : p\n  tt.store %x, %0 : p\n  tt.return\n}";
    assert_eq!(written_in("tt.call @f(%y, %x) : (p, p) -> ()", functions), ["y"]);
}

#[test]
fn reductions_and_masked_regions() {
    let body = "%0 = tt.splat %x : p -> t\n%1 = \"tt.reduce\"(%0) <{axis = 0 : i32}> ({\n^bb0(%a: p loc(unknown), %b: p loc(unknown)):\n  %2 = arith.select %c, %a, %b : p\n  tt.reduce.return %2 : p\n}) : (t) -> p\ntt.store %1, %v : p";
    assert_eq!(written(body), ["x"]);
    let body = "%0 = tt.load %x : p\n%1 = \"tt.scan\"(%0) <{axis = 0 : i32, reverse = false}> ({\n^bb0(%a: f32, %b: f32):\n  %2 = arith.addf %a, %b : f32\n  tt.scan.return %2 : f32\n}) : (t) -> t\ntt.store %out, %1 : t";
    assert_eq!(written(body), ["out"]);
    let body = "%0 = ttg.mask %c {\n  ttg.mask.return %y : p\n} : p\ntt.store %0, %v : p";
    assert_eq!(written(body), ["y"]);
    let body = "%0 = scf.execute_region -> p {\n  scf.yield %x : p\n}\ntt.store %0, %v : p\nscf.index_switch %n\ncase 0 {\n  tt.store %y, %v : p\n  scf.yield\n}\ndefault {\n  scf.yield\n}";
    assert_eq!(written(body), ["x", "y"]);
}

const TENSORMAPS: &str = "%a = ttg.global_scratch_alloc {alignment = 128 : i32, nbytes = 128 : i32} : !tt.ptr<i8>\n%b = ttg.global_scratch_alloc {alignment = 128 : i32, nbytes = 128 : i32} : !tt.ptr<i8>\n\
    %off = arith.constant 128 : i32\n%a1 = tt.addptr %a, %off : p, i32\n%b1 = tt.addptr %b, %off : p, i32\n\
    ttng.tensormap_create %a1, %x, [%n, %n], [%n], [%i], [%n] {elem_type = 1 : i32} : (p, p) -> ()\nttng.tensormap_fenceproxy_acquire %a1 : p\n\
    tt.experimental_tensormap_create %b1, %out, [%n, %n], [%n], [%i], [%n] {elem_type = 1 : i32} : (p, p) -> ()\ntt.experimental_tensormap_fenceproxy_acquire %b1 : p\n";

#[test]
fn descriptors_in_memory_hold_addresses() {
    let through = |scratch: &str| {
        written(&format!(
            "{TENSORMAPS}%d = ttng.reinterpret_tensor_descriptor {scratch} : p to q\nttng.async_tma_copy_global_to_local %d[%n] %n, %n, %c : a\nttng.async_tma_store %d[%n] %n : a"
        ))
    };
    assert_eq!(through("%a1"), ["x"]);
    assert_eq!(through("%b1"), ["out"]);
    // The same memory by another way.
    assert_eq!(through("%b"), ["out"]);
    assert_eq!(
        written(&format!(
            "{TENSORMAPS}%e = tt.addptr %a, %off : p, i32\nttng.async_tma_copy_local_to_global %e[%n] %n : p, q"
        )),
        ["x"]
    );
    // One memory for both descriptors.
    let shared = TENSORMAPS.replace("%b1 = tt.addptr %b,", "%b1 = tt.addptr %a,");
    assert_eq!(written(&format!("{shared}ttng.async_tma_copy_local_to_global %b1[%n] %n : p, q")), ["x", "out"]);
    // Memory of the caller's: it is written itself.
    let caller = TENSORMAPS.replace("%b1 = tt.addptr %b,", "%b1 = tt.addptr %y,");
    assert_eq!(written(&caller), ["y"]);
    assert_eq!(written(&format!("{caller}ttng.async_tma_copy_local_to_global %y[%n] %n : p, q")), ["y", "out"]);
}

#[test]
fn pointers_in_shared_memory_come_out_again() {
    let body = "%m = ttg.local_alloc : () -> !ttg.memdesc<4xi64>\n%w = ttg.memdesc_index %m[%n] : a -> b\n%r = ttg.memdesc_trans %m {order = array<i32: 0>} : a -> b\n%0 = tt.ptr_to_int %y : p -> i64\n\
        ttg.local_store %0, %w : i64 -> b\n%1 = ttg.local_load %r : b -> i64\n%2 = tt.int_to_ptr %1 : i64 -> p\n";
    assert_eq!(written(body), [""; 0]);
    assert_eq!(written(&format!("{body}tt.store %2, %v : p")), ["y"]);
    // A descriptor at an address that came out of memory: only `y` is written, but both may be there.
    assert_eq!(written(&format!("{body}ttng.tensormap_create %2, %x, [%n] : (p, p) -> ()")), ["x", "y"]);
    let alloc = "%0 = tt.splat %x : p -> t\n%m = ttg.local_alloc %0 : (t) -> b\n%1 = ttg.local_load %m : b -> t\ntt.store %1, %v : t";
    assert_eq!(written(alloc), ["x"]);
    // Data, not pointers.
    let data = "%0 = tt.load %x : p\n%m = triton_gpu.local_alloc %0 : (t) -> b\n%1 = triton_gpu.local_load %m : b -> t\ntt.store %out, %1 : t";
    assert_eq!(written(data), ["out"]);
    // Into nobody knows what memory.
    assert_eq!(written("ttg.local_store %x, %n : p -> b"), ["x"]);
}

#[test]
fn copies_of_a_pipeline_read() {
    let body = "%m = ttg.local_alloc : () -> b\n%0 = tt.splat %x : p -> t\n%1 = ttg.async_copy_global_to_local %0, %m mask %c other %v {contiguity = 8 : i32} : t -> <4xf32>\n%2 = ttg.async_commit_group tokens %1\n\
        %3 = ttg.async_wait %2 {num = 0 : i32}\n%4 = ttg.local_load %m token %3 : b -> t\nttg.local_dealloc %m : b\ntt.store %out, %4 : t";
    assert_eq!(written(body), ["out"]);
}

#[test]
fn names_that_stand_for_nothing_make_every_pointer_written() {
    assert_eq!(written("tt.store %unknown, %v : p"), ["x", "y", "out"]);
    assert_eq!(written("scf.parallel (%j) = (%n) to (%n) step (%n) {\n  scf.yield\n}"), ["x", "y", "out"]);
    assert_eq!(written_with_lines("%0 = tt.load %x : p\n%1 = tt.load %gone : p", ""), ["x:2", "y:2", "out:2"]);
}

#[test]
fn loops_of_another_shape_than_expected_are_taken_as_a_whole() {
    let body = "%0 = \"scf.for\"(%n, %x) ({\n^bb0(%j: i32):\n  \"scf.yield\"(%y) : (p) -> ()\n}) : (i32, p) -> p\ntt.store %0, %v : p";
    assert_eq!(written(body), ["x", "y"]);
    let body = "%0 = \"scf.while\"(%x) ({\n^bb0(%a: p):\n  \"scf.condition\"(%c, %y) : (i1, p) -> ()\n}) : (p) -> p\ntt.store %0, %v : p";
    assert_eq!(written(body), ["x", "y"]);
}

#[test]
fn kernels_without_a_body_read() {
    let module = Summary::read(
        "tt.func public @k(%x: !tt.ptr<f32>, %d: !tt.ptr<i8, 0> {tt.nv_tma_desc = 1 : i32}) { tt.return }",
    )
    .unwrap();
    assert!(module.raw_arguments.iter().all(|argument| argument.access == Access::Read));
}

#[test]
fn descriptors_of_the_host_are_arguments_too() {
    let text = "tt.func public @k(%d: !tt.tensordesc<4xf32>, %d0: i32, %d1: i64, %e: !tt.ptr<i8, 0> {tt.nv_tma_desc = 1 : i32}) {\n%0 = tt.descriptor_load %d[%d0] : a -> b\ntt.experimental_descriptor_store %e[%d0], %0 : a, b\ntt.return\n}";
    let arguments = Summary::read(text).unwrap().arguments().unwrap();
    assert_eq!(
        arguments.iter().map(|argument| argument.access).collect::<Vec<_>>(),
        [Access::Read, Access::Write { line: 3 }]
    );
}
