//! The generated code of a family: one struct with a type parameter, the trait of its types, and a hidden struct for each
//! kernel, which the type's implementation of the trait names.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::Expansion;
use super::function::Place;
use crate::constants::Item;
use crate::docs;
use crate::embedding::Embedding;
use crate::family::{Family, arguments, bounded, element_trait, generics};
use crate::names;
use crate::resolve::Resolved;
use crate::types::Element;
use crate::variants::Variant;

impl Family<'_> {
    /// All that its declaration becomes.
    pub(super) fn items(&self, krate: &TokenStream, v1: &TokenStream, embedding: &Embedding<'_>) -> TokenStream {
        FamilyExpansion::new(self, krate, v1, embedding).items()
    }
}

/// A family, and the names that its code is made of.
struct FamilyExpansion<'a> {
    family: &'a Family<'a>,
    krate: &'a TokenStream,
    v1: &'a TokenStream,
    embedding: &'a Embedding<'a>,
    /// `RmsNormElement`: the trait of the types, sealed.
    element: Ident,
    /// `__RmsNormKernel`: what the struct calls of each kernel.
    kernel: Ident,
    /// `__rmsnorm_sealed`: the module that seals the trait.
    sealed: Ident,
    /// `<T: RmsNormElement<W>, W: FamilyElement>`.
    generics: TokenStream,
    /// Whether every kernel has TTIR.
    is_interpreted: bool,
}

impl<'a> FamilyExpansion<'a> {
    fn new(family: &'a Family<'a>, krate: &'a TokenStream, v1: &'a TokenStream, embedding: &'a Embedding<'a>) -> Self {
        let name = &family.struct_name;
        let element = element_trait(name);
        let generics = generics(&family.declaration.types, &element, krate);
        let of = |kernel| Expansion { krate, v1, embedding, kernel, place: Place::Helpers };
        let is_interpreted = family.members().all(|(_, kernel)| of(kernel).is_interpreted());
        Self {
            kernel: format_ident!("__{name}Kernel", span = Span::mixed_site()),
            sealed: format_ident!("__{}_sealed", names::plain(name).to_lowercase(), span = Span::mixed_site()),
            family,
            krate,
            v1,
            embedding,
            element,
            generics,
            is_interpreted,
        }
    }

    fn items(&self) -> TokenStream {
        let structure = self.structure();
        let traits = self.traits();
        let members = self.family.members().map(|(types, kernel)| self.member(types, kernel));
        quote!(#structure #traits #(#members)*)
    }

    fn expansion(&self, kernel: &'a Resolved<'a>, place: Place) -> Expansion<'a> {
        Expansion { krate: self.krate, v1: self.v1, embedding: self.embedding, kernel, place }
    }

