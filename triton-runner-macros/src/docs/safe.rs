//! Documentation of the safe forms of a launch.

use super::{all_paired, errors, launched};
use crate::resolve::Resolved;

/// Of `launch`.
pub(crate) fn of_launch(resolved: &Resolved<'_>) -> String {
    let mut text = launched(resolved);
    text.push_str(
        "\nNothing is left to the caller: what the kernel touches with these numbers and this grid is computed, and held \
         against the memory. It takes memory whose length, lifetime and order are known; `launch_unchecked` takes any.\n",
    );
    errors(resolved, &mut text);
    text.push_str(
        "numbers for which the kernel would touch memory outside its arguments, a stream that is being captured, the \
         per-thread stream, a slice that nothing orders with this stream, or a launch that the driver refuses.",
    );
    text
}

/// Of `capture`.
pub(crate) fn of_capture(resolved: &Resolved<'_>) -> String {
    let mut text =
        "Captures a launch of the kernel in a graph, checked as `launch` checks it. The graph keeps the memory \
                    that it takes.\n"
            .to_owned();
    errors(resolved, &mut text);
    text.push_str(
        "numbers for which the kernel would touch memory outside its arguments, memory of another graph, or a launch that \
         the driver refuses.",
    );
    text
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
