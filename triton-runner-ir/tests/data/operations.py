"""Makes the files beside this one: every operation of TTIR in generic syntax, and as Triton prints it.

    python operations.py VERSION     with that Triton on PYTHONPATH; neither GPU nor torch needed

Each operation stands in a function of its own, in `VERSION.generic.ttir` as below and in `VERSION.custom.ttir` as Triton
prints it after reading that. Operations that this version doesn't have are left out.
"""

import os
import pathlib
import re
import sys
import tempfile

from triton._C.libtriton import ir

ARGUMENTS = (
    "%p: !tt.ptr<f32>, %ip: !tt.ptr<i32>, %n: i32, %l: i64, %c: i1, %f: f32, %h: f16, %i: index, "
    "%tp: tensor<128x!tt.ptr<f32>>, %tf: tensor<128xf32>, %ti: tensor<128xi32>, %tc: tensor<128xi1>, "
    "%a: tensor<32x32xf16>, %b: tensor<32x32xf16>, %acc: tensor<32x32xf32>, %t8: tensor<32x32xi8>, %s8: tensor<32x1xi8>, "
    "%j: tensor<32x32x2xf32>, %t1: tensor<1xf32>, %rows: tensor<32xi32>"
)
HELPERS = """  tt.func private @callee(%x: i32) -> (i32, f32) {
    %f = arith.constant 1.0 : f32
    tt.return %x, %f : i32, f32
  }
  tt.func private @declared(!tt.ptr<f32>) attributes {noinline = true}
"""

UNARY_FLOAT = """absf acos acosh asin asinh atan atanh cbrt ceil cos cosh erf erfc exp exp2 expm1 floor log log10 log1p log2 round
roundeven rsqrt sin sinh sqrt tan tanh trunc""".split()
BINARY_INT = """addi andi ceildivsi ceildivui divsi divui floordivsi maxsi maxui minsi minui muli ori remsi remui shli shrsi shrui
subi xori""".split()
BINARY_FLOAT = "addf divf maximumf maxnumf minimumf minnumf mulf remf subf".split()
CASTS = [
    ("extf", "%h", "f16", "f32"), ("truncf", "%f", "f32", "f16"), ("extsi", "%n", "i32", "i64"),
    ("extui", "%n", "i32", "i64"), ("trunci", "%n", "i32", "i8"), ("sitofp", "%n", "i32", "f32"),
    ("uitofp", "%n", "i32", "f32"), ("fptosi", "%f", "f32", "i32"), ("fptoui", "%f", "f32", "i32"),
    ("bitcast", "%f", "f32", "i32"), ("index_cast", "%n", "i32", "index"), ("index_castui", "%i", "index", "i32"),
]
PTRS, F, I, C = "tensor<128x!tt.ptr<f32>>", "tensor<128xf32>", "tensor<128xi32>", "tensor<128xi1>"


