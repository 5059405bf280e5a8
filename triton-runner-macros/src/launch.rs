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
use crate::variants::Paired;

/// An argument on its way into the launch.
struct Packed {
    /// The variable whose address is passed.
    value: Ident,
    /// Makes that variable. Needs nothing but the argument and the stream.
    made: TokenStream,
    /// Whether it is there, where a launch chooses by that.
    given: Option<Ident>,
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
        let (launch, grid) = (internal("launch"), internal("grid"));
        let packed: Vec<Packed> =
            (parameters.iter().enumerate()).map(|(index, parameter)| self.packed(index, parameter, &stream)).collect();
        let made = packed.iter().map(|packed| &packed.made);
        let grid_value = quote!(let #grid = #grid_value;);
        let run = |paired: &Paired<'_>, checks: TokenStream| self.run(paired, &packed, &launch, &grid, checks);
        let body = match &self.kernel.variants {
            None => {
                let alone = Paired::alone(self.kernel.kernel);
                let required = self.required();
                let run = run(&alone, self.checks(&alone, &packed, &launch));
                quote! {
                    #required
                    #grid_value
                    let #launch = self.kernel.on(#stream)?;
                    #(#made)*
                    #run
                }
            }
            Some(variants) => {
                let chosen = self.chosen(variants, &packed, &stream, &launch);
                let run = match variants.all.first() {
                    // What was chosen for its promises keeps them; what is left where none does may not.
                    Some(first) if !self.is_conditional(variants) => {
                        run(&first.paired, self.checks_by_variant(variants, &packed, &launch))
                    }
                    Some(first) if variants.alike() => run(&first.paired, TokenStream::new()),
                    _ => self.by_arguments(variants, |paired| run(paired, TokenStream::new())),
                };
                quote! {
                    // The stream is one of this context before anything is passed on it.
                    self.fallback.1.on(#stream)?;
                    #(#made)*
                    #chosen
                    #grid_value
                    #run
                }
            }
        };
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
                #body
            }
        }
    }

    /// The last checks of the arguments that a kernel has, and the call.
    fn run(
        &self,
        paired: &Paired<'_>,
        packed: &[Packed],
        launch: &Ident,
        grid: &Ident,
        checks: TokenStream,
    ) -> TokenStream {
        let all = internal("parameters");
        let own = paired.places.iter().zip(packed).zip(&self.kernel.parameters);
        let own: Vec<_> = own.filter_map(|((place, packed), parameter)| Some(((*place)?, packed, parameter))).collect();
        let begun = own.iter().map(|(place, packed, parameter)| begun(*place, packed, parameter, launch));
        let pointers = own.iter().map(|(_, packed, _)| {
            let value = &packed.value;
            quote!((&raw const #value).cast_mut().cast())
        });
        let hidden = std::iter::repeat_n(quote!(::core::ptr::null_mut()), 2);
        quote! {
            #(#begun)*
            #checks
            let mut #all = [#(#pointers,)* #(#hidden),*];
            unsafe { #launch.run(#grid, &mut #all) }
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

    fn packed(&self, index: usize, parameter: &Parameter<'_>, stream: &Ident) -> Packed {
        let (krate, v1) = (self.krate, self.v1);
        let ident = &parameter.ident;
        let value = internal(&format!("value_{index}"));
        match &parameter.declared {
            Declared::Pointer { element, mutable, nullable } => {
                let guard = guard(&value);
                let bound = pointer_trait(*mutable, *nullable);
                let element = element.path(krate);
                let chosen_by = self.kernel.variants.as_ref().is_some_and(|variants| variants.chosen_by(index));
                let given = chosen_by.then(|| internal(&format!("given_{index}")));
                let asked = given.iter().map(|given| quote!(let #given = #v1::#bound::<#element>::is_given(&#ident);));
                Packed {
                    made: quote!(#(#asked)* let (#value, #guard) = #v1::#bound::<#element>::pass(#ident, #stream);),
                    given,
                    value,
                }
            }
            Declared::Scalar(element) => match element.bits(ident) {
                Some(bits) => Packed { made: quote!(let #value = #bits;), given: None, value },
                None => Packed { value: ident.clone(), made: TokenStream::new(), given: None },
            },
            Declared::TensorMap { .. } => Packed { made: TokenStream::new(), given: None, value },
        }
    }
}

/// What an argument needs the launch for: that the memory is of this device. For a descriptor, makes the variable.
fn begun(place: usize, packed: &Packed, parameter: &Parameter<'_>, launch: &Ident) -> TokenStream {
    let (place, value) = (Literal::usize_unsuffixed(place), &packed.value);
    match &parameter.declared {
        Declared::Pointer { .. } => {
            let guard = guard(value);
            quote!(#launch.local(#place, &#guard)?;)
        }
        Declared::Scalar(_) => TokenStream::new(),
        Declared::TensorMap { .. } => {
            let ident = &parameter.ident;
            quote!(let #value = #launch.descriptor(#place, #ident)?;)
        }
    }
}

/// The variable that holds what a pointer's variable came with.
fn guard(value: &Ident) -> Ident {
    internal(&value.to_string().trim_start_matches('_').replace("value", "guard"))
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
