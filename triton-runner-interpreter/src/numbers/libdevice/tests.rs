//! Functions by their name against values of other origin.

use super::*;

fn call_f64(name: &str, arguments: &[f64]) -> f64 {
    let function = Libdevice::find(&format!("__nv_{name}")).unwrap_or_else(|| panic!("{name}"));
    let mut result = [0.0];
    let columns: Vec<[f64; 1]> = arguments.iter().map(|argument| [*argument]).collect();
    let columns: Vec<Column<'_>> = columns.iter().map(|column| Column::F64(column)).collect();
    function.apply(&columns, ColumnMut::F64(&mut result)).unwrap();
    result[0]
}

fn call_f32(name: &str, arguments: &[f32]) -> f32 {
    let function = Libdevice::find(&format!("__nv_{name}")).unwrap_or_else(|| panic!("{name}"));
    let mut result = [0.0];
    let columns: Vec<[f32; 1]> = arguments.iter().map(|argument| [*argument]).collect();
    let columns: Vec<Column<'_>> = columns.iter().map(|column| Column::F32(column)).collect();
    function.apply(&columns, ColumnMut::F32(&mut result)).unwrap();
    result[0]
}

fn call_i32(name: &str, arguments: &[i32]) -> i32 {
    let function = Libdevice::find(&format!("__nv_{name}")).unwrap_or_else(|| panic!("{name}"));
    let mut result = [0];
    let columns: Vec<[i32; 1]> = arguments.iter().map(|argument| [*argument]).collect();
    let columns: Vec<Column<'_>> = columns.iter().map(|column| Column::I32(column)).collect();
    function.apply(&columns, ColumnMut::I32(&mut result)).unwrap();
    result[0]
}

/// Ulps that a function of `f64` may be off; most are within 2.
fn bound(name: &str) -> f64 {
    match name {
        "cyl_bessel_i0" | "cyl_bessel_i1" => 32.0,
        "erfcx" | "rcbrt" | "rhypot" | "rsqrt" => 8.0,
        "lgamma" | "tgamma" | "normcdf" | "normcdfinv" | "erfinv" | "erfcinv" => 16.0,
        // Beside a zero of theirs the absolute error counts.
        "j0" | "j1" | "y0" | "y1" => 1e5,
        _ => 2.0,
    }
}

#[test]
fn each_function_of_f64_is_within_its_bound() {
    let table = include_str!("../../../testdata/functions.txt");
    let mut beyond = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let name = words.next().unwrap();
        let mut numbers: Vec<f64> = words.map(|bits| f64::from_bits(u64::from_str_radix(bits, 16).unwrap())).collect();
        let expected = numbers.pop().unwrap();
        let found = call_f64(name, &numbers);
        let ulp = expected.abs().next_up() - expected.abs();
        let off = (found - expected).abs() / ulp;
        if found != expected && (off.is_nan() || off > bound(name)) {
            beyond.push(format!("{name}{numbers:?}: {found:e} is not {expected:e}: {off}"));
        }
    }
    assert!(beyond.is_empty(), "{beyond:#?}");
}

#[test]
fn every_name_that_triton_has_is_found_and_others_are_not() {
    let names = include_str!("../../../testdata/libdevice.txt");
    let missing: Vec<&str> = names.lines().filter(|name| Libdevice::find(name).is_none()).collect();
    assert!(names.lines().count() > 300 && missing.is_empty(), "{missing:?}");
    for name in ["__nv_nothing", "tanhf", "__nv_", "__nv_f", "__nv_sinff", "__nv_fadd_xx"] {
        assert!(Libdevice::find(name).is_none(), "{name}");
    }
}

#[test]
fn wrong_columns_are_refused() {
    let tanh = Libdevice::find("__nv_tanhf").unwrap();
    assert_eq!((tanh.arguments(), tanh.result()), (&[Class::F32][..], Class::F32));
    assert_eq!(tanh.apply(&[Column::F64(&[0.0])], ColumnMut::F32(&mut [0.0])), Err(WrongColumns));
    assert_eq!(tanh.apply(&[], ColumnMut::F32(&mut [0.0])), Err(WrongColumns));
}

#[test]
fn integers_are_counted_turned_and_permuted() {
    for (name, arguments, result) in [
        ("clz", vec![1], 31),
        ("clz", vec![0], 32),
        ("ffs", vec![0x10], 5),
        ("ffs", vec![0], 0),
        ("popc", vec![-1], 32),
        ("brev", vec![1], i32::MIN),
        ("abs", vec![-7], 7),
        ("mulhi", vec![-2, i32::MAX], -1),
        ("umulhi", vec![-2, i32::MAX], i32::MAX - 1),
        ("mul24", vec![0x00ff_ffff, 3], -3),
        ("umul24", vec![0x0100_0002, 3], 6),
        ("hadd", vec![-3, 0], -2),
        ("rhadd", vec![-3, 0], -1),
        ("uhadd", vec![-1, -3], -2),
        ("urhadd", vec![-1, -4], -2),
        ("sad", vec![-5, 7, 100], 112),
        ("usad", vec![-1, 0, 1], 0),
        ("byte_perm", vec![0x3322_1100, 0x7766_5544, 0x7410], 0x7744_1100),
    ] {
        assert_eq!(call_i32(name, &arguments), result, "{name}{arguments:?}");
    }
}

