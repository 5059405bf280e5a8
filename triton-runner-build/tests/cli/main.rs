//! `cargo triton`, the built program, as people run it. The first run installs Triton 3.3.1.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod command;
mod doctor;
mod dump;
mod export;
mod export_again;
mod export_as_written;
mod export_declared;
mod export_decorators;
mod export_targets;
mod from_cache;
mod gluon;
mod inspect;
mod known_wrong;
mod licenses;
mod liger;
mod lock;
mod lower;
mod new;
mod package;
mod page;
mod passes;
mod publish;
mod record;
mod run;
mod run_page;
mod sbom;
mod setup;
mod sign;
mod small;
mod tune;
mod written_for;
