//! The declared arguments against those of the IR.

use std::collections::HashSet;

use proc_macro2::{Ident, Span};
use syn::Attribute;
use syn::spanned::Spanned as _;
use triton_runner_manifest::{Access, ArgType, Argument, BuiltKernel, Scalar};

use crate::input;
use crate::messages;
use crate::names;
use crate::report::Report;
use crate::types::{Declared, Element};
use crate::variants::Paired;

/// An argument of the launch function.
#[derive(Clone)]
pub(crate) struct Parameter<'a> {
    pub(crate) docs: &'a [Attribute],
    /// Its name, resolved so that lints see generated code: kernels call their sizes `M` and `N`.
    pub(crate) ident: Ident,
    /// Where its type is declared: what errors at a call refer to.
    pub(crate) span: Span,
    pub(crate) declared: Declared,
    /// The type parameter of a family that is declared in the place of its element.
    pub(crate) generic: Option<&'a Ident>,
    pub(crate) argument: &'a Argument,
}

/// The arguments as the IR has them, for the short form. What one variant writes to is written, and what one was compiled
/// without may be left out.
pub(crate) fn of_ir<'a>(kernel: &'a BuiltKernel, all: &[Paired<'a>], at: &Ident) -> Vec<Parameter<'a>> {
    let mut taken = HashSet::new();
    let parameters = kernel.arguments.iter().enumerate().map(|(i, argument)| {
        // Names that differ in the IR can be the same in Rust: `a.b` and `a_b`.
        let mut ident = names::ident(&argument.name, at.span());
        while !taken.insert(ident.to_string()) {
            ident = names::ident(&format!("{}_", names::plain(&ident)), at.span());
        }
        let mut of_all = all.iter().filter_map(|paired| paired.argument(i));
        let written = of_all.find(|argument| argument.access != Access::Read);
        Parameter {
            docs: &[],
            ident: generated(&ident),
            span: at.span().resolved_at(Span::mixed_site()),
            declared: Declared::of(written.unwrap_or(argument)).optional(all.iter().any(|paired| paired.lacks(i))),
            generic: None,
            argument,
        }
    });
    parameters.collect()
}

/// Compares a declaration with the IR. `None` where the two can't be paired. All variants are asked what they write to,
/// and which arguments they were compiled without.
pub(crate) fn matched<'a>(
    name: &str,
    signature: &'a input::Signature,
    kernel: &'a BuiltKernel,
    all: &[Paired<'a>],
    report: &mut Report,
) -> Option<Vec<Parameter<'a>>> {
    let types = signature.parameters.iter().map(|parameter| Declared::parse(&parameter.ty));
    let comparison = Comparison { name, signature, kernel };
    let repeated = comparison.refuse_repeated(report);
    let wrong_count = signature.parameters.len() != kernel.arguments.len();
    if repeated || !signature.complete || wrong_count {
        types.filter_map(Result::err).for_each(|refused| report.add(refused.error(&[])));
        if wrong_count && !repeated && signature.complete {
            comparison.wrong_count(report);
        }
        return None;
    }
    let in_place = comparison.names(report);
    let mut parameters = Vec::new();
    let pairs = signature.parameters.iter().zip(&kernel.arguments).zip(types).zip(in_place);
    for (index, (((parameter, argument), declared), in_place)) in pairs.enumerate() {
        let declared = match declared {
            Ok(declared) => declared,
            Err(refused) => {
                let known = if in_place { comparison.known(parameter, argument) } else { Vec::new() };
                report.add(refused.error(&known));
                continue;
            }
        };
        let declared = declared.sized(&argument.ty);
        // An argument in the wrong place has the type of another.
        if in_place {
            comparison.types(parameter, &declared, argument, report);
            for paired in all {
                let of_it = Comparison { name, signature, kernel: paired.kernel };
                let wrong = match paired.argument(index) {
                    Some(argument) => of_it.writes(parameter, &declared, argument, report),
                    None => of_it.lacks(parameter, &declared, report),
                };
                if wrong {
                    break;
                }
            }
        }
        let ident = generated(&parameter.ident);
        let span = parameter.ty.span().resolved_at(Span::mixed_site());
        let generic = parameter.generic.as_ref();
        parameters.push(Parameter { docs: &parameter.docs, ident, span, declared, generic, argument });
    }
    (parameters.len() == kernel.arguments.len()).then_some(parameters)
}

