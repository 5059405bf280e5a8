//! `tt.elementwise_inline_asm`.

use super::{bytes, f32s, i32s, numbers, run};
use triton_runner_interpreter::{Argument, Buffer, Launch, Options, Program, StandIn};

fn asm(text: &str, constraints: &str, types: &str) -> String {
    format!(
        "%r = tt.elementwise_inline_asm \"{text}\" {{constraints = \"{constraints}\", packed_element = 1 : i32, pure = true}} {types}"
    )
}

fn of_lanes(text: &str, ty: &str) -> String {
    let lanes = "%l = tt.make_range {end = 4 : i32, start = 0 : i32} : tensor<4xi32>";
    let cast = if ty == "f32" { "%x = arith.sitofp %l : tensor<4xi32> to tensor<4xf32>\n" } else { "" };
    let (constraint, name) = if ty == "f32" { ("=f,f", "%x") } else { ("=r,r", "%l") };
    format!("{lanes}\n{cast}{}", asm(text, constraint, &format!("{name} : tensor<4x{ty}> -> tensor<4x{ty}>")))
}

#[test]
fn integers_are_computed_by_their_instructions() {
    let cases = [
        ("add.s32 $0, $1, -1;", [-1, 0, 1, 2]),
        ("{ .reg .b32 t; shl.b32 t, $1, 4; or.b32 $0, t, 1; }", [1, 17, 33, 49]),
        ("{ .reg .b32 t<2>, u; mov.b32 t0, $1; add.s32 t1, t0, 5; mov.b32 u, t1; sub.s32 $0, u, t0; }", [5; 4]),
        ("lop3.b32 $0, $1, 2, 1, 0xEA;", [1, 1, 3, 3]),
        ("prmt.b32 $0, $1, 0x80, 0x4C00;", [i32::MIN, i32::MIN, i32::MIN, i32::MIN].map(|_| 0)),
        ("{ .reg .pred p; setp.gt.s32 p, $1, 1; selp.b32 $0, 7, 9, p; }", [9, 9, 7, 7]),
        (
            "{ .reg .pred p; setp.eq.s32 p, $1, 2; mov.b32 $0, 5; @p mov.b32 $0, 6; @!p add.u32 $0, $0, 0; }",
            [5, 5, 6, 5],
        ),
        ("mul.hi.u32 $0, $1, 0x80000000;", [0, 0, 1, 1]),
        ("popc.b32 $0, $1;", [0, 1, 1, 2]),
        ("bfi.b32 $0, $1, 0, 8, 4;", [0, 256, 512, 768]),
        ("shr.s32 $0, 0x80000000, 31; // a comment\\0A /* another */ membar.gl; bar.sync 0;", [-1; 4]),
    ];
    for (text, expected) in cases {
        if text.starts_with("prmt") {
            // Bytes 0, 0, the sign of byte 4 is `C`'s: 0x80 becomes 0xFF, and byte 4 is 0x80.
            let found = i32s(4, &of_lanes(text, "i32"));
            assert_eq!(found.iter().map(|n| n.cast_unsigned() >> 16).collect::<Vec<_>>(), [0x80FF; 4]);
            continue;
        }
        assert_eq!(i32s(4, &of_lanes(text, "i32")), expected, "{text}");
    }
}

#[test]
fn floating_point_numbers_are_computed_by_their_instructions() {
    let cases: [(&str, [f32; 4]); 5] = [
        ("ex2.approx.ftz.f32 $0, $1;", [1.0, 2.0, 4.0, 8.0]),
        ("fma.rn.f32 $0, $1, 0f40000000, 0f3F800000;", [1.0, 3.0, 5.0, 7.0]),
        ("max.f32 $0, $1, 0f40000000;", [2.0, 2.0, 2.0, 3.0]),
        ("tanh.approx.f32 $0, $1;", [0.0, 0.761_594_2, 0.964_027_6, 0.995_054_8]),
        ("{ .reg .b32 t; cvt.rn.bf16x2.f32 t, $1, $1; and.b32 $0, t, 0xFFFF0000; }", [0.0, 1.0, 2.0, 3.0]),
    ];
    for (text, expected) in cases {
        let found = f32s(4, &of_lanes(text, "f32"));
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{text}: {found:?}");
    }
}

#[test]
fn halves_of_a_register_are_the_elements_that_are_packed() {
    let body = "%b = arith.constant dense<[64, 72, 80, 88]> : tensor<4xi8>
      %h = tt.elementwise_inline_asm \"{ .reg .b32 a; cvt.u32.u16 a, 0; cvt.rn.f16x2.e4m3x2 $0, $1; }\" {constraints = \"=r,h\", packed_element = 2 : i32, pure = true} %b : tensor<4xi8> -> tensor<4xf16>
      %r = arith.extf %h : tensor<4xf16> to tensor<4xf32>";
    assert_eq!(f32s(4, body), [2.0, 4.0, 8.0, 16.0]);
}

const STORE: &str = "module {
  tt.func public @kernel(%x: !tt.ptr<i32>) {
    %seven = arith.constant 7 : i32
    %r = tt.elementwise_inline_asm \"st.global.v2.b32 [$1+8], {$2, $2}; mov.u32 $0, 0;\" {constraints = \"=r,l,r\", packed_element = 1 : i32, pure = false} %x, %seven : !tt.ptr<i32>, i32 -> i32
    tt.return
  }
}";

#[test]
fn its_memory_is_checked_too() {
    let mut x = bytes(&[0; 4]);
    assert_eq!(run(STORE, [1, 1, 1], &mut [&mut x]).findings, []);
    assert_eq!(numbers(&x), [0, 0, 7, 7]);
    let report = run(STORE, [1, 1, 1], &mut [&mut bytes(&[0; 3])]);
    assert!(report.findings[0].to_string().contains("1 past its end"), "{}", report.findings[0]);
    let report = run(&STORE.replace("+8", "+4"), [1, 1, 1], &mut [&mut x]);
    assert!(report.findings[0].to_string().contains("no multiple of 8"), "{}", report.findings[0]);
}

#[test]
fn what_is_not_known_is_refused_and_a_stand_in_runs_in_its_place() {
    let text = STORE.replace("st.global.v2.b32 [$1+8], {$2, $2}; mov.u32 $0, 0;", "vote.sync.any.pred  $0, $2;");
    let error = Program::new(&text, &Options::default()).unwrap_err().to_string();
    for part in ["`vote.sync.any.pred` is not supported", "StandIn", "line 4", "elementwise_inline_asm"] {
        assert!(error.contains(part), "{error}");
    }
    let mut options = Options::default();
    options.stand_ins.push(StandIn::new("vote.sync.any.pred $0, $2;", |given, results| results[0] = given[1] + 1));
    let stored = text.replace("tt.return", "tt.store %x, %r : !tt.ptr<i32>\n    tt.return");
    let program = Program::new(&stored, &options).unwrap();
    let mut x = bytes(&[0]);
    let mut launch = Launch::new(&program, [1, 1, 1]);
    launch.buffer(Buffer::write(&mut x));
    launch.argument(Argument::Pointer { buffer: 0, offset: 0 });
    assert_eq!(launch.run().unwrap().findings, []);
    assert_eq!(numbers(&x), [8]);
}
