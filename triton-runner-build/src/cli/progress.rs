//! What goes on while a command works: bars on a terminal, plain lines elsewhere, both on standard error.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressStyle};

use crate::progress::{JobDone, is_announcement};
use crate::toolchain::partial_wheel;

/// How often a bar moves.
const TICK: Duration = Duration::from_millis(100);

/// Shows steps as they come; what is left of it on a terminal vanishes when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    /// Watches a download.
    watch: Option<Watch>,
    downloads: Option<Downloads>,
}

/// Where a compiler is being installed, and how much there is to download.
#[derive(Clone, Debug)]
pub(super) struct Downloads {
    pub(super) folder: PathBuf,
    pub(super) bytes: u64,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The same for a command that installs compilers.
    pub(super) fn of_downloads(downloads: Downloads) -> Self {
        Self { bar: None, watch: None, downloads: Some(downloads) }
    }

    /// Takes a line of the library's.
    pub(super) fn line(&mut self, line: &str) {
        if !Term::stderr().is_term() {
            eprintln!("{line}");
            return;
        }
        if self.watch.is_some() && !is_announcement(line) {
            // A bar tells it already.
            return;
        }
        self.watch = None;
        match JobDone::parse(line) {
            Some(step) => {
                let bar = self.bar(BAR);
                bar.set_length(step.all as u64);
                bar.set_position(step.done as u64);
                bar.set_message(step.what.to_owned());
            }
            // A bar tells the time itself.
            None if self.bar.as_ref().is_some_and(|bar| bar.length().is_some()) && line.starts_with("still ") => {}
            None => {
                let bar = self.bar(SPINNER);
                bar.set_message(line.to_owned());
                if let Some(downloads) = &self.downloads {
                    self.watch = Some(Watch::start(bar, downloads.clone()));
                }
            }
        }
    }

    fn bar(&mut self, template: &str) -> ProgressBar {
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(TICK);
            bar
        });
        style(bar, template);
        bar.clone()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.watch = None;
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

const SPINNER: &str = "{spinner} {wide_msg} {elapsed}";
const BAR: &str = "{spinner} lowering [{bar:30}] {pos}/{len} {wide_msg} {elapsed}";
const DOWNLOAD: &str = "{spinner} downloading [{bar:30}] {bytes}/{total_bytes} ({bytes_per_sec}) {elapsed}";

fn style(bar: &ProgressBar, template: &str) {
    // A template that doesn't parse would be a typing error here: a test parses them all.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
}

/// A thread that moves a bar while pip or uv downloads: they say nothing themselves when their output is read.
#[derive(Debug)]
struct Watch {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    fn start(bar: ProgressBar, downloads: Downloads) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                // Once it is whole, it is being unpacked, and the spinner goes on.
                match partial_wheel(&downloads.folder, downloads.bytes) {
                    Some(size) => {
                        style(&bar, DOWNLOAD);
                        bar.set_length(downloads.bytes);
                        bar.set_position(size);
                    }
                    None => style(&bar, SPINNER),
                }
                std::thread::sleep(TICK);
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_parse() {
        for template in [SPINNER, BAR, DOWNLOAD] {
            ProgressStyle::with_template(template).unwrap();
        }
    }
}
