//! Says on cargo's terminal what takes long in a build: cargo hides what build scripts print, and a first build would seem to
//! hang.
//!
//! Only where cargo itself draws a bar there: not in CI, not where its output goes into a file or to an editor. Whole lines,
//! few of them, and what can't be written is no error.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use crate::cargo::{Env, draws_progress, one_line};
use crate::progress::{JobDone, is_announcement};

/// How long it is silent between lines that say how far something is.
const PACE: Duration = Duration::from_secs(4);

/// When an estimate of what is left is worth something.
const KNOWN_AFTER: Duration = Duration::from_secs(3);

/// Cargo's terminal, if there is one to write to.
#[derive(Debug)]
pub(crate) struct Terminal {
    lines: Option<Lines<File>>,
}

impl Terminal {
    /// The one of the cargo that runs this build script.
    pub(crate) fn of_cargo(env: &Env) -> Self {
        let file = draws_progress(env).then(standard_error_of_cargo).flatten();
        let text = |name| env.untracked(name).unwrap_or_default().to_string_lossy().into_owned();
        // As cargo marks what a build script prints, where it is told to show that.
        let mark = format!("[{} {}]", text("CARGO_PKG_NAME"), text("CARGO_PKG_VERSION"));
        Self { lines: file.map(|to| Lines::new(to, mark)) }
    }

    /// Takes a line of progress, and shows it if it is time for one.
    pub(crate) fn line(&mut self, line: &str) {
        if let Some(lines) = &mut self.lines {
            lines.line(line, Instant::now());
        }
    }
}

/// The terminal that cargo's standard error is. This script's own is a pipe, and a terminal that it has beside cargo may be
/// full of an editor.
#[cfg(target_os = "linux")]
fn standard_error_of_cargo() -> Option<File> {
    use std::io::IsTerminal as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::OFlags;

    let path = format!("/proc/{}/fd/2", std::os::unix::process::parent_id());
    // A terminal that was stopped must not stop the build, and none becomes this process's.
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let file = File::options().write(true).custom_flags(flags.cast_signed()).open(path).ok()?;
    file.is_terminal().then_some(file)
}

/// Triton's compilers are for Linux: nothing takes long elsewhere.
#[cfg(not(target_os = "linux"))]
fn standard_error_of_cargo() -> Option<File> {
    None
}

/// Lines among those that cargo writes.
#[derive(Debug)]
struct Lines<W> {
    to: W,
    mark: String,
    /// When something was last shown.
    shown: Option<Instant>,
    /// When what goes on now began.
    began: Option<Instant>,
}

impl<W: Write> Lines<W> {
    fn new(to: W, mark: String) -> Self {
        Self { to, mark, shown: None, began: None }
    }

    fn line(&mut self, line: &str, now: Instant) {
        let announced = is_announcement(line);
        if announced {
            self.began = Some(now);
        }
        let is_soon = self.shown.is_some_and(|shown| now.saturating_duration_since(shown) < PACE);
        if is_soon && !announced {
            return;
        }
        self.shown = Some(now);
        let left =
            JobDone::parse(line).and_then(|step| left(now.saturating_duration_since(self.began?), step.done, step.all));
        let text = format!("{} {}{}", self.mark, line, left.unwrap_or_default());
        // The end of cargo's bar is erased, as cargo does before a line of its own. In one piece, for others write here too.
        let _ = self.to.write_all(format!("{}\x1b[K\n", one_line(&text)).as_bytes());
    }
}

/// How long the rest takes if it goes on so: `, about 40 s left`.
fn left(elapsed: Duration, done: usize, all: usize) -> Option<String> {
    let rest = all.checked_sub(done).filter(|&rest| rest > 0)?;
    let (done, rest) = (u32::try_from(done).ok()?, u32::try_from(rest).ok()?);
    let seconds = elapsed.checked_mul(rest)?.checked_div(done)?.as_secs();
    (elapsed >= KNOWN_AFTER).then(|| match seconds {
        0..10 => format!(", about {} s left", seconds.max(1)),
        10..100 => format!(", about {} s left", seconds.div_ceil(10) * 10),
        _ => format!(", about {} min left", seconds.div_ceil(60)),
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// What is shown of lines that come at these times, in seconds.
    fn shown(lines: &[(u64, &str)]) -> Vec<String> {
        let start = Instant::now();
        let mut shown = Lines::new(Vec::new(), "[p 0.1.0]".to_owned());
        for (second, line) in lines {
            shown.line(line, start + Duration::from_secs(*second));
        }
        let text = String::from_utf8(shown.to).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
        text.lines().map(|line| line.strip_suffix("\x1b[K").unwrap().to_owned()).collect()
    }

    #[test]
    fn what_begins_is_always_shown_and_how_far_it_is_now_and_then() {
        let lines = [
            (0, "installing the Triton compiler 3.3.1 (156 MB to download, once)"),
            (1, "downloaded 20 of 156 MB"),
            (5, "downloaded 90 of 156 MB"),
            (6, "installed the Triton compiler 3.3.1"),
            (6, "starting the Triton compiler 3.3.1, 24 to lower"),
            (8, "lowered 1 of 24: a for sm_80"),
            (16, "lowered 10 of 24: a for sm_90"),
            (17, "lowered 11 of 24: b for sm_90"),
            (22, "still lowering b for sm_90, for 5 s now"),
            (27, "lowered 24 of 24: c for sm_90"),
        ];
        assert_eq!(
            shown(&lines),
            [
                "[p 0.1.0] installing the Triton compiler 3.3.1 (156 MB to download, once)",
                "[p 0.1.0] downloaded 90 of 156 MB",
                "[p 0.1.0] installed the Triton compiler 3.3.1",
                "[p 0.1.0] starting the Triton compiler 3.3.1, 24 to lower",
                "[p 0.1.0] lowered 10 of 24: a for sm_90, about 20 s left",
                "[p 0.1.0] still lowering b for sm_90, for 5 s now",
                "[p 0.1.0] lowered 24 of 24: c for sm_90",
            ]
        );
    }

    #[test]
    fn what_is_left_is_said_once_it_is_known() {
        let left = |seconds, done, all| left(Duration::from_secs(seconds), done, all);
        assert_eq!(left(2, 1, 24), None);
        assert_eq!(left(20, 24, 24), None);
        assert_eq!(left(20, 0, 24), None);
        assert_eq!(left(30, 10, 11).as_deref(), Some(", about 3 s left"));
        assert_eq!(left(10, 10, 24).as_deref(), Some(", about 20 s left"));
        assert_eq!(left(100, 10, 24).as_deref(), Some(", about 3 min left"));
    }

    #[test]
    fn a_name_drives_no_terminal() {
        assert_eq!(shown(&[(0, "lowered 1 of 1: a\x1b[2J\nb")]), ["[p 0.1.0] lowered 1 of 1: a\\u{1b}[2J\\nb"]);
    }

    #[test]
    fn a_terminal_that_takes_nothing_fails_no_build() {
        struct Stopped;
        impl Write for Stopped {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::WouldBlock.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::WouldBlock.into())
            }
        }
        let mut lines = Lines::new(Stopped, String::new());
        lines.line("installing", Instant::now());
        assert!(lines.shown.is_some());
    }
}