fn generated(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(ident.span().resolved_at(Span::mixed_site()));
    ident
}

struct Comparison<'a> {
    name: &'a str,
    signature: &'a input::Signature,
    kernel: &'a BuiltKernel,
}

impl Comparison<'_> {
    /// What the kernel's arguments are called as far as the declaration goes.
    fn declared_names(&self) -> Vec<String> {
        self.signature.parameters.iter().map(input::Parameter::matched_name).collect()
    }

    /// `fn add_kernel(…);`, as it has to be.
    fn whole(&self) -> String {
        format!("{};", declarations(self.name, self.kernel, &self.declared_names()))
    }

    fn origin(&self) -> &'static str {
        messages::origin(self.kernel)
    }

    fn file(&self) -> &str {
        &self.kernel.signature_from
    }

    fn refuse_repeated(&self, report: &mut Report) -> bool {
        let mut repeated = false;
        let parameters = &self.signature.parameters;
        for (i, parameter) in parameters.iter().enumerate() {
            if parameters.iter().take(i).any(|earlier| earlier.ident == parameter.ident) {
                let mut lines = Vec::new();
                // Without names in the IR, the declared ones would be given back.
                if self.kernel.arguments.iter().all(|argument| argument.named) {
                    lines = vec![(self.origin(), self.order(0)), ("write", self.whole())];
                }
                let headline = format!("`{}` is declared twice", parameter.ident);
                report.at(&parameter.ident, messages::facts(&headline, &lines));
                repeated = true;
            }
        }
        repeated
    }

    /// `(x, y, n) in kernels/add.ttir:3`, with the line of one of them.
    fn order(&self, index: usize) -> String {
        let order: Vec<&str> = self.kernel.arguments.iter().map(|argument| argument.name.as_str()).collect();
        let line = self.kernel.arguments.get(index).map_or(0, |argument| argument.line);
        format!("({}) in {}", order.join(", "), messages::place(self.file(), line))
    }

    /// What the IR has for an argument whose declared type is none, and what to write.
    fn known(&self, parameter: &input::Parameter, argument: &Argument) -> Vec<(&'static str, String)> {
        let place = messages::place(self.file(), argument.line);
        vec![
            (self.origin(), format!("`{}` in {place}", argument.ty)),
            ("write", ways(&names::plain(&parameter.ident), argument)),
        ]
    }

    fn wrong_count(&self, report: &mut Report) {
        let (wanted, found) = (self.kernel.arguments.len(), self.signature.parameters.len());
        let plural = if wanted == 1 { "argument" } else { "arguments" };
        let verb = if found == 1 { "is" } else { "are" };
        let headline = format!("`{}` has {wanted} {plural}, {found} {verb} declared", self.kernel.name);
        let line = self.kernel.arguments.first().map_or(0, |argument| argument.line);
        let types: Vec<String> = self.kernel.arguments.iter().map(|argument| argument.ty.to_string()).collect();
        let mut lines =
            vec![(self.origin(), format!("({}) in {}", types.join(", "), messages::place(self.file(), line)))];
        let declared = self.declared_names();
        let all_named = self.kernel.arguments.iter().all(|argument| argument.named);
        let missing = self.kernel.arguments.iter().filter(|argument| !declares(&declared, argument));
        let missing: Vec<String> = missing.map(|a| format!("`{}`", declaration(a))).collect();
        let unknown: Vec<String> =
            declared.iter().filter(|name| !self.knows(name)).map(|name| format!("`{name}`")).collect();
        let compiled_in = declared.iter().filter_map(|name| self.constant(name)).collect::<Vec<_>>();
        if !compiled_in.is_empty() {
            lines.push(("compiled in", compiled_in.join(", ")));
            let help = "what is compiled in is not passed; for a pointer that may be there, export a variant with it";
            lines.push(("help", help.to_owned()));
        } else if all_named && missing.len() + found == wanted {
            lines.push(("missing", missing.join(", ")));
        } else if all_named && found == wanted + unknown.len() {
            lines.push(("surplus", unknown.join(", ")));
        }
        lines.push(("write", self.whole()));
        let message = messages::facts(&headline, &lines);
        let surplus = self
            .signature
            .parameters
            .iter()
            .enumerate()
            .find(|(i, parameter)| if all_named { !self.knows(&parameter.matched_name()) } else { *i >= wanted });
        match surplus.or_else(|| self.signature.parameters.iter().enumerate().nth(wanted)) {
            Some((_, parameter)) if found > wanted => report.at(&parameter.ident, message),
            _ => report.span(self.signature.close, message),
        }
    }

    /// What the kernel was compiled with for a declared name that is no argument.
    fn constant(&self, declared: &str) -> Option<String> {
        let constants = self.kernel.constants.iter().filter(|_| !self.knows(declared));
        let mut own = constants.filter(|(name, _)| names::rust_name(name) == *declared);
        own.next().map(|(name, value)| format!("`{name} = {value}`"))
    }

    fn knows(&self, declared: &str) -> bool {
        self.kernel.arguments.iter().any(|argument| names::rust_name(&argument.name) == declared)
    }

    /// Compares the names that the IR has. Says for each argument whether it is where it belongs.
    fn names(&self, report: &mut Report) -> Vec<bool> {
        let declared = self.declared_names();
        let pairs = self.kernel.arguments.iter().zip(&declared);
        let in_place: Vec<bool> = pairs
            .map(|(argument, declared)| !argument.named || names::rust_name(&argument.name) == *declared)
            .collect();
        let Some(first) = in_place.iter().position(|right| !right) else { return in_place };
        let wrong = || in_place.iter().enumerate().filter(|(_, right)| !**right).map(|(i, _)| i);
        let permuted = wrong().all(|i| declared.get(i).is_some_and(|name| self.knows(name)));
        if permuted {
            self.wrong_order(first, report);
        } else {
            for i in wrong() {
                self.wrong_name(i, &declared, report);
            }
        }
        in_place
    }

    fn wrong_order(&self, first: usize, report: &mut Report) {
        let Some(parameter) = self.signature.parameters.get(first) else { return };
        let lines = [
            (self.origin(), self.order(first)),
            ("declared", format!("({})", self.declared_names().join(", "))),
            ("write", self.whole()),
        ];
        let headline = format!("the arguments of `{}` are in another order", self.kernel.name);
        report.at(&parameter.ident, messages::facts(&headline, &lines));
    }

    fn wrong_name(&self, i: usize, declared: &[String], report: &mut Report) {
        let (Some(parameter), Some(argument)) = (self.signature.parameters.get(i), self.kernel.arguments.get(i)) else {
            return;
        };
        let name = parameter.matched_name();
        let headline = match self.kernel.arguments.iter().position(|other| names::rust_name(&other.name) == name) {
            Some(place) => {
                format!("`{name}` is argument {} of `{}`, not argument {}", place + 1, self.kernel.name, i + 1)
            }
            None => format!("`{}` has no argument `{name}`", self.kernel.name),
        };
        let place = messages::place(self.file(), argument.line);
        let mut lines = vec![(self.origin(), format!("`{}: {}` in {place}", argument.name, argument.ty))];
        // Several wrong names are no typing error: the whole declaration helps more.
        if declared.iter().any(|declared| names::rust_name(&argument.name) == *declared) {
            lines.push(("write", self.whole()));
        } else {
            lines.push(("write", format!("`{}`", declaration(argument))));
        }
        report.at(&parameter.ident, messages::facts(&headline, &lines));
    }

    fn types(&self, parameter: &input::Parameter, declared: &Declared, argument: &Argument, report: &mut Report) {
        let name = names::plain(&parameter.ident);
        let place = messages::place(self.file(), argument.line);
        if !declared.matches(&argument.ty) {
            let lines = [
                (self.origin(), format!("`{}` in {place}", argument.ty)),
                ("declared", declared_as(parameter, declared)),
                ("write", ways(&name, argument)),
            ];
            let headline = format!("wrong type for argument `{name}` of `{}`", self.kernel.name);
            report.at(&parameter.ty, messages::facts(&headline, &lines));
        }
    }

    /// Refuses what can't be left out for an argument that this variant was compiled without; says whether it did.
    fn lacks(&self, parameter: &input::Parameter, declared: &Declared, report: &mut Report) -> bool {
        let optional = declared.clone().optional(true);
        if optional == *declared {
            return false;
        }
        let name = names::plain(&parameter.ident);
        let lines = [
            (self.origin(), format!("no `{name}` in {}: it was `None`", self.file())),
            ("declared", as_written(parameter, declared)),
            ("write", as_written(parameter, &optional)),
        ];
        let headline =
            format!("`{}` was compiled without `{name}`, which is declared as always there", self.kernel.id());
        report.at(&parameter.ty, messages::facts(&headline, &lines));
        true
    }

    /// Refuses `&[T]` and `&TensorMap` for what is written; says whether it did.
    fn writes(
        &self,
        parameter: &input::Parameter,
        declared: &Declared,
        argument: &Argument,
        report: &mut Report,
    ) -> bool {
        let (Some(fixed), Access::Write { line }) = (declared.written(), argument.access) else { return false };
        if fixed == *declared || !declared.matches(&argument.ty) {
            return false;
        }
        let name = names::plain(&parameter.ident);
        let stored = match line {
            0 => format!("stored to in {}", self.file()),
            line => format!("stored to in {}", messages::place(self.file(), line)),
        };
        let lines = [
            (self.origin(), stored),
            ("declared", as_written(parameter, declared)),
            ("write", as_written(parameter, &fixed)),
        ];
        let headline = format!("`{}` writes to `{name}`, which is declared as only read", self.kernel.id());
        report.at(&parameter.ty, messages::facts(&headline, &lines));
        true
    }
}

