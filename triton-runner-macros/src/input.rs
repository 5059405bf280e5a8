//! The macro's input: `crate = (path);` from the facade, then declarations.
//!
//! A declaration is `#[grid(…)] pub fn add_kernel(x: &[f32], …);`, or in short `pub add_kernel;`. With `unsafe` before `fn`
//! or before the name, launches are `unsafe`. With type parameters, `fn rms_norm<T>(x: &[T], …)`, it is of all kernels of a family.

mod attributes;
mod types;

use proc_macro2::{Group, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Attribute, Expr, Ident, LitStr, Token, Type, Visibility};

use crate::names;
use crate::report::Report;
use attributes::{Attributes, GridAttribute};
pub(crate) use attributes::{External, Given, TunedAttribute};
pub(crate) use types::Member;

/// All that one macro call declares.
pub(crate) struct Input {
    /// Path of the runtime crate, whatever its user calls it.
    pub(crate) krate: TokenStream,
    /// The declarations that parsed.
    pub(crate) declarations: Vec<Declaration>,
    /// Errors of those that didn't.
    pub(crate) report: Report,
}

/// One kernel as its user declares it.
pub(crate) struct Declaration {
    /// Doc comments and attributes.
    pub(crate) docs: Vec<Attribute>,
    /// Conditions that hold for all that is generated.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    /// Whether it is `unsafe`: then launches are, whatever is known of the kernel.
    pub(crate) is_unsafe: bool,
    /// The function's name.
    pub(crate) ident: Ident,
    /// `#[name = "…"]`: the struct's name.
    pub(crate) struct_name: Option<LitStr>,
    /// `#[kernel = "…"]`: the stem of the kernel's files.
    pub(crate) file_stem: Option<LitStr>,
    pub(crate) grid: Option<GridAttribute>,
    /// `#[requires(…)]`: conditions, all of which have to hold.
    pub(crate) requires: Vec<Expr>,
    /// `#[interchangeable(…)]`: the constants in which variants may differ and be right all the same.
    pub(crate) interchangeable: Vec<Ident>,
    /// `#[chosen(…)]`: the constants in which variants differ and of which only the caller knows which is right.
    pub(crate) chosen: Vec<Ident>,
    /// `#[tuned(…)]`: the arguments by which a variant is chosen from what was measured.
    pub(crate) tuned: Option<TunedAttribute>,
    /// `#[external(BLOCK = 1024)]`: its images come from outside the binary.
    pub(crate) external: Option<External>,
    /// `<T>`: the types for which the kernels of a family were compiled. Empty for a kernel alone.
    pub(crate) types: Vec<Ident>,
    /// For one kernel of a family, what it is of it.
    pub(crate) member: Option<Member>,
    /// The parenthesised part; `None` in the short form.
    pub(crate) signature: Option<Signature>,
    /// What is wrong with it so far.
    pub(crate) report: Report,
}

/// `(x: &[f32], n: i32)`.
pub(crate) struct Signature {
    /// The closing parenthesis: where a missing argument is missing.
    pub(crate) close: Span,
    pub(crate) parameters: Vec<Parameter>,
    /// Whether all of it parsed.
    pub(crate) complete: bool,
}

/// `x: &[f32]`.
pub(crate) struct Parameter {
    pub(crate) docs: Vec<Attribute>,
    pub(crate) ident: Ident,
    /// `#[name = "N_CTX"]`: what the kernel calls it, where Rust calls it otherwise.
    pub(crate) kernels_name: Option<LitStr>,
    pub(crate) ty: Type,
    /// The type parameter in whose place `ty` has a type.
    pub(crate) generic: Option<Ident>,
}

impl Parameter {
    /// The name that the kernel's has to be in Rust.
    pub(crate) fn matched_name(&self) -> String {
        match &self.kernels_name {
            Some(name) => names::rust_name(&name.value()),
            None => names::plain(&self.ident),
        }
    }
}

