// The blocks of this text call kernels, which this package doesn't have: `tests/docs` compiles them.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]
// The steps, one module each: `input` parses, `source` reads the manifest, `resolve` matches the two (with `signature`,
// `expression`, `requires` and `variants`; `family` does so for each kernel of a family), `expand` writes the code (with `launch`, `image`, `embedding` and `docs`).

mod constants;
mod docs;
mod embedding;
mod expand;
mod expression;
mod family;
mod image;
mod input;
mod launch;
mod messages;
mod names;
mod report;
mod requires;
mod resolve;
mod safety;
mod scope;
mod signature;
mod source;
mod straight;
mod stub;
mod tuned;
mod types;
mod variants;

#[cfg(test)]
mod tests;

use source::ManifestSource;

/// Declares typed launch functions for kernels. Not to be called directly: use `triton_runner_rt::triton_kernel!`.
#[doc(hidden)]
#[proc_macro]
pub fn triton_kernel(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(tokens.into(), &ManifestSource::OutDir).into()
}

/// The whole macro, on tokens that a test can make too. Errors are in the result, as `compile_error!`s.
fn expand(tokens: proc_macro2::TokenStream, source: &ManifestSource) -> proc_macro2::TokenStream {
    match syn::parse2::<input::Input>(tokens) {
        Ok(input) => expand::kernels(input, source),
        Err(error) => error.into_compile_error(),
    }
}
