//! What became of the launches of a recording.

use std::fmt;

use triton_runner_interpreter::numbers::compare::{Difference, Verdict};

/// All launches, in their order.
#[derive(Debug, Default)]
pub struct Report {
    launches: Vec<Replayed>,
}

/// One launch.
#[derive(Debug)]
pub struct Replayed {
    kernel: String,
    outcome: Outcome,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// How its buffers differ from Python's.
    Ran(Vec<Difference>),
    Failed(String),
    /// It can't be made where this test runs.
    LeftOut(&'static str),
}

impl Report {
    pub(super) fn add(&mut self, kernel: &str, outcome: Outcome) {
        self.launches.push(Replayed { kernel: kernel.to_owned(), outcome });
    }

    /// Each launch.
    pub fn launches(&self) -> &[Replayed] {
        &self.launches
    }

    /// Whether every launch ran and left what Python got, within the tolerance of its floating-point format; but for those
    /// that can't be made here, as [`left_out`](Replayed::left_out) says.
    pub fn is_right(&self) -> bool {
        self.launches.iter().all(|launch| match launch.outcome {
            Outcome::LeftOut(_) => true,
            _ => launch.verdict().is_some_and(|verdict| verdict != Verdict::Wrong),
        })
    }
}

impl Replayed {
    /// The kernel, by the stem of its files.
    pub fn kernel(&self) -> &str {
        &self.kernel
    }

    /// Why it didn't run.
    pub fn failure(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Failed(why) => Some(why),
            _ => None,
        }
    }

    /// Why it wasn't run here: of Gluon there is no TTIR, which the interpreter runs.
    pub fn left_out(&self) -> Option<&str> {
        match self.outcome {
            Outcome::LeftOut(why) => Some(why),
            _ => None,
        }
    }

    /// Whether every byte of every buffer is what Python got.
    pub fn is_equal(&self) -> bool {
        self.verdict() == Some(Verdict::Equal)
    }

    fn verdict(&self) -> Option<Verdict> {
        let Outcome::Ran(differences) = &self.outcome else { return None };
        Some(differences.iter().map(|difference| difference.verdict).max().unwrap_or(Verdict::Equal))
    }

    /// Its lines of the table.
    fn rows(&self, index: usize) -> Vec<String> {
        let row = |verdict: &str, what: &str| format!("| {index} | {} | {verdict} | {what} |", self.kernel);
        match &self.outcome {
            Outcome::Failed(why) => vec![row("failed", &why.replace('\n', " "))],
            Outcome::LeftOut(why) => vec![row("left out", why)],
            Outcome::Ran(differences) => {
                let differing = differences.iter().filter(|difference| difference.verdict != Verdict::Equal);
                differing.map(|difference| row(difference.verdict.word(), &difference.to_string())).collect()
            }
        }
    }
}

/// How many there are of each kind, and a table of what differed: the largest difference of each buffer, as a part of its
/// largest value.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |verdict| self.launches.iter().filter(|launch| launch.verdict() == Some(verdict)).count();
        let [equal, close, wrong] = [Verdict::Equal, Verdict::Close, Verdict::Wrong].map(count);
        let failed = self.launches.iter().filter(|launch| launch.failure().is_some()).count();
        let left = self.launches.iter().filter(|launch| launch.left_out().is_some()).count();
        let total = self.launches.len();
        write!(
            f,
            "{total} recorded launches: {equal} equal, {close} within tolerance, {wrong} wrong, {failed} failed"
        )?;
        if left > 0 {
            write!(f, ", {left} left out")?;
        }
        let rows: Vec<_> = self.launches.iter().enumerate().flat_map(|(index, launch)| launch.rows(index)).collect();
        if !rows.is_empty() {
            write!(f, "\n\n| launch | kernel | | what differs |\n|---|---|---|---|\n{}", rows.join("\n"))?;
        }
        Ok(())
    }
}
