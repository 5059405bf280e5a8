//! The command line of `cargo triton record`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

/// Run a Python program with its own Python, torch and GPU, and take the kernels that it launches: TTIR, metadata, grids.
///
/// Nothing of the program is changed: a module that is put in front of its own, by PYTHONPATH, writes down what Triton
/// launches, in all its processes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Record {
    /// Folder for the files
    #[arg(long, value_name = "FOLDER", default_value = "kernels")]
    pub(super) out: PathBuf,
    /// Only the kernels of this name, without being asked; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(super) kernel: Vec<String>,
    /// All kernels, without being asked
    #[arg(short, long, conflicts_with = "kernel")]
    pub(super) yes: bool,
    /// Configurations that an autotuner tried and didn't choose, too, as variants
    #[arg(long)]
    pub(super) all_configs: bool,
    /// Record the first N launches of each specialization with all their buffers before and after, and a test that replays
    /// them. The buffers are copies of what the program works on: weights, users' data
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) launches: u64,
    /// The most that recorded buffers may take, such as 500MB; a launch that would take more isn't recorded
    #[arg(long, value_name = "BYTES", default_value = "256MB", value_parser = parse_bytes)]
    pub(super) max_bytes: u64,
    /// Keep what the program's processes write down in this folder, for `--from`
    #[arg(long, value_name = "FOLDER")]
    pub(super) keep: Option<PathBuf>,
    /// Take what was kept, perhaps on another machine, and run nothing
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["keep", "launches", "max_bytes", "program"])]
    pub(super) from: Option<PathBuf>,
    /// The program: -- python train.py --steps 1
    #[arg(last = true, value_name = "PROGRAM", required_unless_present = "from")]
    pub(super) program: Vec<OsString>,
}

/// `1000`, `500MB`, `2GiB`.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let expected = || format!("`{text}` is no size: expected one like 500MB or 2GiB");
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(expected()),
    };
    number.parse().ok().and_then(|number: u64| number.checked_mul(unit)).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_or_none() {
        for (text, size) in [("0", 0), ("12", 12), ("500MB", 500_000_000), ("2 GiB", 2 << 30), ("1kb", 1000)] {
            assert_eq!(parse_bytes(text), Ok(size), "{text}");
        }
        for text in ["", "MB", "-1", "1.5GB", "3 parsecs", "99999999999GB"] {
            assert!(parse_bytes(text).unwrap_err().contains("no size"), "{text}");
        }
    }
}
