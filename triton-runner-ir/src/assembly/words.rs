//! Words of attributes, with the numbers that stand for them in generic syntax.

use crate::types::Type;

/// Numbers and words.
pub(crate) type Words = &'static [(i64, &'static str)];

const AXES: Words = &[(0, "x"), (1, "y"), (2, "z")];
const INTEGER_PREDICATES: Words = &[
    (0, "eq"),
    (1, "ne"),
    (2, "slt"),
    (3, "sle"),
    (4, "sgt"),
    (5, "sge"),
    (6, "ult"),
    (7, "ule"),
    (8, "ugt"),
    (9, "uge"),
];
const FLOAT_PREDICATES: Words = &[
    (0, "false"),
    (1, "oeq"),
    (2, "ogt"),
    (3, "oge"),
    (4, "olt"),
    (5, "ole"),
    (6, "one"),
    (7, "ord"),
    (8, "ueq"),
    (9, "ugt"),
    (10, "uge"),
    (11, "ult"),
    (12, "ule"),
    (13, "une"),
    (14, "uno"),
    (15, "true"),
];
const ROUNDING_MODES: Words =
    &[(0, "to_nearest_even"), (1, "downward"), (2, "upward"), (3, "toward_zero"), (4, "to_nearest_away")];
const ATOMICS: Words = &[
    (1, "and"),
    (2, "or"),
    (3, "xor"),
    (4, "add"),
    (5, "fadd"),
    (6, "max"),
    (7, "min"),
    (8, "umax"),
    (9, "umin"),
    (10, "exch"),
];
const SEMANTICS: Words = &[(1, "relaxed"), (2, "acquire"), (3, "release"), (4, "acq_rel")];
const SCOPES: Words = &[(1, "gpu"), (2, "cta"), (3, "sys")];
const CACHES: Words = &[(1, "none"), (2, "ca"), (3, "cg"), (4, "wb"), (5, "cs"), (6, "wt"), (7, "cv")];
const EVICTIONS: Words = &[(1, "evict_normal"), (2, "evict_first"), (3, "evict_last")];
const ROUNDINGS: Words = &[(0, "rtz"), (1, "rtne")];
const NANS: Words = &[(0, "none"), (0xFFFF, "all")];
const PRECISIONS: Words = &[(0, "tf32"), (1, "tf32x3"), (2, "ieee"), (3, "bf16x3"), (4, "bf16x6")];
const SCALED: Words = &[(0, "e4m3"), (1, "e5m2"), (2, "e2m3"), (3, "e3m2"), (4, "e2m1"), (5, "bf16"), (6, "fp16")];
const REDUCTIONS: Words =
    &[(1, "add"), (2, "min"), (3, "max"), (4, "inc"), (5, "dec"), (6, "and"), (7, "or"), (8, "xor")];

/// The words of an attribute, if its values have some. `tt.reduce`, `tt.gather` and others have an `axis` that is a number.
pub(crate) fn of(operation: &str, attribute: &str) -> Option<Words> {
    Some(match (operation, attribute) {
        ("tt.get_program_id" | "tt.get_num_programs", "axis") => AXES,
        ("arith.cmpi", "predicate") => INTEGER_PREDICATES,
        ("arith.cmpf", "predicate") => FLOAT_PREDICATES,
        (_, "roundingmode") => ROUNDING_MODES,
        ("tt.atomic_rmw", "atomic_rmw_op") => ATOMICS,
        (_, "sem") => SEMANTICS,
        (_, "scope") => SCOPES,
        (_, "cache") => CACHES,
        (_, "evict") => EVICTIONS,
        ("tt.fp_to_fp", "rounding") => ROUNDINGS,
        ("tt.clampf", "propagateNan") => NANS,
        ("tt.dot", "inputPrecision") => PRECISIONS,
        ("tt.dot_scaled", "a_elem_type" | "b_elem_type" | "lhs_type" | "rhs_type") => SCALED,
        ("tt.descriptor_reduce", "kind") => REDUCTIONS,
        _ => return None,
    })
}

/// Words that are bits of a number.
pub(crate) const BARRIER: Words =
    &[(1, "local"), (2, "global_read"), (4, "global_write"), (8, "tensor_read"), (16, "tensor_write")];

/// The words of a number's bits, as MLIR prints them: `none` and `all` for none and all of them.
pub(crate) fn bits(words: Words, number: i128) -> Vec<Box<str>> {
    let is_set = |bit: i64| number & i128::from(bit) != 0;
    match words.iter().filter(|(bit, _)| is_set(*bit)).count() {
        0 => vec!["none".into()],
        all if all == words.len() => vec!["all".into()],
        _ => words.iter().filter(|(bit, _)| is_set(*bit)).map(|(_, word)| (*word).into()).collect(),
    }
}

/// The number of these words.
pub(crate) fn number(words: Words, flags: &[Box<str>]) -> i64 {
    let bit = |flag: &str| match words.iter().find(|(_, word)| *word == flag) {
        Some((bit, _)) => *bit,
        None if flag == "all" => words.iter().fold(0, |all, (bit, _)| all | bit),
        None => 0,
    };
    flags.iter().fold(0, |number, flag| number | bit(flag))
}

/// The type of an attribute's numbers.
pub(crate) fn ty(operation: &str, attribute: &str) -> Type {
    let wide = matches!((operation, attribute), ("arith.cmpi" | "arith.cmpf", "predicate"));
    Type::int(if wide { 64 } else { 32 })
}

/// The words in `#arith.fastmath<…>` and `#arith.overflow<…>`.
pub(crate) fn flags(text: &str) -> Option<Vec<Box<str>>> {
    let flags = text.strip_prefix("#arith.fastmath<").or_else(|| text.strip_prefix("#arith.overflow<"))?;
    Some(flags.strip_suffix('>')?.split(',').map(|flag| flag.trim().into()).collect())
}
