//! GPU time of a piece of work, measured as Triton's `do_bench` does.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cudarc::driver::{CudaEvent, CudaSlice, CudaStream, sys};

use crate::Result;

/// How long to measure, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bench {
    /// GPU time to spend before measuring; at least one run.
    pub warmup: Duration,
    /// GPU time to spend on measured runs; at least one run.
    pub repeat: Duration,
    /// Bytes that are written before each run, so that it finds nothing of its data in the L2 cache; 0 for none. More
    /// than the L2 cache of any GPU by default.
    pub flush: usize,
}

impl Default for Bench {
    /// What Triton's `do_bench` does: 25 ms of warm-up, 100 ms of runs, 256 MiB written before each.
    fn default() -> Self {
        Self { warmup: Duration::from_millis(25), repeat: Duration::from_millis(100), flush: 256 << 20 }
    }
}

/// The GPU time of `work`, which puts it on `stream`, with the default [`Bench`].
///
/// # Errors
///
/// Those of `work`, and those of the driver.
///
/// ```no_run
/// # use triton_runner_rt::{bench::do_bench, Result};
/// # fn launch() -> Result<()> { Ok(()) }
/// # fn f(stream: &std::sync::Arc<triton_runner_rt::cudarc::driver::CudaStream>) -> Result<()> {
/// let times = do_bench(stream, || launch())?;
/// println!("{times}");
/// # Ok(()) }
/// ```
pub fn do_bench(stream: &Arc<CudaStream>, work: impl FnMut() -> Result<()>) -> Result<Times> {
    Bench::default().run(stream, work)
}

impl Bench {
    /// The same measurement with this warm-up time.
    #[must_use]
    pub fn warmup(self, warmup: Duration) -> Self {
        Self { warmup, ..self }
    }

    /// The same measurement with this time of measured runs.
    #[must_use]
    pub fn repeat(self, repeat: Duration) -> Self {
        Self { repeat, ..self }
    }

    /// The same measurement with this many bytes written before each run.
    #[must_use]
    pub fn flush(self, flush: usize) -> Self {
        Self { flush, ..self }
    }

    /// The GPU time of `work`, which puts it on `stream`.
    ///
    /// # Errors
    ///
    /// Those of `work`, and those of the driver.
    pub fn run(self, stream: &Arc<CudaStream>, mut work: impl FnMut() -> Result<()>) -> Result<Times> {
        let mut cache: Option<CudaSlice<u8>> = match self.flush {
            0 => None,
            bytes => Some(stream.alloc_zeros(bytes)?),
        };
        let mut flush = || match &mut cache {
            Some(cache) => stream.memset_zeros(cache),
            None => Ok(()),
        };
        let event = || stream.context().new_event(Some(sys::CUevent_flags::CU_EVENT_DEFAULT));

        work()?;
        stream.synchronize()?;

        const ESTIMATED_OVER: u32 = 5;
        let (start, end) = (event()?, event()?);
        start.record(stream)?;
        for _ in 0..ESTIMATED_OVER {
            flush()?;
            work()?;
        }
        end.record(stream)?;
        let estimate = f64::from(start.elapsed_ms(&end)?) / f64::from(ESTIMATED_OVER);

        for _ in 0..runs(self.warmup, estimate) {
            work()?;
        }
        let events = (0..runs(self.repeat, estimate))
            .map(|_| Ok((event()?, event()?)))
            .collect::<Result<Vec<(CudaEvent, CudaEvent)>>>()?;
        for (start, end) in &events {
            flush()?;
            start.record(stream)?;
            work()?;
            end.record(stream)?;
        }
        stream.synchronize()?;
        let times = events.iter().map(|(start, end)| Ok(f64::from(start.elapsed_ms(end)?)));
        Ok(Times::new(times.collect::<Result<Vec<f64>>>()?))
    }
}

/// How many runs fill the time, at least one and at most as many as there can reasonably be events.
fn runs(time: Duration, estimate_ms: f64) -> u32 {
    // A float too large or not a number becomes the nearest integer or zero.
    ((time.as_secs_f64() * 1e3 / estimate_ms) as u32).clamp(1, 100_000)
}

/// GPU times of the measured runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    /// In milliseconds, sorted; at least one.
    sorted: Vec<f64>,
}

impl Times {
    fn new(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self { sorted: times }
    }

    /// Milliseconds within which the part `q` of the runs took place, from 0 (the fastest) to 1 (the slowest); between
    /// two runs it is interpolated.
    pub fn quantile(&self, q: f64) -> f64 {
        let last = self.sorted.len().saturating_sub(1);
        let position = q.clamp(0.0, 1.0) * last as f64;
        let (below, part) = (position.floor() as usize, position.fract());
        let at = |index: usize| self.sorted.get(index.min(last)).copied().unwrap_or(f64::NAN);
        at(below) + (at(below + 1) - at(below)) * part
    }

    /// Milliseconds of the middle run.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Milliseconds of the fastest run.
    pub fn min(&self) -> f64 {
        self.quantile(0.0)
    }

    /// Milliseconds of the slowest run.
    pub fn max(&self) -> f64 {
        self.quantile(1.0)
    }

    /// Milliseconds of all runs, divided by their number.
    pub fn mean(&self) -> f64 {
        self.sorted.iter().sum::<f64>() / self.sorted.len() as f64
    }

    /// Milliseconds of each run, sorted.
    pub fn all(&self) -> &[f64] {
        &self.sorted
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, median, high] = [0.2, 0.5, 0.8].map(|q| self.quantile(q));
        write!(f, "{median:.4} ms (20 % {low:.4}, 80 % {high:.4}, {} runs)", self.sorted.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_between_sorted_runs() {
        let times = Times::new(vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!((times.min(), times.max(), times.median(), times.mean()), (1.0, 4.0, 2.5, 2.5));
        assert!((times.quantile(0.2) - 1.6).abs() < 1e-12);
        assert_eq!(times.quantile(7.0), 4.0);
        assert_eq!(Times::new(vec![5.0]).median(), 5.0);
        assert_eq!(times.to_string(), "2.5000 ms (20 % 1.6000, 80 % 3.4000, 4 runs)");
    }

    #[test]
    fn the_number_of_runs_fits_the_time() {
        let time = Duration::from_millis(100);
        assert_eq!(runs(time, 2.0), 50);
        assert_eq!(runs(time, 1e6), 1);
        assert_eq!(runs(time, 0.0), 100_000);
        assert_eq!(runs(time, f64::NAN), 1);
    }
}
