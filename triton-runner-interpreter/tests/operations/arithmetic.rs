use super::{computed, f32s, i32s};

const RANGE: &str = "%x = tt.make_range {end = 8 : i32, start = 0 : i32} : tensor<8xi32>";

#[test]
fn integers_wrap_where_their_steps_would_leave_the_type() {
    let found = i32s(
        8,
        &format!(
            "{RANGE}
    %big = arith.constant dense<1073741824> : tensor<8xi32>
    %r = arith.muli %x, %big : tensor<8xi32>"
        ),
    );
    let expected: Vec<i32> = (0..8).map(|i: i32| i.wrapping_mul(1 << 30)).collect();
    assert_eq!(found, expected);
}

#[test]
fn division_truncates_and_remainders_take_the_sign_of_the_dividend() {
    let body = |name: &str| {
        format!(
            "{RANGE}
    %four = arith.constant dense<4> : tensor<8xi32>
    %three = arith.constant dense<3> : tensor<8xi32>
    %y = arith.subi %x, %four : tensor<8xi32>
    %r = arith.{name} %y, %three : tensor<8xi32>"
        )
    };
    assert_eq!(i32s(8, &body("divsi")), (-4..4).map(|i| i / 3).collect::<Vec<i32>>());
    assert_eq!(i32s(8, &body("remsi")), (-4..4).map(|i| i % 3).collect::<Vec<i32>>());
}

#[test]
fn comparisons_of_ranges_choose_the_right_lanes() {
    for (predicate, holds) in [
        ("slt", (|i| i < 3) as fn(i32) -> bool),
        ("sle", |i| i <= 3),
        ("sgt", |i| i > 3),
        ("sge", |i| i >= 3),
        ("eq", |i| i == 3),
        ("ne", |i| i != 3),
        ("ult", |i| (i as u32) < 3),
        ("uge", |i| i as u32 >= 3),
    ] {
        let found = i32s(
            8,
            &format!(
                "{RANGE}
    %three = arith.constant dense<3> : tensor<8xi32>
    %two = arith.constant dense<2> : tensor<8xi32>
    %y = arith.subi %x, %two : tensor<8xi32>
    %m = arith.cmpi {predicate}, %y, %three : tensor<8xi32>
    %r = arith.extui %m : tensor<8xi1> to tensor<8xi32>"
            ),
        );
        let expected: Vec<i32> = (-2..6).map(|i| i32::from(holds(i))).collect();
        assert_eq!(found, expected, "{predicate}");
    }
}

#[test]
fn a_product_is_added_without_rounding_only_where_the_sum_alone_needs_it() {
    let body = |last: &str| {
        format!(
            "%a = arith.constant dense<1.00000012> : tensor<2xf32>
    %c = arith.constant dense<-1.00000024> : tensor<2xf32>
    %p = arith.mulf %a, %a : tensor<2xf32>
    %s = arith.addf %p, %c : tensor<2xf32>
    {last}"
        )
    };
    let a = 1.000_000_1_f32;
    let fused = a.mul_add(a, -1.000_000_2);
    assert_ne!(fused, 0.0);
    assert_eq!(
        f32s(2, &body("%z = arith.constant dense<0.0> : tensor<2xf32>\n    %r = arith.maxnumf %s, %z : tensor<2xf32>"))
            [0],
        fused
    );
    // The product is needed by itself: it is rounded.
    let twice = f32s(2, &body("%z = arith.subf %p, %p : tensor<2xf32>\n    %r = arith.addf %s, %z : tensor<2xf32>"));
    assert_eq!(twice[0], a * a - 1.000_000_2);
}

#[test]
fn narrow_formats_are_rounded_after_each_operation() {
    let found: Vec<_> = computed::<2>(
        2,
        "bf16",
        "%a = arith.constant dense<1.0> : tensor<2xbf16>
    %b = arith.constant dense<3.906250e-03> : tensor<2xbf16>
    %s = arith.addf %a, %b : tensor<2xbf16>
    %r = arith.addf %s, %b : tensor<2xbf16>",
    );
    // 1 + 2⁻⁸ is halfway between two numbers, of which 1 is even.
    assert_eq!(found, [0x3f80_u16.to_le_bytes(); 2]);
}

#[test]
fn bits_are_seen_as_another_type() {
    let found = i32s(
        2,
        "%a = arith.constant dense<1.0> : tensor<2xf32>
    %r = tt.bitcast %a : tensor<2xf32> -> tensor<2xi32>",
    );
    assert_eq!(found, [0x3f80_0000; 2]);
}

#[test]
fn the_upper_half_of_a_product_is_that_without_signs() {
    let found = i32s(
        2,
        "%a = arith.constant dense<-2> : tensor<2xi32>
    %b = arith.constant dense<16> : tensor<2xi32>
    %r = tt.mulhiui %a, %b : tensor<2xi32>",
    );
    assert_eq!(found, [15; 2]);
}

#[test]
fn libdevice_is_called_by_name() {
    let found = f32s(
        2,
        r#"%a = arith.constant dense<4.0> : tensor<2xf32>
    %r = tt.extern_elementwise %a {libname = "", libpath = "", pure = true, symbol = "__nv_rsqrtf"} : (tensor<2xf32>) -> tensor<2xf32>"#,
    );
    assert_eq!(found, [0.5; 2]);
}
