use super::{computed, f32s, i32s};

fn reduction(name: &str, ty: &str, combine: &str) -> String {
    format!(
        r#"%{name} = "tt.reduce"(%x) <{{axis = 1 : i32}}> ({{
    ^bb0(%a: {ty}, %b: {ty}):
      {combine}
      tt.reduce.return %c : {ty}
    }}) : (tensor<4x8x{ty}>) -> tensor<4x{ty}>"#
    )
}

const ROWS: &str = "%flat = tt.make_range {end = 32 : i32, start = 0 : i32} : tensor<32xi32>
    %x = tt.reshape %flat : tensor<32xi32> -> tensor<4x8xi32>";

#[test]
fn rows_are_summed() {
    let found = i32s(4, &format!("{ROWS}\n    {}", reduction("r", "i32", "%c = arith.addi %a, %b : i32")));
    assert_eq!(found, [28, 92, 156, 220]);
}

#[test]
fn a_region_of_several_operations_combines() {
    let combine = "%two = arith.constant 2 : i32
      %m = arith.maxsi %a, %b : i32
      %n = arith.muli %m, %two : i32
      %c = arith.divsi %n, %two : i32";
    let found = i32s(4, &format!("{ROWS}\n    {}", reduction("r", "i32", combine)));
    assert_eq!(found, [7, 15, 23, 31]);
}

#[test]
fn the_place_of_the_largest_element_comes_with_it() {
    let found = i32s(
        4,
        r#"%flat = tt.make_range {end = 32 : i32, start = 0 : i32} : tensor<32xi32>
    %five = arith.constant dense<5> : tensor<32xi32>
    %v = arith.xori %flat, %five : tensor<32xi32>
    %x = tt.reshape %v : tensor<32xi32> -> tensor<4x8xi32>
    %i = tt.make_range {end = 8 : i32, start = 0 : i32} : tensor<8xi32>
    %j = tt.expand_dims %i {axis = 0 : i32} : tensor<8xi32> -> tensor<1x8xi32>
    %k = tt.broadcast %j : tensor<1x8xi32> -> tensor<4x8xi32>
    %m, %r = "tt.reduce"(%x, %k) <{axis = 1 : i32}> ({
    ^bb0(%a: i32, %ai: i32, %b: i32, %bi: i32):
      %g = arith.cmpi sgt, %a, %b : i32
      %c = arith.select %g, %a, %b : i32
      %ci = arith.select %g, %ai, %bi : i32
      tt.reduce.return %c, %ci : i32, i32
    }) : (tensor<4x8xi32>, tensor<4x8xi32>) -> (tensor<4xi32>, tensor<4xi32>)"#,
    );
    assert_eq!(found, [2; 4]);
}

#[test]
fn sums_in_bf16_come_in_the_order_of_threads() {
    // 256 numbers, two for each of 128 threads: 1 and then 2⁻⁸, which a sum of two loses.
    let found: Vec<_> = computed::<2>(
        2,
        "bf16",
        r#"%i = tt.make_range {end = 256 : i32, start = 0 : i32} : tensor<256xi32>
    %one = arith.constant dense<1> : tensor<256xi32>
    %zero = arith.constant dense<0> : tensor<256xi32>
    %p = arith.andi %i, %one : tensor<256xi32>
    %e = arith.cmpi eq, %p, %zero : tensor<256xi32>
    %f = arith.constant dense<1.0> : tensor<256xbf16>
    %g = arith.constant dense<3.906250e-03> : tensor<256xbf16>
    %x = arith.select %e, %f, %g : tensor<256xi1>, tensor<256xbf16>
    %s = "tt.reduce"(%x) <{axis = 0 : i32}> ({
    ^bb0(%a: bf16, %b: bf16):
      %c = arith.addf %a, %b : bf16
      tt.reduce.return %c : bf16
    }) : (tensor<256xbf16>) -> bf16
    %r = tt.splat %s : bf16 -> tensor<2xbf16>"#,
    );
    assert_eq!(found[0], 0x4300_u16.to_le_bytes(), "128, not 128.5");
}

#[test]
fn each_element_takes_in_those_before_it_or_behind_it() {
    let scan = |reverse: bool| {
        i32s(
            8,
            &format!(
                r#"%x = tt.make_range {{end = 8 : i32, start = 0 : i32}} : tensor<8xi32>
    %r = "tt.scan"(%x) <{{axis = 0 : i32, reverse = {reverse}}}> ({{
    ^bb0(%a: i32, %b: i32):
      %c = arith.addi %a, %b : i32
      tt.scan.return %c : i32
    }}) : (tensor<8xi32>) -> tensor<8xi32>"#
            ),
        )
    };
    assert_eq!(scan(false), [0, 1, 3, 6, 10, 15, 21, 28]);
    assert_eq!(scan(true), [28, 28, 27, 25, 22, 18, 13, 7]);
}

#[test]
fn matrices_are_multiplied_transposed_or_not() {
    let found = f32s(
        16,
        "%flat = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
    %f = arith.sitofp %flat : tensor<16xi32> to tensor<16xf32>
    %a = tt.reshape %f : tensor<16xf32> -> tensor<4x4xf32>
    %b = tt.trans %a {order = array<i32: 1, 0>} : tensor<4x4xf32> -> tensor<4x4xf32>
    %c = arith.constant dense<1.0> : tensor<4x4xf32>
    %d = tt.dot %a, %b, %c : tensor<4x4xf32> * tensor<4x4xf32> -> tensor<4x4xf32>
    %r = tt.reshape %d : tensor<4x4xf32> -> tensor<16xf32>",
    );
    let expected: Vec<f32> = (0..16)
        .map(|at| 1.0 + (0..4).map(|k| ((at / 4) * 4 + k) as f32 * ((at % 4) * 4 + k) as f32).sum::<f32>())
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn long_rows_of_floats_are_folded_in_place_whatever_their_length() {
    for (columns, dims) in [(64, "3x64"), (24, "3x24"), (20, "3x20"), (10, "3x10"), (7, "3x7"), (128, "3x128")] {
        // Tensors have sizes that are no powers of two only here.
        let lanes = 3 * columns;
        let reduced = |combine: &str| {
            f32s(
                3,
                &format!(
                    r#"%flat = tt.make_range {{end = {lanes} : i32, start = 0 : i32}} : tensor<{lanes}xi32>
    %f = arith.sitofp %flat : tensor<{lanes}xi32> to tensor<{lanes}xf32>
    %x = tt.reshape %f : tensor<{lanes}xf32> -> tensor<{dims}xf32>
    %r = "tt.reduce"(%x) <{{axis = 1 : i32}}> ({{
    ^bb0(%a: f32, %b: f32):
      %c = {combine} %a, %b : f32
      tt.reduce.return %c : f32
    }}) : (tensor<{dims}xf32>) -> tensor<3xf32>"#
                ),
            )
        };
        let rows = |fold: fn(f32, f32) -> f32| -> Vec<f32> {
            let row = |row: i32| (row * columns..(row + 1) * columns).map(|at| at as f32);
            (0..3).map(|next| row(next).reduce(fold).unwrap()).collect()
        };
        assert_eq!(reduced("arith.addf"), rows(|a, b| a + b), "{columns}");
        assert_eq!(reduced("arith.maxnumf"), rows(f32::max), "{columns}");
        assert_eq!(reduced("arith.minimumf"), rows(f32::min), "{columns}");
    }
}
