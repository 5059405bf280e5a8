//! `tl.multiple_of`, `tl.max_contiguous`, `tl.max_constancy`.

use super::run;
use triton_runner_interpreter::FindingKind;

/// Copies 16 numbers from offsets `(start + lane) % m`.
fn wrapped(ty: &str, start: i32, m: i32, promise: &str) -> String {
    format!(
        "module {{
  tt.func public @kernel(%x: !tt.ptr<{ty}>, %y: !tt.ptr<{ty}>) {{
    %start = arith.constant dense<{start}> : tensor<16xi32>
    %m = arith.constant dense<{m}> : tensor<16xi32>
    %lane = tt.make_range {{end = 16 : i32, start = 0 : i32}} : tensor<16xi32>
    %sum = arith.addi %start, %lane : tensor<16xi32>
    %at = arith.remsi %sum, %m {{{promise}}} : tensor<16xi32>
    %base = tt.splat %x : !tt.ptr<{ty}> -> tensor<16x!tt.ptr<{ty}>>
    %from = tt.addptr %base, %at : tensor<16x!tt.ptr<{ty}>>, tensor<16xi32>
    %v = tt.load %from : tensor<16x!tt.ptr<{ty}>>
    %out = tt.splat %y : !tt.ptr<{ty}> -> tensor<16x!tt.ptr<{ty}>>
    %to = tt.addptr %out, %lane : tensor<16x!tt.ptr<{ty}>>, tensor<16xi32>
    tt.store %to, %v : tensor<16x!tt.ptr<{ty}>>
    tt.return
  }}
}}"
    )
}

const CONTIGUOUS: &str = "tt.contiguity = dense<16> : tensor<1xi32>, tt.divisibility = dense<16> : tensor<1xi32>";

fn found(text: &str) -> Option<String> {
    let report = run(text, [1, 1, 1], &mut [&mut [0; 256], &mut [0; 256]]);
    assert!(report.findings.iter().all(|finding| finding.kind == FindingKind::Promise), "{report:?}");
    report.findings.first().map(ToString::to_string)
}

#[test]
fn offsets_that_wrap_inside_one_access_break_their_promise() {
    let finding = found(&wrapped("f32", 0, 10, CONTIGUOUS)).unwrap();
    assert!(finding.starts_with("[promise] kernel `kernel`, program (0, 0, 0), line 7 of the IR"), "{finding}");
    assert!(finding.contains("element 10 is 0 behind 9, inside 4 that one access may take"), "{finding}");
    // Of 16-bit numbers one access takes 8.
    assert!(found(&wrapped("f16", 0, 12, CONTIGUOUS)).unwrap().contains("element 12 is 0 behind 11, inside 8"));
}

#[test]
fn offsets_that_wrap_between_accesses_are_what_the_idiom_means() {
    assert_eq!(found(&wrapped("f32", 0, 12, CONTIGUOUS)), None);
    assert_eq!(found(&wrapped("f16", 0, 8, CONTIGUOUS)), None);
    // The program's first offset is no multiple of 16 after wrapping, but one of 4.
    assert_eq!(found(&wrapped("f32", 16, 12, CONTIGUOUS)), None);
}

#[test]
fn a_multiple_that_is_none_is_told_with_its_number() {
    let finding = found(&wrapped("f32", 2, 64, CONTIGUOUS)).unwrap();
    assert!(finding.contains("multiple of 4 or more"), "{finding}");
    assert!(finding.contains("element 0, where its neighbours start to count, is 2"), "{finding}");
    let scalar = "module {
  tt.func public @kernel(%x: !tt.ptr<i32>, %y: !tt.ptr<i32>) {
    %a = arith.constant 12 : i32
    %b = arith.addi %a, %a {tt.divisibility = dense<16> : tensor<1xi32>} : i32
    tt.store %x, %b : !tt.ptr<i32>
    tt.return
  }
}";
    assert!(found(scalar).unwrap().contains("promised to be a multiple of 16 (`tl.multiple_of`), and is 24"));
}

#[test]
fn neighbours_that_were_promised_equal_are_compared() {
    let constancy = "tt.constancy = dense<4> : tensor<1xi32>";
    assert!(found(&wrapped("f32", 0, 64, constancy)).unwrap().contains("element 1 is 1 behind 0"));
    assert_eq!(found(&wrapped("f32", 0, 1, constancy)), None);
}
