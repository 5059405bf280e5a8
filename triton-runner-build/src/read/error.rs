//! Files whose content can't be used, or that don't agree with each other.

use triton_runner_manifest::{Arch, Level};

/// A file's content is not what its name says, or not what the kernel's other files say.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("the file is empty: make it again, or remove it")]
    Empty,
    #[error(
        "it is {encoding}, and Triton reads plain UTF-8: save it without the mark, as `Out-File -Encoding utf8NoBOM` does"
    )]
    ByteOrderMark { encoding: &'static str },
    #[error(
        "it is not UTF-8 text (first bad byte at {position}): save it as UTF-8; machine code must be named `.cubin`"
    )]
    NotText { position: usize },
    #[error(
        "its name says ttgir, and it is TTIR, with no number of warps and no layouts: name it `NAME.ttir`, or make TTGIR of it with `cargo triton lower NAME.ttir --arch sm_90 --emit ttgir`"
    )]
    NotTtgir,
    #[error("its content is for {found}, but its name says {expected}; rename it, or put the right file there")]
    OtherArch { found: Arch, expected: Arch },
    #[error(
        "nothing says which architecture it is for: name it `NAME.sm_90.{level}` (with its GPU's number), or put Triton's JSON with a `target` beside it"
    )]
    UnknownArch { level: Level },
    #[error(
        "no file says what its arguments are: add to its JSON a `signature` of the visible arguments, like this (names, element types and promises of divisibility are yours to state; the hidden pointers at the end are left out):\n    {template}"
    )]
    NoSignature { template: String },
    #[error(
        "no metadata: Triton writes a JSON, `{kernel}.json`, beside a {level} file, and what it says (dynamic shared memory, scratch, warps) is nowhere else; check it in too"
    )]
    NoMetadata { kernel: String, level: Level },
    #[error(
        "the constant `{name}` is {found} here, but {expected} in `{other}`; it is compiled in, so one of them is wrong: {mend}, or export kernels with other constants as variants"
    )]
    OtherConstant { name: String, found: String, other: String, expected: String, mend: &'static str },
    #[error("it is of {found} here, but of {expected} in `{other}`; export the kernel again, so that its files agree")]
    OtherFamily { found: String, other: String, expected: String },
    #[error(
        "its arguments are ({found}), but those of `{other}` are ({expected}); they are of different kernels: give the files of each a name of their own"
    )]
    SignatureDisagrees { found: String, other: String, expected: String },
}
