//! The generated `launch`: arguments to device addresses and values, the checks of what the kernel was compiled on, the
//! grid, and the call.

mod choice;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};

use crate::docs;
use crate::expand::Expansion;
use crate::names;
use crate::resolve;
use crate::signature::Parameter;
use crate::types::Declared;

/// An argument on its way into the launch.
struct Packed {
    /// The variable whose address is passed.
    value: Ident,
    /// Makes that variable. Needs nothing but the argument and the stream.
    made: TokenStream,
    /// Needs the launch: the memory is of this device. For a descriptor, makes the variable.
    begun: TokenStream,
}

impl Expansion<'_> {
    pub(crate) fn launch(&self) -> TokenStream {
        let (krate, vis) = (self.krate, &self.kernel.declaration.vis);
        let parameters = &self.kernel.parameters;
        let about = docs::of_launch(self.kernel);
        let stream = self.free("stream");
        let given = self.free("grid");
        let declared = parameters.iter().map(|parameter| {
            let (ident, ty) = (&parameter.ident, self.parameter_type(parameter));
            quote!(#ident: #ty)
        });
        let (generics, grid_parameter, grid_value) = self.grid(&given);
        // The one lint that looks into generated code: a kernel has the arguments that it has.
        let many = (parameters.len() + usize::from(grid_parameter.is_some()) > 5)
            .then(|| quote!(#[allow(clippy::too_many_arguments)]));
        let (launch, grid, all) = (internal("launch"), internal("grid"), internal("parameters"));
        let packed: Vec<Packed> = (parameters.iter().enumerate())
            .map(|(index, parameter)| self.packed(index, parameter, &stream, &launch))
            .collect();
        let made = packed.iter().map(|packed| &packed.made);
        let begun = packed.iter().map(|packed| &packed.begun);
        let grid_value = quote!(let #grid = #grid_value;);
        let prepared = match &self.kernel.variants {
            None => {
                let checks = self.checks(self.kernel.kernel, &packed, &launch);
                let required = self.required();
                quote! {
                    #required
                    #grid_value
                    let #launch = self.kernel.on(#stream)?;
                    #(#made)*
                    #(#begun)*
                    #checks
                }
            }
            Some(variants) => {
                let chosen = self.chosen(variants, &packed, &stream, &launch);
                // What was chosen for its promises keeps them; what is left where none does may not.
                let checks = if self.kernel.conditions.is_empty() {
                    self.checks_by_variant(variants, &packed, &launch)
                } else {
                    TokenStream::new()
                };
                quote! {
                    // The stream is one of this context before anything is passed on it.
                    self.fallback.1.on(#stream)?;
                    #(#made)*
                    #chosen
                    #grid_value
                    #(#begun)*
                    #checks
                }
            }
        };
        let pointers = packed.iter().map(|packed| {
            let value = &packed.value;
            quote!((&raw const #value).cast_mut().cast())
        });
        let hidden = std::iter::repeat_n(quote!(::core::ptr::null_mut()), 2);
        quote! {
            #[doc = #about]
            #many
            #[inline]
            #vis unsafe fn launch #generics (
                &self,
                #stream: &::std::sync::Arc<#krate::cudarc::driver::CudaStream>,
                #grid_parameter
                #(#declared),*
            ) -> #krate::Result<()> {
                #prepared
                let mut #all = [#(#pointers,)* #(#hidden),*];
                unsafe { #launch.run(#grid, &mut #all) }
            }
        }
    }

    /// Where the grid comes from: generics and a parameter for it, and its value.
    fn grid(&self, given: &Ident) -> (TokenStream, Option<TokenStream>, TokenStream) {
        let v1 = self.v1;
        match (&self.kernel.grid, &self.kernel.variants) {
            (Some([x, y, z]), _) => (TokenStream::new(), None, quote!(#v1::Grid::new(#x, #y, #z))),
            (None, None) => {
                let parameter = quote!(#given: impl ::core::convert::Into<#v1::Grid>,);
                (TokenStream::new(), Some(parameter), quote!(::core::convert::Into::<#v1::Grid>::into(#given)))
            }
            // What a program works on may differ between the variants.
            (None, Some(variants)) => {
                let (name, variant) = (&variants.name, resolve::variant_variable());
                let parameter = quote!(#given: impl ::core::ops::FnOnce(#name) -> __Grid,);
                let value = quote!(::core::convert::Into::<#v1::Grid>::into(#given(#variant)));
                (quote!(<__Grid: ::core::convert::Into<#v1::Grid>>), Some(parameter), value)
            }
        }
    }

    /// A name for an argument of our own that none of the kernel's has.
    fn free(&self, name: &str) -> Ident {
        let taken = |name: &str| self.kernel.parameters.iter().any(|p| names::plain(&p.ident) == name);
        let mut name = name.to_owned();
        while taken(&name) {
            name.push('_');
        }
        Ident::new(&name, Span::mixed_site())
    }

    fn parameter_type(&self, parameter: &Parameter<'_>) -> TokenStream {
        let (krate, v1) = (self.krate, self.v1);
        match &parameter.declared {
            Declared::Scalar(element) => element.path(krate),
            Declared::Pointer { element, mutable, nullable } => {
                let element = element.path(krate);
                let bound = pointer_trait(*mutable, *nullable);
                located(quote!(impl #v1::#bound<#element>), krate, parameter.span)
            }
            Declared::TensorMap { element, rank, mutable } => {
                let element = element.path(krate);
                let rank = Literal::usize_unsuffixed(*rank);
                if *mutable {
                    quote!(&mut #krate::TensorMapMut<'_, #element, #rank>)
                } else {
                    quote!(&#krate::TensorMap<'_, #element, #rank>)
                }
            }
        }
    }

    fn packed(&self, index: usize, parameter: &Parameter<'_>, stream: &Ident, launch: &Ident) -> Packed {
        let (krate, v1) = (self.krate, self.v1);
        let ident = &parameter.ident;
        let position = Literal::usize_unsuffixed(index);
        let value = internal(&format!("value_{index}"));
        match &parameter.declared {
            Declared::Pointer { element, mutable, nullable } => {
                let guard = internal(&format!("guard_{index}"));
                let bound = pointer_trait(*mutable, *nullable);
                let element = element.path(krate);
                Packed {
                    made: quote!(let (#value, #guard) = #v1::#bound::<#element>::pass(#ident, #stream);),
                    begun: quote!(#launch.local(#position, &#guard)?;),
                    value,
                }
            }
            Declared::Scalar(element) => match element.bits(ident) {
                Some(bits) => Packed { made: quote!(let #value = #bits;), begun: TokenStream::new(), value },
                None => Packed { value: ident.clone(), made: TokenStream::new(), begun: TokenStream::new() },
            },
            Declared::TensorMap { .. } => Packed {
                made: TokenStream::new(),
                begun: quote!(let #value = #launch.descriptor(#position, #ident)?;),
                value,
            },
        }
    }
}

/// The same tokens, which errors show at `place`. All with the context of `$crate`, so that they make one place.
fn located(tokens: TokenStream, krate: &TokenStream, place: Span) -> TokenStream {
    let context = krate.clone().into_iter().next().map_or(place, |token| token.span());
    let span = context.located_at(place);
    let tokens = tokens.into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    tokens.collect()
}

/// A variable of the generated code, named as no argument is.
fn internal(name: &str) -> Ident {
    format_ident!("__{name}", span = Span::mixed_site())
}

fn pointer_trait(mutable: bool, nullable: bool) -> Ident {
    let name = match (mutable, nullable) {
        (false, false) => "Input",
        (true, false) => "Output",
        (false, true) => "NullableInput",
        (true, true) => "NullableOutput",
    };
    Ident::new(name, Span::mixed_site())
}
