//! What a name in an expression stands for: an argument, a constant of the kernel, or one of the user's own.

use std::cell::RefCell;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use triton_runner_manifest::Constant;

use crate::constants::Associated;
use crate::messages;
use crate::names;
use crate::report::Report;
use crate::signature::Parameter;
use crate::types::{Declared, Element};

/// The device's number of multiprocessors, as a grid names it.
const MULTIPROCESSORS: &str = "multiprocessors";

/// The variable of the generated code that holds it.
pub(crate) fn multiprocessors_variable() -> Ident {
    Ident::new("__multiprocessors", Span::mixed_site())
}

/// What an expression is for; it shows in messages alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// `#[grid(…)]`.
    Grid,
    /// `#[requires(…)]`.
    Condition,
    /// What an argument is where variants are timed: `#[tuned(…)]`.
    Tuned,
}

/// What an expression can use.
pub(crate) struct Scope<'a> {
    pub(crate) place: Place,
    /// Name of the kernel, for messages.
    pub(crate) kernel: &'a str,
    pub(crate) parameters: &'a [Parameter<'a>],
    pub(crate) constants: &'a [Associated<'a>],
    /// Path of the runtime's `v1` module.
    pub(crate) v1: &'a TokenStream,
    /// The variable that holds the variant, where the kernel has several.
    pub(crate) variant: &'a Ident,
    /// What was used so far.
    pub(crate) used: RefCell<Vec<Operand>>,
}

/// A name that an expression used.
#[derive(Clone)]
pub(crate) struct Operand {
    /// As it is written.
    pub(crate) name: String,
    /// Its value in the generated code.
    pub(crate) value: TokenStream,
    /// For a constant of the kernel, its name there.
    pub(crate) constant: Option<String>,
}

/// What a name stands for.
pub(crate) enum Value<'a> {
    Parameter(&'a Parameter<'a>),
    Constant(&'a Associated<'a>),
    /// What the device has.
    Multiprocessors,
}

impl Place {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Condition => "condition",
            Self::Tuned => "value of `#[tuned(…)]`",
        }
    }
}

impl<'a> Scope<'a> {
    /// The names that were used since this was asked last, each once, in their order.
    pub(crate) fn take_used(&self) -> Vec<Operand> {
        let mut operands: Vec<Operand> = Vec::new();
        for operand in self.used.take() {
            if !operands.iter().any(|other| other.name == operand.name) {
                operands.push(operand);
            }
        }
        operands
    }

    /// Whether one of these names is the device's number of multiprocessors.
    pub(crate) fn asks_device(&self, used: &[Operand]) -> bool {
        let named = Ident::new(MULTIPROCESSORS, Span::call_site());
        used.iter().any(|operand| operand.name == MULTIPROCESSORS)
            && matches!(self.find(&named), Some(Value::Multiprocessors))
    }

    fn uses(&self, name: &Ident, value: &TokenStream, constant: Option<&Associated<'_>>) {
        let constant = constant.map(|constant| constant.name.to_owned());
        self.used.borrow_mut().push(Operand { name: names::plain(name), value: value.clone(), constant });
    }

