//! Operations one by one: a short kernel, what is in memory before, what is there afterwards.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod abreast;
mod arithmetic;
mod assembly;
mod combining;
mod control;
mod faults;
mod memory;
mod moving;
mod promises;
mod traces;
mod waiting;

use triton_runner_interpreter::{Argument, Buffer, Launch, Options, Program, Report};

/// Runs a kernel of pointers only, each to a buffer of its own.
fn run(text: &str, grid: [u32; 3], buffers: &mut [&mut [u8]]) -> Report {
    let program = Program::new(text, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    let mut launch = Launch::new(&program, grid);
    launch.budget(1 << 20);
    for (place, buffer) in buffers.iter_mut().enumerate() {
        launch.buffer(Buffer::write(buffer));
        launch.argument(Argument::Pointer { buffer: place, offset: 0 });
    }
    launch.run().unwrap_or_else(|error| panic!("{error}"))
}

/// A kernel of one block: stores what `body` computes as `%r`, a tensor of `lanes` numbers of `ty`, to its only pointer.
fn computed<const N: usize>(lanes: usize, ty: &str, body: &str) -> Vec<[u8; N]> {
    let text = format!(
        "module {{
  tt.func public @kernel(%out: !tt.ptr<{ty}>) {{
    {body}
    %lane = tt.make_range {{end = {lanes} : i32, start = 0 : i32}} : tensor<{lanes}xi32>
    %base = tt.splat %out : !tt.ptr<{ty}> -> tensor<{lanes}x!tt.ptr<{ty}>>
    %to = tt.addptr %base, %lane : tensor<{lanes}x!tt.ptr<{ty}>>, tensor<{lanes}xi32>
    tt.store %to, %r : tensor<{lanes}x!tt.ptr<{ty}>>
    tt.return
  }}
}}"
    );
    let mut bytes = vec![0; lanes * N];
    let report = run(&text, [1, 1, 1], &mut [&mut bytes]);
    assert_eq!(report.findings, [], "{text}");
    bytes.chunks_exact(N).map(|element| element.try_into().unwrap()).collect()
}

fn i32s(lanes: usize, body: &str) -> Vec<i32> {
    computed(lanes, "i32", body).into_iter().map(i32::from_le_bytes).collect()
}

fn f32s(lanes: usize, body: &str) -> Vec<f32> {
    computed(lanes, "f32", body).into_iter().map(f32::from_le_bytes).collect()
}

fn bytes(numbers: &[i32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn numbers(bytes: &[u8]) -> Vec<i32> {
    bytes.chunks_exact(4).map(|element| i32::from_le_bytes(element.try_into().unwrap())).collect()
}
