//! `NAME.tuned.GPU.json`: how fast each variant of a kernel was on one GPU. `cargo triton tune` writes it, and it is checked
//! in beside the kernel's files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use triton_runner_manifest::{Arch, BuiltImage, Tuned};
use triton_runner_read::metadata::each_key_once;

use crate::error::Problem;
use crate::read::files::{KernelFiles, TableFile, split_variant};

/// The file's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TuningTable {
    /// The kernel, without a variant.
    pub(crate) kernel: String,
    pub(crate) gpu: String,
    pub(crate) arch: Arch,
    pub(crate) multiprocessors: u32,
    /// Version of CUDA that the driver has.
    pub(crate) driver: String,
    /// SHA-256 of the machine code or PTX of each variant that was timed, by the stem of its files.
    pub(crate) images: BTreeMap<String, String>,
    /// The arguments that the times are by.
    pub(crate) keys: Vec<String>,
    pub(crate) times: Vec<Timed>,
}

/// The times with one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Timed {
    pub(crate) key: Vec<i64>,
    /// Of each variant that is right for it.
    pub(crate) microseconds: BTreeMap<String, f64>,
}

/// Times of a kernel and its variants on one GPU.
#[derive(Debug)]
pub(crate) struct NamedTable {
    /// The file, relative to the package.
    pub(crate) name: String,
    pub(crate) table: TuningTable,
}

impl NamedTable {
    /// A kernel's tables. Each file's problem goes to `problems`.
    pub(super) fn read_all(files: &KernelFiles, problems: &mut Vec<Problem>) -> Vec<Self> {
        let read = |file: &TableFile| match TuningTable::parse(split_variant(&files.name).0, &file.bytes) {
            Ok(table) => Some(Self { name: file.name.clone(), table }),
            Err(error) => {
                problems.push(Problem::file(&file.name, error));
                None
            }
        };
        files.tables.iter().filter_map(read).collect()
    }
}

/// The file can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TableError {
    #[error("it is no table of times: {0}; write it again with `cargo triton tune`")]
    Damaged(#[from] serde_json::Error),
    #[error("it is about the kernel `{found}`: rename the file, or write it again with `cargo triton tune`")]
    OtherKernel { found: String },
    #[error("the key {key:?} has {} numbers, and the table's keys are {keys:?}; write it again with `cargo triton tune`", key.len())]
    Key { key: Vec<i64>, keys: Vec<String> },
    #[error("the key {key:?} is there twice; remove one of the two lines")]
    Twice { key: Vec<i64> },
    #[error("{micros} is no time, for `{variant}` with the key {key:?}; write it again with `cargo triton tune`")]
    NoTime { key: Vec<i64>, variant: String, micros: f64 },
    #[error("it has no times: remove the file, or write it again with `cargo triton tune`")]
    Empty,
}

impl TuningTable {
    /// What a file says of this kernel.
    pub(crate) fn parse(kernel: &str, bytes: &[u8]) -> Result<Self, TableError> {
        let mut table: Self = each_key_once(bytes)?;
        if table.kernel != kernel {
            return Err(TableError::OtherKernel { found: table.kernel });
        }
        table.times.sort_by(|a, b| a.key.cmp(&b.key));
        for timed in &table.times {
            let key = || timed.key.clone();
            if timed.key.len() != table.keys.len() {
                return Err(TableError::Key { key: key(), keys: table.keys });
            }
            if let Some((variant, micros)) =
                timed.microseconds.iter().find(|(_, micros)| !(micros.is_finite() && **micros > 0.0))
            {
                return Err(TableError::NoTime { key: key(), variant: variant.clone(), micros: *micros });
            }
        }
        if let Some(twice) = table.times.windows(2).find_map(|pair| match pair {
            [one, other] if one.key == other.key => Some(one.key.clone()),
            _ => None,
        }) {
            return Err(TableError::Twice { key: twice });
        }
        if table.keys.is_empty() || table.times.iter().all(|timed| timed.microseconds.is_empty()) {
            return Err(TableError::Empty);
        }
        Ok(table)
    }

    /// The part that is about one variant; `None` where it wasn't timed.
    pub(crate) fn of_variant(&self, file: &str, id: &str) -> Option<Tuned> {
        let times = self.times.iter().filter_map(|timed| Some((timed.key.clone(), *timed.microseconds.get(id)?)));
        let times: Vec<_> = times.collect();
        (!times.is_empty()).then(|| Tuned {
            file: file.to_owned(),
            gpu: self.gpu.clone(),
            arch: self.arch,
            multiprocessors: self.multiprocessors,
            keys: self.keys.clone(),
            times,
        })
    }

