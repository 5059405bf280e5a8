//! The lines that tell how far something slow is: a build script prints them, `cargo triton` draws a bar from them.

use std::fmt;

/// A job has ended, well or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobDone<'a> {
    /// Jobs that have ended, this one included.
    pub(crate) done: usize,
    /// All jobs.
    pub(crate) all: usize,
    /// What ended: kernel and architecture.
    pub(crate) what: &'a str,
}

impl fmt::Display for JobDone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lowered {} of {}: {}", self.done, self.all, self.what)
    }
}

/// A job that takes a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobRuns<'a> {
    /// Kernel and architecture.
    pub(crate) what: &'a str,
    /// How long it has run.
    pub(crate) seconds: u64,
}

impl fmt::Display for JobRuns<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "still lowering {}, for {} s now", self.what, self.seconds)
    }
}

/// A compiler is being downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Downloaded {
    /// Bytes that are there.
    pub(crate) bytes: u64,
    /// All bytes.
    pub(crate) all: u64,
}

impl fmt::Display for Downloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "downloaded {} of {} MB", self.bytes / 1_000_000, self.all / 1_000_000)
    }
}

/// Whether a line says that something begins or has ended, and not how far it is.
pub(crate) fn is_announcement(line: &str) -> bool {
    !["still ", "downloaded ", "lowered "].iter().any(|repeated| line.starts_with(repeated))
}

impl<'a> JobDone<'a> {
    /// The reverse of `Display`; `None` for any other line.
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let (numbers, what) = line.strip_prefix("lowered ")?.split_once(": ")?;
        let (done, all) = numbers.split_once(" of ")?;
        Some(Self { done: done.parse().ok()?, all: all.parse().ok()?, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_takes_a_while_is_told_of() {
        let runs = JobRuns { what: "attention for sm_90", seconds: 15 };
        assert_eq!(runs.to_string(), "still lowering attention for sm_90, for 15 s now");
        assert_eq!(JobDone::parse(&runs.to_string()), None);
        assert!(!is_announcement(&runs.to_string()));
    }

    #[test]
    fn a_line_reads_back() {
        let step = JobDone { done: 3, all: 12, what: "add: one for sm_90" };
        assert_eq!(step.to_string(), "lowered 3 of 12: add: one for sm_90");
        assert_eq!(JobDone::parse(&step.to_string()), Some(step));
        for other in ["", "installing", "lowered", "lowered 1: x", "lowered a of b: x"] {
            assert_eq!(JobDone::parse(other), None, "{other}");
        }
    }

    #[test]
    fn what_begins_is_told_from_how_far_it_is() {
        let downloaded = Downloaded { bytes: 60_123_456, all: 156_504_509 }.to_string();
        assert_eq!(downloaded, "downloaded 60 of 156 MB");
        assert!(!is_announcement(&downloaded));
        assert!(!is_announcement(&JobDone { done: 1, all: 2, what: "add for sm_90" }.to_string()));
        assert!(is_announcement("installed the Triton compiler 3.3.1"));
    }
}
