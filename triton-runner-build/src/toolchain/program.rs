//! Finding NVIDIA's small programs, such as `nvdisasm`: Triton's wheel brings them, and so does a CUDA toolkit.

use std::ffi::OsStr;
use std::path::PathBuf;

use semver::Version;

use super::{Toolchains, python};

/// Every place that has the program, the likeliest to understand what Triton `made_by` made first: that version's own,
/// the other installed toolchains from the newest on, `cuda` (folders of CUDA toolkits), the search path.
pub(crate) fn programs(
    name: &str,
    made_by: Option<&Version>,
    toolchains: Option<&Toolchains>,
    cuda: &[PathBuf],
    search: &OsStr,
) -> Vec<PathBuf> {
    let mut installed = toolchains.map(Toolchains::list).unwrap_or_default();
    installed.reverse();
    // Stable: the order by age stays within the two groups.
    installed.sort_by_key(|installed| Some(installed.triton()) != made_by);
    let own = installed.iter().map(|installed| installed.folder.join("site/triton/backends/nvidia/bin").join(name));
    let places = own.chain(cuda.iter().map(|folder| folder.join("bin").join(name)));
    places.filter(|path| path.is_file()).chain(python::programs(name, search)).collect()
}
