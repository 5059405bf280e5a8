//! `cargo triton completions`: what a shell completes the command with.

use clap::{Args, Command};
use clap_complete::Shell;

use super::{Result, terminal};

/// Print a shell's completions of `cargo-triton`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, command: Command) -> Result {
        let mut text = Vec::new();
        // Shells complete programs, and `cargo triton` is one only to cargo.
        let mut command = command.name("cargo-triton").bin_name("cargo-triton");
        clap_complete::generate(self.shell, &mut command, "cargo-triton", &mut text);
        terminal::print_bytes(&text)
    }
}
