//! What the interpreter found, and what it doesn't run.

use std::fmt::Write as _;

use triton_runner_interpreter::numbers::compare::Difference;
use triton_runner_interpreter::{ArgumentError, Finding};
use triton_runner_manifest::Arch;

use super::Error;

/// Why an interpreted launch didn't end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InterpretFailure {
    /// Something is wrong with what the kernel does.
    #[error("kernel `{kernel}` of {file}, interpreted on the CPU: {}", listed(.findings))]
    #[non_exhaustive]
    Findings {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The TTIR that ran, relative to its package.
        file: &'static str,
        /// What is wrong, in the order of programs.
        findings: Vec<Finding>,
        /// Lines of `tl.device_print` until then.
        prints: Vec<String>,
    },

    /// A device left something else in memory than the interpreter: `TRITON_RUNNER_CHECK=1`.
    #[error(
        "kernel `{kernel}` ({image}) left other numbers in memory than {file} on the interpreter: {}\ntheir sums are made in \
         another order, which gives large differences where terms cancel; else one of the two is wrong: run the kernel under \
         compute-sanitizer, and with `trace` on the interpreter",
        .differences.iter().map(Difference::to_string).collect::<Vec<_>>().join(", ")
    )]
    #[non_exhaustive]
    Differs {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The TTIR, relative to its package.
        file: &'static str,
        /// The image, as `sm_90a`.
        image: String,
        /// The largest difference of each argument whose memory differs: of its allocation.
        differences: Vec<Difference>,
    },

    /// The interpreter doesn't know an operation of the kernel.
    #[error(
        "kernel `{kernel}` of {file} was not interpreted: {reason}\nfor inline assembly give what it computes with \
         `stand_in`; run the rest on a GPU"
    )]
    #[non_exhaustive]
    Refused {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The TTIR, relative to its package.
        file: &'static str,
        /// Which operation, and why.
        reason: String,
    },

    /// Arguments that the TTIR doesn't take, or a value to trace that it doesn't compute.
    #[error("{source} ({file})")]
    #[non_exhaustive]
    Argument {
        /// The TTIR, relative to its package.
        file: &'static str,
        /// Which.
        source: ArgumentError,
    },

    /// There is no TTIR of this kernel or variant, or none for this architecture.
    #[error("there is no TTIR of kernel `{kernel}`{}, and the interpreter runs TTIR alone\n{}", for_arch(.arch), have(.embedded))]
    #[non_exhaustive]
    NoTtir {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The architecture that was asked for.
        arch: Option<Arch>,
        /// Those that there are files for.
        embedded: Vec<Arch>,
    },

    /// The kernel stored a byte that is neither 0 nor 1 to memory of `bool`s.
    #[error(
        "kernel `{kernel}` left the byte {byte} in element {element} of `{argument}`, which is memory of `bool`s: 0 or \
         1\ndeclare the argument's elements as `u8` where other bytes are meant"
    )]
    #[non_exhaustive]
    Flag {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// The element.
        element: usize,
        /// What it was.
        byte: u8,
    },
}

/// Why memory isn't handed back as initialized.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotInitialized {
    /// An element has no value.
    #[error(
        "kernel `{kernel}` did not write element {element} of `{argument}`\nlaunch more programs, or give memory that holds \
         values"
    )]
    #[non_exhaustive]
    Unwritten {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// The first element that wasn't written.
        element: usize,
    },
    /// Its elements are of another type.
    #[error("argument `{argument}` of kernel `{kernel}` has elements of type {expected}, not {found}")]
    #[non_exhaustive]
    Type {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// The type that it was given with.
        expected: &'static str,
        /// The type that was asked for.
        found: &'static str,
    },
    /// No argument of this name was given without values.
    #[error(
        "no argument `{argument}` of kernel `{kernel}` was given as `&mut [MaybeUninit<T>]`{}",
        if .given.is_empty() { String::new() } else { format!(": there is `{}`", .given.join("`, `")) }
    )]
    #[non_exhaustive]
    NotGiven {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// What was asked for.
        argument: String,
        /// Those that were.
        given: Vec<&'static str>,
    },
    /// It was handed back before.
    #[error("argument `{argument}` of kernel `{kernel}` was handed back already")]
    #[non_exhaustive]
    Taken {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The argument's name.
        argument: &'static str,
    },
}

impl InterpretFailure {
    /// What is wrong with what the kernel does, in the order of programs.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Findings { findings, .. } => findings,
            _ => &[],
        }
    }
}

impl From<InterpretFailure> for Error {
    #[cold]
    fn from(failure: InterpretFailure) -> Self {
        Error::Interpret(Box::new(failure))
    }
}

fn listed(findings: &[Finding]) -> String {
    let mut text = match findings.len() {
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    findings.iter().for_each(|finding| _ = write!(text, "\n{finding}"));
    text
}

fn for_arch(arch: &Option<Arch>) -> String {
    arch.map(|arch| format!(" for {arch}")).unwrap_or_default()
}

fn have(embedded: &[Arch]) -> String {
    if embedded.is_empty() {
        return "check in the TTIR beside its other files, as `cargo triton export` writes it".to_owned();
    }
    let names: Vec<String> = embedded.iter().map(Arch::to_string).collect();
    format!("there is some for {}", names.join(", "))
}
