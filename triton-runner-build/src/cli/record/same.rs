//! One specialization that processes compiled under several hashes: Triton's hash counts what the environment says, and a
//! program may change that for those that it starts.

use std::collections::BTreeMap;

use super::spool::Specialization;
use crate::fs::hash::sha256;

/// Each once, with the launches of all.
pub(super) fn merged(kernels: Vec<Specialization>) -> Vec<Specialization> {
    let mut merged = BTreeMap::<String, Specialization>::new();
    for (number, kernel) in kernels.into_iter().enumerate() {
        // What can't be read is refused when it is written.
        let identity = identity(&kernel).unwrap_or_else(|| number.to_string());
        match merged.get_mut(&identity) {
            Some(known) => {
                known.launches += kernel.launches;
                known.recorded.extend(kernel.recorded);
                known.facts.tuned.extend(kernel.facts.tuned);
                known.grids.extend(kernel.grids);
                known.grids.sort();
                known.grids.dedup();
            }
            None => _ = merged.insert(identity, kernel),
        }
    }
    merged.into_values().collect()
}

/// All that is written of it but its launches.
fn identity(kernel: &Specialization) -> Option<String> {
    let facts = &kernel.facts;
    let ir = sha256(&kernel.entry.bytes(kernel.level()).ok()?);
    let said = (kernel.function(), kernel.arguments(), &facts.constants, kernel.lowered_with(), &facts.host, ir);
    serde_json::to_string(&said).ok()
}