def operations():
    """Texts in generic syntax, one or a few operations each."""
    for name in UNARY_FLOAT:
        yield f'%0 = "math.{name}"(%f) <{{fastmath = #arith.fastmath<none>}}> : (f32) -> f32'
    for name in ["absi", "ctlz", "ctpop", "cttz"]:
        yield f'%0 = "math.{name}"(%ti) {{x.y = "a\\22\\0A"}} : ({I}) -> {I}'
    for name in ["isfinite", "isinf", "isnan", "isnormal"]:
        yield f'%0 = "math.{name}"(%tf) : ({F}) -> {C}'
    for name in ["atan2", "copysign", "powf"]:
        yield f'%0 = "math.{name}"(%f, %f) <{{fastmath = #arith.fastmath<nnan,contract>}}> : (f32, f32) -> f32'
    yield '%0 = "math.fpowi"(%f, %n) : (f32, i32) -> f32'
    yield '%0 = "math.ipowi"(%n, %n) : (i32, i32) -> i32'
    yield '%0 = "math.fma"(%f, %f, %f) {x.y} : (f32, f32, f32) -> f32'
    yield '%0 = "math.clampf"(%f, %f, %f) : (f32, f32, f32) -> f32'
    yield '%0:2 = "math.sincos"(%f) : (f32) -> (f32, f32)'
    for name in BINARY_INT:
        yield f'%0 = "arith.{name}"(%n, %n) {{x.y = [1 : i32, "b"]}} : (i32, i32) -> i32'
    for name in ["addi", "muli", "shli", "subi"]:
        yield f'%0 = "arith.{name}"(%ti, %ti) <{{overflowFlags = #arith.overflow<nsw, nuw>}}> : ({I}, {I}) -> {I}'
    for name in ["divsi", "shrui"]:
        yield f'%0 = "arith.{name}"(%n, %n) <{{isExact}}> : (i32, i32) -> i32'
    for name in BINARY_FLOAT:
        yield f'%0 = "arith.{name}"(%tf, %tf) <{{fastmath = #arith.fastmath<fast>}}> : ({F}, {F}) -> {F}'
    yield '%0 = "arith.negf"(%f) {x.y = {a = 1.5 : f16, b}} : (f32) -> f32'
    yield '%0 = "arith.flush_denormals"(%f) : (f32) -> f32'
    for name in ["addui_extended", "subui_extended"]:
        yield f'%0:2 = "arith.{name}"(%n, %n) : (i32, i32) -> (i32, i1)'
    for name in ["mulsi_extended", "mului_extended"]:
        yield f'%0:2 = "arith.{name}"(%n, %n) : (i32, i32) -> (i32, i32)'
    for predicate in range(10):
        yield f'%0 = "arith.cmpi"(%ti, %ti) <{{predicate = {predicate} : i64}}> : ({I}, {I}) -> {C}'
    for predicate in range(16):
        yield f'%0 = "arith.cmpf"(%f, %f) <{{fastmath = #arith.fastmath<ninf>, predicate = {predicate} : i64}}> : (f32, f32) -> i1'
    yield '%0 = "arith.select"(%c, %f, %f) : (i1, f32, f32) -> f32'
    yield f'%0 = "arith.select"(%tc, %tf, %tf) : ({C}, {F}, {F}) -> {F}'
    yield f'%0 = "arith.select"(%c, %tp, %tp) : (i1, {PTRS}, {PTRS}) -> {PTRS}'
    for name, value, source, target in CASTS:
        yield f'%0 = "arith.{name}"({value}) : ({source}) -> {target}'
    for name in ["extui", "uitofp"]:
        yield f'%0 = "arith.{name}"(%n) <{{nonNeg}}> : (i32) -> {"i64" if name == "extui" else "f32"}'
    for mode in range(5):
        yield f'%0 = "arith.truncf"(%f) <{{fastmath = #arith.fastmath<nnan>, roundingmode = {mode} : i32}}> : (f32) -> f16'
    yield '%0 = "arith.trunci"(%n) <{overflowFlags = #arith.overflow<nsw>}> : (i32) -> i8'
    yield '%0 = "arith.scaling_extf"(%h, %h) : (f16, f16) -> f32'
    yield '%0 = "arith.scaling_truncf"(%f, %h) : (f32, f16) -> f16'
    for value, ty in [
        ("5 : i32", "i32"), ("-9223372036854775808 : i64", "i64"), ("true", "i1"), ("255 : i8", "i8"), ("-3 : index", "index"),
        ("1.1 : f32", "f32"), ("-0.0 : f16", "f16"), ("0x7FC1 : bf16", "bf16"), ("0xFF800000 : f32", "f32"), ("1e-45 : f32", "f32"),
        ("1.0e300 : f64", "f64"), ("0x7FF0000000000001 : f64", "f64"), ("-1.5 : f8E5M2", "f8E5M2"), ("448.0 : f8E4M3FN", "f8E4M3FN"),
        ("1.0 : f8E4M3FNUZ", "f8E4M3FNUZ"), ("1.0 : f8E5M2FNUZ", "f8E5M2FNUZ"), ("1.0 : f8E4M3B11FNUZ", "f8E4M3B11FNUZ"),
        ("1.5 : tf32", "tf32"), ("170141183460469231731687303715884105727 : i128", "i128"),
    ]:
        value = value.replace("1e-45", "1.0e-45")
        yield f'%0 = "arith.constant"() <{{value = {value}}}> : () -> {ty}'
    for value, ty in [
        ("dense<[[1, -2], [3, 4]]>", "tensor<2x2xi8>"), ("dense<1.000000e+00>", "tensor<4xbf16>"), ("dense<true>", "tensor<4xi1>"),
        ("dense<[true, false]>", "tensor<2xi1>"), ("dense<[1.0, 0x7FC00000, -0.0, 1.1]>", "tensor<4xf32>"), ("dense<0xFF80>", "tensor<4xbf16>"),
        ('dense<"0x01000000FFFFFFFF">', "tensor<2xi32>"), ("dense<>", "tensor<0xi32>"), ("dense<[[[7]]]>", "tensor<1x1x1xi64>"),
        ('dense<"0x' + "".join(f"{i % 256:02X}" for i in range(256)) + '">', "tensor<256xi8>"), ("dense<3>", "tensor<i32>"),
    ]:
        yield f'%0 = "arith.constant"() <{{value = {value} : {ty}}}> : () -> {ty}'
    yield '%0 = "ub.poison"() <{value = #ub.poison}> : () -> i32'

    for axis in range(3):
        yield f'%0 = "tt.get_program_id"() <{{axis = {axis} : i32}}> : () -> i32\n%1 = "tt.get_num_programs"() <{{axis = {axis} : i32}}> : () -> i32'
    yield f'%0 = "tt.make_range"() <{{end = 128 : i32, start = 0 : i32}}> {{tt.divisibility = dense<16> : tensor<1xi32>}} : () -> {I}'
    yield f'%0 = "tt.splat"(%p) : (!tt.ptr<f32>) -> {PTRS}'
    yield '%0 = "tt.unsplat"(%t1) : (tensor<1xf32>) -> f32'
    yield f'%0 = "tt.bitcast"(%tf) : ({F}) -> {I}'
    yield f'%0 = "tt.expand_dims"(%tf) <{{axis = 1 : i32}}> : ({F}) -> tensor<128x1xf32>\n%1 = "tt.broadcast"(%0) : (tensor<128x1xf32>) -> tensor<128x4xf32>'
    yield '%0 = "tt.int_to_ptr"(%l) : (i64) -> !tt.ptr<f32>\n%1 = "tt.ptr_to_int"(%0) : (!tt.ptr<f32>) -> i64'
    yield '%0 = "tt.trans"(%a) <{order = array<i32: 1, 0>}> : (tensor<32x32xf16>) -> tensor<32x32xf16>'
    yield f'%0 = "tt.reshape"(%tf) : ({F}) -> tensor<2x64xf32>'
    yield f'%0 = "tt.reshape"(%tf) <{{allow_reorder, efficient_layout}}> : ({F}) -> tensor<2x64xf32>'
    yield '%0:2 = "tt.split"(%j) : (tensor<32x32x2xf32>) -> (tensor<32x32xf32>, tensor<32x32xf32>)'
    yield f'%0 = "tt.join"(%tf, %tf) : ({F}, {F}) -> tensor<128x2xf32>\n%1 = "tt.cat"(%tf, %tf) : ({F}, {F}) -> tensor<256xf32>'
    for rounding in range(2):
        yield f'%0 = "tt.fp_to_fp"(%tf) <{{rounding = {rounding} : i32}}> {{x.y}} : ({F}) -> tensor<128xf8E5M2>'
    yield '%0 = "tt.fp_to_fp"(%h) : (f16) -> f32'
    yield f'%0 = "tt.histogram"(%ti) : ({I}) -> tensor<16xi32>'
    yield f'%0 = "tt.histogram"(%ti, %tc) : ({I}, {C}) -> tensor<16xi32>'
    yield f'%0 = "tt.gather"(%tf, %ti) <{{axis = 0 : i32, efficient_layout}}> : ({F}, {I}) -> {F}'
    for nan in [0, 65535]:
        yield f'%0 = "tt.clampf"(%tf, %tf, %tf) <{{propagateNan = {nan} : i32}}> : ({F}, {F}, {F}) -> {F}'
    for name in ["mulhiui"]:
        yield f'%0 = "tt.{name}"(%n, %n) : (i32, i32) -> i32'
    for name in ["precise_divf", "approx_divf"]:
        yield f'%0 = "tt.{name}"(%f, %f) : (f32, f32) -> f32'
    yield '%0 = "tt.precise_sqrt"(%f) : (f32) -> f32'
    yield f'%0 = "tt.addptr"(%tp, %ti) {{tt.contiguity = dense<4> : tensor<1xi32>}} : ({PTRS}, {I}) -> {PTRS}'
    for precision in range(5):
        yield f'%0 = "tt.dot"(%a, %b, %acc) <{{inputPrecision = {precision} : i32, maxNumImpreciseAcc = 3 : i32}}> : (tensor<32x32xf16>, tensor<32x32xf16>, tensor<32x32xf32>) -> tensor<32x32xf32>'
    dot = "tensor<32x32xi8>, tensor<32x32xi8>, tensor<32x32xf32>"
    scale = "tensor<32x1xi8>"
    for sizes, values, types in [("1, 1", "%s8, %s8", f"{scale}, {scale}"), ("1, 0", "%s8", scale), ("0, 1", "%s8", scale)]:
        yield f'%0 = "tt.dot_scaled"(%t8, %t8, %acc, {values}) <{{a_elem_type = 0 : i32, b_elem_type = 1 : i32, fastMath = true, operandSegmentSizes = array<i32: 1, 1, 1, {sizes}>}}> : ({dot}, {types}) -> tensor<32x32xf32>'
    # 3.2 has other names.
    for sizes, values, types in [("1, 1", "%s8, %s8", f"{scale}, {scale}"), ("1, 0", "%s8", scale)]:
        yield f'%0 = "tt.dot_scaled"(%t8, %t8, %acc, {values}) <{{lhs_type = 2 : i32, operandSegmentSizes = array<i32: 1, 1, 1, {sizes}>, rhs_type = 4 : i32}}> : ({dot}, {types}) -> tensor<32x32xf32>'
    body = '({\n^bb0(%x: f32, %y: f32):\n  %m = "arith.maxnumf"(%x, %y) : (f32, f32) -> f32\n  "tt.NAME.return"(%m) : (f32) -> ()\n})'
    yield f'%0 = "tt.reduce"(%tf) <{{axis = 0 : i32}}> {body.replace("NAME", "reduce")} : ({F}) -> f32'
    yield f'%0 = "tt.scan"(%tf) <{{axis = 0 : i32, reverse = true}}> {body.replace("NAME", "scan")} {{x.y}} : ({F}) -> {F}'
    yield f'%0:2 = "tt.reduce"(%tf, %ti) <{{axis = 0 : i32}}> ({{\n^bb0(%x: f32, %k: i32, %y: f32, %m: i32):\n  "tt.reduce.return"(%x, %k) : (f32, i32) -> ()\n}}) : ({F}, {I}) -> (f32, i32)'
    yield f'%0 = "tt.map_elementwise"(%tf, %ti) <{{pack = 1 : i32}}> ({{\n^bb0(%x: f32, %y: i32):\n  "tt.map_elementwise.return"(%x) : (f32) -> ()\n}}) : ({F}, {I}) -> {F}'
    yield f'%0 = "tt.extern_elementwise"(%tf, %tf) <{{libname = "", libpath = "", pure = true, symbol = "__nv_fmodf"}}> : ({F}, {F}) -> {F}'
    yield f'%0:2 = "tt.elementwise_inline_asm"(%tf, %ti) <{{asm_string = "a\\22\\0A\\\\", constraints = "=r,=r,r,r", packed_element = 1 : i32, pure = true}}> : ({F}, {I}) -> ({F}, {I})'
    yield '%0 = "tt.elementwise_inline_asm"() <{asm_string = "mov", constraints = "=r", packed_element = 1 : i32, pure = false}> : () -> i32'
    yield f'"tt.print"(%tf, %n) <{{hex = false, isSigned = array<i32: 0, 1>, prefix = " x: "}}> : ({F}, i32) -> ()'
    yield '"tt.print"() <{hex = true, isSigned = array<i32>, prefix = "here"}> : () -> ()'
    yield f'"tt.assert"(%tc) <{{message = "oh: \\C3\\A9"}}> : ({C}) -> ()'

    for cache in range(1, 8):
        evict = 1 + cache % 3
        yield f'%0 = "tt.load"(%tp, %tc, %tf) <{{cache = {cache} : i32, evict = {evict} : i32, isVolatile = true, operandSegmentSizes = array<i32: 1, 1, 1>}}> : ({PTRS}, {C}, {F}) -> {F}'
    yield f'%0 = "tt.load"(%tp, %tc) <{{operandSegmentSizes = array<i32: 1, 1, 0>}}> : ({PTRS}, {C}) -> {F}\n"tt.store"(%tp, %0) : ({PTRS}, {F}) -> ()'
    yield '%0 = "tt.load"(%p, %c, %f) <{cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_first>, operandSegmentSizes = array<i32: 1, 1, 1>}> : (!tt.ptr<f32>, i1, f32) -> f32'
    yield f'"tt.store"(%tp, %tf, %tc) <{{cache = 4 : i32, evict = 2 : i32}}> : ({PTRS}, {F}, {C}) -> ()'
    for op in range(1, 11):
        value, ptr, ty = ("%f", "%p", "f32") if op == 5 else ("%n", "%ip", "i32")
        yield f'%0 = "tt.atomic_rmw"({ptr}, {value}, %c) <{{atomic_rmw_op = {op} : i32, scope = {1 + op % 3} : i32, sem = {1 + op % 4} : i32}}> : (!tt.ptr<{ty}>, {ty}, i1) -> {ty}'
    yield f'%0 = "tt.atomic_rmw"(%tp, %tf) <{{atomic_rmw_op = 5 : i32, scope = 1 : i32, sem = 4 : i32}}> : ({PTRS}, {F}) -> {F}'
    yield '%0 = "tt.atomic_cas"(%ip, %n, %n) <{scope = 2 : i32, sem = 3 : i32}> : (!tt.ptr<i32>, i32, i32) -> i32'
    yield f'%0 = "tt.atomic_load"(%tp, %tc) <{{scope = 1 : i32, sem = 2 : i32}}> : ({PTRS}, {C}) -> {F}\n"tt.atomic_store"(%tp, %0, %tc) <{{scope = 3 : i32, sem = 3 : i32}}> : ({PTRS}, {F}, {C}) -> ()'
    yield '%0 = "tt.atomic_poll"(%ip, %n, %l) <{scope = 1 : i32, sem = 2 : i32}> : (!tt.ptr<i32>, i32, i64) -> i1'
    yield '%0 = "tt.atomic_poll"(%ip, %n) <{scope = 1 : i32, sem = 1 : i32}> : (!tt.ptr<i32>, i32) -> i1'
    block = "!tt.ptr<tensor<16x64xf32>>"
    yield f'%0 = "tt.make_tensor_ptr"(%p, %l, %l, %l, %l, %n, %n) <{{order = array<i32: 1, 0>}}> : (!tt.ptr<f32>, i64, i64, i64, i64, i32, i32) -> {block}\n%1 = "tt.advance"(%0, %n, %n) : ({block}, i32, i32) -> {block}\n%2 = "tt.load"(%1) <{{boundaryCheck = array<i32: 0>, operandSegmentSizes = array<i32: 1, 0, 0>, padding = 2 : i32}}> : ({block}) -> tensor<16x64xf32>\n"tt.store"(%1, %2) <{{boundaryCheck = array<i32: 0, 1>}}> : ({block}, tensor<16x64xf32>) -> ()'
    for desc, row in [("!tt.tensordesc<tensor<32x32xf32>>", "!tt.tensordesc<tensor<1x32xf32>>"), ("!tt.tensordesc<32x32xf32>", "!tt.tensordesc<1x32xf32>")]:
        tile = "tensor<32x32xf32>"
        make = f'%d = "tt.make_tensor_descriptor"(%p, %n, %n, %l, %l) {{x.y}} : (!tt.ptr<f32>, i32, i32, i64, i64) -> {desc}\n'
        raw = f'%d = "tt.reinterpret_tensor_descriptor"(%p) : (!tt.ptr<f32>) -> {desc}\n'
        use = f'%1 = "tt.descriptor_load"(%d, %n, %n) <{{cache = 2 : i32, evict = 2 : i32}}> : ({desc}, i32, i32) -> {tile}\n"tt.descriptor_store"(%d, %1, %n, %n) : ({desc}, {tile}, i32, i32) -> ()'
        yield make + use
        yield make + use.replace(" <{cache = 2 : i32, evict = 2 : i32}>", "")
        for prefix in (make, raw):
            yield prefix + use.replace("descriptor_load", "experimental_descriptor_load").replace("descriptor_store", "experimental_descriptor_store")
        for kind in range(1, 9):
            yield make + f'"tt.descriptor_reduce"(%d, %acc, %n, %n) <{{kind = {kind} : i32}}> : ({desc}, {tile}, i32, i32) -> ()'
        rows = f'%d = "tt.make_tensor_descriptor"(%p, %n, %n, %l, %l) : (!tt.ptr<f32>, i32, i32, i64, i64) -> {row}\n%1 = "tt.descriptor_gather"(%d, %rows, %n) : ({row}, tensor<32xi32>, i32) -> {tile}\n"tt.descriptor_scatter"(%d, %rows, %n, %1) : ({row}, tensor<32xi32>, i32, {tile}) -> ()'
        yield rows
        yield rows.replace("descriptor_gather", "experimental_descriptor_gather").replace("descriptor_scatter", "experimental_descriptor_scatter")
    yield '%1 = "tt.experimental_descriptor_load"(%p, %n, %n) : (!tt.ptr<f32>, i32, i32) -> tensor<32x32xf32>\n"tt.experimental_descriptor_store"(%p, %1, %n, %n) : (!tt.ptr<f32>, tensor<32x32xf32>, i32, i32) -> ()'
    yield '"tt.experimental_tensormap_create"(%p, %p, %n, %n, %n, %n, %l, %n, %n) <{elem_type = 1 : i32, fill_mode = 0 : i32, interleave_layout = 0 : i32, operandSegmentSizes = array<i32: 1, 1, 2, 2, 1, 2>, swizzle_mode = 1 : i32}> : (!tt.ptr<f32>, !tt.ptr<f32>, i32, i32, i32, i32, i64, i32, i32) -> ()\n"tt.experimental_tensormap_fenceproxy_acquire"(%p) : (!tt.ptr<f32>) -> ()'

    yield '"gpu.barrier"() : () -> ()'
    for space in [0, 1, 3, 31]:
        yield f'"ttg.barrier"() <{{addrSpace = {space} : i32}}> : () -> ()'
    yield '"tt.grid_dependency_wait"() : () -> ()\n"tt.grid_dependency_launch_dependents"() : () -> ()'
    yield '"llvm.intr.assume"(%c) <{op_bundle_sizes = array<i32>}> : (i1) -> ()'
    yield '"cf.assert"(%c) <{msg = "a\\22b"}> : (i1) -> ()'
    yield '%0:2 = "tt.call"(%n) <{callee = @callee}> : (i32) -> (i32, f32)\n"tt.call"(%p) <{callee = @declared}> : (!tt.ptr<f32>) -> ()'
    yield '"cf.cond_br"(%c, %n, %f)[^bb1, ^bb2] <{operandSegmentSizes = array<i32: 1, 1, 1>}> : (i1, i32, f32) -> ()\n^bb1(%x: i32):\n"cf.br"(%f)[^bb2] : (f32) -> ()\n^bb2(%y: f32):'
    yield '"cf.cond_br"(%c)[^bb1, ^bb2] <{branch_weights = array<i32: 1, 2>, operandSegmentSizes = array<i32: 1, 0, 0>}> : (i1) -> ()\n^bb1:\n"cf.br"()[^bb2] : () -> ()\n^bb2:'
    yield '"cf.switch"(%n, %f, %f)[^bb1, ^bb1, ^bb2] <{case_operand_segments = array<i32: 1, 0>, case_values = dense<[42, 7]> : tensor<2xi32>, operandSegmentSizes = array<i32: 1, 1, 1>}> : (i32, f32, f32) -> ()\n^bb1(%x: f32):\n"cf.br"()[^bb2] : () -> ()\n^bb2:'
    for bound, ty in [("%n", "i32"), ("%i", "index")]:
        yield f'%0:2 = "scf.for"({bound}, {bound}, {bound}, %f, %p) ({{\n^bb0(%k: {ty}, %x: f32, %y: !tt.ptr<f32>):\n  "scf.yield"(%x, %y) : (f32, !tt.ptr<f32>) -> ()\n}}) {{tt.num_stages = 3 : i32}} : ({ty}, {ty}, {ty}, f32, !tt.ptr<f32>) -> (f32, !tt.ptr<f32>)'
    yield '"scf.for"(%n, %n, %n) <{unsignedCmp}> ({\n^bb0(%k: i32):\n  "tt.store"(%p, %f) : (!tt.ptr<f32>, f32) -> ()\n  "scf.yield"() : () -> ()\n}) : (i32, i32, i32) -> ()'
    yield '%0:2 = "scf.while"(%f, %n) ({\n^bb0(%x: f32, %y: i32):\n  "scf.condition"(%c, %y, %x) : (i1, i32, f32) -> ()\n}, {\n^bb0(%q: i32, %r: f32):\n  "scf.yield"(%r, %q) : (f32, i32) -> ()\n}) {x.y = "a"} : (f32, i32) -> (i32, f32)'
    yield '"scf.while"() ({\n  "scf.condition"(%c) : (i1) -> ()\n}, {\n  "scf.yield"() : () -> ()\n}) : () -> ()'
    yield '%0 = "scf.if"(%c) ({\n  "scf.yield"(%f) : (f32) -> ()\n}, {\n  "scf.yield"(%f) : (f32) -> ()\n}) {x.y} : (i1) -> f32'
    yield '"scf.if"(%c) ({\n  "tt.store"(%p, %f) : (!tt.ptr<f32>, f32) -> ()\n  "scf.yield"() : () -> ()\n}, {\n}) : (i1) -> ()'
    yield '%0 = "scf.execute_region"() ({\n  "scf.yield"(%f) : (f32) -> ()\n}) : () -> f32'
    yield '"scf.execute_region"() <{no_inline}> ({\n  "scf.yield"() : () -> ()\n}) : () -> ()'


