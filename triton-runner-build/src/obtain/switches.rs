//! What the environment switches. A value that isn't known is an error: whoever set it meant something.

use crate::cargo::Env;

/// The switches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Switches {
    /// Results of before are used.
    pub(crate) cache: bool,
    /// What is locked is used.
    pub(crate) prebuilt: bool,
    /// A missing compiler is installed.
    pub(crate) setup: bool,
    /// What only a compiler can make is left out.
    pub(crate) stub: bool,
}

/// A variable with a value that it doesn't have.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {variable} is `{value}`: expected `{word}`, or none at all")]
pub(crate) struct SwitchError {
    variable: &'static str,
    value: String,
    word: &'static str,
}

impl Switches {
    pub(crate) fn read(env: &Env) -> Result<Self, SwitchError> {
        Ok(Self {
            cache: !is_set(env, "TRITON_RUNNER_CACHE", "off")?,
            prebuilt: !is_set(env, "TRITON_RUNNER_PREBUILT", "off")?,
            setup: is_set(env, "TRITON_RUNNER_SETUP", "auto")?,
            stub: is_set(env, "TRITON_RUNNER_STUB", "1")?,
        })
    }
}

/// Whether a variable has its one word. An empty one is as good as none.
fn is_set(env: &Env, variable: &'static str, word: &'static str) -> Result<bool, SwitchError> {
    let value = env.var(variable).unwrap_or_default();
    match value.trim() {
        "" => Ok(false),
        text if text.eq_ignore_ascii_case(word) => Ok(true),
        _ => Err(SwitchError { variable, value, word }),
    }
}
