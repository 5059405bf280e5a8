//! A kernel from outside the binary that can't be used.

use std::error::Error as StdError;
use std::fmt;
use std::io;

type Cause = Box<dyn StdError + Send + Sync>;

/// A kernel from outside the binary that can't be used.
#[derive(Debug)]
#[non_exhaustive]
pub struct ExternalFailure {
    /// The file, as the program called it.
    pub file: String,
    /// What is wrong with it.
    pub fault: ExternalFault,
}

/// What is wrong with a kernel from outside the binary.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExternalFault {
    /// The file can't be read.
    Unreadable(io::Error),
    /// It is larger than any image or JSON.
    #[non_exhaustive]
    TooLarge {
        /// The most bytes that are read.
        limit: u64,
    },
    /// It is neither a cubin nor PTX, or a damaged one.
    Image(Cause),
    /// PTX with a NUL, where a driver stops reading.
    NulInside,
    /// The JSON can't be used.
    Metadata(Cause),
    /// The JSON says nothing of the arguments.
    NoSignature,
    /// The image isn't what the JSON says.
    Contract(Cause),
    /// It has more or fewer arguments than are declared.
    #[non_exhaustive]
    ArgumentCount {
        /// The kernel, as it is declared.
        kernel: &'static str,
        /// The arguments in the JSON: `x: *fp32`.
        found: Vec<String>,
        /// The declared ones: `x: &[f32]`.
        declared: Vec<String>,
    },
    /// An argument has another name.
    #[non_exhaustive]
    ArgumentName {
        /// The kernel, as it is declared.
        kernel: &'static str,
        /// The argument's position, from 0.
        index: usize,
        /// The name in the JSON.
        found: String,
        /// The declared one.
        declared: &'static str,
    },
    /// An argument has another type.
    #[non_exhaustive]
    ArgumentType {
        /// The kernel, as it is declared.
        kernel: &'static str,
        /// The argument.
        argument: &'static str,
        /// Its position, from 0.
        index: usize,
        /// The type in the JSON, as Triton spells it.
        found: String,
        /// The declared type.
        declared: &'static str,
        /// The same as Triton spells it.
        expected: &'static str,
    },
    /// It was compiled with another value of a constant that the declaration counts on.
    #[non_exhaustive]
    Constant {
        /// The kernel, as it is declared.
        kernel: &'static str,
        /// The constant.
        constant: &'static str,
        /// Its value in the JSON; `None` where it has none.
        found: Option<String>,
        /// The declared value.
        declared: String,
    },
}

impl fmt::Display for ExternalFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, fault } = self;
        write!(f, "kernel file `{file}` can't be used: {fault}")
    }
}

impl fmt::Display for ExternalFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const OTHER: &str = "give the kernel that is declared, or declare the one that is given";
        match self {
            Self::Unreadable(error) => {
                write!(
                    f,
                    "{error}\ncheck the path; the JSON is beside the image, as `add.sm_90.json` of `add.sm_90.cubin`"
                )
            }
            Self::TooLarge { limit } => {
                write!(
                    f,
                    "it has more than {limit} bytes\ngive the image of one kernel, and the JSON that Triton wrote"
                )
            }
            Self::Image(cause) => write!(f, "{cause}\ngive a cubin or PTX as Triton or ptxas wrote it"),
            Self::NulInside => f.write_str(
                "it is PTX with a NUL inside, and the driver would read no further\ngive the text as Triton wrote it",
            ),
            Self::Metadata(cause) => write!(f, "its JSON: {cause}"),
            Self::NoSignature => f.write_str(
                "its JSON doesn't say what the arguments are\nadd a `signature` of the visible ones, as `cargo triton \
                 export` writes it: {\"signature\": [{\"name\": \"x\", \"type\": \"*fp32\", \"divisible_by\": 16}]}",
            ),
            Self::Contract(cause) => write!(f, "{cause}"),
            Self::ArgumentCount { kernel, found, declared } => write!(
                f,
                "it has {} arguments ({}), and kernel `{kernel}` is declared with {} ({})\n{OTHER}",
                found.len(),
                found.join(", "),
                declared.len(),
                declared.join(", ")
            ),
            Self::ArgumentName { kernel, index, found, declared } => write!(
                f,
                "its argument {index} is `{found}`, and kernel `{kernel}` is declared with `{declared}` there\n{OTHER}"
            ),
            Self::ArgumentType { kernel, argument, index, found, declared, expected } => write!(
                f,
                "its argument {index} is of type `{found}`, and kernel `{kernel}` is declared with `{argument}: \
                 {declared}`, which is `{expected}`\n{OTHER}"
            ),
            Self::Constant { kernel, constant, found: Some(found), declared } => write!(
                f,
                "it was compiled with {constant} = {found}, and kernel `{kernel}` is declared with {declared}\n{OTHER}"
            ),
            Self::Constant { kernel, constant, found: None, declared } => write!(
                f,
                "its JSON doesn't say what it was compiled with for `{constant}`, and kernel `{kernel}` is declared with \
                 {declared}\nadd it to the JSON's `constants`, or take it out of `#[external(…)]`"
            ),
        }
    }
}

impl StdError for ExternalFailure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.fault {
            ExternalFault::Unreadable(error) => Some(error),
            ExternalFault::Image(cause) | ExternalFault::Metadata(cause) | ExternalFault::Contract(cause) => {
                Some(&**cause)
            }
            _ => None,
        }
    }
}
