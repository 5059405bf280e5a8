//! `cargo triton cache pull`: what the packages' kernels need, out of a shared cache into this machine's.

use clap::Args;
use serde_json::json;

use super::entry::{Refused, unpack};
use super::keys::PublicKey;
use super::shared::{Sharing, each, left_out, warn};
use super::store::{Doing, Found, Store};
use super::wanted::{Steps, Wanted};
use crate::cli::progress::Progress;
use crate::cli::subject;
use crate::cli::{Env, Result, terminal};
use crate::obtain::needs::check;

/// Fetch what the next build would lower, as far as a shared cache has it.
#[derive(Debug, Args)]
pub(super) struct Pull {
    #[command(flatten)]
    sharing: Sharing,
}

/// What became of an entry.
enum Pulled {
    /// It is in this machine's cache now; its bytes.
    Here(u64),
    Missing,
    Refused(String),
    /// This machine's cache can't be written.
    NotKept(std::io::Error),
}

impl Pull {
    pub(super) fn run(self, env: &Env) -> Result {
        let as_json = self.sharing.json;
        let trusted = PublicKey::from_env(env)?;
        let (mut subjects, store) = self.sharing.open(Doing::Reading, env)?;
        let mut problems: Vec<_> =
            subjects.iter_mut().flat_map(|subject| std::mem::take(&mut subject.problems)).collect();
        let steps = Steps::of(&subjects, &mut problems);
        let needs = steps.needs(&mut problems);
        let wanted = steps.wanted(&needs);
        let (here, absent): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|wanted| wanted.cache.get(wanted.key).is_some());
        if let Some(first) = absent.first() {
            first.cache.clean();
        }
        let asked = absent.len();
        let mut progress = Progress::new();
        progress.line(&format!("asking {} for {asked} results", store.shown));
        let pulled = each(absent, async |wanted| {
            Ok(match store.get(wanted.key).await? {
                Found::Nothing => Pulled::Missing,
                Found::TooLarge(size) => refused(&wanted, &store, Refused::TooLarge(size)),
                Found::Entry(entry) => match keep(&wanted, &entry, &trusted) {
                    Ok(Ok(())) => Pulled::Here(entry.len() as u64),
                    Ok(Err(error)) => Pulled::NotKept(error),
                    Err(error) => refused(&wanted, &store, error),
                },
            })
        })?;
        drop(progress);
        let (mut count, mut bytes, mut refusals) = (0, 0, Vec::new());
        for one in pulled {
            match one {
                Pulled::Here(size) => (count, bytes) = (count + 1, bytes + size),
                Pulled::Missing => {}
                Pulled::Refused(why) => refusals.push(why),
                Pulled::NotKept(error) => {
                    return Err(format!("can't keep what was pulled in this machine's cache: {error}").into());
                }
            }
        }
        refusals.sort_unstable();
        let (here, missing, left) = (here.len(), asked - count, left_out(&needs));
        if as_json {
            terminal::print_json(&json!({
                "url": store.shown, "pulled": count, "bytes": bytes, "here": here, "missing": missing,
                "refused": refusals, "left_out": left,
            }))?;
        } else {
            let size = terminal::bytes(bytes);
            terminal::print_line(&format!(
                "pulled {count} of {} results, {size}, from {}: {here} were here already, {missing} are missing",
                here + asked,
                store.shown,
            ))?;
            left.iter().try_for_each(|line| terminal::print_line(line))?;
        }
        warn(&refusals);
        subject::report(problems)
    }
}

/// Into this machine's cache, once everything about it holds.
fn keep(wanted: &Wanted<'_>, entry: &[u8], trusted: &[PublicKey]) -> Result<std::io::Result<()>, Refused> {
    let stored = unpack(wanted.key, entry, trusted)?;
    check(wanted.step, &stored).map_err(Refused::Unsound)?;
    Ok(wanted.cache.keep(wanted.key, &stored))
}

fn refused(wanted: &Wanted<'_>, store: &Store, why: Refused) -> Pulled {
    Pulled::Refused(format!(
        "{}: `{}` in {} is not used: {why}. It counts as missing; `cargo triton cache push --replace` from a machine that has built it replaces it",
        wanted.name(),
        Store::name(wanted.key),
        store.shown
    ))
}
