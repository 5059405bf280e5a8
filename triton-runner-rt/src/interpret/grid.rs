//! The grid of an interpreted launch, which may wait for the number of multiprocessors.

use std::fmt;

use crate::error::Error;
use crate::grid::Grid;
use crate::{Result, spec::KernelSpec};

/// Multiprocessors of the device that the interpreter stands in for, unless
/// [`Interpretation::multiprocessors`](super::Interpretation::multiprocessors) says another number.
///
/// Few and odd: the programs of a persistent kernel go round their loops in small tests, and not all equally often.
pub const MULTIPROCESSORS: u32 = 5;

/// The most programs in each dimension that any device starts.
const MAX_GRID: [u32; 3] = [i32::MAX as u32, 65_535, 65_535];

/// The grid of a launch.
pub enum HostGrid<'a> {
    /// The same on any device.
    Fixed(Grid),
    /// By the number of multiprocessors.
    ByMultiprocessors(Box<dyn Fn(u32) -> Grid + Send + Sync + 'a>),
}

impl<'a> HostGrid<'a> {
    /// One that this function makes of the number of multiprocessors.
    pub fn by_multiprocessors(grid: impl Fn(u32) -> Grid + Send + Sync + 'a) -> Self {
        Self::ByMultiprocessors(Box::new(grid))
    }

    /// Its programs on a device with so many multiprocessors; `None` where there are none.
    pub(super) fn programs(&self, spec: &KernelSpec, multiprocessors: u32) -> Result<Option<[u32; 3]>> {
        let grid = match self {
            Self::Fixed(grid) => *grid,
            Self::ByMultiprocessors(grid) => grid(multiprocessors),
        };
        grid.within(MAX_GRID).map_err(|(axis, fault)| Error::Grid { kernel: spec.name, axis, fault })
    }
}

impl<G: Into<Grid>> From<G> for HostGrid<'_> {
    fn from(grid: G) -> Self {
        Self::Fixed(grid.into())
    }
}

impl fmt::Debug for HostGrid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(grid) => f.debug_tuple("Fixed").field(grid).finish(),
            Self::ByMultiprocessors(_) => f.debug_tuple("ByMultiprocessors").finish_non_exhaustive(),
        }
    }
}
