//! Switches in the environment.

/// A variable that turns something on, by any value but 0 or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    /// Each launch waits for its kernel.
    Sync,
    /// Each launch is interpreted too, and compared.
    #[cfg(feature = "interpreter")]
    Check,
    /// A test that needs a GPU fails without one.
    RequireGpu,
}

impl Switch {
    /// The variable's name.
    const fn variable(self) -> &'static str {
        match self {
            Self::Sync => "TRITON_RUNNER_SYNC",
            #[cfg(feature = "interpreter")]
            Self::Check => "TRITON_RUNNER_CHECK",
            Self::RequireGpu => "TRITON_RUNNER_REQUIRE_GPU",
        }
    }

    /// Whether it is on now.
    pub(crate) fn is_on(self) -> bool {
        std::env::var_os(self.variable()).is_some_and(|value| !value.is_empty() && value != "0")
    }
}
