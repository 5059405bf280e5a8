//! Mistakes, each with its line and a message that says what to look for.

use super::*;

#[test]
fn a_file_cut_short_says_where_it_was_opened() {
    let whole = text("3.3/matmul.ttir");
    let end = whole.rfind('}').unwrap();
    for length in (0..end).step_by(7) {
        assert!(Summary::read(&whole[..length]).is_err(), "cut to {length}");
    }
    assert_eq!(
        error(&whole[..end]),
        "line 2, column 8: the file ends inside the `{` that starts here: it is cut short"
    );
    let whole = text("3.9/add.ttir");
    let end = whole.rfind("#loc = loc").unwrap();
    assert!(error(&whole[..end]).contains("`#loc` is not defined in this file; its end is missing, or it was edited"));
}

#[test]
fn brackets_that_do_not_match_are_errors() {
    assert_eq!(
        error("module {\n  )"),
        "line 2, column 3: `)` closes nothing: the innermost open bracket is the `{` of line 1"
    );
    assert_eq!(error("}"), "line 1, column 1: `}` closes nothing");
    assert!(
        error("tt.func public @k(%a: !tt.ptr<f32) {}")
            .contains("`)` closes nothing: the innermost open bracket is the `<` of line 1")
    );
    assert!(
        error("tt.func public @k() { tt.print \"never closed\n }")
            .contains("line 1, column 32: the file ends inside the `\"`")
    );
}

#[test]
fn types_that_no_kernel_has_are_errors_that_name_them() {
    let bad = |ty: &str| error(&kernel(&format!("%x: i32,\n    %bad: {ty}")));
    for ty in
        ["!tt.ptr<!tt.ptr<f32>>", "!tt.ptr<tensor<4xf32>>", "!tt.ptr<f32 x>", "!tt.ptr<i4>", "!tt.ptr<f8E4M3B11FNUZ>"]
    {
        let found = bad(ty);
        assert!(found.starts_with("line 3, column 11: argument %bad has the type `!tt.ptr<"), "{found}");
        assert!(found.contains("expected a pointer to one of i1"), "{found}");
    }
    for ty in ["tensor<4xf32>", "index", "!tt.foo<i32>", "i32<4>", "memref<4xi8>", "u32", "!tt.ptr"] {
        assert!(
            bad(ty).contains(&format!("has the type `{ty}`, expected a pointer (`!tt.ptr<f32>`), an integer")),
            "{}",
            bad(ty)
        );
    }
    for ty in [
        "!tt.tensordesc<tensor<4x?xf32>>",
        "!tt.tensordesc<f32>",
        "!tt.tensordesc<4xq8>",
        "!tt.tensordesc<1x1x1x1x1x1xf32>",
        "!tt.tensordesc<99999999999xf32>",
    ] {
        assert!(bad(ty).contains("expected a tensor descriptor of a block such as `128x64xf16`"), "{}", bad(ty));
    }
    let long = bad(&format!("!tt.foo<{}>", "x".repeat(10_000)));
    assert!(long.len() < 400, "{long}");
}

#[test]
fn a_descriptor_without_shape_and_strides_is_an_error() {
    let bad = |rest: &str| {
        let text = kernel(&format!("%x: i32, %d: !tt.tensordesc<8x8xf16>{rest}"));
        read(&text).arguments().unwrap_err().to_string()
    };
    assert!(bad("").contains("argument %d is a tensor descriptor of rank 2, which must be followed by its shape (2 × i32) and strides (2 × i64); found nothing"));
    assert!(bad(", %a: i32, %b: i32, %c: i64").contains("found i32, i32, i64"));
    assert!(bad(", %a: i32, %b: i64, %c: i64, %e: i64").contains("found i32, i64, i64, i64"));
    assert!(bad("").starts_with("line 2"));
}

#[test]
fn arguments_that_are_none_are_errors() {
    assert!(error(&kernel("i32")).contains("expected an argument such as `%arg0: i32`, found `i32`"));
    assert!(error(&kernel("%x i32")).contains("expected `:` and the argument's type, found `i32`"));
    assert!(error(&kernel("%x: i32 %y: i32")).contains("expected `,` or `)` behind an argument, found `%y`"));
    assert!(error(&kernel("%x: i32 {tt.divisibility = 0}")).contains("expected a whole number from 1 up, found `0`"));
    assert!(error(&kernel("%x: i32 {tt.divisibility = dense<16>}")).contains("found `dense`"));
}

#[test]
fn functions_that_are_none_are_errors() {
    assert!(error("tt.func public k()").contains("expected the function's name, such as `@kernel`, found `k`"));
    assert!(
        error("tt.func hidden @k()").contains("expected `public`, `private` or the function's name, found `hidden`")
    );
    assert!(error("tt.func public @k {}").contains("expected `(` and the function's arguments, found `{`"));
    assert!(error("\"tt.func\"() <{sym_name = \"k\"}> ({ tt.return }) : () -> ()").contains("MLIR's generic syntax"));
}

#[test]
fn other_gpus_and_bad_headers_are_errors() {
    let header = |attributes: &str| {
        error(&format!("module attributes {{{attributes}}} {{ tt.func public @k() {{ tt.return }} }}"))
    };
    assert!(
        header("ttg.target = \"hip:gfx942\"").contains("it was made for `hip:gfx942`, expected `cuda:` and a number")
    );
    assert!(header("\"ttg.num-warps\" = \"4\"").contains("expected a whole number, found `\"4\"`"));
}

#[test]
fn text_that_is_no_mlir_is_an_error() {
    assert!(error("hello world {").contains("cut short"));
    assert!(error("42 is not an operation").contains("expected an operation, found `42`"));
    assert!(error("\u{7f}ELF").contains("expected MLIR text, found the character `\\u{7f}`"));
    assert!(error("\0").contains("`\\u{0}`"));
    assert!(error("{ x = y }").contains("this file has no kernel"));
    assert!(error("{ %x = y }").contains("expected an operation, found `{`"));
    assert!(error(&text("3.3/add.sm_80.ptx")).starts_with("line "));
    assert!(error(&text("3.3/add.sm_80.llir")).starts_with("line "));
    assert!(error(&text("3.3/add.sm_80.json")).starts_with("line "));
    // Columns count characters.
    assert!(error("é").starts_with("line 1, column 1: "));
    assert!(error("tt.x \"éé\" ]").starts_with("line 1, column 11: `]`"), "{}", error("tt.x \"éé\" ]"));
}
