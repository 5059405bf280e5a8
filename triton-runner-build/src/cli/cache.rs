//! `cargo triton cache`: where lowered kernels are kept, and how much there is.

use clap::Args;

use super::{Env, Result, terminal};
use crate::obtain::cache::Cache as Store;
use crate::obtain::compilers::Compilers;

/// Show where lowered kernels are kept; remove them.
#[derive(Debug, Args)]
pub(super) struct Cache {
    /// Remove all of them; the next build lowers anew
    #[arg(long)]
    clear: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Cache {
    pub(super) fn run(self, env: &Env) -> Result {
        let compilers = Compilers::from_env(env);
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
                "off": crate::obtain::tools::cache_is_off(env),
            });
            return terminal::print_json(&report);
        }
        let size = terminal::bytes(bytes);
        let folder = folder.display();
        let off = if crate::obtain::tools::cache_is_off(env) { " (TRITON_RUNNER_CACHE turns it off)" } else { "" };
        terminal::print_line(&match self.clear {
            true => format!("removed {count} results, {size}, from {folder}"),
            false => format!("{count} results, {size}, in {folder}{off}"),
        })
    }
}
