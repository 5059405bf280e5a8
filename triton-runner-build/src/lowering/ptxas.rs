//! PTX to cubin, by ptxas alone.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use semver::Version;
use triton_runner_manifest::{Arch, Suffix};
use triton_runner_read::metadata::Options;

use super::scratch::Scratch;
use super::{LoweringError, Spills, message};
use crate::toolchain::process;

/// Flags of one run.
#[derive(Clone, Debug)]
pub(crate) struct Flags<'a> {
    /// What to assemble for. The PTX's `.target` must allow it.
    pub(crate) arch: Arch,
    /// Keep source lines.
    pub(crate) line_info: bool,
    /// `enable_fp_fusion` and `ptx_options` have a say here.
    pub(crate) options: &'a Options,
    /// The Triton whose flags to use, where the result is to be what that Triton makes.
    pub(crate) triton: Option<&'a Version>,
    /// How long it may run.
    pub(crate) time_limit: Duration,
}

/// The architecture that Triton assembles for: with the suffix `a` from 9.0 on.
///
/// Source: `sm_arch_from_capability` in `triton/backends/nvidia/compiler.py`.
pub(crate) const fn triton_arch(number: u16) -> Arch {
    Arch::new(number, if number >= 90 { Suffix::A } else { Suffix::None })
}

/// Machine code, and what ptxas says of it.
#[derive(Clone, Debug)]
pub(crate) struct Assembled {
    /// The cubin.
    pub(crate) bytes: Vec<u8>,
    /// Registers that did not suffice.
    pub(crate) spills: Spills,
}

/// Runs ptxas on a PTX file in a folder of its own below `temporary`. `file` is how messages call it.
///
/// # Errors
/// If ptxas does not start, reports an error, or takes too long.
pub(crate) fn assemble(
    ptxas: &Path,
    ptx: &[u8],
    file: &str,
    flags: &Flags<'_>,
    temporary: &Path,
) -> Result<Assembled, LoweringError> {
    let folder = Scratch::new(temporary).map_err(LoweringError::io("create a folder in", temporary))?;
    let input = folder.join("kernel.ptx");
    fs::write(&input, ptx).map_err(LoweringError::io("write", &input))?;
    let log = folder.join("log");
    let errors = fs::File::create(&log).map_err(LoweringError::io("create", &log))?;
    let mut command = Command::new(ptxas);
    // Triton's flags in Triton's order; `-v` only prints.
    command.arg("-lineinfo");
    if !flags.line_info {
        command.arg("-suppress-debug-info");
    }
    if flags.options.enable_fp_fusion == Some(false) {
        command.arg("--fmad=false");
    }
    command.arg("-v");
    if flags.triton.is_some_and(|triton| (triton.major, triton.minor) >= (3, 7)) {
        command.arg("--regAllocOptLevel=2");
    }
    command.args(flags.options.ptx_options.iter().flat_map(|options| options.split_whitespace()));
    command.arg(format!("--gpu-name={}", flags.arch)).args(["kernel.ptx", "-o", "kernel.cubin"]);
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
    command.env("TMPDIR", folder.path());
    process::fix_addresses(&mut command);
    process::die_with_parent(&mut command);
    let mut child = command.spawn().map_err(LoweringError::io("start", ptxas))?;
    let status = wait(&mut child, flags.time_limit).map_err(LoweringError::io("wait for", ptxas))?;
    let said = String::from_utf8_lossy(&fs::read(&log).unwrap_or_default()).into_owned();
    let diagnostics = message::ptxas(&said, file);
    match status {
        Some(status) if status.success() => {
            let output = folder.join("kernel.cubin");
            let bytes = fs::read(&output).map_err(LoweringError::io("read", &output))?;
            Ok(Assembled { bytes, spills: Spills::in_log(&said) })
        }
        Some(status) => match signal(status) {
            Some(9) => Err(LoweringError::Killed { words: diagnostics }),
            Some(signal) => {
                Err(LoweringError::Ptxas { diagnostics: format!("  it was ended by signal {signal}\n{diagnostics}") })
            }
            None if diagnostics.is_empty() => {
                Err(LoweringError::Ptxas { diagnostics: format!("  nothing but {status}") })
            }
            None => Err(LoweringError::Ptxas { diagnostics }),
        },
        None => Err(LoweringError::TimeLimit { limit: flags.time_limit, words: diagnostics }),
    }
}

/// Waits, but not longer than the limit; then the child is killed and there is no status.
fn wait(child: &mut std::process::Child, limit: Duration) -> std::io::Result<Option<std::process::ExitStatus>> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

#[cfg(unix)]
fn signal(status: std::process::ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: std::process::ExitStatus) -> Option<i32> {
    None
}
