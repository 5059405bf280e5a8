//! A declaration together with what the manifest knows about its kernel.

use std::cell::RefCell;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use triton_runner_manifest::{BuiltKernel, Manifest};

use crate::constants::{self, Associated};
use crate::expression;
use crate::input::Declaration;
use crate::messages;
use crate::names;
use crate::report::Report;
use crate::requires::{self, Condition};
use crate::safety::{self, Launches};
use crate::scope::{Place, Scope};
use crate::signature::{self, Parameter};
use crate::tuned::{self, Tuned};
use crate::variants::{self, Variants};

/// All that the generated code needs.
pub(crate) struct Resolved<'a> {
    pub(crate) declaration: &'a Declaration,
    /// The kernel, or the first of its variants that has all arguments.
    pub(crate) kernel: &'a BuiltKernel,
    /// Its variants, where it has several.
    pub(crate) variants: Option<Variants<'a>>,
    pub(crate) struct_name: Ident,
    pub(crate) parameters: Vec<Parameter<'a>>,
    pub(crate) constants: Vec<Associated<'a>>,
    /// The three dimensions as expressions of type `Extent`; `None` where the caller gives the grid.
    pub(crate) grid: Option<[TokenStream; 3]>,
    /// Whether the grid depends on the device's number of multiprocessors.
    pub(crate) grid_by_device: bool,
    /// All of them have to hold.
    pub(crate) conditions: Vec<Condition<'a>>,
    pub(crate) launches: Launches,
    pub(crate) tuned: Option<Tuned>,
}

/// Matches them; `None` with errors in the report.
pub(crate) fn resolve<'a>(
    declaration: &'a Declaration,
    manifest: &'a Manifest,
    v1: &TokenStream,
    report: &mut Report,
) -> Option<Resolved<'a>> {
    let struct_name = struct_name(declaration, report);
    let name = declaration.kernel_name();
    let kernels = kernels(&name, manifest);
    if kernels.is_empty() {
        report.at(declaration.kernel_token(), messages::unknown_kernel(&name, manifest));
        return None;
    }
    let Some((kernel, paired)) = variants::paired(&kernels) else {
        report.at(declaration.kernel_token(), messages::unlike_variants(&kernels));
        return None;
    };
    let ident = &declaration.ident;
    let parameters = match &declaration.signature {
        Some(signature) => signature::matched(&ident.to_string(), signature, kernel, &paired, report)?,
        None => signature::of_ir(kernel, &paired, ident),
    };
    let constants = constants::of(&kernels);
    let variant = variant_variable();
    let scope = Scope {
        place: Place::Grid,
        kernel: &kernel.name,
        parameters: &parameters,
        constants: &constants,
        v1,
        variant: &variant,
        used: RefCell::default(),
    };
    let grid = axes(declaration, &scope, report);
    let mut used = scope.take_used();
    let grid_by_device = scope.asks_device(&used);
    let scope = Scope { place: Place::Condition, ..scope };
    let conditions = requires::conditions(declaration, &scope, report);
    used.extend(conditions.iter().flat_map(|condition| condition.operands.clone()));
    // What is wrong with an expression is told first: it may be about these constants.
    if report.is_empty() {
        requires::refuse_unexplained(&kernels, declaration, &used, report);
    }
    let struct_name = struct_name?;
    let variants = match paired.as_slice() {
        [_] => None,
        all => {
            let mut variants = report.keep(Variants::new(all, declaration.struct_of_all(&struct_name), declaration))?;
            requires::rank(&conditions, &mut variants, &scope, declaration, report);
            Some(variants)
        }
    };
    report.is_empty().then_some(())?;
    let launches = match safety::of(&paired, &parameters) {
        Launches::Unsafe(because) if !declaration.is_unsafe => {
            report.at(declaration.kernel_token(), safety::unproven(declaration, &because));
            return None;
        }
        Launches::Safe(_) if declaration.is_unsafe => Launches::Unsafe(Vec::new()),
        launches => launches,
    };
    let tuned = tuned::tuned(declaration, &kernels, &parameters, variants.as_ref(), &launches, &scope, report);
    report.is_empty().then_some(())?;
    Some(Resolved {
        declaration,
        kernel,
        variants,
        struct_name,
        parameters,
        constants,
        grid,
        grid_by_device,
        conditions,
        launches,
        tuned,
    })
}

/// The kernel of this name, as all of its variants; of `matmul@small`, that variant alone.
pub(crate) fn kernels<'a>(name: &str, manifest: &'a Manifest) -> Vec<&'a BuiltKernel> {
    let one = name.contains('@');
    let named = |kernel: &&BuiltKernel| if one { kernel.id() == name } else { kernel.name == name };
    manifest.kernels.iter().filter(named).collect()
}

/// The variable of the generated code that holds the variant that is launched.
pub(crate) fn variant_variable() -> Ident {
    Ident::new("__variant", Span::mixed_site())
}

fn axes(declaration: &Declaration, scope: &Scope<'_>, report: &mut Report) -> Option<[TokenStream; 3]> {
    let attribute = declaration.grid.as_ref()?;
    let v1 = scope.v1;
    let one = quote!(#v1::Extent::new(1));
    let mut axes = [one.clone(), one.clone(), one];
    for (axis, expr) in axes.iter_mut().zip(&attribute.axes) {
        if expression::is_zero(expr) {
            report.at(expr, "this grid is always empty: nothing would ever be launched".to_owned());
        }
        *axis = scope.extent(expr, report);
    }
    Some(axes)
}

/// The name of the struct; errors are about `#[name]` only.
pub(crate) fn struct_name(declaration: &Declaration, report: &mut Report) -> Option<Ident> {
    match &declaration.struct_name {
        Some(name) => match name.parse::<Ident>() {
            Ok(ident) => Some(ident),
            Err(_) => {
                let text = name.value();
                let help = names::camel_case(&text);
                report.at(name, format!("`{text}` is no name for a Rust type\nhelp: write `#[name = \"{help}\"]`"));
                None
            }
        },
        None => Some(names::ident(&names::camel_case(&names::plain(&declaration.ident)), declaration.ident.span())),
    }
}
