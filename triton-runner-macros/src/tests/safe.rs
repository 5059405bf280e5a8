//! Which kernels have safe launches, and what is said where a declaration asks for them in vain.

use std::sync::Arc;

use quote::ToTokens as _;
use syn::{ImplItem, Item};
use triton_runner_manifest::{Access, BuiltKernel, Safety, UnsafeBecause};

use super::kernels;
use crate::source::ManifestSource;

/// What a declaration expands to where `change` was made to all kernels.
fn expanded(declaration: &str, change: impl Fn(&mut BuiltKernel)) -> String {
    let mut manifest = kernels::manifest();
    manifest.kernels.iter_mut().for_each(change);
    let input = format!("crate = (rt); {declaration}");
    crate::expand(input.parse().unwrap(), &ManifestSource::Given(Arc::new(manifest))).to_string()
}

/// The functions that are generated for a declaration, and which of them are unsafe.
fn functions(declaration: &str) -> Vec<String> {
    let text = expanded(declaration, |_| {});
    assert!(!text.contains("compile_error"), "{text}");
    let file: syn::File = syn::parse_str(&text).unwrap();
    let impls = file.items.into_iter().filter_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() => Some(item.items),
        _ => None,
    });
    let functions = impls.flatten().filter_map(|item| match item {
        ImplItem::Fn(function) => {
            let is_unsafe = function.sig.to_token_stream().to_string().contains("unsafe fn");
            Some(format!("{}{}", if is_unsafe { "unsafe " } else { "" }, function.sig.ident))
        }
        _ => None,
    });
    let names = ["launch", "launch_unchecked", "capture", "capture_unchecked"];
    functions.filter(|function| names.iter().any(|name| function.trim_start_matches("unsafe ") == *name)).collect()
}

/// What a declaration that doesn't hold is told.
fn refused(declaration: &str, change: impl Fn(&mut BuiltKernel)) -> String {
    let text = expanded(declaration, change);
    let (_, message) = text.split_once("compile_error").unwrap_or_else(|| panic!("it is accepted: {text}"));
    let start = message.find('"').unwrap();
    let end = message[start + 1..].find("\" }").unwrap();
    message[start + 1..start + 1 + end].replace("\\n", "\n")
}

const ADD: &str = "#[grid(n)] fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);";
const SAFE: [&str; 4] = ["launch", "capture", "unsafe launch_unchecked", "unsafe capture_unchecked"];
const UNSAFE: [&str; 3] = ["unsafe launch", "unsafe launch_unchecked", "unsafe capture_unchecked"];
const GEMM: &str = "#[interchangeable(BLOCK_M, EVEN_K, type)] gemm;";

#[test]
fn a_proven_kernel_has_safe_launches_and_one_that_is_unchecked() {
    assert_eq!(functions(ADD), SAFE);
    // The form without a signature, and variants.
    assert_eq!(functions("add_kernel;"), SAFE);
    assert_eq!(functions(GEMM), SAFE);
    assert_eq!(functions("attention;"), SAFE);
}

#[test]
fn the_declaration_alone_makes_launches_unsafe() {
    assert_eq!(functions(&ADD.replace("fn", "unsafe fn")), UNSAFE);
    assert_eq!(functions("pub unsafe add_kernel;"), UNSAFE);
    assert_eq!(functions("#[interchangeable(BLOCK_M, EVEN_K, type)] pub(crate) unsafe gemm;"), UNSAFE);
    assert_eq!(functions("unsafe scatter;"), UNSAFE);
}

#[test]
fn what_is_not_proven_is_refused_with_argument_reason_and_line() {
    let because = |argument: Option<&str>, reason: &str, line| UnsafeBecause {
        argument: argument.map(str::to_owned),
        reason: reason.to_owned(),
        file: Some("add.py".to_owned()),
        line: Some(line),
    };
    let unproven = |kernel: &mut BuiltKernel| {
        kernel.safety = Safety::Unsafe(vec![
            because(Some("out"), "an index is loaded from memory", 12),
            because(None, "inline assembly may touch memory", 14),
        ]);
    };
    let message = refused(ADD, unproven);
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines[0], "launches of `add_kernel` can't be safe: not all is known of what they touch");
    assert_eq!(lines[1], "  because: `out`: an index is loaded from memory (add.py:12)");
    assert_eq!(lines[2], "  because: inline assembly may touch memory (add.py:14)");
    assert!(lines[3].contains("help:") && lines[3].contains("`unsafe fn add_kernel(…);`"), "{message}");
    assert!(refused("pub add_kernel;", unproven).contains("`unsafe add_kernel;`"));
}

#[test]
fn one_variant_is_enough_and_is_named() {
    let message = refused(GEMM, |kernel| {
        if kernel.variant.as_deref() == Some("wide") {
            kernel.safety = Safety::default();
        }
    });
    assert!(message.contains("in:   `gemm@wide`: the build has proven nothing"), "{message}");
    assert!(!message.contains("even_k"), "{message}");
}

#[test]
fn what_the_declaration_leaves_open_is_told_by_the_argument() {
    let unknown = |kernel: &mut BuiltKernel| {
        kernel.arguments.iter_mut().for_each(|argument| argument.access = Access::Unknown);
    };
    let message = refused(ADD, unknown);
    assert!(message.contains("`x`: nothing shows whether it is written"), "{message}");
    assert!(!message.contains("`out`"), "{message}");
    let exclusive = "#[grid(n)] fn add_kernel(x: &mut [f32], y: &mut [f32], out: &mut [f32], n: i32);";
    assert!(!expanded(exclusive, unknown).contains("compile_error"));
    let flags = |place: usize| {
        move |kernel: &mut BuiltKernel| {
            if kernel.name == "add_kernel" {
                kernel.arguments[place].ty = "*i1".parse().unwrap();
                kernel.arguments[2].access = Access::Unknown;
            }
        }
    };
    assert!(refused("add_kernel;", flags(2)).contains("`out`: a kernel may leave any bits behind a `&mut [bool]`"));
    assert!(!expanded("add_kernel;", flags(0)).contains("compile_error"));
}

#[test]
fn a_check_of_other_arguments_is_refused() {
    let with = |check: &str| {
        let check = check.to_owned();
        refused(ADD, move |kernel| kernel.safety = Safety::Proven(vec![check.clone()]))
    };
    for check in ["1|3:64|||", "1|0:32|||", "1|9:32|||", "1||||3:0..3", "1||||4:0..3"] {
        assert!(with(check).contains("is of other arguments: build the crate anew"), "{check}");
    }
    assert!(with("2||||").contains("a check of another version"));
}
