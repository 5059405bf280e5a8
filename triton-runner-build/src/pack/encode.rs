//! The encoder, which is there with the feature `compress` alone: it is C, and a quarter of a minute to compile.

#[cfg(feature = "compress")]
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(feature = "compress")]
use triton_runner_manifest::decode::Decoder;

/// An image can't be compressed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodeError {
    #[cfg(not(feature = "compress"))]
    #[error(
        "`compress` is set, and this triton-runner-build can't compress images: add the feature that does in Cargo.toml, in [build-dependencies]: triton-runner-build = {{ version = \"{}\", features = [\"compress\"] }}",
        env!("CARGO_PKG_VERSION")
    )]
    NoEncoder,
    #[cfg(feature = "compress")]
    #[error("`{name}` can't be compressed: {error}")]
    Encode { name: String, error: std::io::Error },
    #[cfg(feature = "compress")]
    #[error(
        "`{name}` does not come back as it was after it was compressed ({why}): report it, and take `compress` out of the settings until then"
    )]
    Differs { name: String, why: String },
}

/// Compresses one image after another.
#[cfg(feature = "compress")]
pub(super) struct Encoder<'a> {
    zstd: zstd::bulk::Compressor<'a>,
    decoder: Decoder,
}

#[cfg(feature = "compress")]
impl Encoder<'_> {
    /// At this level, from this dictionary or from none.
    pub(super) fn new(level: u8, dictionary: Option<&[u8]>) -> Result<Self, EncodeError> {
        let failed = |error| EncodeError::Encode { name: "images.dictionary".to_owned(), error };
        let zstd = zstd::bulk::Compressor::with_dictionary(i32::from(level), dictionary.unwrap_or_default());
        let mut zstd = zstd.map_err(failed)?;
        zstd.include_checksum(true).map_err(failed)?;
        let decoder = Decoder::new(dictionary).map_err(|error| failed(std::io::Error::other(error)))?;
        Ok(Self { zstd, decoder })
    }

    /// The frame of what this file has, which was decoded once as a program will.
    pub(super) fn encode(&mut self, name: &str, content: &[u8]) -> Result<Vec<u8>, EncodeError> {
        let failed = |error| EncodeError::Encode { name: name.to_owned(), error };
        let frame = self.zstd.compress(content).map_err(failed)?;
        let differs = |why: String| EncodeError::Differs { name: name.to_owned(), why };
        let mut decoded = vec![0; content.len()];
        self.decoder.decode(&frame, &mut decoded).map_err(|error| differs(error.to_string()))?;
        if decoded != content {
            return Err(differs("its bytes are others".to_owned()));
        }
        Ok(frame)
    }
}

/// A dictionary for these images; `None` where there are too few to make one of.
#[cfg(feature = "compress")]
pub(super) fn dictionary(images: &[&[u8]]) -> Option<Vec<u8>> {
    /// With fewer, no dictionary that was measured saves what it is.
    const FEWEST: usize = 8;
    /// Of 2.5 MB of machine code those of 32 to 64 KiB left the least, of 5 MB those of 64 to 112 KiB.
    const SHARE: usize = 48;
    /// What zstd's own command makes.
    const LARGEST: usize = 112 << 10;
    if images.len() < FEWEST {
        return None;
    }
    let total: usize = images.iter().map(|image| image.len()).sum();
    zstd::dict::from_samples(images, LARGEST.min(total / SHARE)).ok()
}

/// Does something with each, on as many threads as this build may have. The first error in order counts.
#[cfg(feature = "compress")]
pub(super) fn at_once<T: Sync, R: Send>(
    all: &[T],
    work: impl Fn(&T) -> Result<R, EncodeError> + Sync,
) -> Result<Vec<R>, EncodeError> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = all.get(index) else { return done };
            done.push((index, work(one)));
        }
    };
    let jobserver = crate::cargo::jobserver();
    let most = std::thread::available_parallelism().map_or(1, usize::from).min(all.len());
    let mut done = std::thread::scope(|scope| {
        let mut helpers = Vec::new();
        for _ in 1..most {
            // Cargo lends its threads; this one it has given already.
            let token = match &jobserver {
                Some(jobserver) => match jobserver.try_acquire() {
                    Ok(Some(token)) => Some(token),
                    _ => break,
                },
                None => None,
            };
            helpers.push(scope.spawn(|| {
                let _token = token;
                worker()
            }));
        }
        let mut done = worker();
        done.extend(helpers.into_iter().filter_map(|helper| helper.join().ok()).flatten());
        done
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(not(feature = "compress"))]
pub(super) struct Encoder;

#[cfg(not(feature = "compress"))]
impl Encoder {
    pub(super) fn new(_: u8, _: Option<&[u8]>) -> Result<Self, EncodeError> {
        Err(EncodeError::NoEncoder)
    }

    pub(super) fn encode(&mut self, _: &str, _: &[u8]) -> Result<Vec<u8>, EncodeError> {
        Err(EncodeError::NoEncoder)
    }
}

#[cfg(not(feature = "compress"))]
pub(super) fn dictionary(_: &[&[u8]]) -> Option<Vec<u8>> {
    None
}

#[cfg(not(feature = "compress"))]
pub(super) fn at_once<T, R>(_: &[T], _: impl Fn(&T) -> Result<R, EncodeError>) -> Result<Vec<R>, EncodeError> {
    Err(EncodeError::NoEncoder)
}
