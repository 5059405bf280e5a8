//! The generated `launch`: arguments to device addresses and values, the checks of what the kernel was compiled on, the
//! grid, and the call.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use triton_runner_manifest::BuiltKernel;

use crate::docs;
use crate::expand::Expansion;
use crate::names;
use crate::resolve;
use crate::signature::Parameter;
use crate::types::Declared;
use crate::variants::Variants;

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
                quote! {
                    #grid_value
                    let #launch = self.kernel.on(#stream)?;
                    #(#made)*
                    #(#begun)*
                    #checks
                }
            }
            Some(variants) => {
                let chosen = self.chosen(variants, &packed, &stream, &launch);
                let checks = self.checks_by_variant(variants, &packed, &launch);
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
            Declared::TensorMap { element, rank } => {
                let element = element.path(krate);
                let rank = Literal::usize_unsuffixed(*rank);
                quote!(&#krate::TensorMap<'_, #element, #rank>)
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

    /// The promises of a kernel: which argument, its variable, whether it is a pointer, what it is a multiple of.
    fn promises<'p>(
        &'p self,
        kernel: &'p BuiltKernel,
        packed: &'p [Packed],
    ) -> impl Iterator<Item = (usize, &'p Ident, bool, u32)> + 'p {
        let arguments = self.kernel.parameters.iter().zip(&kernel.arguments).zip(packed).enumerate();
        arguments.filter_map(|(index, ((parameter, argument), packed))| {
            let pointer = match &parameter.declared {
                Declared::Pointer { .. } => true,
                Declared::Scalar(element) if element.is_integer() => false,
                _ => return None,
            };
            (argument.divisible_by > 1).then_some((index, &packed.value, pointer, argument.divisible_by))
        })
    }

    /// The checks that each promise is kept.
    fn checks(&self, kernel: &BuiltKernel, packed: &[Packed], launch: &Ident) -> TokenStream {
        let checks = self.promises(kernel, packed).map(|(index, value, pointer, promise)| {
            let (index, promise) = (Literal::usize_unsuffixed(index), Literal::u32_unsuffixed(promise));
            if pointer {
                quote!(#launch.pointer::<#promise>(#index, #value)?;)
            } else {
                // The bits of a `u64` are as divisible by a power of two as its value.
                quote!(#launch.integer::<#promise>(#index, #value as ::core::primitive::i64)?;)
            }
        });
        checks.collect()
    }

    /// The same for the variant that is launched: the fallback is taken though its promises may be broken.
    fn checks_by_variant(&self, variants: &Variants<'_>, packed: &[Packed], launch: &Ident) -> TokenStream {
        let (name, variant) = (&variants.name, resolve::variant_variable());
        let arms = variants.all.iter().map(|one| {
            let (ident, checks) = (&one.ident, self.checks(one.kernel, packed, launch));
            quote!(#name::#ident => { #checks })
        });
        quote!(match #variant { #(#arms)* })
    }

    /// Chooses the variant and begins its launch.
    fn chosen(&self, variants: &Variants<'_>, packed: &[Packed], stream: &Ident, launch: &Ident) -> TokenStream {
        let (name, variant) = (&variants.name, resolve::variant_variable());
        let kernel = internal("kernel");
        let mut choice = quote!((self.fallback.0, &self.fallback.1));
        // From the last to the first, each around the choice among those after it.
        for one in variants.by_promises().into_iter().rev() {
            let ident = &one.ident;
            let kept = self.promises(one.kernel, packed).map(|(_, value, _, promise)| {
                let promise = Literal::i64_unsuffixed(i64::from(promise));
                quote!(#value as ::core::primitive::i64 % #promise == 0)
            });
            let kept: Vec<TokenStream> = kept.collect();
            let kept = if kept.is_empty() { quote!(true) } else { quote!(#(#kept)&&*) };
            choice = quote! {
                match &self.kernels[#name::#ident as ::core::primitive::usize] {
                    ::core::option::Option::Some(#kernel) if #kept => (#name::#ident, #kernel),
                    _ => #choice,
                }
            };
        }
        quote! {
            let (#variant, #kernel) = #choice;
            let #launch = #kernel.on(#stream)?;
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
