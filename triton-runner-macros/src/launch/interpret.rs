//! The generated `interpret`: what `launch` does, with memory of the host and on the interpreter. It is there where the
//! runtime's feature `interpreter` is on, and so is the TTIR that it embeds.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::Lifetime;

use super::{Machine, Packed, guard, internal};
use crate::docs;
use crate::expand::Expansion;
use crate::expand::function::{Function, Kind, Place};
use crate::image;
use crate::signature::Parameter;
use crate::types::{Declared, Element};
use crate::variants::{Paired, Variants};

impl Machine {
    /// What the memory of all arguments outlives, where the result has a part of it.
    pub(super) fn memory(self) -> Option<Lifetime> {
        (self == Self::Host).then(lifetime)
    }

    /// The path and the name of a descriptor's type.
    pub(super) fn tensor_map(self, krate: &TokenStream, mutable: bool) -> (TokenStream, Ident) {
        let (path, name) = match (self, mutable) {
            (Self::Device | Self::Checked | Self::Capture | Self::CaptureUnchecked, false) => {
                (quote!(#krate::), "TensorMap")
            }
            (Self::Device | Self::Checked | Self::Capture | Self::CaptureUnchecked, true) => {
                (quote!(#krate::), "TensorMapMut")
            }
            (Self::Host, false) => (quote!(#krate::interpret::), "HostTensorMap"),
            (Self::Host, true) => (quote!(#krate::interpret::), "HostTensorMapMut"),
        };
        (path, Ident::new(name, Span::mixed_site()))
    }

    /// The only kernel.
    pub(super) fn kernel(self) -> TokenStream {
        let kernel = internal("kernel");
        match self {
            Self::Device | Self::Checked | Self::Capture | Self::CaptureUnchecked => quote!(self.kernel),
            Self::Host => quote!(#kernel),
        }
    }

    /// The kernels of all variants, `None` where one doesn't run there.
    pub(super) fn kernels(self) -> TokenStream {
        let kernels = internal("kernels");
        match self {
            Self::Device | Self::Checked | Self::Capture | Self::CaptureUnchecked => quote!(self.kernels),
            Self::Host => quote!(#kernels),
        }
    }

    /// The variant that was compiled on the fewest promises, and its kernel.
    pub(super) fn fallback(self) -> TokenStream {
        let fallback = internal("fallback");
        match self {
            Self::Device | Self::Checked | Self::Capture | Self::CaptureUnchecked => {
                quote!((self.fallback.0, &self.fallback.1))
            }
            Self::Host => quote!((#fallback.0, &#fallback.1)),
        }
    }

    /// The launch of a kernel, begun.
    pub(super) fn begun(self, kernel: &TokenStream, stream: &Ident) -> TokenStream {
        match self {
            Self::Device | Self::Checked => quote!(#kernel.on(#stream)?),
            Self::Capture | Self::CaptureUnchecked => quote!(#kernel.captured(#stream)?),
            Self::Host => quote!(#kernel.on()),
        }
    }
}

fn lifetime() -> Lifetime {
    Lifetime::new("'a", Span::mixed_site())
}

impl Expansion<'_> {
    /// Whether there is TTIR to run.
    pub(crate) fn is_interpreted(&self) -> bool {
        match &self.kernel.variants {
            None => !self.kernel.kernel.ttir.is_empty(),
            Some(variants) => variants.all.iter().any(|variant| !variant.kernel.ttir.is_empty()),
        }
    }

    /// `interpret`, and the TTIR that it runs; nothing for a kernel without.
    pub(crate) fn interpret(&self) -> TokenStream {
        let (v1, cfgs, struct_name) = (self.v1, &self.kernel.declaration.cfgs, &self.kernel.struct_name);
        if !self.is_interpreted() {
            return TokenStream::new();
        }
        let functions = match &self.kernel.variants {
            None => self.interpret_alone(),
            Some(variants) => self.interpret_variants(variants),
        };
        match self.place {
            Place::Kernel | Place::Helpers => quote! {
                #v1::interpreted! {
                    #(#cfgs)*
                    #[allow(dead_code)]
                    impl #struct_name {
                        #functions
                    }
                }
            },
            Place::Family(_) | Place::Trait | Place::Member => quote!(#v1::interpreted! { #functions }),
        }
    }

    fn interpret_alone(&self) -> TokenStream {
        let (v1, kernel) = (self.v1, internal("kernel"));
        let about = docs::of_interpret(self.kernel);
        let interpret = self.interpreting(&about, "interpret", &[], || {
            let body = self.body(Machine::Host, &internal("stream"), &self.grid(&self.free("grid")).2);
            launched(self, &quote!(let #kernel = Self::__interpreted(); #body))
        });
        let interpreted = self.helper(|| {
            let ttir = self.ttir(&Paired::alone(self.kernel.kernel));
            quote! {
                fn __interpreted() -> #v1::InterpretedKernel {
                    use #v1::*;
                    #ttir
                    InterpretedKernel::new(Self::__spec(), &TTIR)
                }
            }
        });
        quote!(#interpret #interpreted)
    }

    /// Tells a kernel that was loaded what its launches can be compared with.
    pub(crate) fn compared(&self, kernel: &Ident, variant: Option<&TokenStream>) -> TokenStream {
        let v1 = self.v1;
        let interpreted = match (variant, &self.kernel.variants) {
            (None, _) if self.kernel.kernel.ttir.is_empty() => return TokenStream::new(),
            (None, _) => quote!(::core::option::Option::Some(Self::__interpreted())),
            (Some(_), Some(variants)) if variants.all.iter().all(|variant| variant.kernel.ttir.is_empty()) => {
                return TokenStream::new();
            }
            (Some(variant), _) => quote!(Self::__interpreted()[#variant as ::core::primitive::usize]),
        };
        quote!(#v1::interpreted! { let #kernel = #kernel.interpreted(#interpreted); })
    }

    fn interpret_variants(&self, variants: &Variants<'_>) -> TokenStream {
        let (v1, name, kernel_name) = (self.v1, &variants.name, &self.kernel.kernel.name);
        let (kernels, only) = (internal("kernels"), self.free("variant"));
        let count = Literal::usize_unsuffixed(variants.all.len());
        let passed = self.passed();
        let interpret = self.kernel.declaration.chosen.is_empty().then(|| {
            let about = docs::of_interpret(self.kernel);
            self.interpreting(
                &about,
                "interpret",
                &[],
                || quote!(Self::__interpret(Self::__interpreted(), #kernel_name, #passed)),
            )
        });
        let about = docs::of_interpret_variant(self.kernel);
        let index = quote!(#only as ::core::primitive::usize);
        let alone = self.interpreting(&about, "interpret_variant", &[(&only, quote!(#name))], || {
            quote! {
                let mut #kernels = [#v1::None; #count];
                #kernels[#index] = Self::__interpreted()[#index];
                Self::__interpret(#kernels, Self::__specs()[#index].name, #passed)
            }
        });
        let either = self.helper(|| self.interpret_either(variants));
        quote!(#interpret #alone #either)
    }

    /// What runs one of these variants as a launch does, and the TTIR of all.
    fn interpret_either(&self, variants: &Variants<'_>) -> TokenStream {
        let (v1, name) = (self.v1, &variants.name);
        let [kernels, fallback, of] = ["kernels", "fallback", "of"].map(internal);
        let count = Literal::usize_unsuffixed(variants.all.len());
        let all = variants.all.iter().enumerate().map(|(index, variant)| {
            let index = Literal::usize_unsuffixed(index);
            if variant.kernel.ttir.is_empty() {
                return quote!(None);
            }
            let ttir = self.ttir(&variant.paired);
            quote!({
                #ttir
                Some(InterpretedKernel::new(&Self::__specs()[#index], &TTIR))
            })
        });
        // What was compiled on the fewest promises comes first.
        let tried = variants.tried().into_iter().rev().map(|variant| &variant.ident);
        let first = quote!(#v1::InterpretedKernel::first(
            &#kernels,
            &[#((#name::#tried, #name::#tried as ::core::primitive::usize)),*],
            #of,
        )?);
        let first = if self.is_conditional(variants) { quote!(#first;) } else { quote!(let #fallback = #first;) };
        let body = self.body(Machine::Host, &internal("stream"), &self.grid(&self.free("grid")).2);
        let array = quote!([::core::option::Option<#v1::InterpretedKernel>; #count]);
        let more = [(&kernels, array.clone()), (&of, quote!(&'static ::core::primitive::str))];
        let (many, signature) = self.interpretation(&more);
        let body = launched(self, &quote!(#first #body));
        quote! {
            #many
            fn __interpret #signature { #body }

            fn __interpreted() -> #array {
                use #v1::*;
                [#(#all),*]
            }
        }
    }

    /// A function for users, which takes the kernel's arguments behind `first`.
    fn interpreting(
        &self,
        about: &str,
        name: &str,
        first: &[(&Ident, TokenStream)],
        body: impl FnOnce() -> TokenStream,
    ) -> TokenStream {
        let (allowed, signature) = self.interpretation(first);
        let (before, passed) = (first.iter().map(|(ident, _)| ident), self.passed());
        let function = Function {
            about: quote!(#[doc = #about]),
            allowed,
            is_inline: false,
            is_unsafe: false,
            name: Ident::new(name, Span::mixed_site()),
            signature,
            kind: Kind::Free(quote!(#(#before,)* #passed)),
        };
        self.function(function, body)
    }

    /// The signature of a function that takes the kernel's arguments behind `first`, and the lint that it breaks.
    fn interpretation(&self, first: &[(&Ident, TokenStream)]) -> (Option<TokenStream>, TokenStream) {
        let (krate, v1, lifetime) = (self.krate, self.v1, lifetime());
        let (generics, grid_parameter, _) = self.grid(&self.free("grid"));
        let generics = if generics.is_empty() {
            quote!(<#lifetime>)
        } else {
            quote!(<#lifetime, __Grid: ::core::convert::Into<#v1::Grid>>)
        };
        let declared = self.declared(Machine::Host);
        let many = self.many(usize::from(grid_parameter.is_some()) + first.len());
        let first = first.iter().map(|(ident, ty)| quote!(#ident: #ty,));
        let result = quote!(#krate::interpret::Interpretation<#lifetime>);
        (many, quote!(#generics (#(#first)* #grid_parameter #(#declared),*) -> #result))
    }

    /// A static with a kernel's TTIR, where the names of `v1` are imported.
    fn ttir(&self, paired: &Paired<'_>) -> TokenStream {
        let ttir: Vec<_> = paired.kernel.ttir.iter().map(image::ttir).collect();
        let length = Literal::usize_unsuffixed(ttir.len());
        quote!(static TTIR: [Ttir; #length] = [#(#ttir),*];)
    }

    /// An argument as the interpreter takes it.
    pub(super) fn host_argument(&self, packed: &Packed, parameter: &Parameter<'_>) -> TokenStream {
        let v1 = self.v1;
        match &parameter.declared {
            Declared::Pointer { .. } => {
                let guard = guard(&packed.value);
                quote!(#v1::HostArgument::Memory(#guard))
            }
            Declared::Scalar(Element::Size { .. }) => {
                let value = &packed.value;
                quote!(#v1::HostArgument::scalar(#value))
            }
            Declared::Scalar(_) => {
                let ident = &parameter.ident;
                quote!(#v1::HostArgument::scalar(#ident))
            }
            Declared::TensorMap { .. } => {
                let value = &packed.value;
                quote!(#value)
            }
        }
    }
}

/// What begins and checks a launch, as a value: errors come out when it is run.
fn launched(expansion: &Expansion<'_>, body: &TokenStream) -> TokenStream {
    let (krate, v1, lifetime) = (expansion.krate, expansion.v1, lifetime());
    let checked = internal("checked");
    quote! {
        let #checked = move || -> #krate::Result<#v1::Prepared<#lifetime>> { #body };
        #v1::Interpretation::new(#checked())
    }
}
