//! Names of kernels, arguments and constants as Rust names: what `triton_kernel!` gives, and what else is written for it uses.

/// `add_kernel` as a type's name: `AddKernel`.
pub fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for word in name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let mut chars = word.chars();
        camel.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        camel.extend(chars);
    }
    if camel.starts_with(|c: char| c.is_ascii_digit()) {
        camel.insert(0, 'K');
    }
    camel
}

/// A name of the IR as one that Rust allows, where it is no keyword or is written raw: tuple leaves are called `t.0` there.
pub fn rust_name(name: &str) -> String {
    let mut name: String = name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with(|c: char| !c.is_alphabetic() && c != '_') {
        name.insert(0, '_');
    }
    // The names that no raw identifier can have.
    if matches!(name.as_str(), "_" | "self" | "Self" | "super" | "crate") {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn struct_names_are_camel_case() {
        for (name, camel) in [
            ("add_kernel", "AddKernel"),
            ("add_kernel_2d", "AddKernel2d"),
            ("matmul", "Matmul"),
            ("_fwd_kernel_2d", "FwdKernel2d"),
            ("_k", "K"),
            ("layer-norm.fwd", "LayerNormFwd"),
            ("addKernel", "AddKernel"),
            ("2x2", "K2x2"),
        ] {
            assert_eq!(camel_case(name), camel);
        }
    }
}
