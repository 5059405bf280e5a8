//! Which kernels have safe forms of their launch.

use std::sync::Arc;

use quote::ToTokens as _;
use syn::{ImplItem, Item};
use triton_runner_manifest::{Access, Bounds, BuiltKernel};

use super::kernels;
use crate::source::ManifestSource;

/// The functions that are generated for a declaration, and which of them are unsafe, where `change` was made to all
/// kernels.
fn functions(declaration: &str, change: impl Fn(&mut BuiltKernel)) -> Vec<String> {
    let mut manifest = kernels::manifest();
    manifest.kernels.iter_mut().for_each(|kernel| {
        kernel.bounds = Some(Bounds::Asserted);
        change(kernel);
    });
    let input = format!("crate = (rt); {declaration}");
    let file: syn::File =
        syn::parse2(crate::expand(input.parse().unwrap(), &ManifestSource::Given(Arc::new(manifest)))).unwrap();
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
    let names = ["launch", "launch_checked", "capture", "capture_unchecked"];
    functions.filter(|function| names.iter().any(|name| function.trim_start_matches("unsafe ") == *name)).collect()
}

const ADD: &str = "#[grid(n)] fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);";
const ALL: [&str; 4] = ["unsafe launch", "launch_checked", "capture", "unsafe capture_unchecked"];

#[test]
fn a_bounded_kernel_has_both() {
    assert_eq!(functions(ADD, |_| {}), ALL);
    // The form without a signature, and variants.
    assert_eq!(functions("add_kernel;", |_| {}), ALL);
    assert_eq!(functions("#[interchangeable(BLOCK_M, EVEN_K, type)] gemm;", |_| {}), ALL);
    assert_eq!(functions("attention;", |_| {}), ALL);
}

#[test]
fn what_is_left_to_the_caller_leaves_the_unsafe_forms_alone() {
    let only = [ALL[0], ALL[3]];
    assert_eq!(functions(ADD, |kernel| kernel.bounds = None), only);
    assert_eq!(functions(ADD, |kernel| kernel.writes_elsewhere = Some("kernels/a.ttir:5".to_owned())), only);
    assert_eq!(functions(ADD, |kernel| kernel.images.iter_mut().for_each(|image| image.pdl = true)), only);
    // One image is enough: the device chooses.
    assert_eq!(functions(ADD, |kernel| kernel.images.iter_mut().skip(1).for_each(|image| image.pdl = true)), only);
    // One variant is enough: the arguments choose.
    let one = |kernel: &mut BuiltKernel| {
        if kernel.variant.as_deref() == Some("wide") {
            kernel.bounds = None;
        }
    };
    assert_eq!(functions("#[interchangeable(BLOCK_M, EVEN_K, type)] gemm;", one), only);
    let unknown = |kernel: &mut BuiltKernel| {
        kernel.arguments.iter_mut().for_each(|argument| argument.access = Access::Unknown);
    };
    assert_eq!(functions(ADD, unknown), only);
    let exclusive = "#[grid(n)] fn add_kernel(x: &mut [f32], y: &mut [f32], out: &mut [f32], n: i32);";
    assert_eq!(functions(exclusive, unknown), ALL);
}

#[test]
fn a_kernel_that_stores_flags_has_none() {
    let flags = |kernel: &mut BuiltKernel| {
        if kernel.name == "add_kernel" {
            kernel.arguments[2].ty = "*i1".parse().unwrap();
        }
    };
    assert_eq!(functions("add_kernel;", flags), ALL[..1]);
    let read = |kernel: &mut BuiltKernel| {
        if kernel.name == "add_kernel" {
            kernel.arguments[0].ty = "*i1".parse().unwrap();
        }
    };
    assert_eq!(functions("add_kernel;", read), ALL);
}
