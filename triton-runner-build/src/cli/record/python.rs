//! The recorder, which runs in the user's own Python.

use crate::lowering::export::{KERNEL_FACTS, ORIGIN};

/// What Python imports when it starts.
pub(super) const FIRST: (&str, &str) = ("sitecustomize.py", include_str!("python/sitecustomize.py"));

/// The package that it starts.
pub(super) const PACKAGE: &str = "triton_runner_record";

/// The files of that.
pub(super) const MODULES: [(&str, &str); 8] = [
    ("__init__.py", include_str!("python/__init__.py")),
    ("hook.py", include_str!("python/hook.py")),
    ("log.py", include_str!("python/log.py")),
    ("recorder.py", include_str!("python/recorder.py")),
    ("described.py", include_str!("python/described.py")),
    ("memory.py", include_str!("python/memory.py")),
    KERNEL_FACTS,
    ORIGIN,
];
