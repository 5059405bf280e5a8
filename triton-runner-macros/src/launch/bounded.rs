//! The generated code that holds a safe launch to its kernel's checks.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use triton_runner_extent::Check;

use super::{Packed, guard, internal};
use crate::expand::Expansion;
use crate::resolve;
use crate::safety::Checks;
use crate::signature::Parameter;
use crate::straight;
use crate::types::{Declared, Element};
use crate::variants::{Paired, Variant, Variants};

/// A kernel or variant with its checks.
struct Bounded<'a> {
    paired: &'a Paired<'a>,
    checks: &'a Checks,
    /// Which variant it is.
    index: usize,
}

impl Expansion<'_> {
    /// The functions that evaluate the checks.
    pub(super) fn bounds_functions(&self) -> TokenStream {
        let all = self.kernel.launches.checks().iter().enumerate();
        let functions = all.flat_map(|(variant, checks)| {
            checks.iter().enumerate().map(move |(index, check)| straight::function(&name(variant, index), check))
        });
        functions.collect()
    }

    /// The grid in numbers, and the checks of a kernel alone.
    pub(super) fn bounded(&self, paired: &Paired<'_>, packed: &[Packed], launch: &Ident, grid: &Ident) -> TokenStream {
        let checks = self.kernel.launches.checks().first();
        let bounded = checks.map(|checks| Bounded { paired, checks, index: 0 });
        let held = bounded.map(|bounded| self.held(&bounded, packed, launch, grid));
        quote! {
            let #grid = #launch.programs(#grid)?;
            #held
        }
    }

    /// The same for those variants of which one is launched.
    pub(super) fn bounded_by_variant(
        &self,
        variants: &Variants<'_>,
        group: &[&Variant<'_>],
        packed: &[Packed],
        launch: &Ident,
        grid: &Ident,
    ) -> TokenStream {
        let (name, variant) = (&variants.name, resolve::variant_variable());
        let all = variants.all.iter().zip(self.kernel.launches.checks()).enumerate();
        let arms = all.filter(|(_, (one, _))| group.iter().any(|other| other.ident == one.ident));
        let arms = arms.map(|(index, (one, checks))| {
            let (ident, paired) = (&one.ident, &one.paired);
            let held = self.held(&Bounded { paired, checks, index }, packed, launch, grid);
            quote!(#name::#ident => { #held })
        });
        // Variants with other arguments are launched elsewhere.
        let others = (group.len() < variants.all.len()).then(|| quote!(_ => {}));
        quote! {
            let #grid = #launch.programs(#grid)?;
            match #variant { #(#arms)* #others }
        }
    }

    /// Refuses the launch unless every check lets it through.
    fn held(&self, bounded: &Bounded<'_>, packed: &[Packed], launch: &Ident, grid: &Ident) -> TokenStream {
        let Bounded { paired, checks, index } = bounded;
        let arguments = || self.kernel.parameters.iter().zip(&paired.places).zip(packed);
        let at = |place: u32| arguments().find(|((_, own), _)| **own == Some(place as usize));
        let calls = checks.iter().enumerate().map(|(number, check)| {
            let Check { scalars, touched, .. } = check;
            let scalars = scalars.iter().filter_map(|scalar| at(scalar.argument));
            let scalars = scalars.filter_map(|((parameter, _), packed)| integer(parameter, packed));
            let bytes = touched.iter().filter_map(|touched| at(touched.argument));
            let bytes = bytes.filter_map(|((parameter, _), packed)| bytes_behind(parameter, packed));
            let function = name(*index, number);
            quote!(Self::#function(#grid, [#(#scalars),*], [#(#bytes),*]))
        });
        let option = |value: Option<TokenStream>| match value {
            Some(value) => quote!(::core::option::Option::Some(#value)),
            None => quote!(::core::option::Option::None),
        };
        let own = || arguments().filter(|((_, own), _)| own.is_some());
        let scalars = own().map(|((parameter, _), packed)| option(integer(parameter, packed)));
        let bytes = own().map(|((parameter, _), packed)| option(bytes_behind(parameter, packed)));
        quote! {
            if !(#(#calls)&&*) {
                #launch.bounds(#grid, &[#(#scalars),*], &[#(#bytes),*])?;
            }
        }
    }
}

/// What evaluates a check of a variant.
fn name(variant: usize, check: usize) -> Ident {
    let (variant, check) = (Literal::usize_unsuffixed(variant), Literal::usize_unsuffixed(check));
    internal(&format!("inside_{variant}_{check}"))
}

/// An integer as the kernel sees it, which knows of no unsigned ones; `None` for what is none.
fn integer(parameter: &Parameter<'_>, packed: &Packed) -> Option<TokenStream> {
    let value = &packed.value;
    let Declared::Scalar(element) = &parameter.declared else { return None };
    let signed = match element {
        Element::U8 => Some("i8"),
        Element::U16 => Some("i16"),
        Element::U32 => Some("i32"),
        Element::U64 => None,
        Element::Bool => None,
        element if element.is_integer() => None,
        _ => return None,
    };
    let signed = signed.map(|signed| {
        let signed = format_ident!("{signed}");
        quote!(as ::core::primitive::#signed)
    });
    Some(quote!(#value #signed as ::core::primitive::i64))
}

/// Bytes behind a pointer; `None` for what is none.
fn bytes_behind(parameter: &Parameter<'_>, packed: &Packed) -> Option<TokenStream> {
    matches!(parameter.declared, Declared::Pointer { .. }).then(|| {
        let guard = guard(&packed.value);
        quote!(#guard.bytes())
    })
}
