//! Launches that Triton doesn't make: how a program is kept from them, and what is said of those that there were.

use std::process::Command;

use super::spool::{Launcher, Passed};

/// What torch.compile asks, when it starts, for whether to launch by itself.
const STATIC_LAUNCHER: &str = "TORCHINDUCTOR_USE_STATIC_CUDA_LAUNCHER";

/// Has torch.compile launch as Triton does, unless the user said otherwise.
pub(super) fn avoid(command: &mut Command) {
    if std::env::var_os(STATIC_LAUNCHER).is_none() {
        command.env(STATIC_LAUNCHER, "0");
    }
}

/// Says of each launcher what it launched, and what to do.
pub(super) fn warn(passed: &[Passed]) {
    for launcher in [Launcher::StaticLauncher, Launcher::CppWrapper] {
        let own: Vec<_> = passed.iter().filter(|one| one.launcher == launcher).collect();
        if own.is_empty() {
            continue;
        }
        let launches: u64 = own.iter().map(|one| one.launches).sum();
        let kernels = own.len();
        match launcher {
            Launcher::StaticLauncher => eprintln!(
                "warning: {launches} launches of {kernels} kernels were made by torch.compile's static launcher and are not recorded: set {STATIC_LAUNCHER}=0, or `torch._inductor.config.use_static_cuda_launcher = False` where the program sets it"
            ),
            Launcher::CppWrapper => eprintln!(
                "warning: {kernels} kernels are launched by C++ that torch.compile wrote, which can't be seen, and are not recorded: set TORCHINDUCTOR_CPP_WRAPPER=0, or `torch._inductor.config.cpp_wrapper = False` where the program sets it"
            ),
        }
    }
}

impl Launcher {
    /// For the table.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::StaticLauncher => "torch.compile's static launcher",
            Self::CppWrapper => "torch.compile's C++",
        }
    }
}
