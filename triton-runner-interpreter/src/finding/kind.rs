//! Kinds of findings, and which of them are looked for.

use std::fmt;
use std::str::FromStr;

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FindingKind {
    /// An access outside a buffer, to none, or at an address that isn't a multiple of the element's size.
    Bounds,
    /// A write to memory that was given to be read.
    ReadOnly,
    /// Two programs meet at one element, at least one of them writes, and nothing says which comes first.
    Race,
    /// Two lanes of one store meet at one element with unlike values.
    Lanes,
    /// Memory is read that was never written.
    Uninitialized,
    /// Memory that was given without values, and of which some has none in the end.
    Unwritten,
    /// A lane of a load whose mask is false, and that has no `other`, or one that an atomic operation or `tl.gather` leaves
    /// open, reaches memory, an address, a mask or a branch.
    Undefined,
    /// Something that compilers were promised isn't so.
    Promise,
    /// An integer of 32 bits or fewer wrapped or was cut, and an address, a mask or a branch is another one because of it.
    Overflow,
    /// An integer was divided by zero, or the smallest one by -1.
    Division,
    /// NaN or an infinity was born of finite numbers and reached memory, or was born there.
    Nan,
    /// `tl.device_assert`.
    Assert,
    /// A program that doesn't end.
    Endless,
    /// The IR itself: a value is used that isn't there, a loop doesn't move.
    Invalid,
}

impl FindingKind {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Bounds,
        Self::ReadOnly,
        Self::Race,
        Self::Lanes,
        Self::Uninitialized,
        Self::Unwritten,
        Self::Undefined,
        Self::Promise,
        Self::Overflow,
        Self::Division,
        Self::Nan,
        Self::Assert,
        Self::Endless,
        Self::Invalid,
    ];

    /// The word between brackets.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bounds => "bounds",
            Self::ReadOnly => "read-only",
            Self::Race => "race",
            Self::Lanes => "lanes",
            Self::Uninitialized => "uninitialized",
            Self::Unwritten => "unwritten",
            Self::Undefined => "undefined",
            Self::Promise => "promise",
            Self::Overflow => "overflow",
            Self::Division => "division",
            Self::Nan => "nan",
            Self::Assert => "assert",
            Self::Endless => "endless",
            Self::Invalid => "invalid",
        }
    }

    /// Whether a program can't go on behind it: such kinds can't be turned off.
    pub fn is_fatal(self) -> bool {
        matches!(self, Self::Bounds | Self::ReadOnly | Self::Endless | Self::Invalid)
    }

    fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// How sure it is that something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// Results don't depend on it on the GPUs that there are, though nothing promises that.
    Warning,
    /// Results are wrong, or may be.
    Error,
}

/// Which kinds of findings are looked for.
///
/// What is always looked for is what a program can't go on behind ([`FindingKind::is_fatal`]). By default that, and what
/// costs nothing: [`FindingKind::Uninitialized`], [`FindingKind::Promise`] and [`FindingKind::Assert`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Checks(u32);

impl Checks {
    /// What a program can't go on behind, and nothing else.
    pub fn none() -> Self {
        FindingKind::ALL.into_iter().filter(|kind| kind.is_fatal()).fold(Self(0), Self::with)
    }

    /// Everything.
    pub fn all() -> Self {
        FindingKind::ALL.into_iter().fold(Self(0), Self::with)
    }

    /// These, and one kind more.
    #[must_use]
    pub fn with(self, kind: FindingKind) -> Self {
        Self(self.0 | kind.bit())
    }

    /// These without one kind, unless that is fatal.
    #[must_use]
    pub fn without(self, kind: FindingKind) -> Self {
        if kind.is_fatal() { self } else { Self(self.0 & !kind.bit()) }
    }

    /// Whether this kind is looked for.
    pub fn contains(self, kind: FindingKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// The kinds.
    pub fn kinds(self) -> impl Iterator<Item = FindingKind> {
        FindingKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl Default for Checks {
    fn default() -> Self {
        Self::none().with(FindingKind::Uninitialized).with(FindingKind::Promise).with(FindingKind::Assert)
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kinds()).finish()
    }
}

/// No kind of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no check `{found}`; there are all, none, {}", words())]
pub struct UnknownCheck {
    /// What was asked for.
    pub found: String,
}

fn words() -> String {
    FindingKind::ALL.map(FindingKind::word).join(", ")
}

/// `all`, `none`, or kinds by their words, with commas between them.
impl FromStr for Checks {
    type Err = UnknownCheck;

    fn from_str(text: &str) -> Result<Self, UnknownCheck> {
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).try_fold(Self::none(), |checks, word| match word
        {
            "all" => Ok(Self::all()),
            "none" => Ok(checks),
            _ => match FindingKind::ALL.into_iter().find(|kind| kind.word() == word) {
                Some(kind) => Ok(checks.with(kind)),
                None => Err(UnknownCheck { found: word.to_owned() }),
            },
        })
    }
}