    /// A constant of the user's own.
    pub(crate) fn path(&self, path: &syn::ExprPath) -> TokenStream {
        let value = quote!(#path);
        self.used.borrow_mut().push(Operand { name: messages::tidy(path), value: value.clone(), constant: None });
        value
    }

    /// A name where an integer is needed.
    pub(crate) fn integer(&self, ident: &Ident, report: &mut Report) -> TokenStream {
        let v1 = self.v1;
        match self.find(ident) {
            Some(Value::Parameter(parameter)) => match &parameter.declared {
                Declared::Scalar(element) if element.is_integer() => {
                    let name = located(&parameter.ident, ident);
                    self.uses(ident, &quote!(#name), None);
                    quote!(#v1::Extent::from(#name))
                }
                other => self.no_integer(ident, &format!("`{other}`"), report),
            },
            Some(Value::Constant(constant)) => match constant.value() {
                Constant::Int(_) => {
                    let value = self.constant(constant, ident);
                    quote!(#v1::Extent::new(#value))
                }
                other => self.no_integer(ident, &format!("the constant {other}"), report),
            },
            Some(Value::Multiprocessors) if self.place == Place::Grid => {
                let count = located(&multiprocessors_variable(), ident);
                self.uses(ident, &quote!(#count), None);
                quote!(#v1::Extent::from(#count))
            }
            Some(Value::Multiprocessors) => {
                let headline = format!(
                    "a {} can't ask for `multiprocessors`: it depends on the arguments, not on the device",
                    self.place.name()
                );
                report.at(ident, format!("{headline}\nhelp: a grid can, as in `#[grid(n.min(multiprocessors))]`"));
                TokenStream::new()
            }
            None => self.unknown(ident, report),
        }
    }

    /// A name where a `bool` is needed.
    pub(crate) fn flag(&self, ident: &Ident, report: &mut Report) -> TokenStream {
        match self.find(ident) {
            Some(Value::Parameter(parameter)) if parameter.declared == Declared::Scalar(Element::Bool) => {
                let name = located(&parameter.ident, ident);
                let name = quote!(#name);
                self.uses(ident, &name, None);
                name
            }
            Some(Value::Constant(constant)) if matches!(constant.value(), Constant::Bool(_)) => {
                self.constant(constant, ident)
            }
            Some(Value::Parameter(parameter)) => no_flag(ident, &format!("`{}`", parameter.declared), report),
            Some(Value::Constant(constant)) => {
                let shown = constant.shown();
                no_flag(ident, &format!("the constant {shown}"), report)
            }
            Some(Value::Multiprocessors) => no_flag(ident, "a number", report),
            None => self.unknown(ident, report),
        }
    }

    /// The value of a constant: of the kernel, or of the variant that is launched.
    fn constant(&self, constant: &Associated<'_>, used: &Ident) -> TokenStream {
        let name = located(&constant.ident, used);
        let value = if constant.varies() {
            let variant = self.variant;
            quote!(#variant.#name())
        } else {
            quote!(Self::#name)
        };
        self.uses(used, &value, Some(constant));
        value
    }

    pub(crate) fn find(&self, ident: &Ident) -> Option<Value<'a>> {
        let name = names::plain(ident);
        let parameter = self.parameters.iter().find(|parameter| names::plain(&parameter.ident) == name);
        let constant = || self.constants.iter().find(|constant| constant.name == name || constant.upper == name);
        let device = || (name == MULTIPROCESSORS).then_some(Value::Multiprocessors);
        parameter.map(Value::Parameter).or_else(|| constant().map(Value::Constant)).or_else(device)
    }

    /// Says which names are integers, where another was used as one.
    fn no_integer(&self, ident: &Ident, found: &str, report: &mut Report) -> TokenStream {
        let (lines, _) = self.usable(false);
        let headline = match self.place {
            Place::Grid => format!("`{ident}` is {found}, the grid needs an integer"),
            Place::Condition => format!("`{ident}` is {found}, a comparison needs an integer"),
            Place::Tuned => format!("`{ident}` is {found}, a key needs an integer"),
        };
        report.at(ident, messages::facts(&headline, &lines));
        TokenStream::new()
    }

    /// The arguments and constants that a grid can use, with and without those that are `bool`, and their names.
    fn usable(&self, flags: bool) -> (Vec<(&'static str, String)>, Vec<String>) {
        let integers = self.parameters.iter().filter(|parameter| match &parameter.declared {
            Declared::Scalar(element) => element.is_integer() || (flags && *element == Element::Bool),
            _ => false,
        });
        let arguments: Vec<String> = integers.map(|parameter| names::plain(&parameter.ident)).collect();
        let constants: Vec<&Associated<'_>> = self
            .constants
            .iter()
            .filter(|constant| match constant.value() {
                Constant::Int(_) => true,
                Constant::Bool(_) => flags,
                _ => false,
            })
            .collect();
        let valued = constants.iter().map(|constant| format!("{} = {}", constant.upper, constant.shown()));
        let list = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let lines = vec![("integer arguments", list(arguments.clone())), ("constants", list(valued.collect()))];
        let names = arguments.into_iter().chain(constants.iter().map(|constant| constant.upper.clone())).collect();
        (lines, names)
    }

    fn unknown(&self, ident: &Ident, report: &mut Report) -> TokenStream {
        let (mut lines, mut candidates) = self.usable(true);
        if self.place == Place::Grid {
            candidates.push(MULTIPROCESSORS.to_owned());
        }
        let own = names::plain(ident);
        match names::nearest(&own, candidates.iter().map(String::as_str)) {
            Some(near) => lines.push(("help", format!("did you mean `{near}`?"))),
            None => {
                let of_ones_own =
                    format!("a constant of your own is written with its path: `self::{ident}`, `crate::{ident}`");
                lines.push(("help", of_ones_own));
                if self.place == Place::Grid {
                    let given = format!(
                        "what only the caller knows: leave `#[grid(…)]` out, and pass the grid, as in `launch(&stream, {ident}, …)`"
                    );
                    lines.push(("help", given));
                }
            }
        }
        let headline = format!("`{ident}` is no argument and no constant of `{}`", self.kernel);
        report.at(ident, messages::facts(&headline, &lines));
        TokenStream::new()
    }
}

/// The name that the generated code has for it, where the expression uses it.
fn located(generated: &Ident, used: &Ident) -> Ident {
    let mut ident = generated.clone();
    ident.set_span(used.span().resolved_at(generated.span()));
    ident
}

fn no_flag(ident: &Ident, found: &str, report: &mut Report) -> TokenStream {
    report.at(ident, format!("`{ident}` is {found}, a condition needs a `bool`: compare it, as in `n > BLOCK`"));
    TokenStream::new()
}
