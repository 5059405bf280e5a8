//! What a program launched, as a table.

use super::family::Function;
use super::spool::{Launcher, Passed};
use crate::cli::terminal;

/// A line for each kernel that would be written, and for each whose launches weren't seen.
pub(super) fn of(functions: &[Function], passed: &[Passed]) -> String {
    let header = ["kernel", "from", "for", "launches", "grids", "recorded", "constants"];
    let right = ["launches", "grids", "recorded"];
    let here = std::env::current_dir().unwrap_or_default();
    let rows = functions.iter().flat_map(|function| function.members()).map(|member| {
        let kernel = &member.kernel;
        let place = kernel.place();
        let place = place.strip_prefix(&format!("{}/", here.display())).unwrap_or(&place).to_owned();
        let constants: Vec<_> = kernel.facts.constants.iter().map(|(name, value)| format!("{name}={value}")).collect();
        vec![
            member.stem.clone(),
            place,
            kernel.entry.arch.map(|arch| arch.to_string()).unwrap_or_default(),
            kernel.launches.to_string(),
            kernel.grids.len().to_string(),
            kernel.recorded.len().to_string(),
            constants.join(", "),
        ]
    });
    let others = passed.iter().map(|other| {
        // Of C++ it is known that it launches, and not how often.
        let launches = if other.launcher == Launcher::CppWrapper { "?".to_owned() } else { other.launches.to_string() };
        let none = || "-".to_owned();
        vec![other.name.clone(), other.launcher.describe().to_owned(), none(), launches, none(), none(), none()]
    });
    terminal::table(&header, &right, rows.chain(others))
}