fn declares(declared: &[String], argument: &Argument) -> bool {
    declared.contains(&names::rust_name(&argument.name))
}

/// `x: &[f32]`, as one would declare this argument.
fn declaration(argument: &Argument) -> String {
    format!("{}: {}", names::rust_name(&argument.name), Declared::of(argument))
}

/// The whole declaration that fits the IR. With the declared names where the IR has none.
fn declarations(name: &str, kernel: &BuiltKernel, declared: &[String]) -> String {
    let arguments = kernel.arguments.iter().enumerate().map(|(i, argument)| match declared.get(i) {
        Some(name) if !argument.named => format!("{name}: {}", Declared::of(argument)),
        _ => declaration(argument),
    });
    format!("fn {name}({})", arguments.collect::<Vec<_>>().join(", "))
}

/// An argument with a type, and with the type parameter that stands for its element.
fn as_written(parameter: &input::Parameter, declared: &Declared) -> String {
    let name = names::plain(&parameter.ident);
    match &parameter.generic {
        Some(generic) => format!("`{name}: {}`", declared.with_element(&names::plain(generic))),
        None => format!("`{name}: {declared}`"),
    }
}

/// An argument as it is declared; of a family, with the type that it is held against.
fn declared_as(parameter: &input::Parameter, declared: &Declared) -> String {
    let written = as_written(parameter, declared);
    match &parameter.generic {
        Some(generic) => format!("{written}, where `{}` is `{}`", names::plain(generic), declared.element().name()),
        None => written,
    }
}

