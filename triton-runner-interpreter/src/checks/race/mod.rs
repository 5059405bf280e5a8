//! Programs that meet: every access is noted as a row, and after the launch rows are held against each other.

mod log;
mod order;
mod sweep;

pub(super) use log::{Content, Event, Log};
pub(super) use sweep::races;
