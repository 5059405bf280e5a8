//! What a build of these steps would ask the cache for, told with no compiler at hand.

use semver::Version;

use super::cheap;
use super::key::cache_key;
use super::ptx;
use crate::error::Cause;
use crate::obtain::cache::{Key, Stored};
use crate::obtain::made_with::Asked;
use crate::obtain::results;
use crate::obtain::tools::Tools;
use crate::plan::Step;
use crate::toolchain::ToolchainError;

/// What a step needs.
#[derive(Debug)]
pub(crate) enum Need {
    /// Nothing of a cache: the lock or the file itself has its machine code.
    Nothing,
    /// The result of this key.
    Result(Key),
    /// Results that no other machine has, or of a compiler that can't be told here.
    Own(OwnResult),
}

/// Why a key can't be told to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(crate) enum OwnResult {
    /// The user's interpreter is known by its files' times.
    #[error("it is lowered by the Triton of TRITON_RUNNER_PYTHON, whose results are this machine's own")]
    Python,
    /// The key has the version of ptxas in it.
    #[error("it is PTX, and there is no ptxas here whose version says which result is meant: run `cargo triton setup`")]
    Ptxas,
}

/// What a step needs.
///
/// # Errors
/// If it can't be built at all.
pub(crate) fn need(step: &Step<'_>, tools: &Tools) -> Result<Need, Cause> {
    if let Some(found) = cheap(step, tools) {
        return found.map(|_| Need::Nothing);
    }
    let Some(triton) = &step.triton else { return Ok(of_ptx(step, tools)) };
    Ok(match of_triton(step, triton, tools)? {
        (_, true) => Need::Own(OwnResult::Python),
        (key, false) => Need::Result(key),
    })
}

/// What the texts of the levels between are kept under, for a step that Triton lowers.
pub(crate) fn texts_key(step: &Step<'_>, tools: &Tools) -> Option<Key> {
    let (key, _) = of_triton(step, step.triton.as_ref()?, tools).ok()?;
    Some(Key::new(&[("texts of", key.as_str().as_bytes())]))
}

/// The key of a Triton's result, and whether it is that of the user's own interpreter.
fn of_triton(step: &Step<'_>, triton: &Version, tools: &Tools) -> Result<(Key, bool), ToolchainError> {
    if let Some(identity) = tools.pinned_identity(triton) {
        return Ok((cache_key(step, &identity), false));
    }
    let toolchain = tools.installed(triton)?;
    Ok((cache_key(step, toolchain.identity()), toolchain.site.is_none()))
}

/// PTX: it is assembled, or is itself what is embedded.
fn of_ptx(step: &Step<'_>, tools: &Tools) -> Need {
    match step.cubin {
        true => ptx::key_here(step, tools).map_or(Need::Own(OwnResult::Ptxas), Need::Result),
        false => Need::Nothing,
    }
}

/// A result that commands had made by the compiler of a step, as a build keeps it: with what made it.
pub(crate) fn result(step: &Step<'_>, mut stored: Stored, tools: &Tools) -> Option<Stored> {
    let toolchain = tools.installed(step.triton.as_ref()?).ok()?;
    Asked::new(&toolchain).made_with(step.arch.number()).note(&mut stored.metadata);
    check(step, &stored).is_ok().then_some(stored)
}

/// Whether a result is what the build takes for this step: its machine code held against the step's file.
///
/// # Errors
/// In which way it is not.
pub(crate) fn check(step: &Step<'_>, stored: &Stored) -> Result<(), Cause> {
    results::verified(step, stored).map(|_| ())
}
