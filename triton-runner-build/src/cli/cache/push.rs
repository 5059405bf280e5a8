//! `cargo triton cache push`: what was lowered for the packages' kernels, out of this machine's cache into a shared one.

use clap::Args;
use serde_json::json;

use super::entry::pack;
use super::keys::SigningKey;
use super::shared::{Sharing, each, left_out};
use super::store::Doing;
use super::wanted::{Steps, Wanted};
use crate::cli::progress::Progress;
use crate::cli::subject;
use crate::cli::{Env, Result, terminal};
use crate::obtain::cache::encode;
use crate::obtain::needs::check;

/// Put what was lowered here into a shared cache, as far as it isn't there.
#[derive(Debug, Args)]
pub(super) struct Push {
    #[command(flatten)]
    sharing: Sharing,
    /// Write what is there already too: entries that don't verify, or that aren't signed
    #[arg(long)]
    replace: bool,
}

/// What became of a result.
enum Pushed {
    /// It is there now; its bytes.
    New(u64),
    WasThere,
    /// It is not in this machine's cache.
    NotBuilt,
}

impl Push {
    pub(super) fn run(self, env: &Env) -> Result {
        let (as_json, replace) = (self.sharing.json, self.replace);
        let signer = SigningKey::from_env(env)?;
        let (mut subjects, store) = self.sharing.open(Doing::Writing, env)?;
        let mut problems: Vec<_> =
            subjects.iter_mut().flat_map(|subject| std::mem::take(&mut subject.problems)).collect();
        let steps = Steps::of(&subjects, &mut problems);
        let needs = steps.needs(&mut problems);
        let wanted = steps.wanted(&needs);
        let mut progress = Progress::new();
        progress.line(&format!("asking {} which of {} results it has", store.shown, wanted.len()));
        let pushed = each(wanted, async |wanted| {
            let Some(entry) = entry(&wanted, signer.as_ref()) else { return Ok(Pushed::NotBuilt) };
            let size = entry.len() as u64;
            // One that was signed, or wasn't, has another size, and so has one that is cut short.
            if !replace && store.size(wanted.key).await? == Some(size) {
                return Ok(Pushed::WasThere);
            }
            store.put(wanted.key, entry).await?;
            Ok(Pushed::New(size))
        })?;
        drop(progress);
        let (mut count, mut bytes, mut there, mut not_built) = (0, 0, 0, 0);
        for one in pushed {
            match one {
                Pushed::New(size) => (count, bytes) = (count + 1, bytes + size),
                Pushed::WasThere => there += 1,
                Pushed::NotBuilt => not_built += 1,
            }
        }
        let left = left_out(&needs);
        if as_json {
            terminal::print_json(&json!({
                "url": store.shown, "pushed": count, "bytes": bytes, "there": there, "not_built": not_built,
                "signed": signer.is_some(), "left_out": left,
            }))?;
        } else {
            let (size, all) = (terminal::bytes(bytes), count + there + not_built);
            let signed = if signer.is_some() { ", signed" } else { "" };
            terminal::print_line(&format!(
                "pushed {count} of {all} results, {size}{signed}, to {}: {there} were there already, {not_built} are not in this machine's cache",
                store.shown,
            ))?;
            left.iter().try_for_each(|line| terminal::print_line(line))?;
        }
        subject::report(problems)
    }
}

/// What this machine's cache has, if a build would take it.
fn entry(wanted: &Wanted<'_>, signer: Option<&SigningKey>) -> Option<Vec<u8>> {
    let stored = wanted.cache.get(wanted.key).filter(|stored| check(wanted.step, stored).is_ok())?;
    Some(pack(wanted.key, &encode(wanted.key, &stored).ok()?, signer))
}
