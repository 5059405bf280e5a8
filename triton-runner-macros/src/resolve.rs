//! A declaration together with what the manifest knows about its kernel.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use triton_runner_manifest::{Kernel, Manifest};

use crate::constants::{self, Associated};
use crate::grid::{self, Scope};
use crate::input::Declaration;
use crate::messages;
use crate::names;
use crate::report::Report;
use crate::signature::{self, Parameter};

/// All that the generated code needs.
pub(crate) struct Resolved<'a> {
    pub(crate) declaration: &'a Declaration,
    pub(crate) kernel: &'a Kernel,
    pub(crate) struct_name: Ident,
    pub(crate) parameters: Vec<Parameter<'a>>,
    pub(crate) constants: Vec<Associated<'a>>,
    /// The three dimensions as expressions of type `Extent`; `None` where the caller gives the grid.
    pub(crate) grid: Option<[TokenStream; 3]>,
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
    let Some(kernel) = manifest.kernel(&name) else {
        report.at(declaration.kernel_token(), messages::unknown_kernel(&name, manifest));
        return None;
    };
    let ident = &declaration.ident;
    let parameters = match &declaration.signature {
        Some(signature) => signature::matched(&ident.to_string(), signature, kernel, report)?,
        None => signature::of_ir(kernel, ident),
    };
    let constants = constants::of(kernel);
    let scope = Scope { kernel: &kernel.name, parameters: &parameters, constants: &constants, v1 };
    let grid = axes(declaration, &scope, report);
    report.is_empty().then_some(())?;
    Some(Resolved { declaration, kernel, struct_name: struct_name?, parameters, constants, grid })
}

fn axes(declaration: &Declaration, scope: &Scope<'_>, report: &mut Report) -> Option<[TokenStream; 3]> {
    let attribute = declaration.grid.as_ref()?;
    let v1 = scope.v1;
    let one = quote!(#v1::Extent::new(1));
    let mut axes = [one.clone(), one.clone(), one];
    for (axis, expr) in axes.iter_mut().zip(&attribute.axes) {
        if grid::is_zero(expr) {
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
