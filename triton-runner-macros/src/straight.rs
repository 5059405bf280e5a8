//! A check as straight-line Rust: what a safe launch evaluates in the nanoseconds that it has.
//!
//! All steps are computed in 64 bits, and a flag notes what doesn't fit or has no value. Numbers near the ends of these 64
//! bits, and what is made of them, have 128. Where the flag is set, or bounds or conditions don't hold, the launch asks
//! `Check::admit`, which decides: what is let through here is let through there, because every step then has the same value.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use triton_runner_extent::{Check, Operand, Step};

/// Above it a sum with another number may leave 64 bits though everything else fits.
const NARROW: i128 = 1 << 62;

/// Steps of a check that is computed for each launch. What takes longer than to look whether it was computed for just these
/// numbers is remembered, for each thread by itself.
const AT_ONCE: usize = 64;

/// A function of the grid, the check's scalars and the bytes behind the arguments that it has bounds of, both in the
/// check's order: whether a launch with them stays inside, as far as 64 bits tell.
pub(crate) fn function(name: &Ident, check: &Check) -> TokenStream {
    let straight = Straight::new(check);
    let [scalars, bytes] = [check.scalars.len(), check.touched.len()].map(Literal::usize_unsuffixed);
    let scalar_names = check.scalars.iter().map(|scalar| variable("scalar", scalar.argument));
    let byte_names = check.touched.iter().map(|touched| variable("bytes", touched.argument));
    let axes = (0..3).map(|axis| variable("axis", axis));
    let axes: Vec<Ident> = axes.collect();
    let most = Check::MOST_PROGRAMS.map(Literal::u32_unsuffixed);
    let fitting = check.scalars.iter().filter(|scalar| scalar.bits < 64).map(|scalar| {
        let name = variable("scalar", scalar.argument);
        let (low, high) = match scalar.bits {
            1 => (0, 1),
            bits => (-(1_i64 << (bits.max(1) - 1)), (1_i64 << (bits.max(1) - 1)) - 1),
        };
        let [low, high] = [low, high].map(|end| number(i128::from(end)));
        quote!(wrong |= !(#low..=#high).contains(&#name);)
    });
    let steps = straight.steps();
    let conditions = check.conditions.iter().map(|condition| {
        let value = straight.operand(condition.value, straight.is_wide(condition.value));
        let ty = straight.ty(condition.value);
        quote! {
            let value: #ty = #value;
            wrong |= value < 0;
        }
    });
    let inside = check.touched.iter().map(|touched| {
        let wide = straight.is_wide(touched.low) || straight.is_wide(touched.high);
        let ty = ty(wide);
        let [low, high] = [touched.low, touched.high].map(|end| straight.operand(end, wide));
        let bytes = variable("bytes", touched.argument);
        // The length of memory is no more than an address.
        let below = if wide { quote!(high < #bytes as W) } else { quote!((high as U) < #bytes as U) };
        quote!({
            let (low, high): (#ty, #ty) = (#low, #high);
            wrong |= low <= high && !(low >= 0 && #below);
        })
    });
    let computed = quote! {
        type I = ::core::primitive::i64;
        type U = ::core::primitive::u64;
        type W = ::core::primitive::i128;
        let [#(#axes),*] = grid;
        let [#(#scalar_names),*] = scalars;
        let [#(#byte_names),*] = bytes;
        if #(#axes == 0)||* {
            return true;
        }
        let mut wrong = #(#axes > #most)||*;
        #(#fitting)*
        #steps
        #(#conditions)*
        #(#inside)*
        !wrong
    };
    let [grid_type, scalars_type, bytes_type] = [
        quote!([::core::primitive::u32; 3]),
        quote!([::core::primitive::i64; #scalars]),
        quote!([::core::primitive::usize; #bytes]),
    ];
    let arguments = quote!(grid: #grid_type, scalars: #scalars_type, bytes: #bytes_type);
    if check.program.steps.len() <= AT_ONCE {
        return quote! {
            #[allow(dead_code, unused_mut)]
            fn #name(#arguments) -> ::core::primitive::bool {
                #computed
            }
        };
    }
    quote! {
        #[allow(dead_code, unused_mut)]
        fn #name(#arguments) -> ::core::primitive::bool {
            // The last launch on this thread that stays inside; at first an empty one, which does.
            ::std::thread_local! {
                static LAST: ::core::cell::Cell<(#grid_type, #scalars_type, #bytes_type)> =
                    const { ::core::cell::Cell::new(([0; 3], [0; #scalars], [0; #bytes])) };
            }
            fn computed(#arguments) -> ::core::primitive::bool {
                #computed
            }
            let asked = (grid, scalars, bytes);
            if LAST.get() == asked {
                return true;
            }
            let inside = computed(grid, scalars, bytes);
            if inside {
                LAST.set(asked);
            }
            inside
        }
    }
}

/// A check, and what its steps are.
struct Straight<'a> {
    check: &'a Check,
    /// Which steps have 128 bits.
    wide: Vec<bool>,
    /// Which steps are needed.
    needed: Vec<bool>,
}

impl<'a> Straight<'a> {
    fn new(check: &'a Check) -> Self {
        let steps = &check.program.steps;
        let mut straight = Self { check, wide: Vec::with_capacity(steps.len()), needed: vec![false; steps.len()] };
        for step in steps {
            let wide = step.operands().any(|operand| straight.is_wide(operand));
            straight.wide.push(wide);
        }
        let roots = check.conditions.iter().map(|condition| condition.value);
        let roots = roots.chain(check.touched.iter().flat_map(|touched| [touched.low, touched.high]));
        roots.for_each(|root| straight.need(root));
        for place in (0..steps.len()).rev() {
            if straight.needed.get(place).copied().unwrap_or_default() {
                steps.get(place).into_iter().flat_map(Step::operands).for_each(|operand| straight.need(operand));
            }
        }
        straight
    }

    fn need(&mut self, operand: Operand) {
        if let Operand::Step(place) = operand
            && let Some(needed) = self.needed.get_mut(place as usize)
        {
            *needed = true;
        }
    }

    fn is_wide(&self, operand: Operand) -> bool {
        match operand {
            Operand::Number(number) => !(-NARROW..=NARROW).contains(&number),
            Operand::Step(place) => self.wide.get(place as usize).copied().unwrap_or_default(),
            Operand::Scalar(_) | Operand::Grid(_) | Operand::Unknown => false,
        }
    }

    fn ty(&self, operand: Operand) -> Ident {
        ty(self.is_wide(operand))
    }

    fn steps(&self) -> TokenStream {
        let steps = self.check.program.steps.iter().enumerate().zip(&self.wide).zip(&self.needed);
        steps.filter(|(_, needed)| **needed).map(|(((place, step), wide), _)| self.step(place, step, *wide)).collect()
    }

    fn step(&self, place: usize, step: &Step, wide: bool) -> TokenStream {
        let name = variable("step", place as u32);
        let ty = ty(wide);
        let of = |operand| self.operand(operand, wide);
        let noted = |method: &str, a, b| {
            let (method, a, b) = (Ident::new(method, Span::mixed_site()), of(a), of(b));
            quote! {
                let (#name, over) = #ty::#method(#a, #b);
                wrong |= over;
            }
        };
        let divided = |method: &str, a, b| {
            let (method, a, by) = (Ident::new(method, Span::mixed_site()), of(a), of(b));
            match b {
                Operand::Number(1..) => quote!(let #name = #ty::#method(#a, #by);),
                _ => quote! {
                    let by = #by;
                    wrong |= by <= 0;
                    let #name = #ty::#method(#a, if by <= 0 { 1 } else { by });
                },
            }
        };
        let compared = |a, b, sign| {
            let (a, b) = (of(a), of(b));
            quote!(let #name = { let (a, b): (#ty, #ty) = (#a, #b); if a #sign b { a } else { b } };)
        };
        match *step {
            Step::Add(a, b) => noted("overflowing_add", a, b),
            Step::Sub(a, b) => noted("overflowing_sub", a, b),
            Step::Mul(a, b) => noted("overflowing_mul", a, b),
            Step::Div(a, b) => divided("wrapping_div", a, b),
            Step::Floor(a, b) => divided("wrapping_div_euclid", a, b),
            Step::Rem(a, b) => divided("wrapping_rem", a, b),
            Step::Min(a, b) => compared(a, b, quote!(<)),
            Step::Max(a, b) => compared(a, b, quote!(>)),
            Step::Select(sign, yes, no) => {
                let (sign, yes, no) = (of(sign), of(yes), of(no));
                quote!(let #name: #ty = { let sign: #ty = #sign; if sign < 0 { #no } else { #yes } };)
            }
        }
    }

    /// An operand's value, in 128 bits where it is to be.
    fn operand(&self, operand: Operand, wide: bool) -> TokenStream {
        let ty = ty(wide);
        let narrow = match operand {
            Operand::Number(value) => return number(value),
            Operand::Unknown => {
                return quote!({
                    wrong = true;
                    0
                });
            }
            Operand::Grid(axis) => {
                let axis = variable("axis", axis.into());
                return quote!(#axis as #ty);
            }
            Operand::Scalar(place) => variable("scalar", place),
            Operand::Step(place) => variable("step", place),
        };
        if wide && !self.is_wide(operand) { quote!(#narrow as W) } else { quote!(#narrow) }
    }
}

/// The name of the type that a value has.
fn ty(wide: bool) -> Ident {
    Ident::new(if wide { "W" } else { "I" }, Span::mixed_site())
}

fn variable(kind: &str, place: u32) -> Ident {
    format_ident!("{kind}_{place}", span = Span::mixed_site())
}

/// A number without a type. A negative one has its sign before it, as in text.
fn number(value: i128) -> TokenStream {
    let magnitude = Literal::u128_unsuffixed(value.unsigned_abs());
    if value < 0 { quote!(-#magnitude) } else { quote!(#magnitude) }
}
