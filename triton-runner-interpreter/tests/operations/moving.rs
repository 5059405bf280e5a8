use super::i32s;

/// `%x`: 0 to 5 as two rows of three.
const ROWS: &str = "%flat = tt.make_range {end = 6 : i32, start = 0 : i32} : tensor<6xi32>
    %x = tt.reshape %flat : tensor<6xi32> -> tensor<2x3xi32>";

#[test]
fn transposed_rows_are_columns() {
    let found = i32s(
        6,
        &format!(
            "{ROWS}
    %t = tt.trans %x {{order = array<i32: 1, 0>}} : tensor<2x3xi32> -> tensor<3x2xi32>
    %r = tt.reshape %t : tensor<3x2xi32> -> tensor<6xi32>"
        ),
    );
    assert_eq!(found, [0, 3, 1, 4, 2, 5]);
}

#[test]
fn an_axis_of_one_is_repeated() {
    let found = i32s(
        6,
        "%a = tt.make_range {end = 2 : i32, start = 0 : i32} : tensor<2xi32>
    %b = tt.make_range {end = 3 : i32, start = 0 : i32} : tensor<3xi32>
    %ten = arith.constant dense<10> : tensor<2x1xi32>
    %c = tt.expand_dims %a {axis = 1 : i32} : tensor<2xi32> -> tensor<2x1xi32>
    %d = arith.muli %c, %ten : tensor<2x1xi32>
    %e = tt.broadcast %d : tensor<2x1xi32> -> tensor<2x3xi32>
    %f = tt.expand_dims %b {axis = 0 : i32} : tensor<3xi32> -> tensor<1x3xi32>
    %g = tt.broadcast %f : tensor<1x3xi32> -> tensor<2x3xi32>
    %h = arith.addi %e, %g : tensor<2x3xi32>
    %r = tt.reshape %h : tensor<2x3xi32> -> tensor<6xi32>",
    );
    assert_eq!(found, [0, 1, 2, 10, 11, 12]);
}

#[test]
fn joined_pairs_come_apart_again() {
    let found = i32s(
        6,
        "%a = tt.make_range {end = 3 : i32, start = 0 : i32} : tensor<3xi32>
    %ten = arith.constant dense<10> : tensor<3xi32>
    %b = arith.xori %a, %ten : tensor<3xi32>
    %j = tt.join %a, %b : tensor<3xi32> -> tensor<3x2xi32>
    %p, %q = tt.split %j : tensor<3x2xi32> -> tensor<3xi32>
    %k = tt.join %q, %p : tensor<3xi32> -> tensor<3x2xi32>
    %r = tt.reshape %k : tensor<3x2xi32> -> tensor<6xi32>",
    );
    assert_eq!(found, [10, 0, 11, 1, 8, 2]);
}

#[test]
fn places_are_gathered_along_an_axis() {
    let found = i32s(
        6,
        &format!(
            "{ROWS}
    %one = arith.constant dense<1> : tensor<2x3xi32>
    %i = arith.andi %x, %one : tensor<2x3xi32>
    %g = tt.gather %x[%i] {{axis = 0 : i32}} : (tensor<2x3xi32>, tensor<2x3xi32>) -> tensor<2x3xi32>
    %r = tt.reshape %g : tensor<2x3xi32> -> tensor<6xi32>"
        ),
    );
    assert_eq!(found, [0, 4, 2, 3, 1, 5]);
}

#[test]
fn numbers_are_counted_and_those_outside_are_not() {
    let found = i32s(
        4,
        "%a = tt.make_range {end = 8 : i32, start = 0 : i32} : tensor<8xi32>
    %two = arith.constant dense<2> : tensor<8xi32>
    %b = arith.divsi %a, %two : tensor<8xi32>
    %c = arith.muli %b, %two : tensor<8xi32>
    %r = tt.histogram %c : tensor<8xi32> -> tensor<4xi32>",
    );
    assert_eq!(found, [2, 0, 2, 0]);
}
