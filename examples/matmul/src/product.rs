//! One large product, timed with any of the ways.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use triton_runner_rt::bench::{Bench, Times};
use triton_runner_rt::cudarc::driver::CudaStream;
use triton_runner_rt::tune::Tuner;

use crate::matrix::{DeviceMatrix, Matrix};
use crate::reference;
use crate::way::{Loaded, Way};

/// `rows` x `size` times `size` x `size`, of normal random numbers.
pub(crate) struct Product {
    stream: Arc<CudaStream>,
    rows: usize,
    size: usize,
    host: [Matrix; 2],
    a: DeviceMatrix,
    b: DeviceMatrix,
    c: DeviceMatrix,
    loaded: HashMap<Way, Loaded>,
}

impl Product {
    /// The matrices, and a poisoned result.
    pub(crate) fn new(stream: &Arc<CudaStream>, rows: usize, size: usize) -> Result<Self, Box<dyn Error>> {
        let host = [Matrix::normal(rows, size), Matrix::normal(size, size)];
        Ok(Self {
            a: host[0].to_device(stream)?,
            b: host[1].to_device(stream)?,
            c: Matrix::poisoned(rows, size).to_device(stream)?,
            loaded: HashMap::new(),
            stream: stream.clone(),
            rows,
            size,
            host,
        })
    }

    /// The product itself.
    fn launch(&mut self, way: Way) -> triton_runner_rt::Result<()> {
        let Self { stream, a, b, c, loaded, .. } = self;
        let kernel = match loaded.entry(way) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(way.load(stream.context())?),
        };
        kernel.multiply(stream, a, b, c)
    }

    /// The way that is fastest here, measured, or as the file remembers it.
    pub(crate) fn fastest(&mut self, tuned: Option<&Path>) -> Result<Way, Box<dyn Error>> {
        let tuner = tuned.map_or_else(Tuner::new, Tuner::with_file);
        let key = format!("{}x{}x{}", self.rows, self.size, self.size);
        let stream = self.stream.clone();
        let best = tuner.best(&stream, "matmul", key, &Way::all(), |way| self.launch(way))?;
        if let Some(error) = tuner.take_write_error() {
            eprintln!("warning: the choice of `{best}` was not written to its file: {error}");
        }
        Ok(best)
    }

    /// Times a way for so many milliseconds, and checks its result, which is poisoned before. Gives the largest error too.
    pub(crate) fn time(&mut self, way: Way, milliseconds: u64) -> Result<(Times, f64), Box<dyn Error>> {
        self.c = Matrix::poisoned(self.rows, self.size).to_device(&self.stream)?;
        let stream = self.stream.clone();
        let times = Bench::default().repeat(Duration::from_millis(milliseconds)).run(&stream, || self.launch(way))?;
        let [a, b] = &self.host;
        let max_error = reference::verify(a, b, &Matrix::from_device(&self.c, &stream)?)?;
        Ok((times, max_error))
    }

    /// A time as a line of JSON.
    pub(crate) fn line(&self, way: Way, times: &Times, max_error: f64) -> serde_json::Value {
        let (rows, size, median_ms) = (self.rows, self.size, times.median());
        let (variant, runs, tflops) = (way.to_string(), times.all().len(), self.tflops(median_ms));
        serde_json::json!({
            "variant": variant, "rows": rows, "size": size, "median_ms": median_ms, "runs": runs, "tflops": tflops,
            "max_error": max_error,
        })
    }

    /// Additions and multiplications in a second, times 10¹².
    pub(crate) fn tflops(&self, milliseconds: f64) -> f64 {
        2.0 * self.rows as f64 * (self.size as f64).powi(2) / milliseconds / 1e9
    }
}
