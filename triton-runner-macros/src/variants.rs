//! Kernels that come in several variants: `matmul.ttir`, `matmul@wide.ttir`. Their arguments are the same; their
//! constants, and the promises that they were compiled on, may differ.
//!
//! The struct holds all variants that the device runs, and a launch takes the one that was compiled for the most of
//! what its arguments keep, as Triton's own specialization does.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use triton_runner_manifest::BuiltKernel;

use crate::input::Declaration;
use crate::messages;
use crate::names;

/// The variants of one kernel.
pub(crate) struct Variants<'a> {
    /// The enum's name.
    pub(crate) name: Ident,
    /// In the manifest's order, which is that of the enum.
    pub(crate) all: Vec<Variant<'a>>,
}

/// One of them.
pub(crate) struct Variant<'a> {
    /// Its name in the enum.
    pub(crate) ident: Ident,
    pub(crate) kernel: &'a BuiltKernel,
}

/// Whether these kernels have equal arguments, so that one declaration fits them all.
pub(crate) fn alike(kernels: &[&BuiltKernel]) -> bool {
    let Some((first, others)) = kernels.split_first() else { return true };
    others.iter().all(|other| {
        let mut pairs = first.arguments.iter().zip(&other.arguments);
        first.arguments.len() == other.arguments.len()
            && pairs.all(|(a, b)| a.ty == b.ty && (!a.named || !b.named || a.name == b.name))
    })
}

impl<'a> Variants<'a> {
    /// The variants as an enum; an error where two have one name there.
    pub(crate) fn new(
        kernels: &[&'a BuiltKernel],
        struct_name: &Ident,
        declaration: &Declaration,
    ) -> syn::Result<Self> {
        let name = format_ident!("{struct_name}Variant", span = struct_name.span());
        let mut all: Vec<Variant<'a>> = Vec::new();
        for kernel in kernels {
            let ident = names::camel_case(kernel.variant.as_deref().unwrap_or("base"));
            let ident = names::ident(&ident, Span::mixed_site());
            if let Some(other) = all.iter().find(|other| other.ident == ident) {
                let files = [
                    (&*other.kernel.id(), other.kernel.signature_from.clone()),
                    (&*kernel.id(), kernel.signature_from.clone()),
                ];
                let [one, another] = files;
                let lines = [one, another, ("help", "write another name after the `@` of one of them".to_owned())];
                let headline = format!("two variants of `{}` are both called `{ident}` in Rust", kernel.name);
                return Err(syn::Error::new_spanned(declaration.kernel_token(), messages::facts(&headline, &lines)));
            }
            all.push(Variant { ident, kernel });
        }
        Ok(Self { name, all })
    }

    /// From the one that was compiled on the most promises to the one on the fewest; in their order where that is the
    /// same.
    pub(crate) fn by_promises(&self) -> Vec<&Variant<'a>> {
        let mut sorted: Vec<&Variant<'a>> = self.all.iter().collect();
        sorted.sort_by_key(|variant| std::cmp::Reverse(promises(variant.kernel)));
        sorted
    }
}

/// How much a kernel was compiled for: the bits that are known to be zero.
fn promises(kernel: &BuiltKernel) -> u32 {
    kernel.arguments.iter().map(|argument| argument.divisible_by.max(1).ilog2()).sum()
}
