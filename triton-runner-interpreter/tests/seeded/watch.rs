//! Programs watched from afar, or side by side, come to the same findings as those that are watched closely.

use triton_runner_interpreter::{Argument, Buffer, Checks, FindingKind, Launch, Options, Program, Report};

use crate::launch;

/// How a launch watches its programs.
type Watch = fn(&mut Launch<'_, '_>);

const FROM_AFAR: Watch = |launch| launch.threads(1);
const CLOSELY: Watch = |launch| {
    launch.threads(1);
    launch.closely();
};

#[test]
fn seeded_bugs_are_told_alike_from_afar_and_from_close_by() {
    for bug in launch::rows() {
        for (fixed, case) in [(false, &bug.wrong), (true, &bug.fixed)] {
            for checks in std::iter::once(Checks::all()).chain(bug.kind.map(|kind| Checks::none().with(kind))) {
                let program = launch::program(&bug.name, fixed);
                let run = |watch: Watch| launch::run_as(&program, case, checks, watch);
                assert_eq!(run(FROM_AFAR), run(CLOSELY), "{}, fixed: {fixed}", bug.name);
            }
        }
    }
}

const PROGRAMS: usize = 70;
const LANES: usize = 16;

/// Runs a kernel that has its program's number as `%p`, lanes 0 to 15 as `%lane`, places in `%x` and `%y` as `%at`, and
/// `%xs` and `%ys`, in both ways, which must agree: on what is in `y` too.
fn both(body: &str, x: &[f32], y: &[f32]) -> Report {
    let text = format!(
        "module {{
  tt.func public @kernel(%x: !tt.ptr<f32>, %y: !tt.ptr<f32>, %n: i32) {{
    %p = tt.get_program_id x : i32
    %size = arith.constant 16 : i32
    %lane = tt.make_range {{end = 16 : i32, start = 0 : i32}} : tensor<16xi32>
    %start = arith.muli %p, %size : i32
    %starts = tt.splat %start : i32 -> tensor<16xi32>
    %at = arith.addi %starts, %lane : tensor<16xi32>
    %ns = tt.splat %n : i32 -> tensor<16xi32>
    %mask = arith.cmpi slt, %at, %ns : tensor<16xi32>
    %low = arith.constant dense<0xFF800000> : tensor<16xf32>
    %none = arith.constant dense<0.0> : tensor<16xf32>
    %xp = tt.splat %x : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
    %yp = tt.splat %y : !tt.ptr<f32> -> tensor<16x!tt.ptr<f32>>
    %xs = tt.addptr %xp, %at : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
    %ys = tt.addptr %yp, %at : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
    {body}
    tt.return
  }}
}}"
    );
    let program = Program::new(&text, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    let run = |watch: Watch| {
        let [mut x, mut y] = [x, y].map(|row| bytemuck::cast_slice::<f32, u8>(row).to_vec());
        let mut launch = Launch::new(&program, [PROGRAMS as u32, 1, 1]);
        watch(&mut launch);
        launch.check(Checks::all());
        for (buffer, bytes) in [&mut x, &mut y].into_iter().enumerate() {
            launch.buffer(Buffer::write(bytes));
            launch.argument(Argument::Pointer { buffer, offset: 0 });
        }
        launch.argument(Argument::Integer((PROGRAMS * LANES) as i128));
        let report = launch.run().unwrap_or_else(|error| panic!("{error}"));
        (report, x, y)
    };
    let (afar, close) = (run(FROM_AFAR), run(CLOSELY));
    assert_eq!(afar, close, "{body}");
    afar.0
}

fn kinds(report: &Report) -> Vec<(FindingKind, u32)> {
    report.findings.iter().map(|finding| (finding.kind, finding.program.map_or(0, |[x, ..]| x))).collect()
}

/// 1 everywhere but for one element.
fn ones_but(place: usize, value: f32) -> Vec<f32> {
    (0..PROGRAMS * LANES).map(|at| if at == place { value } else { 1.0 }).collect()
}

const LOAD: &str = "%v = tt.load %xs, %mask : tensor<16x!tt.ptr<f32>>\n";
const STORE: &str = "tt.store %ys, %w, %mask : tensor<16x!tt.ptr<f32>>\n";

#[test]
fn a_number_is_born_that_is_none_in_one_of_many() {
    let y = ones_but(0, 1.0);
    for (operation, value, found) in [
        ("arith.divf %v, %v", 0.0, 1),
        ("arith.mulf %v, %v", 1e30, 1),
        ("arith.subf %v, %v", f32::INFINITY, 1),
        ("arith.addf %v, %v", f32::INFINITY, 0),
        ("arith.maxnumf %v, %low", f32::NAN, 0),
        ("arith.addf %v, %low", f32::INFINITY, 1),
        ("arith.addf %v, %low", 1.0, 0),
        ("math.exp %v", f32::NEG_INFINITY, 0),
        ("math.sin %v", f32::INFINITY, 1),
    ] {
        let body = format!("{LOAD} %w = {operation} : tensor<16xf32>\n{STORE}");
        let report = both(&body, &ones_but(LANES * 50 + 3, value), &y);
        let expected: &[_] = if found == 1 { &[(FindingKind::Nan, 50)] } else { &[] };
        assert_eq!(kinds(&report), expected, "{operation} of {value}");
    }
}

