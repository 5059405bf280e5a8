//! Documentation of families.

use std::fmt::Write as _;

use super::{code, of_struct, of_variant};
use crate::constants::Item;
use crate::family::Family;
use crate::names;
use crate::types::Element;
use crate::variants::Variant;

/// Of the struct: each kernel's, below its type.
pub(crate) fn of_family(family: &Family<'_>) -> String {
    let mut text = if family.declaration.docs.is_empty() { String::new() } else { "\n".to_owned() };
    let element = format!("{}Element", names::plain(&family.struct_name));
    let _ = writeln!(text, "One kernel for each type of [`{element}`].");
    for (types, kernel) in family.members() {
        let about = of_struct(kernel);
        let _ = writeln!(text, "\n# {}\n\n{}", listed(types), about.trim_start());
    }
    text
}

/// Of the trait of its types.
pub(crate) fn of_element(family: &Family<'_>) -> String {
    let name = &family.struct_name;
    let types: Vec<String> = family.members().map(|(types, _)| listed(types)).collect();
    let (types, given) = match family.declaration.types.as_slice() {
        [one] => (types.join(", "), format!("--dtype {one}=…")),
        more => (types.join("; "), more.iter().map(|ty| format!("--dtype {ty}=…")).collect::<Vec<_>>().join(" ")),
    };
    format!(
        "The types that [`{name}`] was compiled for: {types}.\n\nSealed: a type more is a kernel more, which `cargo triton \
         export` with another `{given}` makes."
    )
}

/// Of a constant, which each kernel has its own value of.
pub(crate) fn of_family_constant(item: &Item) -> String {
    match item.about.as_str() {
        about if about.starts_with("The kernel was compiled with") => {
            format!("{} of the kernel for these types.", code(&item.ident.to_string()))
        }
        about => about.to_owned(),
    }
}

/// The name of a variant of the family, and what it is for each type.
pub(crate) fn of_family_variant(family: &Family<'_>, variant: &Variant<'_>) -> (String, String) {
    let mut text = String::new();
    for (types, kernel) in family.members() {
        let own = kernel.variants.iter().flat_map(|variants| &variants.all).find(|own| own.ident == variant.ident);
        if let Some(own) = own {
            let _ = writeln!(text, "# {}\n\n{}", listed(types), of_variant(kernel, own));
        }
    }
    let name = family.declaration.kernel_name();
    let id = match &variant.kernel.variant {
        Some(variant) => format!("{name}@{variant}"),
        None => name,
    };
    (id, text)
}

fn listed(types: &[Element]) -> String {
    types.iter().map(|ty| code(ty.name())).collect::<Vec<_>>().join(", ")
}