/// The ways to declare an argument of this type: `n: i32` or `n: u32`.
fn ways(name: &str, argument: &Argument) -> String {
    let declared = Declared::of(argument);
    let unsigned = match &argument.ty {
        ArgType::Scalar(scalar) | ArgType::Pointer(scalar) => Element::unsigned_of(*scalar),
        ArgType::TensorDesc { .. } | ArgType::TmaDesc => None,
    };
    let other = unsigned.map(|element| match &declared {
        Declared::Scalar(_) => Declared::Scalar(element),
        Declared::Pointer { mutable, nullable, .. } => {
            Declared::Pointer { element, mutable: *mutable, nullable: *nullable }
        }
        Declared::TensorMap { rank, mutable, .. } => Declared::TensorMap { element, rank: *rank, mutable: *mutable },
    });
    match (&argument.ty, other) {
        (ArgType::TmaDesc, _) => {
            let reference = if matches!(declared, Declared::TensorMap { mutable: true, .. }) { "&mut " } else { "&" };
            format!("`{name}: {reference}TensorMap<T, RANK>` with the tensor's element type and rank")
        }
        (ArgType::Scalar(Scalar::I32 | Scalar::I64), Some(other)) => {
            format!("`{name}: {declared}`, `{name}: {other}` or, checked at each launch, `{name}: usize`")
        }
        (_, Some(other)) => format!("`{name}: {declared}` or `{name}: {other}`"),
        (_, None) => format!("`{name}: {declared}`"),
    }
}
