//! Kernels whose images come from outside the binary: all that is known of one is its declaration, so it stands in the
//! place of the manifest.

use std::collections::BTreeMap;

use triton_runner_manifest::{Access, ArgType, Argument, BuiltKernel, Manifest, Safety, UnsafeBecause};

use crate::input::{Declaration, External, Signature};
use crate::report::Report;
use crate::types::Declared;

/// Why launches of such a kernel are `unsafe`.
const BECAUSE: &str = "its machine code comes from outside the binary, and nothing ties that to anything of which a build \
                       could prove what it touches";

/// A manifest with the declared kernel; `None` with errors in the report.
pub(crate) fn manifest(declaration: &Declaration, external: &External, report: &mut Report) -> Option<Manifest> {
    let Declaration { types, tuned, interchangeable, chosen, .. } = declaration;
    if let Some(first) = types.first() {
        report.at(
            first,
            "a kernel from outside the binary has no type parameters\nhelp: declare one for each type, with a `#[name]` of \
             its own"
                .to_owned(),
        );
    }
    let of_variants = tuned.iter().map(|tuned| tuned.path.get_ident());
    let of_variants = of_variants.flatten().chain(interchangeable).chain(chosen);
    for ident in of_variants {
        report.at(ident, "a kernel from outside the binary has no variants to choose among".to_owned());
    }
    let Some(signature) = &declaration.signature else {
        let ident = &declaration.ident;
        report.at(
            ident,
            format!(
                "a kernel from outside the binary is declared with its arguments: no IR is there to have them from\nhelp: \
                 write `unsafe fn {ident}(x: &[f32], n: i32);`"
            ),
        );
        return None;
    };
    let arguments = arguments(signature, report);
    let complete = signature.complete;
    (report.is_empty() && complete).then_some(())?;
    let kernel = BuiltKernel {
        name: declaration.kernel_name(),
        variant: None,
        family: None,
        signature_from: "its declaration".to_owned(),
        arguments,
        constants: external.constants.iter().cloned().collect::<BTreeMap<_, _>>(),
        host: Vec::new(),
        writes_elsewhere: None,
        left_out: None,
        safety: Safety::Unsafe(vec![UnsafeBecause {
            argument: None,
            reason: BECAUSE.to_owned(),
            file: None,
            line: None,
        }]),
        images: Vec::new(),
        ttir: Vec::new(),
        tuned: Vec::new(),
        sources: Vec::new(),
    };
    Some(Manifest { format: Manifest::FORMAT, folders: Vec::new(), kernels: vec![kernel], packed: None })
}

fn arguments(signature: &Signature, report: &mut Report) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for parameter in &signature.parameters {
        match Declared::parse(&parameter.ty) {
            Ok(declared) => arguments.push(Argument {
                name: parameter.matched_name(),
                named: true,
                ty: ty(&declared),
                divisible_by: 1,
                line: 0,
                access: if declared.is_written() { Access::Write { line: 0 } } else { Access::Read },
            }),
            Err(refused) => report.add(refused.error(&[])),
        }
    }
    arguments
}

/// The type as Triton spells it. The block of a tensor descriptor is in the file alone.
fn ty(declared: &Declared) -> ArgType {
    match declared {
        Declared::Scalar(element) => ArgType::Scalar(element.scalar()),
        Declared::Pointer { element, .. } => ArgType::Pointer(element.scalar()),
        Declared::TensorMap { element, rank, .. } => {
            ArgType::TensorDesc { element: element.scalar(), block: vec![1; *rank] }
        }
    }
}
