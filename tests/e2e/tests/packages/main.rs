//! Packages as users have them, built: with real kernels, bad ones and hostile ones, in every order of changes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod bad_input;
mod byte_equality;
mod cargo_builds;
#[cfg(target_os = "linux")]
mod compressed;
mod facts;
mod hostile;
mod incremental;
#[cfg(target_os = "linux")]
mod interrupted;
#[cfg(target_os = "linux")]
mod left_out;
#[cfg(target_os = "linux")]
mod locked;
mod manifest_of_this_run;
#[cfg(target_os = "linux")]
mod on_a_terminal;
#[cfg(target_os = "linux")]
mod packaged;
mod python_artifacts;
#[cfg(target_os = "linux")]
mod repeatable;
#[cfg(target_os = "linux")]
mod surroundings;
