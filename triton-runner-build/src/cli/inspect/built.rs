//! An image that was made, or found, for a look at it.

use triton_runner_manifest::BuiltImage;

use crate::obtain::made_with::MadeWith;
use crate::plan::Step;

/// An image with its bytes.
pub(super) struct Built<'a> {
    pub(super) step: &'a Step<'a>,
    pub(super) image: BuiltImage,
    pub(super) bytes: Vec<u8>,
    /// The compilers that made it, as far as they were noted.
    pub(super) made_with: MadeWith,
}
