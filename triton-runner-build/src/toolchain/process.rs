//! What a started program is told before it begins: four system calls, and what they are good for.

use std::process::Command;

#[cfg(target_os = "linux")]
mod system {
    use std::ffi::{c_int, c_ulong};
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    /// `ADDR_NO_RANDOMIZE` of `linux/personality.h`.
    const FIXED_ADDRESSES: c_ulong = 0x0040000;
    /// `PR_SET_PDEATHSIG` of `linux/prctl.h`.
    const DEATH_SIGNAL: c_int = 1;
    const SIGKILL: c_ulong = 9;

    /// `RLIMIT_STACK` of `asm-generic/resource.h`.
    const STACK: c_int = 3;
    /// What systems give a program where nobody says.
    const USUAL_STACK: c_ulong = 8 << 20;

    /// `struct rlimit`.
    #[repr(C)]
    struct Limit {
        now: c_ulong,
        most: c_ulong,
    }

    unsafe extern "C" {
        safe fn personality(persona: c_ulong) -> c_int;
        fn prctl(option: c_int, ...) -> c_int;
        fn getrlimit(resource: c_int, limit: *mut Limit) -> c_int;
        fn setrlimit(resource: c_int, limit: *const Limit) -> c_int;
    }

    pub(super) fn fix_addresses(command: &mut Command) {
        let call = || {
            // A sandbox may forbid it; then all is as it is without.
            let _ = personality(FIXED_ADDRESSES);
            // The kernel lays out memory by it.
            let mut limit = Limit { now: 0, most: 0 };
            // SAFETY: the structure has the system's layout and outlives the call.
            if unsafe { getrlimit(STACK, &raw mut limit) } == 0 && limit.most >= USUAL_STACK {
                limit.now = USUAL_STACK;
                // SAFETY: as before; it changes nothing but the calling process.
                let _ = unsafe { setrlimit(STACK, &raw const limit) };
            }
            Ok(())
        };
        // SAFETY: between fork and exec the closure makes system calls and touches no memory of this process but its own.
        unsafe { command.pre_exec(call) };
    }

    pub(super) fn die_with_parent(command: &mut Command) {
        let call = || {
            // SAFETY: this option takes one number and changes nothing but the calling process.
            let _ = unsafe { prctl(DEATH_SIGNAL, SIGKILL) };
            Ok(())
        };
        // SAFETY: between fork and exec the closure makes one system call and touches no memory of this process.
        unsafe { command.pre_exec(call) };
    }
}

/// Elsewhere nothing is told: these compilers are for Linux.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::process::Command;

    pub(super) fn fix_addresses(_: &mut Command) {}

    pub(super) fn die_with_parent(_: &mut Command) {}
}

/// Gives the program fixed addresses, and a stack of the usual size, for these lie beside it. The ptxas of Triton 3.6 and
/// later numbers registers for sm_100 in the order of addresses, and Triton itself orders barriers so: without this the
/// same file gives one of two cubins.
pub(crate) fn fix_addresses(command: &mut Command) {
    system::fix_addresses(command);
}

/// Makes the program die when the thread that starts it ends, so that it does not go on writing after a killed build.
/// The thread must wait for it.
pub(crate) fn die_with_parent(command: &mut Command) {
    system::die_with_parent(command);
}
