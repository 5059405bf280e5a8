//! `#[tuned(m, n, k, lda = k)]`: a launch chooses its variant by what was measured with the nearest of these arguments. The
//! other ones, as they are where variants are timed, are made of them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;
use syn::Ident;
use triton_runner_manifest::{BuiltKernel, Tuned as Measured};

use crate::input::{Declaration, Given, TunedAttribute};
use crate::messages;
use crate::names;
use crate::report::Report;
use crate::safety::Launches;
use crate::scope::{Place, Scope};
use crate::signature::Parameter;
use crate::types::{Declared, Element};
use crate::variants::Variants;

/// How a kernel is tuned.
pub(crate) struct Tuned {
    /// Which parameters the choice depends on.
    pub(crate) keys: Vec<usize>,
    /// How each parameter is made where variants are timed.
    pub(crate) made: Vec<Made>,
    pub(crate) tables: Vec<Table>,
}

/// How an argument is made.
pub(crate) enum Made {
    /// It is the key at this place.
    Key(usize),
    /// An integer, as an expression of type `Extent` over the keys.
    Integer(TokenStream),
    /// A float or `bool`, of which the time hardly depends.
    Constant,
    /// Memory for so many elements; `None` for as many as the launch asks for.
    Memory(Option<TokenStream>),
    /// A tensor of this shape.
    Tensor(Vec<TokenStream>),
}

/// What was measured on one GPU.
pub(crate) struct Table {
    /// Of any of the variants; their times are in `rows`.
    pub(crate) of: Measured,
    /// For each key the variants by their numbers, from the fastest to the slowest.
    pub(crate) rows: BTreeMap<Vec<i64>, Vec<usize>>,
}

/// The generated struct's field with the table of the device.
pub(crate) fn field() -> Ident {
    Ident::new("tuned", Span::mixed_site())
}

