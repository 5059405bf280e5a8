//! Flags that say which of Triton's passes run.

use clap::Args;

use crate::lowering::Pipeline;

/// Which of Triton's MLIR passes run. They are called as `cargo triton dump --passes` shows them.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Passes")]
pub(super) struct PassFlags {
    /// The file is the IR after this pass, as `dump --passes -o` wrote it; by default what its JSON says
    #[arg(long, value_name = "NAME[#N]", value_parser = label)]
    after_pass: Option<String>,
    /// Stop there: the result is the IR after this pass
    #[arg(long, value_name = "NAME[#N]", value_parser = label, conflicts_with = "emit")]
    stop_after: Option<String>,
    /// Leave this pass out; may be given several times
    #[arg(long, value_name = "NAME[#N]", value_parser = label)]
    skip_pass: Vec<String>,
    /// An option of a pass, such as tritongpu-pipeline:num-stages=2; may be given several times
    #[arg(long, value_name = "NAME[#N]:OPTION=VALUE", value_parser = pass_option)]
    pass_option: Vec<(String, String, String)>,
}

impl PassFlags {
    pub(super) fn pipeline(self) -> Pipeline {
        Pipeline {
            after: self.after_pass,
            stop_after: self.stop_after,
            skip: self.skip_pass,
            options: self.pass_option,
        }
    }
}

/// `canonicalize`, `canonicalize#2`
fn label(text: &str) -> Result<String, String> {
    let (name, number) = text.split_once('#').unwrap_or((text, "1"));
    let counts = number.parse::<u32>().is_ok_and(|number| number > 0);
    if name.is_empty() || name.contains(char::is_whitespace) || !counts {
        return Err(format!("`{text}` is no pass: expected a name, or one with its number, like canonicalize#2"));
    }
    Ok(text.to_owned())
}

fn pass_option(text: &str) -> Result<(String, String, String), String> {
    let expected =
        || format!("`{text}` is no option of a pass: expected something like tritongpu-pipeline:num-stages=2");
    let (pass, setting) = text.split_once(':').ok_or_else(expected)?;
    let (option, value) = setting.split_once('=').ok_or_else(expected)?;
    if option.is_empty() || value.is_empty() {
        return Err(expected());
    }
    Ok((label(pass)?, option.to_owned(), value.to_owned()))
}