impl Declaration {
    /// The kernel that it is about.
    pub(crate) fn kernel_name(&self) -> String {
        self.file_stem.as_ref().map_or_else(|| names::plain(&self.ident), LitStr::value)
    }

    /// `<T, W>`, as it is written; nothing for a kernel alone.
    pub(crate) fn generics(&self) -> String {
        let types = self.member.as_ref().map_or(&self.types, |member| &member.parameters);
        let names: Vec<String> = types.iter().map(names::plain).collect();
        if names.is_empty() { String::new() } else { format!("<{}>", names.join(", ")) }
    }

    /// The struct that its users see: that of its family, or its own.
    pub(crate) fn struct_of_all<'a>(&'a self, own: &'a Ident) -> &'a Ident {
        self.member.as_ref().map_or(own, |member| &member.family)
    }

    /// The tokens that name it: where an error about the whole kernel is shown.
    pub(crate) fn kernel_token(&self) -> &dyn ToTokens {
        match &self.file_stem {
            Some(stem) => stem,
            None => &self.ident,
        }
    }
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let krate = parse_crate(input)?;
        let mut declarations = Vec::new();
        let mut report = Report::default();
        while !input.is_empty() {
            match input.call(parse_declaration) {
                Ok(declaration) => declarations.push(declaration),
                Err(error) => {
                    report.add(error);
                    skip_declaration(input);
                }
            }
        }
        if declarations.is_empty() && report.is_empty() {
            report.span(
                Span::call_site(),
                "no kernel is declared here\nhelp: write `pub fn add_kernel(x: &[f32], n: i32);` or, for the IR's own \
                 signature, `pub add_kernel;`"
                    .to_owned(),
            );
        }
        Ok(Self { krate, declarations, report })
    }
}

/// `crate = ($crate);`, which the facade puts first.
fn parse_crate(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    if !input.peek(Token![crate]) || !input.peek2(Token![=]) {
        return Err(syn::Error::new(Span::call_site(), "call this macro as `triton_runner_rt::triton_kernel!`"));
    }
    input.parse::<Token![crate]>()?;
    input.parse::<Token![=]>()?;
    let krate = input.parse::<Group>()?.stream();
    input.parse::<Token![;]>()?;
    Ok(krate)
}

fn skip_declaration(input: ParseStream<'_>) {
    while !input.is_empty() {
        let last = input.peek(Token![;]);
        if input.parse::<proc_macro2::TokenTree>().is_err() || last {
            return;
        }
    }
}

fn parse_declaration(input: ParseStream<'_>) -> syn::Result<Declaration> {
    let mut report = Report::default();
    let attributes = Attributes::sort(input.call(Attribute::parse_outer)?, &mut report);
    let vis: Visibility = input.parse()?;
    let is_unsafe = input.parse::<Option<Token![unsafe]>>()?.is_some();
    refuse_qualifiers(input)?;
    let long = input.parse::<Option<Token![fn]>>()?.is_some();
    let ident = parse_name(input)?;
    let types = types::parse(input, long)?;
    let signature = if long {
        if !input.peek(syn::token::Paren) {
            return Err(input.error(format!(
                "expected the arguments in parentheses: `fn {ident}(…);`\nhelp: for the IR's own signature, write \
                 `{ident};` without `fn`"
            )));
        }
        let group: Group = input.parse()?;
        Some(Signature::parse(&group, &mut report))
    } else {
        if input.peek(syn::token::Paren) {
            return Err(syn::Error::new(ident.span(), format!("expected `fn`: `fn {ident}(…);`")));
        }
        None
    };
    if long && input.is_empty() {
        let end = signature.as_ref().map_or_else(|| ident.span(), |signature: &Signature| signature.close);
        return Err(syn::Error::new(end, "expected `;` after the declaration"));
    }
    parse_end(input)?;
    let Attributes { docs, cfgs, struct_name, file_stem, grid, requires, interchangeable, chosen, tuned, external } =
        attributes;
    Ok(Declaration {
        docs,
        cfgs,
        vis,
        is_unsafe,
        ident,
        struct_name,
        file_stem,
        grid,
        requires,
        interchangeable,
        chosen,
        tuned,
        external,
        types,
        member: None,
        signature,
        report,
    })
}

