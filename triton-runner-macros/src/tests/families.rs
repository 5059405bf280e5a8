//! Declarations with type parameters, and what is said where a family doesn't fit.

use quote::ToTokens as _;
use syn::{ImplItem, Item};

use super::{expand, parsed};

super::accepted! {
    a_family: shared
        "/// Root mean square.
         #[grid(n.div_ceil(BLOCK))]
         pub fn rms_norm<T>(x: &[T], w: &[T], y: &mut [T], n: i32, eps: T);";
    a_family_of_two_types_for_this_crate: shared
        "#[name = \"Convert\"] pub(crate) unsafe fn cast<T, W>(x: &[T], y: &mut [W]);";
    a_family_with_variants: shared
        "#[interchangeable(BLOCK)] fn scan<T>(x: &[T], y: &mut [T], n: i32);";
    one_variant_of_a_family: shared
        "#[kernel = \"scan@wide\"] fn scan<T>(x: &[T], y: &mut [T], n: u32);";
}

/// The bodies of the functions `launch…`, `capture…` and `load` of impls of this struct, by name.
fn bodies(declaration: &str, of: &str) -> Vec<(String, String)> {
    let (file, _) = parsed("rt", declaration);
    let of_it = |item: Item| match item {
        Item::Impl(item) if item.self_ty.to_token_stream().to_string() == of => Some(item.items),
        _ => None,
    };
    let functions = file.items.into_iter().filter_map(of_it).flatten().filter_map(|item| match item {
        ImplItem::Fn(function) => Some((function.sig.ident.to_string(), function.block.to_token_stream().to_string())),
        _ => None,
    });
    let mut functions: Vec<_> = functions.collect();
    functions.sort();
    functions
}

#[test]
fn a_kernel_of_a_family_is_launched_as_it_would_be_alone() {
    for (ty, name) in [("f32", "F32"), ("bf16", "Bf16")] {
        let stem = if ty == "f32" { "fp32" } else { ty };
        let grid = "#[grid(n.div_ceil(BLOCK))]";
        let family = format!("{grid} fn rms_norm<T>(x: &[T], w: &[T], y: &mut [T], n: i32, eps: T);");
        let alone = format!(
            "{grid} #[name = \"__RmsNorm{name}\"] fn rms_norm_{stem}(x: &[{ty}], w: &[{ty}], y: &mut [{ty}], n: i32, eps: {ty});"
        );
        let of = format!("__RmsNorm{name}");
        let (mut alone, mut of_family) = (bodies(&alone, &of), bodies(&family, &of));
        // It is shown as what its users call it.
        for bodies in [&mut alone, &mut of_family] {
            bodies.retain(|(name, _)| name != "fmt");
        }
        assert!(alone.len() >= 9, "{alone:?}");
        assert_eq!(alone, of_family);
    }
    let debug = bodies("fn cast<T, W>(x: &[T], y: &mut [W]);", "__CastF32I8");
    assert!(debug.iter().any(|(name, body)| name == "fmt" && body.contains("\"Cast<f32, i8>\"")), "{debug:?}");
}

/// What a declaration that doesn't hold is told, each message once.
fn refused(declaration: &str) -> String {
    let text = expand("rt", declaration).to_string();
    let messages: Vec<&str> = text.split("compile_error ! { \"").skip(1).collect();
    assert_eq!(messages.len(), 1, "{text}");
    messages[0].split("\" }").next().unwrap_or_default().replace("\\n", "\n")
}

#[test]
fn what_is_no_family_is_told_how_it_becomes_one() {
    let message = refused("fn add_kernel<T>(x: &[T]);");
    assert!(message.starts_with("`add_kernel` is one kernel, and of no family: it has no `<T>`"), "{message}");
    assert!(message.contains("cargo triton export FILE.py::add_kernel --dtype T=fp16,bf16 …"), "{message}");
    let message = refused("fn layer_norm<T, W>(x: &[T]);");
    assert!(message.starts_with("no kernels of a family `layer_norm`, for `<T, W>`"), "{message}");
    assert!(message.contains("--dtype T=fp16,bf16 --dtype W=fp16,bf16"), "{message}");
    assert!(refused("fn rms_nrom<T>(x: &[T]);").contains("did you mean `rms_norm`?"));
}

