//! Documentation of the safe forms of a launch.

use triton_runner_manifest::Bounds;

use super::all_paired;
use crate::resolve::Resolved;

/// Of `launch_checked`.
pub(crate) fn of_launch_checked(resolved: &Resolved<'_>) -> String {
    format!(
        "Launches the kernel as `launch` does, and leaves nothing to the caller: {}, and it takes only memory whose \
         length, lifetime and order are known.\n\n\
         # Errors\n\n\
         Those of `launch`. A stream that is being captured, the per-thread stream, and a slice that nothing orders \
         with this stream.",
        bounds(resolved)
    )
}

/// Of `capture`.
pub(crate) fn of_capture(resolved: &Resolved<'_>) -> String {
    format!(
        "Captures a launch of the kernel in a graph, as `launch_checked` launches it: {}, and the graph keeps the \
         memory that it takes.\n\n\
         # Errors\n\n\
         Those of `launch`. Memory of another graph.",
        bounds(resolved)
    )
}

/// Of `capture_unchecked`.
pub(crate) fn of_capture_unchecked(resolved: &Resolved<'_>) -> String {
    let mut text =
        "Captures a launch of the kernel in a graph. The graph keeps the memory that it takes, and orders it.\n\n\
         # Safety\n\n\
         Each time that the graph is launched:\n\n\
         * The kernel stays within the memory behind its pointers for these arguments: nothing checks its bounds.\n\
         * It writes through no pointer that is declared as `&[T]`.\n"
            .to_owned();
    if all_paired(resolved).iter().any(|paired| paired.kernel.writes_elsewhere.is_some()) {
        text.push_str(
            "* The kernel also writes through addresses that no argument has. Memory behind them is valid, and nothing \
             orders it with anything else: that is the caller's.\n",
        );
    }
    text.push_str(
        "\n# Errors\n\n\
         Memory that the graph doesn't hold, and what else `launch` refuses.",
    );
    text
}

/// Why the kernel stays within its memory.
fn bounds(resolved: &Resolved<'_>) -> &'static str {
    let asserted = all_paired(resolved).iter().any(|paired| matches!(paired.kernel.bounds, Some(Bounds::Asserted)));
    if asserted {
        "the build script says that the kernel stays within the memory behind its arguments"
    } else {
        "the kernel stays within the memory behind its arguments"
    }
}
