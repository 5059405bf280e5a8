//! What pushing and pulling have in common: which packages, which place, many entries at a time.

use clap::Args;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use triton_runner_manifest::Arch;

use super::store::{Doing, Store, StoreError};
use super::wanted::Needs;
use crate::cli::packages::Packages;
use crate::cli::subject::{Selection, Subject};
use crate::cli::{Env, Result};
use crate::obtain::compilers::Compilers;
use crate::obtain::switches::Switches;

/// Names the place.
const URL: &str = "TRITON_RUNNER_CACHE_URL";

/// Requests at a time: most of the time of each is waiting.
const AT_ONCE: usize = 32;

/// Entries that a message names.
const NAMED: usize = 10;

/// The part of a command line that says what is shared, and where.
#[derive(Debug, Args)]
pub(super) struct Sharing {
    /// A folder, or a URL with file://, s3://, gs://, az://, http:// or https://; by default TRITON_RUNNER_CACHE_URL
    #[arg(value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    packages: Packages,
    /// Only these GPUs, such as sm_90; may be given several times
    #[arg(long, value_name = "ARCH", value_parser = crate::settings::parse_arch)]
    arch: Vec<Arch>,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl Sharing {
    /// The packages, and the place, once it is clear that there is a cache here.
    pub(super) fn open(self, doing: Doing, env: &Env) -> Result<(Vec<Subject>, Store)> {
        if !Switches::read(env)?.cache {
            return Err("TRITON_RUNNER_CACHE=off turns the cache of this machine off: there is nothing to share".into());
        }
        // There is one, or this says why not.
        Compilers::from_env(env)?.home()?;
        let url = self.url.or_else(|| env.var(URL));
        let url = url.ok_or_else(|| format!("where the shared cache is was not said: name it, or set {URL}"))?;
        let other = self.packages.other_version()?;
        if let Some(other) = other {
            eprintln!("warning: {other}");
        }
        let subjects = Selection::of_packages(self.packages, self.arch).read(env)?;
        Ok((subjects, Store::open(&url, doing, env)?))
    }
}

/// Does it for all of them, many at a time; the first error ends it.
pub(super) fn each<T, R>(
    all: impl IntoIterator<Item = T>,
    work: impl AsyncFn(T) -> Result<R, StoreError>,
) -> Result<Vec<R>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        stream::iter(all).map(|one| work(one)).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await
    });
    // A file system that hangs is not waited for.
    runtime.shutdown_background();
    Ok(done?)
}

/// What is said of steps that aren't shared.
pub(super) fn left_out(needs: &Needs) -> Vec<String> {
    let own = needs.own.iter().map(|(why, count)| format!("{count} left out: {why}"));
    let settled = match needs.settled {
        0 => None,
        count => Some(format!("{count} left out: it is locked, or its file is what is embedded")),
    };
    settled.into_iter().chain(own).collect()
}

/// Warnings on standard error, not all of them where they are many.
pub(super) fn warn(lines: &[String]) {
    for line in lines.iter().take(NAMED) {
        eprintln!("warning: {}", crate::cargo::one_line(line));
    }
    if let Some(more) = lines.len().checked_sub(NAMED).filter(|more| *more > 0) {
        eprintln!("warning: and {more} more");
    }
}
