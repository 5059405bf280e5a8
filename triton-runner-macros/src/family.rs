//! A declaration with type parameters: the kernels of its family, each with a declaration of its own that is held against
//! its own IR.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote};
use syn::{LitStr, Type};
use triton_runner_manifest::{BuiltKernel, Family as Names, Manifest};

use crate::constants::Associated;
use crate::input::{Declaration, Member as Of, Parameter, Signature};
use crate::messages;
use crate::names;
use crate::report::Report;
use crate::resolve::{self, Resolved};
use crate::types::Element;

/// One kernel of a family, as it is declared.
pub(crate) struct Member {
    /// Its types, one for each type parameter.
    pub(crate) types: Vec<Element>,
    declaration: Declaration,
}

/// All that the generated code needs.
pub(crate) struct Family<'a> {
    pub(crate) declaration: &'a Declaration,
    pub(crate) struct_name: Ident,
    /// The kernels, each with its types. There is one at least.
    pub(crate) first: (&'a [Element], Resolved<'a>),
    pub(crate) others: Vec<(&'a [Element], Resolved<'a>)>,
}

impl<'a> Family<'a> {
    pub(crate) fn members(&self) -> impl Iterator<Item = &(&'a [Element], Resolved<'a>)> + Clone {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// The kernels of the declared family; `None` with errors in the report.
pub(crate) fn members(declaration: &Declaration, manifest: &Manifest, report: &mut Report) -> Option<Vec<Member>> {
    let struct_name = resolve::struct_name(declaration, report)?;
    let name = declaration.kernel_name();
    if let Some(tuned) = &declaration.tuned {
        let headline = format!("`{name}` can't be tuned: its kernels are timed one by one");
        let help = format!("declare one of them with its own types too, by `#[kernel = \"{name}_…\"]`");
        report.at(&tuned.path, format!("{headline}\nhelp: {help}"));
        return None;
    }
    let (name, variant) = match name.split_once('@') {
        Some((name, variant)) => (name, Some(variant)),
        None => (name.as_str(), None),
    };
    let kernels = kernels(name, manifest);
    if kernels.is_empty() {
        report.at(declaration.kernel_token(), unknown(name, declaration, manifest));
        return None;
    }
    let mut members: Vec<(&str, Member)> = Vec::new();
    for (kernel, files) in kernels {
        let refuse = |message: String| syn::Error::new_spanned(declaration.kernel_token(), message);
        let checked = names_of(declaration, name, kernel, &files).map_err(refuse);
        let types = report.keep(checked)?;
        let written: Vec<&str> = types.iter().map(|element| element.name()).collect();
        if let Some((other, _)) = members.iter().find(|(_, member)| member.types == types) {
            let lines = [
                (other, "is compiled for them".to_owned()),
                (&kernel, "is compiled for them".to_owned()),
                (&"help", "remove the files of one of them".to_owned()),
            ];
            let lines = lines.map(|(label, fact)| (*label, fact));
            let headline = format!("two kernels of the family `{name}` are for `{}`", written.join("`, `"));
            report.at(declaration.kernel_token(), messages::facts(&headline, &lines));
            return None;
        }
        let parameters = declaration.types.clone();
        let of =
            Of { family: struct_name.clone(), parameters, shown: format!("{struct_name}<{}>", written.join(", ")) };
        let stem = variant.map_or_else(|| kernel.to_owned(), |variant| format!("{kernel}@{variant}"));
        let own = format!(
            "__{}{}",
            names::plain(&struct_name),
            written.iter().map(|ty| names::camel_case(ty)).collect::<String>()
        );
        let declaration = declaration.of_member(&stem, &own, &written, of);
        members.push((kernel, Member { types, declaration }));
    }
    Some(members.into_iter().map(|(_, member)| member).collect())
}

/// No family of this name was built.
fn unknown(name: &str, declaration: &Declaration, manifest: &Manifest) -> String {
    let types: Vec<String> = declaration.types.iter().map(names::plain).collect();
    let alone = manifest.kernels.iter().any(|kernel| kernel.name == name);
    let mut families: Vec<&str> =
        manifest.kernels.iter().filter_map(|kernel| Some(kernel.family.as_ref()?.name.as_str())).collect();
    families.dedup();
    let dtypes = types.iter().map(|ty| format!("--dtype {ty}=fp16,bf16")).collect::<Vec<_>>().join(" ");
    let mut text = if alone {
        format!("`{name}` is one kernel, and of no family: it has no `<{}>`", types.join(", "))
    } else {
        format!("no kernels of a family `{name}`, for `<{}>`", types.join(", "))
    };
    match names::nearest(name, families.iter().copied()) {
        Some(nearest) if !alone => {
            let _ = write!(text, "\nhelp: did you mean `{nearest}`?");
        }
        _ => {
            let _ =
                write!(text, "\nhelp: export it for several types: `cargo triton export FILE.py::{name} {dtypes} …`");
        }
    }
    if alone {
        let _ = write!(text, "\n      or write the types of its arguments: `fn {}(…);`", declaration.ident);
    }
    text
}

/// The kernels of a family by name, each as all of its variants.
pub(crate) fn kernels<'a>(name: &str, manifest: &'a Manifest) -> BTreeMap<&'a str, Vec<&'a BuiltKernel>> {
    let is_of = |kernel: &BuiltKernel| kernel.family.as_ref().is_some_and(|family| family.name == name);
    let of_it = manifest.kernels.iter().filter(|kernel| is_of(kernel));
    of_it.map(|kernel| (kernel.name.as_str(), manifest.variants(&kernel.name).collect())).collect()
}

/// The types of a kernel by the declared names.
fn names_of(
    declaration: &Declaration,
    name: &str,
    kernel: &str,
    files: &[&BuiltKernel],
) -> Result<Vec<Element>, String> {
    let mut families = files.iter().map(|file| (file, file.family.as_ref()));
    let (first, Some(family)) = families.next().map_or((None, None), |(file, family)| (Some(file), family)) else {
        return Err(differing(kernel, files));
    };
    if families.any(|(_, other)| other != Some(family)) {
        return Err(differing(kernel, files));
    }
    let file = first.map_or("", |file| file.signature_from.as_str());
    let same = family.types.len() == declaration.types.len()
        && declaration.types.iter().all(|ident| family.types.contains_key(&names::plain(ident)));
    if !same {
        return Err(other_parameters(declaration, name, family, file));
    }
    let of = |ident: &Ident| {
        let parameter = names::plain(ident);
        let ty = family.types.get(&parameter).map(String::as_str).unwrap_or_default();
        match Element::of_triton(ty) {
            Some(Element::Bool) | None => {
                let lines = [
                    ("of", format!("`{kernel}` in {file}")),
                    ("help", format!("declare that kernel alone: `fn {kernel}(…);`, and take `{ty}` from --dtype")),
                ];
                let headline = format!("`{parameter}` is `{ty}`, which is no type that all memory can have");
                Err(messages::facts(&headline, &lines))
            }
            Some(element) => Ok(element),
        }
    };
    declaration.types.iter().map(of).collect()
}

/// Files of one kernel that say different things of its family.
fn differing(kernel: &str, files: &[&BuiltKernel]) -> String {
    let named: Vec<(String, String)> = files
        .iter()
        .map(|file| {
            let family =
                file.family.as_ref().map_or_else(|| "of no family".to_owned(), |family| format!("of {family}"));
            (format!("`{}`", file.id()), family)
        })
        .collect();
    let mut lines: Vec<(&str, String)> = named.iter().map(|(id, family)| (id.as_str(), family.clone())).collect();
    lines.push(("help", "export them again, all by one command, or remove the files that are older".to_owned()));
    messages::facts(&format!("the variants of `{kernel}` are of different families"), &lines)
}

/// Other type parameters than those of the export.
fn other_parameters(declaration: &Declaration, name: &str, family: &Names, file: &str) -> String {
    let list = |names: Vec<String>| format!("`<{}>`", names.join(", "));
    let known: Vec<String> = family.types.keys().cloned().collect();
    let ident = &declaration.ident;
    let lines = [
        ("exported", format!("{} in the JSON of {file}", list(known.clone()))),
        ("declared", list(declaration.types.iter().map(names::plain).collect())),
        ("write", format!("`fn {ident}<{}>(…);`", known.join(", "))),
    ];
    messages::facts(&format!("the types of the family `{name}` have other names"), &lines)
}

/// Holds each kernel against its own IR. The first that doesn't fit is told, with all that is wrong with it.
pub(crate) fn resolve<'a>(
    declaration: &'a Declaration,
    members: &'a [Member],
    manifest: &'a Manifest,
    v1: &TokenStream,
    report: &mut Report,
) -> Option<Family<'a>> {
    let mut resolved = Vec::new();
    for member in members {
        let kernel = resolve::resolve(&member.declaration, manifest, v1, report)?;
        report.is_empty().then_some(())?;
        resolved.push((member.types.as_slice(), kernel));
    }
    let mut resolved = resolved.into_iter();
    let first = resolved.next()?;
    let family = Family {
        declaration,
        struct_name: resolve::struct_name(declaration, report)?,
        first,
        others: resolved.collect(),
    };
    let (_, whole) = &family.first;
    if let Some(message) = family.others.iter().find_map(|(_, other)| unlike(whole, other)) {
        report.at(declaration.kernel_token(), message);
        return None;
    }
    Some(family)
}