def read(functions):
    """The module of these functions, or `None` where this version refuses it."""
    context = ir.context()
    ir.load_dialects(context)
    text = "module {\n" + "".join(functions) + HELPERS + "}\n"
    with tempfile.NamedTemporaryFile("w", suffix=".ttir") as file:
        file.write(text)
        file.flush()
        try:
            module = ir.parse_mlir_module(file.name, context)
        except RuntimeError:
            return text, None
    module.context = context
    return text, module


def accepted(text):
    """Whether this version reads it: in a process of its own, for some assertions end it."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os._exit(0 if read([text])[1] is not None else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def main():
    version = sys.argv[1]
    folder = pathlib.Path(__file__).parent
    functions = []
    for number, text in enumerate(operations()):
        body = "".join(f"    {line}\n" for line in text.split("\n"))
        used = [argument for argument in ARGUMENTS.split(", ") if re.search(argument.split(":")[0] + r"\b", text)]
        function = f'  tt.func private @f{number}({", ".join(used)}) {{\n{body}    "tt.return"() : () -> ()\n  }}\n'
        # Versions with one cache policy drop the two attributes before it without a word.
        dropped = hasattr(ir.builder, "get_cache_policy") and re.search(r"\bcache = \d", text)
        if not dropped and accepted(function):
            functions.append(function)
    text, module = read(functions)
    # Old versions print locations whether one wants them or not.
    printed = re.sub(r' loc\((#loc\d*|unknown|"[^"]*":\d+:\d+)\)', "", module.str())
    printed = re.sub(r"^#loc.*\n", "", printed, flags=re.MULTILINE)
    (folder / f"{version}.generic.ttir").write_text(text)
    (folder / f"{version}.custom.ttir").write_text(printed)
    print(f"{version}: {len(functions)} functions")


main()
