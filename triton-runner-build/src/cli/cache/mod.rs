//! `cargo triton cache`: where lowered kernels are kept, and how much there is; what others have of them.

mod entry;
mod keys;
mod pull;
mod push;
mod shared;
mod store;
mod wanted;

use clap::{Args, Subcommand};

use super::{Env, Result, terminal};
use crate::obtain::cache::Cache as Store;
use crate::obtain::compilers::Compilers;
use crate::obtain::switches::Switches;

/// Show where lowered kernels are kept; remove them; share them.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Cache {
    #[command(subcommand)]
    action: Option<Action>,
    /// Remove all of them; the next build lowers anew
    #[arg(long)]
    clear: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    Pull(pull::Pull),
    Push(push::Push),
    NewKey(keys::NewKey),
}

impl Cache {
    pub(super) fn run(self, env: &Env) -> Result {
        match self.action {
            Some(Action::Pull(command)) => return command.run(env),
            Some(Action::Push(command)) => return command.run(env),
            Some(Action::NewKey(command)) => return command.run(),
            None => {}
        }
        let off = !Switches::read(env)?.cache;
        let compilers = Compilers::from_env(env)?;
        let home = compilers.home()?;
        let folder = home.join("cache");
        let store = Store::at(home);
        let (count, bytes) = store.usage();
        if self.clear {
            store.clear().map_err(|error| format!("can't clear `{}`: {error}", folder.display()))?;
        }
        if self.json {
            let report = serde_json::json!({
                "folder": folder, "results": count, "bytes": bytes, "cleared": self.clear,
                "off": off,
            });
            return terminal::print_json(&report);
        }
        let size = terminal::bytes(bytes);
        let folder = folder.display();
        let off = if off { " (TRITON_RUNNER_CACHE turns it off)" } else { "" };
        terminal::print_line(&match self.clear {
            true => format!("removed {count} results, {size}, from {folder}"),
            false => format!("{count} results, {size}, in {folder}{off}"),
        })
    }
}
