//! Times of a kernel's variants, measured where `cargo triton tune` asks for them, for the table that the next build embeds.

use std::fmt::{self, Write as _};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream, DeviceRepr, ValidAsZeroBits};

use super::asked::Asked;
use super::buffer::{Buffer, Grow, Sample, grown};
use crate::bench::Bench;
use crate::device::{self, context};
use crate::driver::Driver;
use crate::extent::Extent;
use crate::kernel::KernelInfo;
use crate::spec::ImageKind;
use crate::testing;
use crate::{Arch, Error, Result};

/// A kernel that is timed.
#[derive(Debug)]
pub struct Tunable {
    /// Its name.
    pub kernel: &'static str,
    /// One of its files, relative to the package.
    pub beside: &'static str,
    /// The integer arguments that the choice depends on.
    pub keys: &'static [&'static str],
    /// Its variants, in the order of the enum.
    pub variants: &'static [TunableVariant],
}

/// One variant of it.
#[derive(Debug)]
pub struct TunableVariant {
    /// The stem of its files.
    pub id: &'static str,
    /// SHA-256 of each image.
    pub images: &'static [TunableImage],
}

/// One image of it.
#[derive(Debug)]
pub struct TunableImage {
    /// Its kind.
    pub kind: ImageKind,
    /// Its architecture.
    pub arch: Arch,
    /// SHA-256 of its bytes.
    pub sha256: &'static str,
}

/// What a measurement fails with, which a test prints as it is.
pub struct Failed(String);

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The measurement of a kernel with one key.
#[derive(Debug)]
pub struct Measuring<'a> {
    of: &'static Tunable,
    stream: &'a Arc<CudaStream>,
    bench: Bench,
    /// What is timed now, for messages: `matmul, m = 16, n = 4096`.
    about: String,
    /// By the places of the variants.
    timed: Vec<(usize, &'static str, f64)>,
    left_out: Vec<(usize, String)>,
}

impl Tunable {
    /// Measures with each key that is asked for; does nothing where nothing is.
    ///
    /// # Errors
    ///
    /// What is asked for can't be understood, there is no GPU, the file can't be written, and those of `with`.
    pub fn measure(
        &'static self,
        mut with: impl FnMut(&mut Measuring<'_>, &[i64]) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        let Some(asked) = Asked::of(self.kernel, self.keys).map_err(Failed)? else {
            testing::say(&format!("kernel `{}` isn't timed: `cargo triton tune` asks for it", self.kernel));
            return Ok(());
        };
        let context = context(0)?;
        let stream = context.default_stream();
        let gpu = self.gpu(&context)?;
        let half = asked.time / 4;
        for key in &asked.keys {
            let named = self.keys.iter().zip(key).map(|(name, value)| format!("{name} = {value}"));
            let mut measuring = Measuring {
                of: self,
                stream: &stream,
                bench: Bench::default().warmup(half).repeat(asked.time),
                about: format!("{}, {}", self.kernel, named.collect::<Vec<_>>().join(", ")),
                timed: Vec::new(),
                left_out: Vec::new(),
            };
            with(&mut measuring, key)?;
            testing::say(&measuring.to_string());
            if measuring.timed.is_empty() {
                continue;
            }
            let line = format!("{{{gpu},{}}}\n", measuring.json(key));
            if let Some(file) = &asked.file {
                append(file, &line)
                    .map_err(|error| Failed(format!("`{}` can't be written: {error}", file.display())))?;
            }
        }
        Ok(())
    }

    /// What a line says of kernel and GPU.
    fn gpu(&self, context: &CudaContext) -> Result<String, Failed> {
        let driver = Driver::get().map_err(Error::from)?;
        let (arch, multiprocessors) = device::described(driver, context)?;
        let keys = self.keys.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(",");
        Ok(format!(
            "\"kernel\":{},\"beside\":{},\"gpu\":{},\"arch\":\"{arch}\",\"multiprocessors\":{multiprocessors},\"driver\":\"{}\",\"keys\":[{keys}]",
            quoted(self.kernel),
            quoted(self.beside),
            quoted(&context.name()?),
            driver.version,
        ))
    }
}

