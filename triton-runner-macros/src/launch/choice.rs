//! Which variant a launch takes, and the checks of what each was compiled on and declared for.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use triton_runner_manifest::BuiltKernel;

use super::{Packed, internal};
use crate::expand::Expansion;
use crate::resolve;
use crate::types::Declared;
use crate::variants::{Variant, Variants};

impl Expansion<'_> {
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
    pub(super) fn checks(&self, kernel: &BuiltKernel, packed: &[Packed], launch: &Ident) -> TokenStream {
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
    pub(super) fn checks_by_variant(&self, variants: &Variants<'_>, packed: &[Packed], launch: &Ident) -> TokenStream {
        let (name, variant) = (&variants.name, resolve::variant_variable());
        let arms = variants.all.iter().map(|one| {
            let (ident, checks) = (&one.ident, self.checks(one.kernel, packed, launch));
            quote!(#name::#ident => { #checks })
        });
        quote!(match #variant { #(#arms)* })
    }

    /// Chooses the variant and begins its launch.
    pub(super) fn chosen(
        &self,
        variants: &Variants<'_>,
        packed: &[Packed],
        stream: &Ident,
        launch: &Ident,
    ) -> TokenStream {
        let (name, variant) = (&variants.name, resolve::variant_variable());
        let kernel = internal("kernel");
        let mut choice = if self.kernel.conditions.is_empty() {
            quote!((self.fallback.0, &self.fallback.1))
        } else {
            self.none_holds(variants, packed, stream, launch)
        };
        // From the last to the first, each around the choice among those after it.
        for one in variants.tried().into_iter().rev() {
            let ident = &one.ident;
            let kept = self.promises(one.kernel, packed).map(|(_, value, _, promise)| {
                let promise = Literal::i64_unsuffixed(i64::from(promise));
                quote!(#value as ::core::primitive::i64 % #promise == 0)
            });
            let kept: Vec<TokenStream> = kept.chain(self.conditions_of(variants, one)).collect();
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

    /// That all conditions hold for a variant, where there are any.
    fn conditions_of(&self, variants: &Variants<'_>, one: &Variant<'_>) -> Option<TokenStream> {
        let (name, variant, ident) = (&variants.name, resolve::variant_variable(), &one.ident);
        let conditions: Vec<&TokenStream> = self.kernel.conditions.iter().map(|condition| &condition.holds).collect();
        (!conditions.is_empty()).then(|| {
            quote!({
                let #variant = #name::#ident;
                #(#conditions)&&*
            })
        })
    }

    /// The error where no variant is right: what each breaks.
    fn none_holds(&self, variants: &Variants<'_>, packed: &[Packed], stream: &Ident, launch: &Ident) -> TokenStream {
        let (v1, krate, variant) = (self.v1, self.krate, resolve::variant_variable());
        let (name, kernel_name) = (&variants.name, &self.kernel.kernel.name);
        let (kernel, unmet, kept) = (internal("kernel"), internal("unmet"), internal("kept"));
        let each = variants.tried().into_iter().map(|one| {
            let (ident, id) = (&one.ident, one.kernel.id());
            let conditions = self.conditions(&id, &unmet);
            let checks = self.checks(one.kernel, packed, launch);
            let promises = (!checks.is_empty()).then(|| {
                quote! {
                    let #launch = #kernel.on(#stream)?;
                    let #kept = || -> #krate::Result<()> {
                        #checks
                        ::core::result::Result::Ok(())
                    };
                    #unmet.promises(#id, #kept());
                }
            });
            quote! {
                if let ::core::option::Option::Some(#kernel) = &self.kernels[#name::#ident as ::core::primitive::usize] {
                    let #variant = #name::#ident;
                    #conditions
                    #promises
                }
            }
        });
        quote!({
            let mut #unmet = #v1::Unmet::new(#kernel_name);
            #(#each)*
            return ::core::result::Result::Err(#unmet.into_error());
        })
    }

    /// Refuses the launch of a kernel without variants where a condition doesn't hold.
    pub(super) fn required(&self) -> TokenStream {
        let (v1, id, unmet) = (self.v1, self.kernel.kernel.id(), internal("unmet"));
        let holds: Vec<&TokenStream> = self.kernel.conditions.iter().map(|condition| &condition.holds).collect();
        if holds.is_empty() {
            return TokenStream::new();
        }
        let conditions = self.conditions(&id, &unmet);
        quote! {
            if !(#(#holds)&&*) {
                let mut #unmet = #v1::Unmet::new(#id);
                #conditions
                return ::core::result::Result::Err(#unmet.into_error());
            }
        }
    }

    /// Notes each condition that doesn't hold, with the numbers.
    fn conditions(&self, id: &str, unmet: &Ident) -> TokenStream {
        let each = self.kernel.conditions.iter().map(|condition| {
            let (holds, text) = (&condition.holds, &condition.text);
            let operands = condition.operands.iter().map(|operand| {
                let (name, value) = (&operand.name, &operand.value);
                quote!((#name, &#value))
            });
            quote! {
                if !#holds {
                    #unmet.condition(#id, #text, &[#(#operands),*]);
                }
            }
        });
        each.collect()
    }
}
