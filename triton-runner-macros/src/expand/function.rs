//! The functions of a struct, as each place of the generated code has them.
//!
//! A kernel alone has all of them in its struct. The kernels of a family have those that users call in a trait, by which the
//! struct of the family finds the one for its type; nothing is looked up while a program runs.

use proc_macro2::{Ident, Span, TokenStream};

/// Where functions are written.
pub(crate) enum Place {
    /// The struct of a kernel alone.
    Kernel,
    /// The struct of a family, where they call those of this implementation of the trait.
    Family(TokenStream),
    /// The trait of a family's kernels.
    Trait,
    /// One kernel's implementation of it.
    Member,
    /// The struct of that kernel: only what its own functions call.
    Helpers,
}

/// A function that users call.
pub(crate) struct Function {
    /// Documentation, as attributes.
    pub(crate) about: TokenStream,
    /// The lint that it breaks.
    pub(crate) allowed: Option<TokenStream>,
    pub(crate) is_inline: bool,
    pub(crate) is_unsafe: bool,
    pub(crate) name: Ident,
    /// From its generics to its result.
    pub(crate) signature: TokenStream,
    pub(crate) kind: Kind,
}

impl Function {
    /// One that is safe and breaks no lint.
    pub(super) fn safe(name: &str, about: TokenStream, signature: TokenStream, kind: Kind) -> Self {
        let name = Ident::new(name, Span::mixed_site());
        Self { about, allowed: None, is_inline: false, is_unsafe: false, name, signature, kind }
    }
}

/// How a function of a family calls that of its kernel, with these arguments.
pub(crate) enum Kind {
    /// With the kernel.
    Method(TokenStream),
    /// Without one.
    Free(TokenStream),
    /// To get one.
    Constructor(TokenStream),
}
