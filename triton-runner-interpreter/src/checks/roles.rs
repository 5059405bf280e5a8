//! Which operands of an access are what.

use smallvec::SmallVec;
use triton_runner_ir::{Attribute, Op};

use crate::trap::Access;

/// An access of memory: its operands by their places.
#[derive(Clone, Debug)]
pub(super) struct Roles {
    pub(super) access: Access,
    /// The pointer, or descriptor and indices.
    pub(super) addresses: SmallVec<[usize; 4]>,
    pub(super) mask: Option<usize>,
    pub(super) values: SmallVec<[usize; 2]>,
    /// A load's, for lanes where its mask is false.
    pub(super) other: Option<usize>,
    pub(super) descriptor: bool,
    /// An atomic operation that only the threads of one program see as a whole.
    pub(super) alone: bool,
    /// What the program did before can be seen by those who come after an atomic operation.
    pub(super) releases: bool,
    /// The program sees what others did before an atomic operation.
    pub(super) acquires: bool,
}

impl Roles {
    fn new(access: Access, addresses: SmallVec<[usize; 4]>, values: SmallVec<[usize; 2]>) -> Self {
        let (mask, other) = (None, None);
        let (descriptor, alone, releases, acquires) = (false, false, false, false);
        Self { access, addresses, mask, values, other, descriptor, alone, releases, acquires }
    }
}

pub(super) fn roles(op: &Op) -> Option<Box<Roles>> {
    let group = |purpose: &str| {
        let mut start = 0;
        for (name, values) in op.groups() {
            let end = start + values.len();
            if name == purpose {
                return start..end;
            }
            start = end;
        }
        0..0
    };
    let count = op.operands.len();
    let optional = |place: usize| (place < count).then_some(place);
    let first = SmallVec::from_slice(&[0]);
    let roles = match &*op.name {
        "tt.load" => {
            Roles { mask: optional(1), other: optional(2), ..Roles::new(Access::Load, first, SmallVec::new()) }
        }
        "tt.store" => Roles { mask: optional(2), ..Roles::new(Access::Store, first, SmallVec::from_slice(&[1])) },
        "tt.atomic_rmw" | "tt.atomic_cas" | "tt.atomic_load" | "tt.atomic_store" => {
            let word = |name: &str| {
                let attribute = op.attribute(name)?;
                Attribute::as_keyword(attribute).or_else(|| Attribute::as_str(attribute))
            };
            let alone = word("scope") == Some("cta");
            let values = group("val").chain(group("cmp")).chain(group("value")).collect();
            Roles {
                mask: group("mask").next(),
                alone,
                releases: !alone && !matches!(word("sem"), Some("relaxed" | "acquire")),
                acquires: !alone && !matches!(word("sem"), Some("relaxed" | "release")),
                ..Roles::new(Access::Atomic, first, values)
            }
        }
        name if name.contains("descriptor_") => {
            let source = group("src");
            let access = match name {
                _ if name.ends_with("_load") || name.ends_with("_gather") => Access::Load,
                _ if name.ends_with("_reduce") => Access::Atomic,
                _ if name.ends_with("_store") || name.ends_with("_scatter") => Access::Store,
                _ => return None,
            };
            let addresses = (0..count).filter(|place| !source.contains(place)).collect();
            Roles { descriptor: true, ..Roles::new(access, addresses, source.collect()) }
        }
        _ => return None,
    };
    Some(Box::new(roles))
}
