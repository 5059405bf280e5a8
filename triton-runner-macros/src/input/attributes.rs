//! The attributes of a declaration.

mod external;

use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, LitStr, Meta, Token};

use crate::names;
use crate::report::Report;
pub(crate) use external::External;

/// `#[grid(x, y, z)]`.
#[derive(Clone)]
pub(crate) struct GridAttribute {
    /// One to three expressions.
    pub(crate) axes: Vec<Expr>,
}

/// `#[tuned(m, n, lda = n)]`.
pub(crate) struct TunedAttribute {
    /// Where errors about all of it are shown.
    pub(crate) path: syn::Path,
    /// At least one.
    pub(crate) keys: Vec<Ident>,
    /// What other arguments are where variants are timed.
    pub(crate) given: Vec<(Ident, Given)>,
}

/// What an argument is where variants are timed.
pub(crate) enum Given {
    /// A number.
    Value(Expr),
    /// Elements of memory, or the shape of a tensor: `[m, k]`.
    Shape(Vec<Expr>),
}

/// Attributes by what they are for.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) docs: Vec<Attribute>,
    pub(super) cfgs: Vec<Attribute>,
    pub(super) struct_name: Option<LitStr>,
    pub(super) file_stem: Option<LitStr>,
    pub(super) grid: Option<GridAttribute>,
    pub(super) requires: Vec<Expr>,
    pub(super) interchangeable: Vec<Ident>,
    pub(super) chosen: Vec<Ident>,
    pub(super) tuned: Option<TunedAttribute>,
    pub(super) external: Option<External>,
}

impl Attributes {
    pub(super) fn sort(attributes: Vec<Attribute>, report: &mut Report) -> Self {
        let mut sorted = Self::default();
        for attribute in attributes {
            let name = attribute.path().get_ident().map(ToString::to_string).unwrap_or_default();
            let repeated = match name.as_str() {
                "doc" => {
                    sorted.docs.push(attribute);
                    continue;
                }
                "cfg" => {
                    sorted.cfgs.push(attribute);
                    continue;
                }
                "requires" => {
                    sorted.requires.extend(report.keep(parse_condition(&attribute)));
                    continue;
                }
                "interchangeable" => {
                    sorted.interchangeable.extend(report.keep(parse_constants(&attribute)).into_iter().flatten());
                    continue;
                }
                "chosen" => {
                    sorted.chosen.extend(report.keep(parse_constants(&attribute)).into_iter().flatten());
                    continue;
                }
                "grid" => {
                    let grid = report.keep(parse_grid(&attribute));
                    grid.and_then(|grid| sorted.grid.replace(grid)).is_some()
                }
                "tuned" => {
                    let tuned = report.keep(parse_tuned(&attribute));
                    tuned.and_then(|tuned| sorted.tuned.replace(tuned)).is_some()
                }
                "external" => {
                    // With an error in it, it is one all the same: no kernel of the package is meant.
                    let external = report.keep(external::parse(&attribute)).unwrap_or_default();
                    sorted.external.replace(external).is_some()
                }
                "name" => {
                    let value = report.keep(parse_string(&attribute, "#[name = \"MyAdd\"]"));
                    value.and_then(|value| sorted.struct_name.replace(value)).is_some()
                }
                "kernel" => {
                    let value = report.keep(parse_string(&attribute, "#[kernel = \"add_kernel\"]"));
                    value.and_then(|value| sorted.file_stem.replace(value)).is_some()
                }
                _ => {
                    let known = [
                        "grid",
                        "requires",
                        "interchangeable",
                        "chosen",
                        "tuned",
                        "external",
                        "name",
                        "kernel",
                        "doc",
                        "cfg",
                    ];
                    let help = match names::nearest(&name, known) {
                        Some("doc") if !name.is_empty() => "did you mean `#[doc = \"…\"]`?".to_owned(),
                        Some(near @ ("grid" | "requires" | "interchangeable" | "chosen" | "tuned" | "external" | "cfg")) if !name.is_empty() => format!("did you mean `#[{near}(…)]`?"),
                        Some(near) if !name.is_empty() => format!("did you mean `#[{near} = \"…\"]`?"),
                        _ => "a kernel takes #[grid(…)], #[requires(…)], #[interchangeable(…)], #[chosen(…)], #[tuned(…)], #[external], \
                              #[name = \"…\"], #[kernel = \"…\"], doc comments and #[cfg(…)]"
                            .to_owned(),
                    };
                    report.at(attribute.path(), format!("unknown attribute\nhelp: {help}"));
                    continue;
                }
            };
            if repeated {
                report.at(&attribute, format!("`#[{name}]` is there twice"));
            }
        }
        sorted
    }
}