fn refuse_qualifiers(input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(Token![async]) || input.peek(Token![const]) || input.peek(Token![extern]) {
        return Err(input.error("write `fn` or `unsafe fn`: a kernel has no other qualifiers"));
    }
    Ok(())
}

fn parse_name(input: ParseStream<'_>) -> syn::Result<Ident> {
    if let Ok(string) = input.fork().parse::<LitStr>() {
        let hint = format!(
            "write the name without quotes; a file whose name is no identifier is named by an attribute: `#[kernel = {}] \
             my_kernel;`",
            string.token()
        );
        return Err(input.error(hint));
    }
    let known = input.peek(Ident::peek_any) && !input.peek(Token![_]);
    if known && input.fork().parse::<Ident>().is_err() {
        let keyword = input.fork().call(Ident::parse_any)?;
        return Err(input.error(format!(
            "`{keyword}` is a keyword: write `fn name(…);`, or `r#{keyword}` for a kernel of this name"
        )));
    }
    input.parse().map_err(|_| input.error("expected a kernel: `fn add_kernel(x: &[f32], n: i32);` or `add_kernel;`"))
}

/// The `;`, which the last kernel of the short form may go without.
fn parse_end(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    if input.peek(Token![->]) {
        return Err(input.error("a kernel returns nothing: what it computes goes through `&mut [T]` arguments"));
    }
    if input.peek(Token![where]) {
        return Err(input.error("a kernel has no where clause"));
    }
    if input.peek(syn::token::Brace) {
        return Err(input.error("the body is the kernel's IR: end the declaration with `;`"));
    }
    if input.peek(Token![;]) {
        input.parse::<Token![;]>()?;
        return Ok(());
    }
    Err(input.error("expected `;` after the declaration"))
}

impl Signature {
    fn parse(group: &Group, report: &mut Report) -> Self {
        let mut parameters = Vec::new();
        let list = |input: ParseStream<'_>| -> syn::Result<()> {
            while !input.is_empty() {
                parameters.push(input.call(parse_parameter)?);
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        let result = list.parse2(group.stream());
        let complete = report.keep(result).is_some();
        Self { close: group.span_close(), parameters, complete }
    }
}

fn parse_parameter(input: ParseStream<'_>) -> syn::Result<Parameter> {
    let (docs, kernels_name) = attributes::of_parameter(input.call(Attribute::parse_outer)?)?;
    let by_reference =
        input.peek(Token![&]) && (input.peek2(Token![self]) || (input.peek2(Token![mut]) && input.peek3(Token![self])));
    // Where a type follows it is the name of an argument in Python, which Rust has no raw name for.
    let of_python = input.peek(Token![self]) && input.peek2(Token![:]);
    if (input.peek(Token![self]) && !of_python) || by_reference {
        return Err(input.error("a kernel has no `self`: leave it out; an argument called so in Python has a type, as in `self: &[f32]`, and is `self_` in Rust"));
    }
    if input.peek(Token![mut]) {
        return Err(input.error("write the name alone: what the kernel writes to is `&mut [T]` in its type"));
    }
    if input.peek(Token![_]) || input.peek(syn::token::Paren) {
        return Err(input.error("a kernel's argument has a name, as in `x: &[f32]`"));
    }
    if !input.peek(Ident::peek_any) {
        return Err(input.error("expected an argument with its name, as in `x: &[f32]`"));
    }
    let ident = if of_python { names::ident("self", input.parse::<Token![self]>()?.span) } else { input.parse()? };
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(
            ident.span(),
            format!("expected a type, as in `{ident}: &[f32]` or `{ident}: i32`"),
        ));
    }
    input.parse::<Token![:]>()?;
    Ok(Parameter { docs, ident, kernels_name, ty: input.parse()?, generic: None })
}
