//! Choices, in memory and as lines of a file.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io, process};

/// What a choice is for. The texts are as they stand in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    device: String,
    kernel: String,
    key: String,
}

impl Subject {
    pub(super) fn new(device: &str, kernel: &str, key: &str) -> Self {
        Self { device: field(device), kernel: field(kernel), key: field(key) }
    }
}

/// The variant that was fastest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    /// As it stands in the file.
    variant: String,
    micros: f64,
}

impl Choice {
    pub(super) fn new(variant: &impl Display, micros: f64) -> Self {
        Self { variant: field(&variant.to_string()), micros }
    }

    /// Whether it is this variant.
    pub(super) fn is(&self, variant: &impl Display) -> bool {
        self.variant == field(&variant.to_string())
    }
}

/// One choice for each subject.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Record {
    choices: BTreeMap<Subject, Choice>,
}

impl Record {
    /// What a file holds; nothing where it cannot be read.
    pub(super) fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_default();
        // A line that is no UTF-8 is damaged, the others are not.
        let lines = bytes.split(|&byte| byte == b'\n').filter_map(|line| str::from_utf8(line).ok());
        Self { choices: lines.filter_map(parse).collect() }
    }

    pub(super) fn get(&self, subject: &Subject) -> Option<&Choice> {
        self.choices.get(subject)
    }

    pub(super) fn insert(&mut self, subject: Subject, choice: Choice) {
        self.choices.insert(subject, choice);
    }

    /// Writes these choices to a file, beside the others that it holds.
    pub(super) fn add_to(&self, path: &Path) -> io::Result<()> {
        let mut all = Self::read(path);
        all.choices.extend(self.choices.clone());
        let beside = beside(path);
        let written = fs::write(&beside, all.to_string()).and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            // It may not be there; the first error says more.
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

impl Display for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (Subject { device, kernel, key }, Choice { variant, micros }) in &self.choices {
            writeln!(f, "{device}\t{kernel}\t{key}\t{variant}\t{micros:.3}")?;
        }
        Ok(())
    }
}

/// One line of the file; `None` where it is damaged.
fn parse(line: &str) -> Option<(Subject, Choice)> {
    let mut fields = line.strip_suffix('\r').unwrap_or(line).split('\t');
    let mut text = || fields.next().map(str::to_owned);
    let subject = Subject { device: text()?, kernel: text()?, key: text()? };
    let (variant, micros) = (text()?, text()?);
    let micros: f64 = micros.parse().ok()?;
    let whole = fields.next().is_none() && micros.is_finite() && micros >= 0.0;
    whole.then_some((subject, Choice { variant, micros }))
}

/// A text with nothing in it that ends a field or a line.
fn field(text: &str) -> String {
    let mut field = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' => field.push_str("\\\\"),
            char if char.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(field, "{}", char.escape_default());
            }
            char => field.push(char),
        }
    }
    field
}

/// A new file in the same folder, so that it can be renamed to `path`; no two writers have the same.
fn beside(path: &Path) -> PathBuf {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.{}.new", process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}
