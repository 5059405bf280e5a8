//! Expansions of declarations that hold, as formatted Rust.
//!
//! `whole` cases show everything with the paths that users get; the others show one part, with a short path.

mod arguments;
mod declarations;
mod families;
mod grids;
mod interpreted;
pub(crate) mod kernels;
mod left_out;
mod safe;
mod tuned;
mod variants;

use std::sync::Arc;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{ImplItem, Item};

use crate::source::ManifestSource;

/// What the facade passes on for these declarations.
fn expand(krate: &str, declarations: &str) -> TokenStream {
    let input = format!("crate = ({krate}); {declarations}");
    let source = ManifestSource::Given(Arc::new(kernels::manifest()));
    crate::expand(input.parse().unwrap(), &source)
}

/// What is generated, and what of it the feature `interpreter` turns on.
fn parsed(krate: &str, declarations: &str) -> (syn::File, syn::File) {
    let tokens = expand(krate, declarations);
    let text = tokens.to_string();
    assert!(!text.contains("compile_error"), "{text}");
    let mut file: syn::File = syn::parse2(tokens).unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut interpreted: syn::File = syn::parse_quote!();
    file.items.retain(|item| {
        let Item::Macro(item) = item else { return true };
        assert_eq!(item.mac.path.segments.last().unwrap().ident, "interpreted");
        interpreted.items.extend(syn::parse2::<syn::File>(item.mac.tokens.clone()).unwrap().items);
        false
    });
    (file, interpreted)
}

/// All of the expansion.
fn whole(declarations: &str) -> String {
    prettyplease::unparse(&parsed("::triton_runner_rt", declarations).0)
}

/// What the feature `interpreter` turns on.
fn interpreted(declarations: &str) -> String {
    prettyplease::unparse(&parsed("rt", declarations).1)
}

/// The expansion without what is the same for every kernel: `load`, `info` and the derived traits.
fn outline(declarations: &str) -> String {
    let (mut file, _) = parsed("rt", declarations);
    file.items.retain(|item| !matches!(item, Item::Impl(item) if item.trait_.is_some()));
    for item in &mut file.items {
        if let Item::Impl(item) = item {
            item.items.retain(|item| is_launch(item) || !matches!(item, ImplItem::Fn(_)));
        }
    }
    prettyplease::unparse(&file)
}

/// Of a family, what is generated once, whatever the number of types: the struct, the traits, and which types have them.
fn shared(declarations: &str) -> String {
    let (mut file, _) = parsed("rt", declarations);
    let is_hidden = |name: String| name.starts_with("__");
    file.items.retain(|item| match item {
        Item::Struct(item) => !is_hidden(item.ident.to_string()),
        Item::Impl(item) => !is_hidden(item.self_ty.to_token_stream().to_string()),
        _ => true,
    });
    prettyplease::unparse(&file)
}

/// The functions `launch` alone, without their documentation.
fn launches(declarations: &str) -> String {
    let (mut file, _) = parsed("rt", declarations);
    file.items.retain(|item| matches!(item, Item::Impl(item) if item.trait_.is_none()));
    for item in &mut file.items {
        if let Item::Impl(item) = item {
            item.items.retain(is_launch);
            for item in &mut item.items {
                if let ImplItem::Fn(function) = item {
                    function.attrs.clear();
                }
            }
        }
    }
    prettyplease::unparse(&file)
}

fn is_launch(item: &ImplItem) -> bool {
    matches!(item, ImplItem::Fn(function) if function.sig.ident == "launch" || function.sig.ident == "launch_unchecked")
}

/// One snapshot for each case: `name: part "declarations";`.
macro_rules! accepted {
    ($($name:ident: $part:ident $declarations:literal;)*) => { $(
        #[test]
        fn $name() {
            let snapshot = super::$part($declarations);
            insta::with_settings!({ description => $declarations, omit_expression => true }, {
                insta::assert_snapshot!(stringify!($name), snapshot);
            });
        }
    )* };
}
use accepted;