/// What keeps two kernels from having one enum of variants.
fn unlike(whole: &Resolved<'_>, other: &Resolved<'_>) -> Option<String> {
    let of = |resolved: &Resolved<'_>| {
        let all = resolved.variants.iter().flat_map(|variants| &variants.all);
        let ids: Vec<String> = all.map(|variant| variant.ident.to_string()).collect();
        if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
    };
    let alone = "declare each kernel of it alone";
    let names = [&whole.kernel.name, &other.kernel.name].map(|name| format!("`{name}`"));
    let help = |again: &str| format!("{again}, or {alone}: `fn {}(…);`", other.kernel.name);
    let told = |headline: &str, facts: [String; 2], again: &str| {
        let [one, another] = facts;
        let [first, second] = &names;
        messages::facts(headline, &[(first.as_str(), one), (second.as_str(), another), ("help", help(again))])
    };
    if of(whole) != of(other) {
        let again = "export the family again with the same variants for each type";
        return Some(told("kernels of a family have different variants", [of(whole), of(other)], again));
    }
    let varying = |resolved: &Resolved<'_>| -> Vec<(String, String)> {
        let varying = resolved.constants.iter().filter(|constant| constant.varies());
        let values =
            |constant: &Associated<'_>| constant.values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        varying.map(|constant| (constant.name.to_owned(), values(constant))).collect()
    };
    let (one, another) = (varying(whole), varying(other));
    let list = |all: &[(String, String)]| {
        let all: Vec<String> = all.iter().map(|(name, values)| format!("{name} = {values}")).collect();
        if all.is_empty() { "no constants".to_owned() } else { all.join("; ") }
    };
    (one != another).then(|| {
        let again = "export the family again with the same constants in each variant";
        told("variants of a family's kernels differ in constants", [list(&one), list(&another)], again)
    })
}