#[test]
fn a_family_without_its_types_is_told_to_write_them() {
    for declaration in ["cast;", "fn cast(x: &[f16], y: &mut [i8]);"] {
        let message = refused(declaration);
        assert!(message.contains("it is a family\nhelp: write its types: `fn cast<T, W>(…);`"), "{message}");
        assert!(message.contains("`cargo triton declare cast` prints it"), "{message}");
    }
    // One of its kernels is a kernel like any.
    assert!(!expand("rt", "fn cast_fp32_i8(x: &[f32], y: &mut [i8]);").to_string().contains("compile_error"));
}

#[test]
fn types_have_the_names_of_the_export() {
    for parameters in ["<D>", "<T, W>"] {
        let message = refused(&format!("fn rms_norm{parameters}(x: &[T], w: &[T], y: &mut [T], n: i32, eps: T);"));
        assert!(message.starts_with("the types of the family `rms_norm` have other names"), "{message}");
        assert!(message.contains("exported: `<T>` in the JSON of kernels/rms_norm_bf16.ttir"), "{message}");
        assert!(message.contains(&format!("declared: `{parameters}`")), "{message}");
    }
    // Their order is the declaration's.
    assert!(!expand("rt", "fn cast<W, T>(x: &[T], y: &mut [W]);").to_string().contains("compile_error"));
}

#[test]
fn a_kernel_that_differs_in_more_than_its_type_is_named_with_file_and_argument() {
    let message = refused("fn mixed<T>(x: &[T], w: &[T], y: &mut [T]);");
    assert!(message.starts_with("wrong type for argument `w` of `mixed_fp32`"), "{message}");
    assert!(message.contains("`*fp16` in kernels/mixed_fp32.ttir:"), "{message}");
    assert!(message.contains("declared:  `w: &[T]`, where `T` is `f32`"), "{message}");
    assert!(!expand("rt", "fn mixed<T>(x: &[T], w: &[f16], y: &mut [T]);").to_string().contains("compile_error"));
}

#[test]
fn one_kernel_that_is_not_proven_makes_the_family_unsafe_and_is_named() {
    let message = refused("fn picked<T>(x: &[T], w: &[T], y: &mut [T]);");
    assert!(message.starts_with("launches of `picked_fp16` can't be safe"), "{message}");
    assert!(message.contains("because: `y`: an index is loaded from memory (picked.py:7)"), "{message}");
    assert!(message.contains("declare it `unsafe fn picked<T>(…);`"), "{message}");
    let accepted = expand("rt", "unsafe fn picked<T>(x: &[T], w: &[T], y: &mut [T]);").to_string();
    assert!(!accepted.contains("compile_error"), "{accepted}");
}

#[test]
fn variants_are_those_of_every_kernel() {
    let message = refused("fn partly<T>(x: &[T], y: &mut [T], n: i32);");
    assert!(message.starts_with("kernels of a family have different variants"), "{message}");
    assert!(message.contains("`partly_bf16`: none"), "{message}");
    assert!(message.contains("`partly_fp16`: Base, Wide"), "{message}");
    let message = refused("fn stale<T>(x: &[T], w: &[T], y: &mut [T]);");
    assert!(message.starts_with("the variants of `stale_fp16` are of different families"), "{message}");
    assert!(message.contains("`stale_fp16@old`: of no family"), "{message}");
}

#[test]
fn a_type_of_which_not_all_bits_are_a_value_is_none_of_a_family() {
    let message = refused("unsafe fn masked<T>(y: &mut [T]);");
    assert!(message.starts_with("`T` is `i1`"), "{message}");
    assert!(message.contains("`masked_i1` in kernels/masked_i1.ttir"), "{message}");
}

#[test]
fn type_parameters_are_names_alone() {
    for (parameters, part) in [
        ("<T: Copy>", "write `T` alone"),
        ("<T = f32>", "write `T` alone"),
        ("<'a>", "a kernel has type parameters only"),
        ("<const N: usize>", "a kernel has type parameters only"),
        ("<T, T>", "`T` is there twice"),
        ("<>", "a family has a type parameter"),
    ] {
        let message = refused(&format!("fn rms_norm{parameters}(x: &[T]);"));
        assert!(message.contains(part), "{message}");
    }
    assert!(refused("rms_norm<T>;").contains("a family is declared with its arguments"));
}
