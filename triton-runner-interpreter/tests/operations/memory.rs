use super::{bytes, numbers, run};

/// A kernel that loads and stores a tile, with a body between; rows are `stride` apart.
fn tile(body: &str) -> String {
    format!(
        "module {{
  tt.func public @kernel(%in: !tt.ptr<i32>, %out: !tt.ptr<i32>) {{
    %i = tt.make_range {{end = 4 : i32, start = 0 : i32}} : tensor<4xi32>
    %c = tt.expand_dims %i {{axis = 1 : i32}} : tensor<4xi32> -> tensor<4x1xi32>
    %d = tt.expand_dims %i {{axis = 0 : i32}} : tensor<4xi32> -> tensor<1x4xi32>
    %row = tt.broadcast %c : tensor<4x1xi32> -> tensor<4x4xi32>
    %col = tt.broadcast %d : tensor<1x4xi32> -> tensor<4x4xi32>
    %stride = arith.constant dense<4> : tensor<4x4xi32>
    %at = arith.muli %row, %stride : tensor<4x4xi32>
    %place = arith.addi %at, %col : tensor<4x4xi32>
    %ins = tt.splat %in : !tt.ptr<i32> -> tensor<4x4x!tt.ptr<i32>>
    %outs = tt.splat %out : !tt.ptr<i32> -> tensor<4x4x!tt.ptr<i32>>
    %from = tt.addptr %ins, %place : tensor<4x4x!tt.ptr<i32>>, tensor<4x4xi32>
    %to = tt.addptr %outs, %place : tensor<4x4x!tt.ptr<i32>>, tensor<4x4xi32>
    {body}
    tt.return
  }}
}}"
    )
}

fn run_tile(body: &str) -> Vec<i32> {
    let mut input = bytes(&(100..116).collect::<Vec<_>>());
    let mut output = bytes(&[0; 16]);
    let report = run(&tile(body), [1, 1, 1], &mut [&mut input, &mut output]);
    assert_eq!(report.findings, []);
    numbers(&output)
}

#[test]
fn a_mask_that_is_a_box_loads_a_box() {
    let found = run_tile(
        "%two = arith.constant dense<2> : tensor<4x4xi32>
    %one = arith.constant dense<1> : tensor<4x4xi32>
    %other = arith.constant dense<-1> : tensor<4x4xi32>
    %a = arith.cmpi sge, %row, %two : tensor<4x4xi32>
    %b = arith.cmpi slt, %col, %one : tensor<4x4xi32>
    %m = arith.andi %a, %b : tensor<4x4xi1>
    %v = tt.load %from, %m, %other : tensor<4x4x!tt.ptr<i32>>
    tt.store %to, %v : tensor<4x4x!tt.ptr<i32>>",
    );
    assert_eq!(found, [-1, -1, -1, -1, -1, -1, -1, -1, 108, -1, -1, -1, 112, -1, -1, -1]);
}

#[test]
fn a_mask_of_any_form_stores_its_lanes() {
    let found = run_tile(
        "%m = arith.cmpi slt, %col, %row : tensor<4x4xi32>
    %v = tt.load %from, %m : tensor<4x4x!tt.ptr<i32>>
    %w = arith.addi %v, %v : tensor<4x4xi32>
    tt.store %to, %w, %m : tensor<4x4x!tt.ptr<i32>>",
    );
    assert_eq!(found, [0, 0, 0, 0, 208, 0, 0, 0, 216, 218, 0, 0, 224, 226, 228, 0]);
}

#[test]
fn a_transposed_store_meets_a_straight_load() {
    let found = run_tile(
        "%v = tt.load %from : tensor<4x4x!tt.ptr<i32>>
    %t = tt.trans %to {order = array<i32: 1, 0>} : tensor<4x4x!tt.ptr<i32>> -> tensor<4x4x!tt.ptr<i32>>
    tt.store %t, %v : tensor<4x4x!tt.ptr<i32>>",
    );
    let expected: Vec<i32> = (0..16).map(|at| 100 + (at % 4) * 4 + at / 4).collect();
    assert_eq!(found, expected);
}