/// The name of the trait of a family's types.
pub(crate) fn element_trait(struct_name: &Ident) -> Ident {
    format_ident!("{struct_name}Element", span = struct_name.span())
}

/// `<T: RmsNormElement<W>, W: FamilyElement>`.
pub(crate) fn generics(types: &[Ident], element: &Ident, krate: &TokenStream) -> TokenStream {
    let (first, rest) = (types.first(), types.get(1..).unwrap_or_default());
    let arguments = arguments(rest);
    quote!(<#first: #element #arguments #(, #rest: #krate::FamilyElement)*>)
}

/// `<W: FamilyElement>`, where there is another type parameter than the first.
pub(crate) fn bounded(rest: &[Ident], krate: &TokenStream) -> TokenStream {
    if rest.is_empty() { TokenStream::new() } else { quote!(<#(#rest: #krate::FamilyElement),*>) }
}

/// `<W>`, where there is another.
pub(crate) fn arguments(rest: &[Ident]) -> TokenStream {
    if rest.is_empty() { TokenStream::new() } else { quote!(<#(#rest),*>) }
}

impl Declaration {
    /// The declaration of one kernel of this family: that of the file `stem`, in which each type parameter is a type.
    fn of_member(&self, stem: &str, struct_name: &str, types: &[&str], member: Of) -> Self {
        let stem = LitStr::new(stem, self.file_stem.as_ref().map_or_else(|| self.ident.span(), LitStr::span));
        let types: Vec<_> = self.types.iter().zip(types).collect();
        Self {
            docs: self.docs.clone(),
            cfgs: self.cfgs.clone(),
            vis: self.vis.clone(),
            is_unsafe: self.is_unsafe,
            ident: self.ident.clone(),
            struct_name: Some(LitStr::new(struct_name, self.ident.span())),
            file_stem: Some(stem),
            grid: self.grid.clone(),
            requires: self.requires.clone(),
            interchangeable: self.interchangeable.clone(),
            chosen: self.chosen.clone(),
            tuned: None,
            external: None,
            types: Vec::new(),
            member: Some(member),
            signature: self.signature.as_ref().map(|signature| Signature {
                close: signature.close,
                parameters: signature.parameters.iter().map(|parameter| concrete(parameter, &types)).collect(),
                complete: signature.complete,
            }),
            report: Report::default(),
        }
    }
}

/// An argument with a type in the place of a type parameter.
fn concrete(parameter: &Parameter, types: &[(&Ident, &&str)]) -> Parameter {
    let mut generic = None;
    let tokens = replaced(parameter.ty.to_token_stream(), types, &mut generic);
    Parameter {
        docs: parameter.docs.clone(),
        ident: parameter.ident.clone(),
        kernels_name: parameter.kernels_name.clone(),
        // A name in the place of a name leaves a type.
        ty: syn::parse2(tokens.clone()).unwrap_or(Type::Verbatim(tokens)),
        generic,
    }
}

fn replaced(tokens: TokenStream, types: &[(&Ident, &&str)], generic: &mut Option<Ident>) -> TokenStream {
    let one = |tree: TokenTree| match tree {
        TokenTree::Ident(ident) => match types.iter().find(|(name, _)| ident == **name) {
            Some((name, ty)) => {
                *generic = Some((*name).clone());
                TokenTree::Ident(Ident::new(ty, ident.span()))
            }
            None => TokenTree::Ident(ident),
        },
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), replaced(group.stream(), types, generic));
            inner.set_span(group.span());
            TokenTree::Group(inner)
        }
        other => other,
    };
    tokens.into_iter().map(one).collect()
}