impl<'a> Measuring<'a> {
    /// Where the launches go.
    pub fn stream(&self) -> &'a Arc<CudaStream> {
        self.stream
    }

    /// The value of an integer argument that is a key.
    ///
    /// # Errors
    ///
    /// It doesn't fit.
    pub fn key<T: TryFrom<i64>>(&self, argument: &str, key: &[i64], place: usize) -> Result<T, Failed> {
        self.integer(argument, key.get(place).copied().unwrap_or_default())
    }

    /// The value of an integer argument.
    ///
    /// # Errors
    ///
    /// It doesn't fit.
    pub fn integer<T: TryFrom<i64>>(&self, argument: &str, value: impl Into<Extent>) -> Result<T, Failed> {
        let value = value.into().get();
        let fits = value.ok().and_then(|value| T::try_from(value).ok());
        fits.ok_or_else(|| Failed(format!("{}: `{argument}` = {value:?} doesn't fit in its type", self.about)))
    }

    /// Memory for an argument of at least so many elements.
    ///
    /// # Errors
    ///
    /// Those of the driver; a number of elements that can't be.
    pub fn buffer<T: Sample + DeviceRepr + ValidAsZeroBits>(
        &self,
        argument: &str,
        elements: impl Into<Extent>,
    ) -> Result<Buffer<T>, Failed> {
        Ok(Buffer::new(self.stream, self.integer(argument, elements)?)?)
    }

    /// What was loaded of a variant; `None` where the device doesn't run it.
    ///
    /// # Errors
    ///
    /// Any other.
    pub fn loaded<K>(&mut self, variant: usize, loaded: Result<K>) -> Result<Option<K>, Failed> {
        match loaded {
            Ok(kernel) => Ok(Some(kernel)),
            Err(error @ (Error::NoImage(_) | Error::SharedMemory { .. })) => {
                self.leave_out(variant, error).map(|_| None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a launch asked for more memory, which now is there.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub fn grown(&self, launched: &Result<()>, buffers: &mut [(&str, &mut dyn Grow)]) -> Result<bool, Failed> {
        Ok(grown(launched, buffers)?)
    }

    /// Whether a variant is right for these arguments, by its first launch.
    ///
    /// # Errors
    ///
    /// Any other that it failed with.
    pub fn fits(&mut self, variant: usize, launched: Result<()>) -> Result<bool, Failed> {
        match launched {
            Ok(()) => Ok(true),
            Err(error @ (Error::Requires(_) | Error::Misaligned { .. } | Error::Indivisible { .. })) => {
                self.leave_out(variant, error)
            }
            Err(error) => Err(Failed(format!("{}: {error}", self.about))),
        }
    }

    fn leave_out(&mut self, variant: usize, error: Error) -> Result<bool, Failed> {
        let reason = error.to_string();
        self.left_out.push((variant, reason.lines().next().unwrap_or_default().to_owned()));
        Ok(false)
    }

    /// Times the launches of a variant.
    ///
    /// # Errors
    ///
    /// Those of a launch, and of the driver.
    pub fn time(
        &mut self,
        variant: usize,
        info: Option<KernelInfo>,
        launch: impl FnMut() -> Result<()>,
    ) -> Result<(), Failed> {
        let times = self.bench.run(self.stream, launch)?;
        let images = self.of.variants.get(variant).map_or(&[][..], |variant| variant.images);
        let image =
            info.and_then(|info| images.iter().find(|image| image.kind == info.kind && image.arch == info.arch));
        self.timed.push((variant, image.map_or("", |image| image.sha256), times.median() * 1e3));
        Ok(())
    }

    fn id(&self, place: usize) -> &'static str {
        self.of.variants.get(place).map_or("", |variant| variant.id)
    }

    /// What a line says of the key.
    fn json(&self, key: &[i64]) -> String {
        let numbers = key.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let variants = self.timed.iter().map(|(place, image, micros)| {
            format!("{{\"id\":{},\"image\":\"{image}\",\"micros\":{micros:.3}}}", quoted(self.id(*place)))
        });
        let variants = variants.collect::<Vec<_>>().join(",");
        format!("\"key\":[{numbers}],\"variants\":[{variants}]")
    }
}

impl fmt::Display for Measuring<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted: Vec<_> = self.timed.iter().collect();
        sorted.sort_by(|a, b| a.2.total_cmp(&b.2));
        let each = sorted.into_iter().map(|(place, _, micros)| format!("{} {micros:.2} us", self.id(*place)));
        write!(f, "{}: {}", self.about, each.collect::<Vec<_>>().join(", "))?;
        for (place, reason) in &self.left_out {
            write!(f, "\n  {} is left out: {reason}", self.id(*place))?;
        }
        Ok(())
    }
}

/// Adds a line, so that what was measured is kept though a later key fails.
fn append(file: &Path, line: &str) -> std::io::Result<()> {
    OpenOptions::new().create(true).append(true).open(file)?.write_all(line.as_bytes())
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for char in text.chars() {
        // Writing to a string can't fail.
        let _ = match char {
            '"' | '\\' => write!(quoted, "\\{char}"),
            char if u32::from(char) < 0x20 => write!(quoted, "\\u{:04x}", u32::from(char)),
            char => write!(quoted, "{char}"),
        };
    }
    quoted + "\""
}
