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
    /// How a program that starts is watched, or so many side by side.
    pub(super) fn at_first(programs: usize, luck: &mut Luck) -> Self {
        #[cfg(test)]
        if CLOSE.get() {
            return Self::Closely;
        }
        match programs {
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

#[cfg(test)]
thread_local! {
    /// Set by tests that hold the ways of watching against each other.
    static CLOSE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// What `f` gives where every program is watched closely, and by itself.
#[cfg(test)]
pub(super) fn always_close<T>(f: impl FnOnce() -> T) -> T {
    CLOSE.set(true);
    let result = f();
    CLOSE.set(false);
    result
}