    /// What has changed of a variant since it was timed, if anything has.
    pub(crate) fn stale(&self, id: &str, images: &[BuiltImage]) -> Option<String> {
        // Where nothing is lowered, as on docs.rs, nothing is known.
        if images.is_empty() {
            return None;
        }
        let what = match self.images.get(id) {
            None => format!("`{id}` wasn't timed on it"),
            Some(timed) if images.iter().all(|image| image.sha256 != *timed) => {
                format!("the machine code of `{id}` has changed since it was timed on it")
            }
            Some(_) => return None,
        };
        Some(format!(
            "{what}: launches go by old times, which are right and may not be the fastest; run `cargo triton tune {}` on that GPU ({})",
            self.kernel, self.gpu
        ))
    }

    /// Variants that were timed and are no more; `ids` are the stems of all files.
    pub(crate) fn unknown(&self, ids: &[&str]) -> Option<String> {
        let gone: Vec<_> =
            self.images.keys().filter(|id| !ids.contains(&id.as_str())).map(|id| format!("`{id}`")).collect();
        (!gone.is_empty()).then(|| {
            format!(
                "times of {}, which the kernel doesn't have, are passed over; run `cargo triton tune {}` on that GPU ({})",
                gone.join(", "),
                self.kernel,
                self.gpu
            )
        })
    }

    /// The file's text, a line for each key.
    #[cfg(any(feature = "cli", test))]
    pub(crate) fn to_text(&self) -> Result<String, serde_json::Error> {
        let json = serde_json::to_string::<serde_json::Value>;
        let mut text = "{\n".to_owned();
        let lines = [
            ("kernel", serde_json::to_value(&self.kernel)?),
            ("gpu", serde_json::to_value(&self.gpu)?),
            ("arch", serde_json::to_value(self.arch)?),
            ("multiprocessors", self.multiprocessors.into()),
            ("driver", serde_json::to_value(&self.driver)?),
            ("images", serde_json::to_value(&self.images)?),
            ("keys", serde_json::to_value(&self.keys)?),
        ];
        for (name, value) in lines {
            text += &format!("  \"{name}\": {},\n", json(&value)?);
        }
        text.push_str("  \"times\": [\n");
        for (place, timed) in self.times.iter().enumerate() {
            let comma = if place + 1 < self.times.len() { "," } else { "" };
            text += &format!("    {}{comma}\n", serde_json::to_string(timed)?);
        }
        text.push_str("  ]\n}\n");
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "kernel": "gemm",
  "gpu": "NVIDIA H100 80GB HBM3",
  "arch": "sm_90",
  "multiprocessors": 132,
  "driver": "12.8",
  "images": {"gemm":"ab","gemm@wide":"cd"},
  "keys": ["m","n"],
  "times": [
    {"key":[16,64],"microseconds":{"gemm":2.5,"gemm@wide":3.0}},
    {"key":[64,64],"microseconds":{"gemm@wide":4.0}}
  ]
}
"#;

    fn refused(from: &str, to: &str) -> String {
        assert!(TEXT.contains(from));
        TuningTable::parse("gemm", TEXT.replace(from, to).as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_table_is_written_as_it_was_read() {
        let table = TuningTable::parse("gemm", TEXT.as_bytes()).unwrap();
        assert_eq!(table.to_text().unwrap(), TEXT);
        let base = table.of_variant("kernels/gemm.tuned.h100.json", "gemm").unwrap();
        assert_eq!(base.times, [(vec![16, 64], 2.5)]);
        let wide = table.of_variant("kernels/gemm.tuned.h100.json", "gemm@wide").unwrap();
        assert_eq!((wide.times.len(), wide.keys.len()), (2, 2));
        assert_eq!(table.of_variant("", "gemm@tall"), None);
    }

    #[test]
    fn what_can_be_no_table_is_told() {
        for (from, to, part) in [
            ("gemm\"", "gem\"", "it is about the kernel `gem`"),
            ("[16,64]", "[16]", "the key [16] has 1 numbers"),
            ("[16,64]", "[64,64]", "the key [64, 64] is there twice"),
            ("2.5", "-2.5", "-2.5 is no time, for `gemm` with the key [16, 64]"),
            ("\"gpu\"", "\"device\"", "it is no table of times"),
            ("\"gemm\":2.5", "\"gemm\":2.5,\"gemm\":9.5", "the key `gemm` is there twice"),
        ] {
            let text = refused(from, to);
            assert!(text.contains(part), "{text}");
        }
        let start = TEXT.find("\"times\"").unwrap();
        let empty = format!("{}\"times\": []}}", &TEXT[..start]);
        let text = TuningTable::parse("gemm", empty.as_bytes()).unwrap_err().to_string();
        assert!(text.starts_with("it has no times"), "{text}");
    }
}
