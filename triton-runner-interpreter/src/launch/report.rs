//! What a launch comes to.

use super::record::Accessed;
use super::trace::Traced;
use crate::finding::Finding;

/// What happened.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// What is wrong, in the order of programs.
    pub findings: Vec<Finding>,
    /// What `tl.device_print` printed, in the order of programs.
    pub prints: Vec<String>,
    /// Buffers that were given uninitialized and not written as a whole: their places, and the first byte that has no
    /// value.
    pub unwritten: Vec<(usize, usize)>,
    /// Values that were asked for by [`Launch::trace`](super::Launch::trace), in the order of programs.
    pub traced: Vec<Traced>,
    /// Accesses of programs that [`Launch::record`](super::Launch::record) names, in the order of programs and then of time;
    /// the first 65536 of each thread.
    pub accesses: Vec<Accessed>,
    /// Programs that ran.
    pub programs: u64,
    /// Instructions that they took, and lanes in units of 64.
    pub steps: u64,
}
