//! Kernels that come in several variants: `matmul.ttir`, `matmul@wide.ttir`. Their arguments are the same, but for
//! pointers that were `None` for some, and for the blocks of descriptors; their constants, and the promises that they were
//! compiled on, may differ.
//!
//! The struct holds all variants that the device runs. Of those whose conditions hold, a launch takes the one that was
//! compiled for the most of what its arguments keep, as Triton's own specialization does.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use triton_runner_manifest::{ArgType, Argument, BuiltKernel, Constant};

use crate::input::Declaration;
use crate::messages;
use crate::names;

/// The variants of one kernel.
pub(crate) struct Variants<'a> {
    /// The enum's name.
    pub(crate) name: Ident,
    /// In the manifest's order, which is that of the enum.
    pub(crate) all: Vec<Variant<'a>>,
}

/// One of them.
pub(crate) struct Variant<'a> {
    /// Its name in the enum.
    pub(crate) ident: Ident,
    pub(crate) kernel: &'a BuiltKernel,
    pub(crate) paired: Paired<'a>,
    pub(crate) rank: Rank,
}

/// Where a variant stands by its conditions: what is right for less goes before what is right for more.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// Whether its conditions hold whatever the arguments are.
    pub(crate) unconditional: bool,
    /// The product of the integer constants in the conditions, of those in which variants differ.
    pub(crate) size: i128,
}

/// A kernel beside the one of its variants that has all arguments.
#[derive(Clone)]
pub(crate) struct Paired<'a> {
    pub(crate) kernel: &'a BuiltKernel,
    /// For each argument of that one, which of this kernel's it is; `None` where this was compiled with `None` for it.
    pub(crate) places: Vec<Option<usize>>,
}

impl<'a> Paired<'a> {
    /// A kernel beside itself.
    pub(crate) fn alone(kernel: &'a BuiltKernel) -> Self {
        Self { kernel, places: (0..kernel.arguments.len()).map(Some).collect() }
    }

    fn new(kernel: &'a BuiltKernel, whole: &BuiltKernel) -> Option<Self> {
        let equal = kernel.arguments.len() == whole.arguments.len();
        let mut own = kernel.arguments.iter().enumerate().peekable();
        let mut places = Vec::with_capacity(whole.arguments.len());
        for argument in &whole.arguments {
            let is_it = |other: &Argument| {
                // Without names only the order tells them apart.
                let named = argument.named && other.named;
                is_one_type(&argument.ty, &other.ty) && if named { argument.name == other.name } else { equal }
            };
            let is_none = matches!(kernel.constants.get(&argument.name), Some(Constant::None(())));
            match own.next_if(|(_, other)| is_it(other)) {
                Some((place, _)) => places.push(Some(place)),
                None if is_none && matches!(argument.ty, ArgType::Pointer(_)) => places.push(None),
                None => return None,
            }
        }
        own.next().is_none().then_some(Self { kernel, places })
    }

    /// Its arguments by those of the declaration, each with its place among its own.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = Option<(usize, &'a Argument)>> + '_ {
        self.places.iter().map(|place| place.and_then(|place| Some((place, self.kernel.arguments.get(place)?))))
    }

    /// The argument that the declaration has at this index.
    pub(crate) fn argument(&self, index: usize) -> Option<&'a Argument> {
        self.kernel.arguments.get((*self.places.get(index)?)?)
    }

    pub(crate) fn lacks(&self, index: usize) -> bool {
        self.places.get(index).is_some_and(Option::is_none)
    }
}

/// Whether one declared type is for both: the block of a descriptor is each kernel's own, which a launch encodes.
fn is_one_type(one: &ArgType, other: &ArgType) -> bool {
    match (one, other) {
        (ArgType::TensorDesc { element, block }, ArgType::TensorDesc { element: of_other, block: other }) => {
            element == of_other && block.len() == other.len()
        }
        (one, other) => one == other,
    }
}

/// The kernels beside the first of those that have the most arguments, so that one declaration fits them all. `None`
/// where they are no variants of one kernel. The others have its arguments, without pointers that were `None` for them.
pub(crate) fn paired<'a>(kernels: &[&'a BuiltKernel]) -> Option<(&'a BuiltKernel, Vec<Paired<'a>>)> {
    let most = kernels.iter().map(|kernel| kernel.arguments.len()).max()?;
    let whole = *kernels.iter().find(|kernel| kernel.arguments.len() == most)?;
    let all = kernels.iter().map(|kernel| Paired::new(kernel, whole)).collect::<Option<Vec<_>>>()?;
    Some((whole, all))
}

impl<'a> Variants<'a> {
    /// The variants as an enum; an error where two have one name there.
    pub(crate) fn new(all_paired: &[Paired<'a>], struct_name: &Ident, declaration: &Declaration) -> syn::Result<Self> {
        let name = format_ident!("{struct_name}Variant", span = struct_name.span());
        let mut all: Vec<Variant<'a>> = Vec::new();
        for paired in all_paired {
            let kernel = paired.kernel;
            let ident = names::camel_case(kernel.variant.as_deref().unwrap_or("base"));
            let ident = names::ident(&ident, Span::mixed_site());
            if let Some(other) = all.iter().find(|other| other.ident == ident) {
                let files = [
                    (&*other.kernel.id(), other.kernel.signature_from.clone()),
                    (&*kernel.id(), kernel.signature_from.clone()),
                ];
                let [one, another] = files;
                let lines = [one, another, ("help", "write another name after the `@` of one of them".to_owned())];
                let headline = format!("two variants of `{}` are both called `{ident}` in Rust", kernel.name);
                return Err(syn::Error::new_spanned(declaration.kernel_token(), messages::facts(&headline, &lines)));
            }
            all.push(Variant { ident, kernel, paired: paired.clone(), rank: Rank::default() });
        }
        Ok(Self { name, all })
    }

    pub(crate) fn kernels(&self) -> Vec<&'a BuiltKernel> {
        self.all.iter().map(|variant| variant.kernel).collect()
    }

    /// Whether some were compiled without the argument at this index: a launch chooses by it.
    pub(crate) fn chosen_by(&self, index: usize) -> bool {
        self.all.iter().any(|variant| variant.paired.lacks(index))
    }

    /// Whether all have the same arguments.
    pub(crate) fn alike(&self) -> bool {
        self.all.iter().all(|variant| variant.paired.places.iter().all(Option::is_some))
    }

    /// In the order in which a launch tries them: from the one that was compiled on the most promises to the one on the
    /// fewest; where that is the same, by rank; and then in their order.
    pub(crate) fn tried(&self) -> Vec<&Variant<'a>> {
        let mut sorted: Vec<&Variant<'a>> = self.all.iter().collect();
        sorted.sort_by_key(|variant| (std::cmp::Reverse(promises(variant.kernel)), variant.rank));
        sorted
    }
}

/// How much a kernel was compiled for: the bits that are known to be zero.
fn promises(kernel: &BuiltKernel) -> u32 {
    kernel.arguments.iter().map(|argument| argument.divisible_by.max(1).ilog2()).sum()
}
