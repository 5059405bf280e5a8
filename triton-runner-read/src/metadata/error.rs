//! Why a kernel's JSON can't be used.

/// Why a kernel's JSON can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message says what a field is")]
pub enum MetadataError {
    /// It is no JSON. The parser's message has line and column.
    #[error("it is not JSON: {0}; check in the file as Triton wrote it")]
    NotJson(serde_json::Error),
    /// An object has two values for one key. The message has line and column.
    #[error("{0}; keep the one that is right, or check in the file as Triton wrote it")]
    KeyTwice(serde_json::Error),
    /// It is JSON, but no object.
    #[error("it is {found}, expected an object with the keys that Triton writes (`name`, `num_warps`, …)")]
    NotAnObject { found: &'static str },
    /// A key's value has the wrong type or is out of range.
    #[error("`{key}` is {found}, expected {expected}")]
    Key {
        /// The key; `target.arch` for `arch` in `target`.
        key: String,
        /// The value, shortened.
        found: String,
        expected: &'static str,
    },
    /// The kernel was compiled for another vendor's GPU.
    #[error("`target` is {found}, expected the backend `cuda`: only kernels for NVIDIA GPUs can be embedded")]
    NotCuda { found: String },
    /// Two keys say different things of one fact.
    #[error("`{key}` says {found}, but `{other}` says {expected}; check in the file as Triton wrote it")]
    Contradiction { key: String, found: String, other: String, expected: String },
    /// An argument's type in `signature` or `kernel_signature`.
    #[error("argument `{name}` in `{key}`: {error}")]
    Type {
        /// `signature` or `kernel_signature`.
        key: &'static str,
        name: String,
        error: triton_runner_manifest::TypeError,
    },
    /// Two arguments of one name.
    #[error("`{key}` has two arguments called `{name}`; each needs a name of its own")]
    Twice {
        /// `signature` or `kernel_signature`.
        key: &'static str,
        name: String,
    },
    /// The text of `kernel_signature` is no Python tuple of tuples.
    #[error("`kernel_signature`, character {position}: {problem}")]
    KernelSignature {
        /// Counted from 1.
        position: usize,
        problem: String,
    },
}
