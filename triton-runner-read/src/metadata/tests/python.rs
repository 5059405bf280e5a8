//! Signatures as the Python project writes them.

use triton_runner_manifest::Constant;

use super::{entry, error, read, with_signature};

#[test]
fn signatures_of_the_python_project_are_read() {
    // Triton 3.3 and 3.4: three items; `stride_ak` was 1.
    let three = read(&with_signature(
        "(('a_ptr', '*fp16', 'D'), ('M', 'i32', ''), ('stride_ak', 'constexpr', 1), ('desc', 'tensordesc<fp16[64, 128]>', None), ('BLOCK', 'constexpr', 128), ('scale', 'fp32', None))",
    ));
    let expected = [
        entry("a_ptr", "*fp16", 16),
        entry("M", "i32", 1),
        entry("desc", "tensordesc<fp16[64, 128]>", 1),
        entry("scale", "fp32", 1),
    ];
    assert_eq!(three.signature(), Some(&expected[..]));
    assert_eq!(three.constants["stride_ak"], Constant::Int(1));
    // 3.5 and later: four; `S` is AMD's.
    let four = read(&with_signature(
        "(('a_ptr', '*fp32', 'DS', False), ('n', 'i64', 'D', False), ('BLOCK', 'constexpr', 16, True))",
    ));
    assert_eq!(four.signature(), Some(&[entry("a_ptr", "*fp32", 16), entry("n", "i64", 16)][..]));
    assert_eq!(four.constants["BLOCK"], Constant::Int(16));
    // Triton 3.2 and earlier.
    let none = read(&with_signature("None"));
    assert_eq!(none.signature(), None);
    assert_eq!(read(&with_signature("()")).signature(), Some(&[][..]));
    assert_eq!(read(&with_signature("(('x', 'i32', 'D'),)")).signature().map(<[_]>::len), Some(1));
}

#[test]
fn every_literal_of_a_constexpr_is_understood() {
    let constants = read(&with_signature(
        r#"(('i', 'constexpr', -7), ('f', 'constexpr', 1e-05), ('s', 'constexpr', 'it\'s "x\x41é\n'), ('q', 'constexpr', "a'b"),
            ('t', 'constexpr', True), ('n', 'constexpr', None), ('c', 'constexpr', constexpr[64]), ('inf', 'constexpr', inf),
            ('dtype', 'constexpr', triton.language.float32), ('fn', 'constexpr', JITFunction(m:f, 'x)')),
            ('obj', 'constexpr', <class 'a, b'>), ('tuple', 'constexpr', (1, [2, 3])), ('big', 'constexpr', 99999999999999999999),
            ('-inf', 'constexpr', -inf), ('float', 'constexpr', 20.0))"#,
    ))
    .constants;
    let expected = [
        ("-inf", Constant::Float(f64::NEG_INFINITY)),
        ("c", Constant::Int(64)),
        ("f", Constant::Float(1e-5)),
        ("float", Constant::Float(20.0)),
        ("i", Constant::Int(-7)),
        ("inf", Constant::Float(f64::INFINITY)),
        ("n", Constant::None(())),
        ("q", Constant::Str("a'b".into())),
        ("s", Constant::Str("it's \"xAé\n".into())),
        ("t", Constant::Bool(true)),
    ];
    assert_eq!(constants, expected.map(|(name, value)| (name.to_owned(), value)).into());
}

#[test]
fn tuple_parameters_are_flattened_in_place() {
    let metadata = read(&with_signature(
        "(('x', '*fp32', 'D'), ('t', ('i32', 'constexpr', ('*fp16', 'i64')), ('D', 5, ('', 'D'))), ('n', 'i32', ''))",
    ));
    let expected = [
        entry("x", "*fp32", 16),
        entry("t.0", "i32", 16),
        entry("t.2.0", "*fp16", 1),
        entry("t.2.1", "i64", 16),
        entry("n", "i32", 1),
    ];
    assert_eq!(metadata.signature(), Some(&expected[..]));
    assert_eq!(metadata.constants["t.1"], Constant::Int(5));
}

#[test]
fn mistakes_in_a_python_signature_are_errors_with_their_place() {
    let error = |signature: &str| error(&with_signature(signature));
    assert!(error("").contains("character 1: the text ends where a value is expected"));
    assert!(error("(('x', 'i32', 'D')").contains("character 19: the text ends before the `)`"));
    assert!(error("(('x', 'i32' 'D'))").contains("character 14: expected `,` or `)`, found `'`"));
    assert!(error("(('é', 'i32', 'D')) x").contains("character 21: `x` follows the end"));
    assert!(error("('x',,)").contains("a value is missing"));
    assert!(error("(('x', 'i32', 'D").contains("inside a string"));
    assert!(error("(('\\xZZ', 'i32', 'D'))").contains("bad escape"));
    assert!(error("'x'").contains("expected a tuple of tuples"));
    assert!(error("('x', 'i32', 'D')").contains("a parameter is no tuple"));
    assert!(error("(('x', 'i32'),)").contains("has 2 items, expected 3 or 4"));
    assert!(error("((1, 'i32', 'D'),)").contains("doesn't start with its name"));
    assert!(error("(('x', 1, 'D'),)").contains("the type of `x` is no string"));
    assert!(error("(('x', 'int', 'D'),)").contains("argument `x` in `kernel_signature`"));
    assert!(error("(('x', 'i32', 'D'), ('x', 'i32', 'D'))").contains("two arguments called `x`"));
    assert!(error(&"(".repeat(100_000)).contains("nested too deeply"));
    assert!(error(&"constexpr[".repeat(100_000)).contains("nested too deeply"));
}

#[test]
fn our_keys_and_the_python_signature_must_agree() {
    let python = r#""kernel_signature": "(('a', 'i32', 'D'), ('B', 'constexpr', 1), ('C', 'constexpr', 2))""#;
    let with = |more: &str| format!("{{{python}, {more}}}");
    let metadata = read(&with(
        r#""signature": [{"name": "a", "type": "i32", "divisible_by": 16}], "constants": {"B": 1, "D": 3}"#,
    ));
    assert_eq!(metadata.signature(), Some(&[entry("a", "i32", 16)][..]));
    assert_eq!(
        metadata.constants,
        [("B", 1), ("C", 2), ("D", 3)].map(|(name, n)| (name.into(), Constant::Int(n))).into()
    );
    assert_eq!(
        error(&with(r#""constants": {"B": 3}"#)),
        "`constants.B` says 3, but `kernel_signature` says 1; check in the file as Triton wrote it"
    );
    for other in [r#"{"name": "a", "type": "i32"}"#, r#"{"name": "x", "type": "i32", "divisible_by": 16}"#] {
        let error = error(&with(&format!(r#""signature": [{other}]"#)));
        assert!(
            error.contains("`signature` says (") && error.contains("`kernel_signature` says (a: i32:16)"),
            "{error}"
        );
    }
}