#[test]
fn a_direction_gives_the_neighbours_of_what_is_not_exact() {
    let third = 1.0_f32 / 3.0;
    assert!(f64::from(third) > 1.0 / 3.0);
    for (suffix, one_third, sum, product) in [
        ("rn", third, 1.0, 1.0 + libm::ldexpf(1.0, -22)),
        ("rz", third.next_down(), 1.0, 1.0 + libm::ldexpf(1.0, -22)),
        ("rd", third.next_down(), 1.0, 1.0 + libm::ldexpf(1.0, -22)),
        ("ru", third, 1.0_f32.next_up(), (1.0 + libm::ldexpf(1.0, -22)).next_up()),
    ] {
        assert_eq!(call_f32(&format!("fdiv_{suffix}"), &[1.0, 3.0]), one_third);
        assert_eq!(call_f32(&format!("frcp_{suffix}"), &[3.0]), one_third);
        assert_eq!(call_f32(&format!("fadd_{suffix}"), &[1.0, 1e-30]), sum);
        let factor = 1.0 + libm::ldexpf(1.0, -23);
        assert_eq!(call_f32(&format!("fmul_{suffix}"), &[factor, factor]), product);
        assert_eq!(call_f32(&format!("fmaf_{suffix}"), &[factor, factor, 0.0]), product);
    }
    assert_eq!(call_f32("fadd_rz", &[f32::MAX, f32::MAX]), f32::MAX);
    assert_eq!(call_f32("fadd_ru", &[f32::MAX, f32::MAX]), f32::INFINITY);
    assert_eq!(call_f32("fsqrt_ru", &[2.0]), 2.0_f32.sqrt().next_up());
    assert_eq!(call_f64("dadd_ru", &[1.0, 1e-30]), 1.0_f64.next_up());
    assert_eq!(call_f64("dadd_rd", &[1.0, -1e-30]), 1.0_f64.next_down());
    assert_eq!(call_f64("ddiv_rz", &[-1.0, 3.0]), -1.0 / 3.0);
    assert_eq!(call_f64("ddiv_ru", &[1.0, 3.0]), (1.0_f64 / 3.0).next_up());
    assert_eq!(call_f64("dmul_rz", &[f64::MAX, 2.0]), f64::MAX);
    let epsilon = f64::EPSILON;
    assert_eq!(call_f64("fma_ru", &[1.0 + epsilon, 1.0 + epsilon, 0.0]), (1.0 + 2.0 * epsilon).next_up());
}

#[test]
fn conversions_and_tests_of_floats_have_the_signatures_that_triton_gives_them() {
    let apply = |name: &str, value: f32| {
        let mut result = [0];
        let function = Libdevice::find(name).unwrap();
        function.apply(&[Column::F32(&[value])], ColumnMut::I32(&mut result)).unwrap();
        result[0]
    };
    assert_eq!(apply("__nv_float2int_rn", 2.5), 2);
    assert_eq!(apply("__nv_float2int_ru", 2.1), 3);
    assert_eq!(apply("__nv_float2int_rd", -2.1), -3);
    assert_eq!(apply("__nv_float2int_rz", -2.9), -2);
    assert_eq!(apply("__nv_float2uint_rn", 3e9), 3_000_000_000_u32 as i32);
    assert_eq!(apply("__nv_isnanf", f32::NAN), 1);
    assert_eq!(apply("__nv_isinff", f32::NEG_INFINITY), 1);
    assert_eq!(apply("__nv_finitef", f32::MAX), 1);
    assert_eq!(apply("__nv_signbitf", -0.0), 1);
    assert_eq!(apply("__nv_float_as_int", 1.0), 0x3f80_0000);
    assert_eq!(apply("__nv_ilogbf", 0.75), -1);
    let mut result = [0.0];
    let from = Libdevice::find("__nv_int2float_rz").unwrap();
    from.apply(&[Column::I32(&[i32::MAX])], ColumnMut::F32(&mut result)).unwrap();
    assert_eq!(result, [2_147_483_648.0_f32.next_down()]);
    let mut result = [0.0];
    let from = Libdevice::find("__nv_ll2double_ru").unwrap();
    from.apply(&[Column::I64(&[i64::MAX - 1])], ColumnMut::F64(&mut result)).unwrap();
    assert_eq!(result, [9_223_372_036_854_775_808.0]);
}

#[test]
fn what_is_special_stays_special() {
    assert_eq!(call_f32("saturatef", &[f32::NAN]), 0.0);
    assert_eq!(call_f32("saturatef", &[2.0]), 1.0);
    assert_eq!(call_f32("powf", &[-8.0, 3.0]), -512.0);
    assert!(call_f32("fast_powf", &[-8.0, 3.0]).is_nan());
    assert_eq!(call_f32("fmodf", &[-5.5, 2.0]), -1.5);
    assert_eq!(call_f32("remainderf", &[5.5, 2.0]), -0.5);
    assert_eq!(
        call_f64("norm3d", &[3.0 * libm::ldexp(1.0, 900), 4.0 * libm::ldexp(1.0, 900), 0.0]),
        5.0 * libm::ldexp(1.0, 900)
    );
    assert_eq!(call_f64("norm4d", &[1.0, 1.0, 1.0, 1.0]), 2.0);
    assert_eq!(call_f64("erfinv", &[1.0]), f64::INFINITY);
    assert!(call_f64("erfinv", &[1.5]).is_nan());
    assert_eq!(call_f64("erfcinv", &[0.0]), f64::INFINITY);
    assert_eq!(call_f64("logb", &[0.0]), f64::NEG_INFINITY);
    assert_eq!(call_f64("rcp64h", &[2.0]), 0.5);
}
