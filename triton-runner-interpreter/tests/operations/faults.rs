use super::{bytes, run};
use triton_runner_interpreter::{Argument, Buffer, FindingKind, Launch, Options, Program};

const ADD_ONE: &str = r#"#loc = loc("add.py":3:0)
module {
  tt.func public @add_one(%x: !tt.ptr<i32> {tt.divisibility = 16 : i32} loc("x"(#loc)), %y: !tt.ptr<i32> loc("y"(#loc))) {
    %pid = tt.get_program_id x : i32 loc(#loc)
    %c4 = arith.constant 4 : i32 loc(#loc)
    %start = arith.muli %pid, %c4 : i32 loc(#loc)
    %i = tt.make_range {end = 4 : i32, start = 0 : i32} : tensor<4xi32> loc(#loc)
    %s = tt.splat %start : i32 -> tensor<4xi32> loc(#loc)
    %at = arith.addi %s, %i : tensor<4xi32> loc(#loc)
    %xs = tt.splat %x : !tt.ptr<i32> -> tensor<4x!tt.ptr<i32>> loc(#loc)
    %from = tt.addptr %xs, %at : tensor<4x!tt.ptr<i32>>, tensor<4xi32> loc(#loc)
    %v = tt.load %from : tensor<4x!tt.ptr<i32>> loc(#loc1)
    %ys = tt.splat %y : !tt.ptr<i32> -> tensor<4x!tt.ptr<i32>> loc(#loc)
    %to = tt.addptr %ys, %at : tensor<4x!tt.ptr<i32>>, tensor<4xi32> loc(#loc)
    tt.store %to, %v : tensor<4x!tt.ptr<i32>> loc(#loc)
    tt.return loc(#loc)
  } loc(#loc)
} loc(#loc)
#loc1 = loc("add.py":7:16)
"#;

#[test]
fn a_load_past_the_end_names_program_line_argument_and_element() {
    let (mut x, mut y) = (bytes(&[0; 10]), bytes(&[0; 16]));
    let report = run(ADD_ONE, [4, 1, 1], &mut [&mut x, &mut y]);
    let [finding] = &report.findings[..] else { panic!("{report:?}") };
    assert_eq!((finding.kind, finding.program), (FindingKind::Bounds, Some([2, 0, 0])));
    assert_eq!((finding.argument.as_deref(), finding.element), (Some("x"), Some(10)));
    assert_eq!(
        finding.to_string(),
        "[bounds] kernel `add_one`, program (2, 0, 0), add.py:7: loads element 10 of `x`, which has 10: 1 past its end; the access has no mask"
    );
}

#[test]
fn memory_without_values_is_not_read() {
    let program = Program::new(ADD_ONE, &Options::default()).unwrap();
    let (mut x, mut y) = (bytes(&[0; 4]), bytes(&[0; 8]));
    let mut launch = Launch::new(&program, [1, 1, 1]);
    launch.buffer(Buffer::uninitialized(&mut x));
    launch.buffer(Buffer::uninitialized(&mut y));
    launch.argument(Argument::Pointer { buffer: 0, offset: 0 });
    launch.argument(Argument::Pointer { buffer: 1, offset: 0 });
    let report = launch.run().unwrap();
    assert_eq!(report.findings[0].kind, FindingKind::Uninitialized);

    let mut launch = Launch::new(&program, [1, 1, 1]);
    launch.buffer(Buffer::read(&x));
    launch.buffer(Buffer::uninitialized(&mut y));
    launch.argument(Argument::Pointer { buffer: 0, offset: 0 });
    launch.argument(Argument::Pointer { buffer: 1, offset: 0 });
    let report = launch.run().unwrap();
    assert_eq!((report.findings, report.unwritten), (vec![], vec![(1, 16)]));
}

#[test]
fn memory_that_is_only_read_is_not_written() {
    let program = Program::new(ADD_ONE, &Options::default()).unwrap();
    let x = bytes(&[0; 4]);
    let mut launch = Launch::new(&program, [1, 1, 1]);
    launch.buffer(Buffer::read(&x));
    launch.argument(Argument::Pointer { buffer: 0, offset: 0 });
    launch.argument(Argument::Pointer { buffer: 0, offset: 0 });
    assert_eq!(launch.run().unwrap().findings[0].kind, FindingKind::ReadOnly);
}

#[test]
fn an_argument_that_breaks_its_promise_stops_the_launch() {
    let program = Program::new(ADD_ONE, &Options::default()).unwrap();
    let (mut x, mut y) = (bytes(&[0; 8]), bytes(&[0; 8]));
    let mut launch = Launch::new(&program, [1, 1, 1]);
    launch.buffer(Buffer::write(&mut x));
    launch.buffer(Buffer::write(&mut y));
    launch.argument(Argument::Pointer { buffer: 0, offset: 4 });
    launch.argument(Argument::Pointer { buffer: 1, offset: 4 });
    let report = launch.run().unwrap();
    assert_eq!((report.findings.len(), report.programs), (1, 0));
    assert_eq!(report.findings[0].kind, FindingKind::Promise);
    assert!(report.findings[0].message.contains("4 bytes behind a multiple of 16"), "{}", report.findings[0]);
}

#[test]
fn arguments_of_another_number_or_type_are_refused() {
    let program = Program::new(ADD_ONE, &Options::default()).unwrap();
    let mut launch = Launch::new(&program, [1, 1, 1]);
    launch.argument(Argument::Integer(1));
    assert!(launch.run().unwrap_err().to_string().contains("argument `x`: expected a pointer, found an integer"));
    assert!(
        Launch::new(&program, [1, 1, 1]).run().unwrap_err().to_string().contains("takes 2 arguments, 0 were given")
    );
}

#[test]
fn what_the_interpreter_does_not_know_is_refused_before_anything_runs() {
    let text = "module {
  tt.func public @kernel(%x: !tt.ptr<i32>) {
    %a = \"tt.from_the_future\"(%x) : (!tt.ptr<i32>) -> i32
    tt.return
  }
}";
    let error = Program::new(text, &Options::default()).unwrap_err().to_string();
    assert!(error.contains("kernel `kernel`: `tt.from_the_future` can't be interpreted"), "{error}");
    assert!(error.contains("line 3"), "{error}");
}

#[test]
fn a_failed_assertion_is_a_finding() {
    let text = "module {
  tt.func public @kernel(%x: !tt.ptr<i32>) {
    %v = tt.load %x : !tt.ptr<i32>
    %zero = arith.constant 0 : i32
    %c = arith.cmpi ne, %v, %zero : i32
    tt.assert %c, \"x is zero\" : i1
    tt.return
  }
}";
    let report = run(text, [1, 1, 1], &mut [&mut bytes(&[0])]);
    assert_eq!(report.findings[0].kind, FindingKind::Assert);
    assert!(report.findings[0].message.contains("x is zero"));
}

#[test]
fn arguments_are_called_as_the_caller_says() {
    let mut options = Options::default();
    options.arguments = vec!["input".to_owned()];
    let program = Program::new(ADD_ONE, &options).unwrap();
    let names: Vec<_> = program.parameters().iter().map(|parameter| parameter.name()).collect();
    assert_eq!(names, ["input", "y"]);
}
