//! Which variant a launch takes, and the checks of what each was compiled on and declared for.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::{Machine, Packed, internal};
use crate::expand::Expansion;
use crate::names;
use crate::resolve;
use crate::tuned::{self, Tuned};
use crate::types::Declared;
use crate::variants::{Paired, Variant, Variants};

impl Expansion<'_> {
    /// The promises of a kernel: which argument of its own, its variable, whether it is a pointer, what it is a multiple
    /// of.
    fn promises<'p>(
        &'p self,
        paired: &'p Paired<'_>,
        packed: &'p [Packed],
    ) -> impl Iterator<Item = (usize, &'p Ident, bool, u32)> + 'p {
        let arguments = self.kernel.parameters.iter().zip(paired.arguments()).zip(packed);
        arguments.filter_map(|((parameter, own), packed)| {
            let (place, argument) = own?;
            let pointer = match &parameter.declared {
                Declared::Pointer { .. } => true,
                Declared::Scalar(element) if element.is_integer() => false,
                _ => return None,
            };
            (argument.divisible_by > 1).then_some((place, &packed.value, pointer, argument.divisible_by))
        })
    }

    /// The checks that each promise is kept.
    pub(super) fn checks(&self, paired: &Paired<'_>, packed: &[Packed], launch: &Ident) -> TokenStream {
        if self.is_external() {
            return self.checks_as_loaded(packed, launch);
        }
        let checks = self.promises(paired, packed).map(|(index, value, pointer, promise)| {
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

    /// The same for a kernel whose promises come with its image.
    fn checks_as_loaded(&self, packed: &[Packed], launch: &Ident) -> TokenStream {
        let arguments = self.kernel.parameters.iter().zip(packed).enumerate();
        let checks = arguments.map(|(index, (parameter, Packed { value, .. }))| {
            let index = Literal::usize_unsuffixed(index);
            match &parameter.declared {
                Declared::Pointer { .. } => quote!(#launch.pointer_as_loaded(#index, #value)?;),
                Declared::Scalar(element) if element.is_integer() => {
                    quote!(#launch.integer_as_loaded(#index, #value as ::core::primitive::i64)?;)
                }
                Declared::Scalar(_) | Declared::TensorMap { .. } => TokenStream::new(),
            }
        });
        checks.collect()
    }

    /// The same for the variant that is launched: the fallback is taken though its promises may be broken.
    pub(super) fn checks_by_variant(&self, variants: &Variants<'_>, packed: &[Packed], launch: &Ident) -> TokenStream {
        let (name, variant) = (&variants.name, resolve::variant_variable());
        let arms = variants.all.iter().map(|one| {
            let (ident, checks) = (&one.ident, self.checks(&one.paired, packed, launch));
            quote!(#name::#ident => { #checks })
        });
        quote!(match #variant { #(#arms)* })
    }

    /// Chooses the variant and begins its launch.
    pub(super) fn chosen(
        &self,
        machine: Machine,
        variants: &Variants<'_>,
        packed: &[Packed],
        stream: &Ident,
        launch: &Ident,
    ) -> TokenStream {
        let (name, variant) = (&variants.name, resolve::variant_variable());
        let kernel = internal("kernel");
        let mut choice = if self.is_conditional(variants) {
            self.none_holds(machine, variants, packed, stream, launch)
        } else {
            machine.fallback()
        };
        let kernels = machine.kernels();
        // From the last to the first, each around the choice among those after it.
        for one in variants.tried().into_iter().rev() {
            let (ident, kept) = (&one.ident, self.kept(variants, one, packed));
            choice = quote! {
                match &#kernels[#name::#ident as ::core::primitive::usize] {
                    ::core::option::Option::Some(#kernel) if #kept => (#name::#ident, #kernel),
                    _ => #choice,
                }
            };
        }
        if let Some(tuned) = self.measured().filter(|_| machine != Machine::Host) {
            choice = self.by_measurement(tuned, variants, packed, &kernels, &choice);
        }
        let begun = machine.begun(&quote!(#kernel), stream);
        quote! {
            let (#variant, #kernel) = #choice;
            let #launch = #begun;
        }
    }

    /// That a variant has these arguments, that they keep its promises, and that its conditions hold.
    fn kept(&self, variants: &Variants<'_>, one: &Variant<'_>, packed: &[Packed]) -> TokenStream {
        let kept = self.promises(&one.paired, packed).map(|(_, value, _, promise)| {
            let promise = Literal::i64_unsuffixed(i64::from(promise));
            quote!(#value as ::core::primitive::i64 % #promise == 0)
        });
        let given = packed.iter().zip(&one.paired.places).filter_map(|(packed, place)| {
            let given = packed.given.as_ref()?;
            Some(if place.is_some() { quote!(#given) } else { quote!(!#given) })
        });
        let kept: Vec<TokenStream> = given.chain(kept).chain(self.conditions_of(variants, one)).collect();
        if kept.is_empty() { quote!(true) } else { quote!(#(#kept)&&*) }
    }

    /// The fastest with such arguments of those that are right; where none of them was timed, the usual choice.
    fn by_measurement(
        &self,
        tuned: &Tuned,
        variants: &Variants<'_>,
        packed: &[Packed],
        kernels: &TokenStream,
        otherwise: &TokenStream,
    ) -> TokenStream {
        let (name, field) = (&variants.name, tuned::field());
        let [table, index, fastest, kernel] = ["table", "index", "fastest", "kernel"].map(internal);
        let keys = tuned.keys.iter().filter_map(|&key| self.kernel.parameters.get(key));
        let keys = keys.map(|parameter| {
            let ident = &parameter.ident;
            quote!(#ident as ::core::primitive::i64)
        });
        let arms = variants.all.iter().enumerate().map(|(place, one)| {
            let (ident, place, kept) = (&one.ident, Literal::usize_unsuffixed(place), self.kept(variants, one, packed));
            quote! {
                #place => match &#kernels[#place] {
                    ::core::option::Option::Some(#kernel) if #kept => ::core::option::Option::Some((#name::#ident, #kernel)),
                    _ => ::core::option::Option::None,
                },
            }
        });
        quote!({
            let #fastest = match self.#field {
                ::core::option::Option::Some(#table) => ::core::iter::Iterator::find_map(
                    &mut #table.order([#(#keys),*]).iter(),
                    |#index| match *#index {
                        #(#arms)*
                        _ => ::core::option::Option::None,
                    },
                ),
                ::core::option::Option::None => ::core::option::Option::None,
            };
            match #fastest {
                ::core::option::Option::Some(#fastest) => #fastest,
                ::core::option::Option::None => #otherwise,
            }
        })
    }

    /// Whether a variant may be wrong for some arguments, and not only compiled on what they break.
    pub(super) fn is_conditional(&self, variants: &Variants<'_>) -> bool {
        !self.kernel.conditions.is_empty() || !variants.alike()
    }

    /// The call by what was chosen, where variants lack arguments.
    pub(super) fn by_arguments(
        &self,
        variants: &Variants<'_>,
        run: impl Fn(&Paired<'_>, &[&Variant<'_>]) -> TokenStream,
    ) -> TokenStream {
        let (name, variant) = (&variants.name, resolve::variant_variable());
        let mut groups: Vec<Vec<&Variant<'_>>> = Vec::new();
        for one in &variants.all {
            match groups.iter_mut().find(|group| group.iter().any(|other| other.paired.places == one.paired.places)) {
                Some(group) => group.push(one),
                None => groups.push(vec![one]),
            }
        }
        let arms = groups.iter().filter_map(|group| {
            let run = run(&group.first()?.paired, group);
            let idents = group.iter().map(|one| &one.ident);
            Some(quote!(#(#name::#idents)|* => { #run }))
        });
        quote!(match #variant { #(#arms)* })
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
    fn none_holds(
        &self,
        machine: Machine,
        variants: &Variants<'_>,
        packed: &[Packed],
        stream: &Ident,
        launch: &Ident,
    ) -> TokenStream {
        let kernels = machine.kernels();
        let (v1, krate, variant) = (self.v1, self.krate, resolve::variant_variable());
        let (name, kernel_name) = (&variants.name, &self.kernel.kernel.name);
        let (kernel, unmet, kept) = (internal("kernel"), internal("unmet"), internal("kept"));
        let each = variants.tried().into_iter().map(|one| {
            let (ident, id) = (&one.ident, one.kernel.id());
            let conditions = self.conditions(&id, &unmet);
            let all = packed.iter().zip(&one.paired.places).zip(&self.kernel.parameters);
            let given = all.filter_map(|((packed, place), parameter)| {
                let (given, argument) = (packed.given.as_ref()?, names::plain(&parameter.ident));
                let is_there = place.is_some();
                Some(quote!(#unmet.argument(#id, #argument, #is_there, #given);))
            });
            let given: TokenStream = given.collect();
            let checks = self.checks(&one.paired, packed, launch);
            let begun = machine.begun(&quote!(#kernel), stream);
            let promises = (!checks.is_empty()).then(|| {
                quote! {
                    let #launch = #begun;
                    let #kept = || -> #krate::Result<()> {
                        #checks
                        ::core::result::Result::Ok(())
                    };
                    #unmet.promises(#id, #kept());
                }
            });
            quote! {
                if let ::core::option::Option::Some(#kernel) = &#kernels[#name::#ident as ::core::primitive::usize] {
                    let #variant = #name::#ident;
                    #given
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
