//! How closely a program is watched.

/// How closely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    /// Every flag of every lane is followed.
    Closely,
    /// Only whether there may be anything to say: no value has a flag but constants and arguments.
    FromAfar,
    /// The same, of programs side by side.
    Abreast,
}

impl Watch {
    /// How a program that starts is watched, or so many side by side; `closely` is what the launch asks for.
    pub(super) fn at_first(programs: usize, luck: &mut Luck, closely: bool) -> Self {
        match programs {
            _ if closely => Self::Closely,
            1 if luck.try_again() => Self::FromAfar,
            1 => Self::Closely,
            _ => Self::Abreast,
        }
    }
}

/// Whether programs are worth a watch from afar, by how that went.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Luck {
    tries: u64,
    doubts: u64,
}

impl Luck {
    /// Another program starts. A doubt costs as much as the program had run, so there may be but few.
    pub(super) fn try_again(&mut self) -> bool {
        let tries = 4 * self.doubts <= self.tries + 4;
        self.tries += u64::from(tries);
        tries
    }

    pub(super) fn doubted(&mut self) {
        self.doubts += 1;
    }
}
