//! Arguments for which a kernel, or each variant of it, is not right.

use std::fmt;

use super::{Error, Result};

/// Arguments for which a kernel is not right, or none of its variants that were loaded.
///
/// Each variant is there with what is wrong for it: arguments that are given or not, its conditions and, where those
/// hold, what it was compiled on.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unmet {
    /// The kernel, by the stem of its files; without the variant, where it has several.
    pub kernel: &'static str,
    /// What is not met, in the order in which a launch tries the variants.
    pub faults: Vec<UnmetFault>,
}

/// What is not met.
#[derive(Debug)]
#[non_exhaustive]
pub enum UnmetFault {
    /// A condition of the declaration, `#[requires(…)]`.
    #[non_exhaustive]
    Condition {
        /// The kernel or variant, by the stem of its files.
        variant: &'static str,
        /// The condition, as the declaration has it.
        condition: &'static str,
        /// The arguments and constants in it, each with its value.
        operands: Vec<(&'static str, String)>,
    },
    /// An argument that the variant takes is not given, or one that it was compiled without is.
    #[non_exhaustive]
    Argument {
        /// The variant, by the stem of its files.
        variant: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// Whether it is given.
        given: bool,
    },
    /// What the variant was compiled on.
    #[non_exhaustive]
    Promise {
        /// The variant, by the stem of its files.
        variant: &'static str,
        /// [`Error::Misaligned`] or [`Error::Indivisible`].
        source: Box<Error>,
    },
}

impl Unmet {
    /// Nothing yet.
    #[doc(hidden)]
    #[cold]
    pub fn new(kernel: &'static str) -> Self {
        Self { kernel, faults: Vec::new() }
    }

    /// Adds an argument, where one is given that the variant was compiled without, or the other way round.
    #[doc(hidden)]
    pub fn argument(&mut self, variant: &'static str, argument: &'static str, takes: bool, given: bool) {
        if takes != given {
            self.faults.push(UnmetFault::Argument { variant, argument, given });
        }
    }

    /// Adds a condition that doesn't hold.
    #[doc(hidden)]
    pub fn condition(
        &mut self,
        variant: &'static str,
        condition: &'static str,
        operands: &[(&'static str, &dyn fmt::Debug)],
    ) {
        let operands = operands.iter().map(|(name, value)| (*name, format!("{value:?}"))).collect();
        self.faults.push(UnmetFault::Condition { variant, condition, operands });
    }

    /// Adds a promise that is broken, unless a condition of the variant is what doesn't hold.
    #[doc(hidden)]
    pub fn promises(&mut self, variant: &'static str, kept: Result<()>) {
        let Err(error) = kept else { return };
        if !self.faults.iter().any(|fault| fault.variant() == variant) {
            self.faults.push(UnmetFault::Promise { variant, source: Box::new(error) });
        }
    }

    /// The error. Where only promises are broken it is about the variant with the fewest.
    #[doc(hidden)]
    pub fn into_error(mut self) -> Error {
        if self.faults.iter().all(|fault| matches!(fault, UnmetFault::Promise { .. }))
            && let Some(UnmetFault::Promise { source, .. }) = self.faults.pop()
        {
            return *source;
        }
        Error::Requires(Box::new(self))
    }
}

impl UnmetFault {
    fn variant(&self) -> &'static str {
        match self {
            Self::Condition { variant, .. } | Self::Argument { variant, .. } | Self::Promise { variant, .. } => variant,
        }
    }
}

impl fmt::Display for UnmetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Condition { variant, condition, operands } => {
                write!(f, "`{variant}` requires `{condition}`")?;
                for (index, (name, value)) in operands.iter().enumerate() {
                    write!(f, "{} {name} = {value}", if index == 0 { ":" } else { "," })?;
                }
                Ok(())
            }
            Self::Argument { variant, argument, given: true } => {
                write!(f, "`{variant}` was compiled without `{argument}`, which is given")
            }
            Self::Argument { variant, argument, given: false } => {
                write!(f, "`{variant}` takes `{argument}`, which is not given")
            }
            Self::Promise { variant, source } => {
                let text = source.to_string();
                write!(f, "`{variant}`: {}", text.lines().next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kernel `{}` is not right for these arguments", self.kernel)?;
        for fault in &self.faults {
            write!(f, "\n{fault}")?;
        }
        f.write_str("\npass arguments for which it is, or export a variant of the kernel for these")
    }
}

impl std::error::Error for Unmet {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.faults.iter().find_map(|fault| match fault {
            UnmetFault::Promise { source, .. } => Some(&**source as _),
            UnmetFault::Condition { .. } | UnmetFault::Argument { .. } => None,
        })
    }
}
