//! Constants that an autotuner chose, of an export that made a variant of each of its configurations.

use triton_runner_manifest::HostAct;

use crate::cli::export::Told;
use crate::read::ParsedKernel;

/// Their names: constants that neither the command line said nor heuristics computed. Each configuration is right, so they
/// may differ. None of a kernel that was exported otherwise.
pub(super) fn of(kernel: &ParsedKernel) -> Vec<String> {
    let told = kernel.metadata.iter().find_map(|named| Told::of(&named.metadata)).filter(Told::is_autotuned);
    let Some(told) = told else { return Vec::new() };
    let host = kernel.host();
    let computed = host.iter().filter(|work| work.does == HostAct::Heuristics).flat_map(|work| &work.names);
    let computed: Vec<_> = computed.collect();
    let names = kernel.constants.keys().filter(|name| !told.says(name) && !computed.contains(name));
    names.cloned().collect()
}
