//! Small programs that run side by side give what they give one by one.

use triton_runner_interpreter::{Argument, Buffer, FindingKind, Launch, Options, Program, Report};

use crate::{bytes, numbers};

/// A kernel that has its program's number as `%p`, lanes 0 to 15 as `%lane`, and two pointers.
fn kernel(body: &str) -> Program {
    let text = format!(
        "module {{
  tt.func public @kernel(%x: !tt.ptr<i32>, %y: !tt.ptr<i32>, %n: i32) {{
    %p = tt.get_program_id x : i32
    %row = tt.get_program_id y : i32
    %width = tt.get_num_programs x : i32
    %size = arith.constant 16 : i32
    %lane = tt.make_range {{end = 16 : i32, start = 0 : i32}} : tensor<16xi32>
    %start = arith.muli %p, %size : i32
    %starts = tt.splat %start : i32 -> tensor<16xi32>
    %at = arith.addi %starts, %lane : tensor<16xi32>
    %ns = tt.splat %n : i32 -> tensor<16xi32>
    %xs = tt.splat %x : !tt.ptr<i32> -> tensor<16x!tt.ptr<i32>>
    %ys = tt.splat %y : !tt.ptr<i32> -> tensor<16x!tt.ptr<i32>>
    {body}
    tt.return
  }}
}}"
    );
    Program::new(&text, &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn launch(program: &Program, grid: [u32; 3], n: i128, buffers: [&mut [u8]; 2], traced: bool) -> Report {
    let mut launch = Launch::new(program, grid);
    launch.threads(1);
    for (buffer, bytes) in buffers.into_iter().enumerate() {
        launch.buffer(Buffer::write(bytes));
        launch.argument(Argument::Pointer { buffer, offset: 0 });
    }
    launch.argument(Argument::Integer(n));
    if traced {
        // A program whose values are looked at runs by itself, and so do all others.
        launch.trace("%at", [0, 0, 0]);
    }
    launch.run().unwrap_or_else(|error| panic!("{error}"))
}

/// What is in the second buffer after both ways, which must agree.
fn both(body: &str, grid: [u32; 3], n: i128, x: &[i32], y: &[i32]) -> (Vec<i32>, Report) {
    let program = kernel(body);
    let (mut x_one, mut y_one, mut x_all, mut y_all) = (bytes(x), bytes(y), bytes(x), bytes(y));
    let one = launch(&program, grid, n, [&mut x_one, &mut y_one], true);
    let all = launch(&program, grid, n, [&mut x_all, &mut y_all], false);
    assert_eq!((&x_one, &y_one), (&x_all, &y_all), "{body}");
    assert_eq!(one.findings, all.findings, "{body}");
    assert_eq!((one.programs, one.steps), (all.programs, all.steps), "{body}");
    (numbers(&y_all), all)
}

const DOUBLE: &str = "
    %mask = arith.cmpi slt, %at, %ns : tensor<16xi32>
    %from = tt.addptr %xs, %at : tensor<16x!tt.ptr<i32>>, tensor<16xi32>
    %v = tt.load %from, %mask : tensor<16x!tt.ptr<i32>>
    %w = arith.addi %v, %v : tensor<16xi32>
    %to = tt.addptr %ys, %at : tensor<16x!tt.ptr<i32>>, tensor<16xi32>
    tt.store %to, %w, %mask : tensor<16x!tt.ptr<i32>>";

#[test]
fn a_mask_cuts_the_last_one() {
    let x: Vec<i32> = (0..16 * 40).collect();
    for n in [640, 639, 300, 0] {
        let (y, report) = both(DOUBLE, [40, 1, 1], n as i128, &x, &vec![-1; x.len()]);
        let expected: Vec<i32> = (0..640).map(|at| if at < n { 2 * at } else { -1 }).collect();
        assert_eq!((y, report.programs), (expected, 40), "{n}");
    }
}

#[test]
fn what_reads_outside_is_named_with_its_program_and_changes_nothing_after_it() {
    let x: Vec<i32> = (0..16 * 37 - 3).collect();
    let (y, report) = both(DOUBLE, [40, 1, 1], 640, &x, &[-1; 640]);
    let [finding] = &report.findings[..] else { panic!("{:?}", report.findings) };
    assert_eq!((finding.program, finding.kind), (Some([36, 0, 0]), FindingKind::Bounds));
    let expected: Vec<i32> = (0..640).map(|at| if at < 36 * 16 { 2 * at } else { -1 }).collect();
    assert_eq!(y, expected);
}

#[test]
fn what_changes_in_place_changes_once_also_where_a_later_one_fails() {
    let body = "
    %to = tt.addptr %ys, %at : tensor<16x!tt.ptr<i32>>, tensor<16xi32>
    %v = tt.load %to : tensor<16x!tt.ptr<i32>>
    %w = arith.addi %v, %starts : tensor<16xi32>
    tt.store %to, %w : tensor<16x!tt.ptr<i32>>";
    let y: Vec<i32> = (0..16 * 35 + 5).map(|at| at * 3).collect();
    let (after, report) = both(body, [40, 1, 1], 0, &[0], &y);
    assert_eq!(report.findings.len(), 1);
    let expected = |at: i32| at * 3 + if at < 560 { at / 16 * 16 } else { 0 };
    assert!(after.iter().zip(0..).all(|(value, at)| *value == expected(at)), "{after:?}");
}

#[test]
fn scalars_of_each_program_are_its_own() {
    let body = "
    %one = tt.addptr %x, %p : !tt.ptr<i32>, i32
    %v = tt.load %one : !tt.ptr<i32>
    %vs = tt.splat %v : i32 -> tensor<16xi32>
    %sum = arith.addi %vs, %lane : tensor<16xi32>
    %even = arith.remsi %v, %n : i32
    %zero = arith.constant 0 : i32
    %is = arith.cmpi eq, %even, %zero : i32
    %chosen = arith.select %is, %sum, %at : tensor<16xi32>
    %to = tt.addptr %ys, %at : tensor<16x!tt.ptr<i32>>, tensor<16xi32>
    tt.store %to, %chosen : tensor<16x!tt.ptr<i32>>";
    let x: Vec<i32> = (0..35).map(|p| p * p + 1).collect();
    let (y, _) = both(body, [35, 1, 1], 2, &x, &[0; 16 * 35]);
    for (at, value) in y.iter().enumerate() {
        let loaded = x[at / 16];
        let expected = if loaded % 2 == 0 { loaded + (at % 16) as i32 } else { at as i32 };
        assert_eq!(*value, expected, "{at}");
    }
}

#[test]
fn several_rows_of_the_grid_and_stores_apart_come_out_the_same() {
    let body = "
    %whole = arith.muli %width, %size : i32
    %offset = arith.muli %row, %whole : i32
    %offsets = tt.splat %offset : i32 -> tensor<16xi32>
    %place = arith.addi %at, %offsets : tensor<16xi32>
    %apart = tt.splat %n : i32 -> tensor<16xi32>
    %there = arith.muli %place, %apart : tensor<16xi32>
    %to = tt.addptr %ys, %there : tensor<16x!tt.ptr<i32>>, tensor<16xi32>
    tt.store %to, %place : tensor<16x!tt.ptr<i32>>";
    for n in [1, 2, -1, 0] {
        let (y, report) = both(body, [37, 3, 2], n, &[0], &[-1; 2 * 16 * 37 * 3]);
        assert_eq!(report.findings.len(), usize::from(n < 0));
        if n == 2 {
            assert!(y.iter().enumerate().all(|(at, v)| *v == if at % 2 == 0 { at as i32 / 2 } else { -1 }));
        }
    }
}

#[test]
fn the_last_of_several_stores_to_one_place_stays() {
    let body = "
    %to = tt.addptr %ys, %lane : tensor<16x!tt.ptr<i32>>, tensor<16xi32>
    tt.store %to, %at : tensor<16x!tt.ptr<i32>>";
    let (y, _) = both(body, [64, 1, 1], 0, &[0], &[0; 16]);
    assert_eq!(y, (63 * 16..64 * 16).collect::<Vec<i32>>());
}