#[test]
fn what_tells_of_others_does_not_hide_what_is_born_in_them() {
    // Two sums of which one comes of minus infinity that was loaded and one of minus infinity that was born.
    let body = format!(
        "{LOAD} %u = tt.load %ys, %mask : tensor<16x!tt.ptr<f32>>
         %born = arith.mulf %u, %u : tensor<16xf32>
         %down = arith.subf %none, %born : tensor<16xf32>
         %w = arith.addf %v, %down : tensor<16xf32>\n{STORE}"
    );
    let x: Vec<f32> = (0..PROGRAMS * LANES).map(|_| f32::NEG_INFINITY).collect();
    assert_eq!(kinds(&both(&body, &x, &ones_but(7, 1e30))), [(FindingKind::Nan, 0)]);
    assert_eq!(kinds(&both(&body, &x, &ones_but(7, 1.0))), []);
}

#[test]
fn what_begins_without_being_a_number_stays_so_behind_a_store() {
    let body = format!(
        "{LOAD} %lowered = arith.addf %v, %low : tensor<16xf32>
         tt.store %ys, %v, %mask : tensor<16x!tt.ptr<f32>>
         %again = arith.mulf %lowered, %v : tensor<16xf32>
         %w = arith.addf %again, %v : tensor<16xf32>\n{STORE}"
    );
    assert_eq!(kinds(&both(&body, &ones_but(0, 1.0), &ones_but(0, 1.0))), []);
    assert_eq!(kinds(&both(&body, &ones_but(33, 0.0), &ones_but(0, 1.0))), [(FindingKind::Nan, 2)]);
}

#[test]
fn programs_side_by_side_meet_each_other() {
    let y = ones_but(0, 1.0);
    let to_lanes = "%to = tt.addptr %yp, %lane : tensor<16x!tt.ptr<f32>>, tensor<16xi32>\n";
    let same = format!("{LOAD} {to_lanes} tt.store %to, %v : tensor<16x!tt.ptr<f32>>");
    // Equal numbers, a row of equal ones, and others in the end.
    for x in [ones_but(0, 1.0), (0..PROGRAMS * LANES).map(|at| (at % LANES) as f32).collect(), ones_but(900, 2.0)] {
        assert_eq!(kinds(&both(&same, &x, &y))[0], (FindingKind::Race, 0));
    }
    // Each reads what its neighbour writes.
    let next = "%one = arith.constant dense<1> : tensor<16xi32>
         %there = arith.addi %at, %one : tensor<16xi32>
         %fits = arith.cmpi slt, %there, %ns : tensor<16xi32>
         %from = tt.addptr %yp, %there : tensor<16x!tt.ptr<f32>>, tensor<16xi32>
         %w = tt.load %from, %fits, %none : tensor<16x!tt.ptr<f32>>\n";
    assert_eq!(kinds(&both(&format!("{next}{STORE}"), &y, &y)), [(FindingKind::Race, 0)]);
    // In place: nobody meets.
    let place = "%v = tt.load %ys : tensor<16x!tt.ptr<f32>>\n %w = arith.addf %v, %v : tensor<16xf32>\n";
    assert_eq!(kinds(&both(&format!("{place}{STORE}"), &y, &y)), []);
    let one = "%to = tt.addptr %y, %start : !tt.ptr<f32>, i32
         %v = tt.load %to : !tt.ptr<f32>\n %w = tt.splat %v : f32 -> tensor<16xf32>\n";
    assert_eq!(kinds(&both(&format!("{one}{STORE}"), &y, &y)), []);
}

#[test]
fn integers_go_wrong_in_one_of_many() {
    let y = ones_but(0, 1.0);
    let divided = "%i = arith.fptosi %v : tensor<16xf32> to tensor<16xi32>
         %q = arith.divsi %at, %i : tensor<16xi32>
         %w = arith.sitofp %q : tensor<16xi32> to tensor<16xf32>\n";
    let report = both(&format!("{LOAD}{divided}{STORE}"), &ones_but(40 * LANES, 0.0), &y);
    assert_eq!(kinds(&report), [(FindingKind::Division, 40)]);
    let wrapped = "%i = arith.fptosi %v : tensor<16xf32> to tensor<16xi32>
         %big = arith.muli %i, %i : tensor<16xi32>
         %is = arith.cmpi sge, %big, %i : tensor<16xi32>
         %w = tt.load %xs, %is, %none : tensor<16x!tt.ptr<f32>>\n";
    let report = both(&format!("{LOAD}{wrapped}{STORE}"), &ones_but(3 * LANES, 50000.0), &y);
    assert_eq!(kinds(&report), [(FindingKind::Overflow, 3)]);
}