/// The doc comments of an argument, and what the kernel calls it: `#[name = "N_CTX"]`.
pub(super) fn of_parameter(attributes: Vec<Attribute>) -> syn::Result<(Vec<Attribute>, Option<LitStr>)> {
    let (mut docs, mut name) = (Vec::new(), None);
    for attribute in attributes {
        if attribute.path().is_ident("doc") {
            docs.push(attribute);
        } else if attribute.path().is_ident("name") {
            if name.replace(parse_string(&attribute, "#[name = \"N_CTX\"]")?).is_some() {
                return Err(syn::Error::new_spanned(&attribute, "`#[name]` is there twice"));
            }
        } else {
            return Err(syn::Error::new_spanned(
                &attribute,
                "arguments take doc comments and `#[name = \"…\"]`, the kernel's own name for it, only",
            ));
        }
    }
    Ok((docs, name))
}

fn parse_grid(attribute: &Attribute) -> syn::Result<GridAttribute> {
    let form = "write one to three expressions: `#[grid(n.div_ceil(BLOCK))]`, `#[grid(x, y)]`";
    let Meta::List(list) = &attribute.meta else {
        return Err(syn::Error::new_spanned(attribute, format!("a grid has dimensions\nhelp: {form}")));
    };
    let axes: Vec<Expr> = list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated)?.into_iter().collect();
    match axes.get(3) {
        Some(fourth) => Err(syn::Error::new_spanned(fourth, "a grid has at most three dimensions")),
        None if axes.is_empty() => {
            Err(syn::Error::new_spanned(attribute, format!("a grid has at least one dimension\nhelp: {form}")))
        }
        None => Ok(GridAttribute { axes }),
    }
}

fn parse_condition(attribute: &Attribute) -> syn::Result<Expr> {
    let form = "write one condition, as in `#[requires(n <= BLOCK)]`; several are joined by `&&`, or each has an \
                attribute of its own";
    let refused =
        |tokens: &dyn ToTokens| syn::Error::new_spanned(tokens, format!("expected one condition\nhelp: {form}"));
    let Meta::List(list) = &attribute.meta else { return Err(refused(attribute)) };
    let conditions = list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated)?;
    match conditions.iter().collect::<Vec<_>>().as_slice() {
        &[condition] => Ok(condition.clone()),
        [_, second, ..] => Err(refused(second)),
        [] => Err(refused(attribute)),
    }
}

fn parse_constants(attribute: &Attribute) -> syn::Result<Vec<Ident>> {
    let name = attribute.path().get_ident().map(ToString::to_string).unwrap_or_default();
    let form = format!("name the constants in which the variants differ, as in `#[{name}(TILE_K, STAGES)]`");
    let refused = || syn::Error::new_spanned(attribute, format!("expected names of constants\nhelp: {form}"));
    let Meta::List(list) = &attribute.meta else { return Err(refused()) };
    let parser =
        |input: ParseStream<'_>| Punctuated::<Ident, Token![,]>::parse_terminated_with(input, Ident::parse_any);
    let names: Vec<Ident> = list.parse_args_with(parser).map_err(|_| refused())?.into_iter().collect();
    if names.is_empty() { Err(refused()) } else { Ok(names) }
}

fn parse_tuned(attribute: &Attribute) -> syn::Result<TunedAttribute> {
    let form = "name the arguments that a choice depends on, then what the others are where variants are timed: \
                `#[tuned(m, n, k, lda = k)]`";
    let refused =
        |tokens: &dyn ToTokens| syn::Error::new_spanned(tokens, format!("expected names of arguments\nhelp: {form}"));
    let Meta::List(list) = &attribute.meta else { return Err(refused(attribute)) };
    let parser = |input: ParseStream<'_>| {
        Punctuated::<_, Token![,]>::parse_terminated_with(input, |input| {
            let name = Ident::parse_any(input)?;
            if !input.peek(Token![=]) {
                return Ok((name, None));
            }
            input.parse::<Token![=]>()?;
            Ok((name, Some(input.parse::<Expr>()?)))
        })
    };
    let (mut keys, mut given) = (Vec::new(), Vec::new());
    for (name, value) in list.parse_args_with(parser)? {
        if keys.contains(&name) || given.iter().any(|(other, _)| *other == name) {
            return Err(syn::Error::new_spanned(&name, format!("`{name}` is there twice")));
        }
        match value {
            None if !given.is_empty() => return Err(refused(&name)),
            None => keys.push(name),
            Some(Expr::Array(shape)) => given.push((name, Given::Shape(shape.elems.into_iter().collect()))),
            Some(value) => given.push((name, Given::Value(value))),
        }
    }
    if keys.is_empty() {
        return Err(refused(attribute));
    }
    Ok(TunedAttribute { path: attribute.path().clone(), keys, given })
}

fn parse_string(attribute: &Attribute, form: &str) -> syn::Result<LitStr> {
    if let Meta::NameValue(pair) = &attribute.meta
        && let Ok(string) = syn::parse2::<LitStr>(pair.value.to_token_stream())
    {
        return Ok(string);
    }
    Err(syn::Error::new_spanned(attribute, format!("write it with a string, as in `{form}`")))
}
