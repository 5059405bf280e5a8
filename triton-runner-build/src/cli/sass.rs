//! Machine code as text, by NVIDIA's `nvdisasm`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use semver::Version;

use crate::obtain::tools::Tools;

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub(super) enum SassError {
    #[error(
        "there is no nvdisasm, which shows machine code as text: it was looked for in the installed Triton compilers, in CUDA_HOME, CUDA_PATH, /usr/local/cuda and on PATH. Run `cargo triton setup`"
    )]
    NotFound,
    #[error("`{}` can't disassemble this machine code: {said}", program.display())]
    Failed { program: PathBuf, said: String },
    #[error("can't write a temporary file: {0}")]
    Temporary(std::io::Error),
}

/// The instructions of a cubin that Triton `made_by` made.
pub(super) fn disassemble(cubin: &[u8], made_by: Option<&Version>, tools: &Tools) -> Result<String, SassError> {
    let folder = tempfile::Builder::new().prefix("triton-runner-sass-").tempdir().map_err(SassError::Temporary)?;
    let file = folder.path().join("kernel.cubin");
    std::fs::write(&file, cubin).map_err(SassError::Temporary)?;
    let mut error = SassError::NotFound;
    // An older one doesn't know newer architectures, a newer one has forgotten old ones.
    for program in tools.nvdisasm(made_by) {
        let output = Command::new(&program).arg("-c").arg(&file).stdin(Stdio::null()).output();
        match output {
            Ok(output) if output.status.success() => return Ok(tidy(&String::from_utf8_lossy(&output.stdout))),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr).trim().replace(&file.display().to_string(), "it");
                error = SassError::Failed { program, said };
            }
            Err(failed) => error = SassError::Failed { program, said: format!("it does not start: {failed}") },
        }
    }
    Err(error)
}

/// No spaces at the ends of lines, no tabs, no empty lines at either end.
fn tidy(text: &str) -> String {
    let lines: Vec<_> = text.trim_matches('\n').lines().map(|line| line.trim_end().replace('\t', "    ")).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn spaces_that_say_nothing_are_left_out() {
        assert_eq!(tidy("\n\n\t.text  \n        NOP;   \n\n"), "    .text\n        NOP;\n");
    }
}