    /// The functions that users call, in this place.
    fn functions(&self, kernel: &'a Resolved<'a>, place: Place) -> TokenStream {
        let expansion = self.expansion(kernel, place);
        let (functions, launch) = (expansion.functions(), expansion.launch());
        let interpret = self.is_interpreted.then(|| expansion.interpret());
        quote!(#functions #launch #interpret)
    }

    /// The constants that every kernel of the family has.
    fn constants(&self) -> Vec<Item> {
        let of = |kernel| self.expansion(kernel, Place::Helpers).constants();
        let others: Vec<Vec<Item>> = self.family.others.iter().map(|(_, kernel)| of(kernel)).collect();
        let is_in = |all: &[Item], item: &Item| {
            all.iter().any(|other| other.ident == item.ident && other.ty.to_string() == item.ty.to_string())
        };
        let first = of(&self.family.first.1).into_iter();
        first.filter(|item| others.iter().all(|all| is_in(all, item))).collect()
    }

    /// The path of what a kernel of the struct's types has.
    fn dispatch(&self) -> TokenStream {
        let Self { element, kernel, .. } = self;
        let types = &self.family.declaration.types;
        let (first, rest) = types.split_first().map_or((None, types.as_slice()), |(first, rest)| (Some(first), rest));
        let rest_arguments = arguments(rest);
        quote!(<<#first as #element #rest_arguments>::__Kernel as #kernel<#(#types),*>>)
    }

    /// The struct that users see.
    fn structure(&self) -> TokenStream {
        let Self { element, generics, .. } = self;
        let Family { declaration, struct_name, first: (_, first), .. } = self.family;
        let (docs, cfgs, vis, types) = (&declaration.docs, &declaration.cfgs, &declaration.vis, &declaration.types);
        let about = docs::of_family(self.family);
        let keyword = quote::quote_spanned!(struct_name.span()=> struct);
        let dispatch = self.dispatch();
        let constants = self.constants().into_iter().map(|mut item| {
            let ident = &item.ident;
            item.about = docs::of_family_constant(&item);
            item.value = quote!(#dispatch::#ident);
            item.written(vis)
        });
        let constants: Vec<TokenStream> = constants.collect();
        let (head, rest) = (types.first(), arguments(types.get(1..).unwrap_or_default()));
        let functions = self.functions(first, Place::Family(dispatch));
        let enumeration = first.variants.as_ref().map(|variants| {
            let named = |variant: &Variant<'_>| docs::of_family_variant(self.family, variant);
            self.expansion(first, Place::Kernel).variant_enum(variants, named)
        });
        quote! {
            #(#cfgs)*
            #(#docs)*
            #[doc = #about]
            #vis #keyword #struct_name #generics {
                kernel: <#head as #element #rest>::__Kernel,
            }

            #enumeration

            #(#cfgs)*
            #[allow(dead_code)]
            impl #generics #struct_name<#(#types),*> {
                #(#constants)*
                #functions
            }

            #(#cfgs)*
            impl #generics ::core::clone::Clone for #struct_name<#(#types),*> {
                fn clone(&self) -> Self {
                    Self { kernel: ::core::clone::Clone::clone(&self.kernel) }
                }
            }

            #(#cfgs)*
            impl #generics ::core::fmt::Debug for #struct_name<#(#types),*> {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    ::core::fmt::Debug::fmt(&self.kernel, f)
                }
            }
        }
    }

    /// The trait of the types, and that of the kernels.
    fn traits(&self) -> TokenStream {
        let Self { krate, element, kernel, sealed, .. } = self;
        let Family { declaration, first: (_, first), .. } = self.family;
        let (cfgs, vis, types) = (&declaration.cfgs, &declaration.vis, &declaration.types);
        let rest = types.get(1..).unwrap_or_default();
        let (bounded, tupled, rest) = (bounded(rest, krate), quote!(#(#rest,)*), quote!(#(#rest),*));
        let own = if rest.is_empty() { quote!(Self) } else { quote!(Self, #rest) };
        let all = quote!(<#(#types: #krate::FamilyElement),*>);
        let about = docs::of_element(self.family);
        let constants = self.constants().into_iter().map(|Item { ident, ty, .. }| quote!(const #ident: #ty;));
        let functions = self.functions(first, Place::Trait);
        quote! {
            #(#cfgs)*
            #[doc = #about]
            #vis trait #element #bounded: #krate::FamilyElement + #sealed::Sealed<(#tupled)> {
                #[doc(hidden)]
                type __Kernel: #kernel<#own>;
            }

            #(#cfgs)*
            mod #sealed {
                pub trait Sealed<Others> {}
            }

            #(#cfgs)*
            #[doc(hidden)]
            #[allow(dead_code)]
            #vis trait #kernel #all:
                ::core::clone::Clone
                + ::core::fmt::Debug
                + ::core::marker::Send
                + ::core::marker::Sync
                + 'static
            {
                #(#constants)*
                #functions
            }
        }
    }

    /// One kernel, and its types' implementation of the trait.
    fn member(&self, types: &[Element], resolved: &'a Resolved<'a>) -> TokenStream {
        let Self { krate, element, kernel, sealed, .. } = self;
        let Resolved { declaration, struct_name, .. } = resolved;
        let cfgs = &declaration.cfgs;
        let helpers = self.expansion(resolved, Place::Helpers);
        let (structure, traits) = (helpers.structure(&quote!(#[doc(hidden)])), helpers.traits());
        let interpreted = helpers.interpret();
        let constants: Vec<Item> = helpers.constants();
        let own_constants = constants.iter().map(|item| item.written(&declaration.vis));
        let shared = self.constants();
        let shared = shared.iter().map(|Item { ident, ty, .. }| quote!(const #ident: #ty = Self::#ident;));
        let (helping, launching) = (helpers.functions(), helpers.launch());
        let functions = self.functions(resolved, Place::Member);
        let paths: Vec<TokenStream> = types.iter().map(|ty| ty.path(krate)).collect();
        let (first, rest) = (paths.first(), paths.get(1..).unwrap_or_default());
        let of = if rest.is_empty() { TokenStream::new() } else { quote!(<#(#rest),*>) };
        quote! {
            #structure
            #traits

            #(#cfgs)*
            #[allow(dead_code)]
            impl #struct_name {
                #(#own_constants)*
                #helping
                #launching
            }

            #interpreted

            #(#cfgs)*
            impl #kernel<#(#paths),*> for #struct_name {
                #(#shared)*
                #functions
            }

            #(#cfgs)*
            impl #sealed::Sealed<(#(#rest,)*)> for #first {}

            #(#cfgs)*
            impl #element #of for #first {
                type __Kernel = #struct_name;
            }
        }
    }
}
