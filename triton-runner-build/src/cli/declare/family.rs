//! Kernels that are one text, compiled for several types: one declaration with type parameters.

use std::collections::{BTreeMap, BTreeSet};

use triton_runner_manifest::{ArgType, Argument, Family, Scalar};

use super::subject::Subject;
use crate::read::ParsedKernel;
use crate::read::files::split_variant;

/// A family's kernels, each with its variants.
pub(super) struct Generic<'a> {
    /// The type parameters.
    pub(super) parameters: Vec<&'a str>,
    members: Vec<(&'a Family, &'a Subject<'a>)>,
}

/// The families among these kernels, by name.
pub(super) fn all<'a>(kernels: &'a BTreeMap<&'a str, Subject<'a>>) -> BTreeMap<&'a str, Generic<'a>> {
    let mut families = BTreeMap::<&str, Generic<'_>>::new();
    for subject in kernels.values() {
        let Some((first, _)) = subject.variants.first() else { continue };
        // What its files don't agree on, the macro says.
        let Some(family) = &first.family else { continue };
        let parameters = || family.types.keys().map(String::as_str).collect();
        let generic =
            families.entry(&family.name).or_insert_with(|| Generic { parameters: parameters(), members: Vec::new() });
        generic.members.push((family, subject));
    }
    families
}

impl<'a> Generic<'a> {
    /// The kernel that the others are held against.
    pub(super) fn first(&self) -> Option<&'a Subject<'a>> {
        self.members.first().map(|(_, subject)| *subject)
    }

    /// The names of its kernels.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        let first = self.members.iter().filter_map(|(_, subject)| subject.variants.first());
        first.map(|(kernel, _)| split_variant(&kernel.name).0)
    }

    /// All variants of all of its kernels.
    pub(super) fn together(&self) -> Subject<'a> {
        let variants = self.members.iter().flat_map(|(_, subject)| subject.variants.iter().copied());
        Subject { variants: variants.collect() }
    }

    /// Why one declaration doesn't hold for all of them; `None` where it does.
    pub(super) fn unlike(&self) -> Option<String> {
        let first = self.first()?;
        let whole = whole(first);
        for (family, subject) in &self.members {
            let own = self::whole(subject);
            let name = subject.variants.first().map_or("", |(kernel, _)| split_variant(&kernel.name).0);
            if family.types.keys().map(String::as_str).ne(self.parameters.iter().copied()) {
                return Some(format!("`{name}` has other type parameters"));
            }
            if variants(subject) != variants(first) {
                return Some(format!("`{name}` has other variants"));
            }
            let named = |arguments: &[Argument]| arguments.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
            if named(own) != named(whole) {
                return Some(format!("`{name}` has other arguments"));
            }
        }
        let open = whole.iter().enumerate().find(|(index, argument)| {
            self.parameter(*index, &argument.ty).is_none() && self.types(*index).any(|ty| ty != Some(&argument.ty))
        });
        open.map(|(_, argument)| format!("`{}` has types that no type parameter stands for", argument.name))
    }

    /// The type parameter that stands for the element of an argument.
    pub(super) fn parameter(&self, index: usize, ty: &ArgType) -> Option<&'a str> {
        let varies = self.types(index).any(|other| other != Some(ty));
        // A scalar that has one type in all kernels is none that was asked for by the family's name.
        if !varies && matches!(ty, ArgType::Scalar(_)) {
            return None;
        }
        let stands = |parameter: &&&str| {
            self.members.iter().zip(self.types(index)).all(|((family, _), ty)| {
                let wanted = family.types.get(**parameter).and_then(|ty| Scalar::from_triton(ty));
                wanted.is_some() && ty.and_then(element) == wanted
            })
        };
        self.parameters.iter().find(stands).copied()
    }

    /// The types that an argument has in the kernels.
    fn types(&self, index: usize) -> impl Iterator<Item = Option<&'a ArgType>> {
        self.members.iter().map(move |(_, subject)| whole(subject).get(index).map(|argument| &argument.ty))
    }
}

/// The arguments of a kernel: of the variant that has the most.
pub(super) fn whole<'a>(subject: &Subject<'a>) -> &'a [Argument] {
    let most = |kernel: &&ParsedKernel| kernel.arguments.len();
    let longest = subject.variants.iter().map(|(kernel, _)| *kernel).max_by_key(most);
    longest.map(|kernel| kernel.arguments.as_slice()).unwrap_or_default()
}

fn variants<'a>(subject: &Subject<'a>) -> BTreeSet<Option<&'a str>> {
    subject.variants.iter().map(|(kernel, _)| split_variant(&kernel.name).1).collect()
}

fn element(ty: &ArgType) -> Option<Scalar> {
    match ty {
        ArgType::Scalar(scalar) | ArgType::Pointer(scalar) => Some(*scalar),
        ArgType::TensorDesc { element, .. } => Some(*element),
        ArgType::TmaDesc => None,
    }
}
