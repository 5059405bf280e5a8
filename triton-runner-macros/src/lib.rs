//! `triton_kernel!`: a typed launch function for a Triton kernel, checked against its IR while the crate compiles.
//!
//! Users call it through the facade in `triton-runner-rt`, which passes the path of that crate along; everything
//! about the syntax is documented there. The macro reads the manifest that `triton-runner-build` left in OUT_DIR
//! and nothing else: it runs no tool and uses no network.
//!
//! The steps, one module each: [`input`] parses, [`source`] reads the manifest, [`resolve`] matches the two,
//! [`expand`] writes the code.

mod constants;
mod docs;
mod expand;
mod grid;
mod image;
mod input;
mod launch;
mod messages;
mod names;
mod report;
mod resolve;
mod signature;
mod source;
mod stub;
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