#[test]
fn scattered_addresses_are_loaded_one_by_one() {
    let found = run_tile(
        "%five = arith.constant dense<5> : tensor<4x4xi32>
    %x = arith.xori %place, %five : tensor<4x4xi32>
    %p = tt.addptr %ins, %x : tensor<4x4x!tt.ptr<i32>>, tensor<4x4xi32>
    %v = tt.load %p : tensor<4x4x!tt.ptr<i32>>
    tt.store %to, %v : tensor<4x4x!tt.ptr<i32>>",
    );
    assert_eq!(found, (0..16).map(|at| 100 + (at ^ 5)).collect::<Vec<i32>>());
}

#[test]
fn a_descriptor_leaves_out_what_is_outside() {
    let text = "module {
  tt.func public @kernel(%in: !tt.ptr<i32>, %out: !tt.ptr<i32>) {
    %rows = arith.constant 3 : i32
    %cols = arith.constant 4 : i32
    %stride = arith.constant 4 : i64
    %one = arith.constant 1 : i64
    %y = arith.constant 2 : i32
    %x = arith.constant -1 : i32
    %from = tt.make_tensor_descriptor %in, [%rows, %cols], [%stride, %one] : <i32>, <tensor<2x4xi32>>
    %to = tt.make_tensor_descriptor %out, [%rows, %cols], [%stride, %one] : <i32>, <tensor<2x4xi32>>
    %v = tt.descriptor_load %from[%y, %x] : !tt.tensordesc<tensor<2x4xi32>> -> tensor<2x4xi32>
    %zero = arith.constant 0 : i32
    tt.descriptor_store %to[%zero, %zero], %v : !tt.tensordesc<tensor<2x4xi32>>, tensor<2x4xi32>
    tt.return
  }
}";
    let mut input = bytes(&(100..112).collect::<Vec<_>>());
    let mut output = bytes(&[-1; 12]);
    assert_eq!(run(text, [1, 1, 1], &mut [&mut input, &mut output]).findings, []);
    assert_eq!(numbers(&output), [0, 108, 109, 110, 0, 0, 0, 0, -1, -1, -1, -1]);
}

#[test]
fn atomic_operations_give_what_was_there() {
    let text = "module {
  tt.func public @kernel(%x: !tt.ptr<i32>, %old: !tt.ptr<i32>) {
    %true = arith.constant true
    %five = arith.constant 5 : i32
    %a = tt.atomic_rmw add, acq_rel, gpu, %x, %five, %true : (!tt.ptr<i32>, i32, i1) -> i32
    %ten = arith.constant 10 : i32
    %b = tt.atomic_cas acq_rel, gpu, %x, %ten, %five : (!tt.ptr<i32>, i32, i32) -> i32
    %c = arith.muli %a, %ten : i32
    %d = arith.addi %c, %b : i32
    tt.store %old, %d : !tt.ptr<i32>
    tt.return
  }
}";
    let (mut x, mut old) = (bytes(&[5]), bytes(&[0]));
    assert_eq!(run(text, [1, 1, 1], &mut [&mut x, &mut old]).findings, []);
    assert_eq!((numbers(&x), numbers(&old)), (vec![5], vec![60]));
}

#[test]
fn pointers_are_stored_and_loaded_again() {
    let text = "module {
  tt.func public @kernel(%table: !tt.ptr<i64>, %out: !tt.ptr<i32>) {
    %p = tt.ptr_to_int %out : !tt.ptr<i32> -> i64
    tt.store %table, %p : !tt.ptr<i64>
    %q = tt.load %table : !tt.ptr<i64>
    %r = tt.int_to_ptr %q : i64 -> !tt.ptr<i32>
    %one = arith.constant 1 : i32
    %s = tt.addptr %r, %one : !tt.ptr<i32>, i32
    tt.store %s, %one : !tt.ptr<i32>
    tt.return
  }
}";
    let (mut table, mut out) = (vec![0; 8], bytes(&[0, 0]));
    assert_eq!(run(text, [1, 1, 1], &mut [&mut table, &mut out]).findings, []);
    assert_eq!(numbers(&out), [0, 1]);
}