/// What a declaration says of it, held against what was measured.
pub(crate) fn tuned(
    declaration: &Declaration,
    kernels: &[&BuiltKernel],
    parameters: &[Parameter<'_>],
    variants: Option<&Variants<'_>>,
    launches: &Launches,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Option<Tuned> {
    let Some(attribute) = &declaration.tuned else {
        let unused = kernels.iter().find_map(|kernel| kernel.tuned.first()).filter(|_| variants.is_some());
        // Those of a family, which goes by no table, may be declared alone too.
        if let (Some(unused), true) = (unused, declaration.chosen.is_empty() && declaration.member.is_none()) {
            let headline = format!("`{}` was tuned, and nothing goes by it", declaration.kernel_name());
            let help = format!("write `#[tuned({})]`, or remove the file", unused.keys.join(", "));
            let lines = [("measured", unused.file.clone()), ("help", help)];
            report.at(declaration.kernel_token(), messages::facts(&headline, &lines));
        }
        return None;
    };
    let refused = match variants {
        None => Some("it has one variant: there is nothing to choose"),
        Some(_) if !declaration.chosen.is_empty() => Some("the caller chooses the variant, as `#[chosen(…)]` says"),
        Some(_) if declaration.grid.is_none() => {
            Some("where variants are timed, the grid has to be known: add `#[grid(…)]`")
        }
        Some(_) => None,
    };
    if let Some(refused) = refused {
        let headline = format!("`{}` can't be tuned: {refused}", declaration.kernel_name());
        report.at(&attribute.path, headline);
        return None;
    }
    let keys: Vec<usize> = attribute.keys.iter().filter_map(|key| key_of(key, parameters, scope, report)).collect();
    if keys.len() < attribute.keys.len() {
        return None;
    }
    let made = made(attribute, &keys, parameters, launches, scope, report);
    let names: Vec<String> = attribute.keys.iter().map(names::plain).collect();
    for measured in kernels.iter().flat_map(|kernel| &kernel.tuned) {
        if measured.keys != names {
            let headline = "these are not the arguments by which it was measured".to_owned();
            let help = "name the same ones in the same order, or measure again: `cargo triton tune`".to_owned();
            let lines = [
                ("declared", names.join(", ")),
                ("measured", measured.keys.join(", ")),
                ("in", measured.file.clone()),
                ("help", help),
            ];
            report.at(&attribute.path, messages::facts(&headline, &lines));
            return None;
        }
    }
    Some(Tuned { keys, made, tables: tables(kernels) })
}

/// The parameter that a key is.
fn key_of(key: &Ident, parameters: &[Parameter<'_>], scope: &Scope<'_>, report: &mut Report) -> Option<usize> {
    let name = names::plain(key);
    let found = parameters.iter().position(|parameter| names::plain(&parameter.ident) == name);
    let integer = |index: &usize| {
        parameters
            .get(*index)
            .is_some_and(|parameter| matches!(&parameter.declared, Declared::Scalar(e) if e.is_integer()))
    };
    let key_index = found.filter(integer);
    if key_index.is_none() {
        // It says what there is.
        scope.integer(key, report);
    }
    key_index
}

fn made(
    attribute: &TunedAttribute,
    keys: &[usize],
    parameters: &[Parameter<'_>],
    launches: &Launches,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Vec<Made> {
    let only: Vec<Parameter<'_>> = keys.iter().filter_map(|&index| parameters.get(index).cloned()).collect();
    let scope = Scope {
        place: Place::Tuned,
        kernel: scope.kernel,
        parameters: &only,
        constants: &[],
        v1: scope.v1,
        variant: scope.variant,
        used: RefCell::default(),
    };
    for (name, _) in &attribute.given {
        if !parameters.iter().any(|parameter| names::plain(&parameter.ident) == names::plain(name)) {
            report.at(name, format!("`{name}` is no argument of `{}`", scope.kernel));
        }
    }
    let each = parameters.iter().enumerate().map(|(index, parameter)| {
        if let Some(place) = keys.iter().position(|&key| key == index) {
            return Made::Key(place);
        }
        let name = names::plain(&parameter.ident);
        let given = attribute.given.iter().find(|(given, _)| names::plain(given) == name);
        let mut missing = |help: String| {
            let headline = format!("`{name}` has to be known where variants are timed");
            report.at(&attribute.path, format!("{headline}\nhelp: {help}"));
            Made::Constant
        };
        match (&parameter.declared, given.map(|(_, given)| given)) {
            (Declared::Scalar(element), None) if element.is_integer() => {
                missing(format!("write `#[tuned(…, {name} = …)]`, of the keys and of numbers"))
            }
            (Declared::Scalar(element), Some(Given::Value(value))) if element.is_integer() => {
                Made::Integer(scope.extent(value, report))
            }
            (Declared::Scalar(_), None) => Made::Constant,
            (Declared::Pointer { .. }, None) if launches.are_safe() => Made::Memory(None),
            (Declared::Pointer { .. }, None) => missing(format!(
                "nothing is proven of this kernel, so write how many elements: `#[tuned(…, {name} = [m * n])]`"
            )),
            (Declared::Pointer { .. }, Some(Given::Shape(shape))) if shape.len() == 1 => {
                Made::Memory(shape.first().map(|elements| scope.extent(elements, report)))
            }
            (Declared::TensorMap { rank, .. }, Some(Given::Shape(shape))) if shape.len() == *rank => {
                Made::Tensor(shape.iter().map(|size| scope.extent(size, report)).collect())
            }
            (Declared::TensorMap { rank, .. }, _) => {
                missing(format!("write its shape: `#[tuned(…, {name} = [{}])]`", vec!["…"; *rank].join(", ")))
            }
            (declared, Some(given)) => {
                let wanted = match declared {
                    Declared::Scalar(Element::Bool) | Declared::Scalar(_) => "leave it out: times hardly depend on it",
                    _ => "write how many elements it has: `[m * n]`",
                };
                report.at(given.tokens(), format!("`{name}` is {declared} where variants are timed\nhelp: {wanted}"));
                Made::Constant
            }
        }
    });
    each.collect()
}

/// The tables of the kernel, each with the times of all variants.
fn tables(kernels: &[&BuiltKernel]) -> Vec<Table> {
    /// Microseconds of variants, by key.
    type Rows<'a> = BTreeMap<&'a [i64], Vec<(f64, usize)>>;
    let mut files: BTreeMap<&str, (&Measured, Rows<'_>)> = BTreeMap::new();
    for (variant, measured) in
        kernels.iter().enumerate().flat_map(|(i, kernel)| kernel.tuned.iter().map(move |one| (i, one)))
    {
        let (_, rows) = files.entry(&measured.file).or_insert_with(|| (measured, BTreeMap::new()));
        for (key, micros) in &measured.times {
            rows.entry(key).or_default().push((*micros, variant));
        }
    }
    let tables = files.into_values().map(|(of, rows)| {
        let rows = rows.into_iter().map(|(key, mut times)| {
            times.sort_by(|a, b| a.0.total_cmp(&b.0));
            (key.to_vec(), times.into_iter().map(|(_, variant)| variant).collect())
        });
        Table { of: of.clone(), rows: rows.collect() }
    });
    tables.collect()
}

impl Tuned {
    /// How a launch chooses, in its documentation, up to the "f" of "of the variants".
    pub(crate) fn said(&self) -> String {
        let tables = self.tables.iter().map(|table| format!("{} (`{}`)", table.of.gpu, table.of.file));
        match tables.collect::<Vec<_>>().as_slice() {
            [] => "O".to_owned(),
            all => format!(
                "It takes the fastest of these, as it was measured with the nearest arguments on such a GPU: {}. On others, o",
                all.join(", ")
            ),
        }
    }
}

impl Given {
    fn tokens(&self) -> TokenStream {
        match self {
            Self::Value(value) => value.to_token_stream(),
            Self::Shape(shape) => shape.iter().map(|size| size.to_token_stream()).collect(),
        }
    }
}
