//! `#[requires(…)]`: when a kernel, or a variant of it, is right.
//!
//! A condition is a `bool` in the generated code. What overflows or divides by zero has no value: a comparison with it
//! makes the whole condition one that doesn't hold.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{BinOp, Expr, Lit, UnOp};
use triton_runner_manifest::{BuiltKernel, Constant};

use crate::input::Declaration;
use crate::messages;
use crate::names;
use crate::report::Report;
use crate::scope::{Operand, Scope, Value};
use crate::variants::{Rank, Variants};

/// One condition.
pub(crate) struct Condition<'a> {
    expr: &'a Expr,
    /// As it is written.
    pub(crate) text: String,
    /// The `bool` of the generated code.
    pub(crate) holds: TokenStream,
    /// What it is about.
    pub(crate) operands: Vec<Operand>,
}

/// The conditions of a declaration.
pub(crate) fn conditions<'a>(
    declaration: &'a Declaration,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Vec<Condition<'a>> {
    let v1 = scope.v1;
    let conditions = declaration.requires.iter().map(|expr| {
        let mut compared = false;
        let plain = scope.condition(expr, &mut compared, report);
        let holds = if compared {
            quote!(({
                let mut __compared = #v1::Extent::new(0);
                let __holds = #plain;
                __holds && __compared == #v1::Extent::new(0)
            }))
        } else {
            quote!((#plain))
        };
        Condition { expr, text: messages::expression(expr), holds, operands: scope.take_used() }
    });
    conditions.collect()
}

/// Ranks the variants by their conditions; an error for one that is never right.
pub(crate) fn rank(
    conditions: &[Condition<'_>],
    variants: &mut Variants<'_>,
    scope: &Scope<'_>,
    declaration: &Declaration,
    report: &mut Report,
) {
    let differing: Vec<&str> = differing(&variants.kernels());
    let named = conditions.iter().flat_map(|condition| &condition.operands);
    let mut sizes: Vec<&str> = named.filter_map(|operand| operand.constant.as_deref()).collect();
    sizes.retain(|name| differing.contains(name));
    sizes.sort_unstable();
    sizes.dedup();
    for variant in &mut variants.all {
        let known: Vec<Option<bool>> =
            conditions.iter().map(|one| known_bool(one.expr, scope, variant.kernel)).collect();
        if let Some(never) = conditions.iter().zip(&known).find(|(_, known)| **known == Some(false)) {
            let (condition, id) = (&never.0.text, variant.kernel.id());
            let headline = format!("`{condition}` never holds for `{id}`: it would never be launched");
            let help = format!("change the condition, or remove the files of `{id}`");
            report.at(declaration.kernel_token(), format!("{headline}\nhelp: {help}"));
        }
        let size = sizes.iter().filter_map(|name| match variant.kernel.constants.get(*name) {
            Some(Constant::Int(value)) => Some(i128::from(*value)),
            _ => None,
        });
        variant.rank = Rank {
            unconditional: known.iter().all(|known| *known == Some(true)),
            size: size.fold(1, i128::saturating_mul),
        };
    }
}

/// The constants in which variants of a kernel differ, by their names in it.
pub(crate) fn differing<'a>(kernels: &[&'a BuiltKernel]) -> Vec<&'a str> {
    let mut names: Vec<&str> = kernels.iter().flat_map(|kernel| kernel.constants.keys().map(String::as_str)).collect();
    names.sort_unstable();
    names.dedup();
    let first = kernels.first();
    names.retain(|name| {
        let value = first.and_then(|first| first.constants.get(*name));
        kernels.iter().any(|kernel| kernel.constants.get(*name) != value)
    });
    names
}

/// Refuses variants that differ in a constant about which nobody said anything: not a condition, not the grid, not a
/// word of the author's.
pub(crate) fn refuse_unexplained(
    kernels: &[&BuiltKernel],
    declaration: &Declaration,
    used: &[Operand],
    report: &mut Report,
) {
    let differing = differing(kernels);
    let words = declaration.interchangeable.iter().chain(&declaration.chosen);
    let is = |word: &str, name: &str| word == name || word == names::rust_name(name).to_uppercase();
    let mut explained: Vec<&str> = used.iter().filter_map(|operand| operand.constant.as_deref()).collect();
    // A pointer of some, and `None` for the others: the argument itself chooses.
    let arguments = kernels.iter().flat_map(|kernel| &kernel.arguments);
    explained.extend(arguments.map(|argument| argument.name.as_str()));
    for word in words {
        let written = names::plain(word);
        match differing.iter().find(|name| is(&written, name)) {
            Some(name) => explained.push(name),
            None => {
                let all = if differing.is_empty() { "none".to_owned() } else { differing.join(", ") };
                let headline = format!("`{written}` is no constant in which variants of this kernel differ");
                let lines = [("they differ in", all), ("help", "leave it out".to_owned())];
                report.at(word, messages::facts(&headline, &lines));
            }
        }
    }
    let unexplained: Vec<&str> = differing.into_iter().filter(|name| !explained.contains(name)).collect();
    if !unexplained.is_empty() {
        report.at(declaration.kernel_token(), messages::unexplained_variants(kernels, &unexplained));
    }
}

/// The value of a condition for a variant, where its constants alone settle it.
fn known_bool(expr: &Expr, scope: &Scope<'_>, kernel: &BuiltKernel) -> Option<bool> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Bool(value) => Some(value.value),
            _ => None,
        },
        Expr::Paren(paren) => known_bool(&paren.expr, scope, kernel),
        Expr::Group(group) => known_bool(&group.expr, scope, kernel),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => Some(!known_bool(&unary.expr, scope, kernel)?),
        Expr::Path(path) => match constant(path, scope, kernel)? {
            Constant::Bool(value) => Some(*value),
            _ => None,
        },
        Expr::Binary(binary) => {
            let sides = || (known_bool(&binary.left, scope, kernel), known_bool(&binary.right, scope, kernel));
            let order = || Some(known_int(&binary.left, scope, kernel)?.cmp(&known_int(&binary.right, scope, kernel)?));
            match binary.op {
                BinOp::And(_) => match sides() {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (left, right) => Some(left? && right?),
                },
                BinOp::Or(_) => match sides() {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (left, right) => Some(left? || right?),
                },
                BinOp::Eq(_) => Some(order()?.is_eq()),
                BinOp::Ne(_) => Some(order()?.is_ne()),
                BinOp::Lt(_) => Some(order()?.is_lt()),
                BinOp::Le(_) => Some(order()?.is_le()),
                BinOp::Gt(_) => Some(order()?.is_gt()),
                BinOp::Ge(_) => Some(order()?.is_ge()),
                _ => None,
            }
        }
        _ => None,
    }
}

fn known_int(expr: &Expr, scope: &Scope<'_>, kernel: &BuiltKernel) -> Option<i64> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Int(int) => int.base10_parse().ok(),
            _ => None,
        },
        Expr::Paren(paren) => known_int(&paren.expr, scope, kernel),
        Expr::Group(group) => known_int(&group.expr, scope, kernel),
        Expr::Path(path) => match constant(path, scope, kernel)? {
            Constant::Int(value) => Some(*value),
            _ => None,
        },
        _ => None,
    }
}

/// What a name stands for where it is a constant of the kernel.
fn constant<'a>(path: &syn::ExprPath, scope: &Scope<'_>, kernel: &'a BuiltKernel) -> Option<&'a Constant> {
    match scope.find(path.path.get_ident()?)? {
        Value::Constant(constant) => kernel.constants.get(constant.name),
        Value::Parameter(_) | Value::Multiprocessors => None,
    }
}
