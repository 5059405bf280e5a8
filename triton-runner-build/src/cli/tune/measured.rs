//! What a program has measured: a line of JSON for each key, and the table that they make.

use std::collections::BTreeMap;

use serde::Deserialize;
use triton_runner_manifest::{Arch, nearest};

use crate::read::tuning_table::{Timed, TuningTable};

/// One kernel with one key on one GPU.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Measured {
    pub(super) kernel: String,
    /// One of its files, relative to the package.
    pub(super) beside: String,
    pub(super) gpu: String,
    arch: Arch,
    multiprocessors: u32,
    driver: String,
    pub(super) keys: Vec<String>,
    pub(super) key: Vec<i64>,
    pub(super) variants: Vec<Variant>,
}

/// The time of one variant.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Variant {
    pub(super) id: String,
    image: String,
    pub(super) micros: f64,
}

impl Measured {
    /// The lines of a file.
    pub(super) fn parse(text: &str) -> Result<Vec<Self>, serde_json::Error> {
        text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect()
    }

    /// The variant that was the fastest here.
    pub(super) fn best(&self) -> Option<&Variant> {
        self.variants.iter().min_by(|a, b| a.micros.total_cmp(&b.micros))
    }

    /// The variant that a launch takes by a table: of those that are right here, the fastest with the nearest key.
    pub(super) fn chosen(&self, table: &TuningTable) -> Option<&Variant> {
        let row = table.times.get(nearest(table.times.iter().map(|timed| timed.key.as_slice()), &self.key)?)?;
        let timed = self.variants.iter().filter_map(|variant| Some((row.microseconds.get(&variant.id)?, variant)));
        timed.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, variant)| variant)
    }

    /// Where its table is: beside the kernel, named by the GPU.
    pub(super) fn file(&self) -> String {
        let folder = self.beside.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let words = self.gpu.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let gpu = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
        format!("{folder}{}.tuned.{gpu}.json", self.kernel)
    }

    /// A table with this line, beside what another has of the same machine code. Says how many keys of that are dropped.
    pub(super) fn added_to(&self, old: Option<TuningTable>) -> (TuningTable, usize) {
        let images: BTreeMap<_, _> = self.variants.iter().map(|one| (one.id.clone(), one.image.clone())).collect();
        let mut dropped = 0;
        let kept = old.filter(|old| {
            // A variant that isn't right for one key is timed with another.
            let same = old.keys == self.keys
                && old.gpu == self.gpu
                && images.iter().all(|(id, image)| old.images.get(id).is_none_or(|timed| timed == image));
            dropped = if same { 0 } else { old.times.len() };
            same
        });
        let mut table = kept.unwrap_or_else(|| TuningTable {
            kernel: self.kernel.clone(),
            gpu: self.gpu.clone(),
            arch: self.arch,
            multiprocessors: self.multiprocessors,
            driver: self.driver.clone(),
            images: BTreeMap::new(),
            keys: self.keys.clone(),
            times: Vec::new(),
        });
        table.driver.clone_from(&self.driver);
        table.images.extend(images);
        let microseconds = self.variants.iter().map(|one| (one.id.clone(), one.micros)).collect();
        let timed = Timed { key: self.key.clone(), microseconds };
        match table.times.binary_search_by(|other| other.key.cmp(&self.key)) {
            Ok(place) => table.times.get_mut(place).into_iter().for_each(|other| *other = timed.clone()),
            Err(place) => table.times.insert(place, timed),
        }
        (table, dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(key: &str, images: [&str; 2]) -> Measured {
        let [one, other] = images;
        let text = format!(
            r#"{{"kernel":"gemm","beside":"kernels/gemm.ttir","gpu":"NVIDIA H100 (80GB)","arch":"sm_90","multiprocessors":132,
            "driver":"12.8","keys":["m"],"key":[{key}],"variants":[
            {{"id":"gemm","image":"{one}","micros":4.0}},{{"id":"gemm@wide","image":"{other}","micros":3.0}}]}}"#
        );
        Measured::parse(&text.replace('\n', "")).unwrap().remove(0)
    }

    #[test]
    fn a_table_chooses_by_the_nearest_key_of_what_is_right() {
        let (mut table, _) = line("16", ["a", "b"]).added_to(None);
        let measured = line("20", ["a", "b"]);
        assert_eq!(measured.file(), "kernels/gemm.tuned.nvidia-h100-80gb.json");
        assert_eq!(measured.best().unwrap().id, "gemm@wide");
        assert_eq!(measured.chosen(&table).unwrap().id, "gemm@wide");
        table.times[0].microseconds.insert("gemm".to_owned(), 2.0);
        assert_eq!(measured.chosen(&table).unwrap().id, "gemm");
        // What isn't right here was left out.
        let mut wide_alone = measured.clone();
        wide_alone.variants.remove(0);
        assert_eq!(wide_alone.chosen(&table).unwrap().id, "gemm@wide");
        table.times.clear();
        assert!(measured.chosen(&table).is_none());
    }

    #[test]
    fn keys_are_added_and_replaced_while_the_machine_code_is_the_same() {
        let (table, _) = line("16", ["a", "b"]).added_to(None);
        let (table, dropped) = line("1", ["a", "b"]).added_to(Some(table));
        assert_eq!(dropped, 0);
        let (table, _) = line("16", ["a", "b"]).added_to(Some(table));
        assert_eq!(table.times.iter().map(|timed| timed.key.clone()).collect::<Vec<_>>(), [[1], [16]]);
        assert_eq!(TuningTable::parse("gemm", table.to_text().unwrap().as_bytes()).unwrap(), table);
        let (table, dropped) = line("64", ["a", "c"]).added_to(Some(table));
        assert_eq!((dropped, table.times.len(), table.images["gemm@wide"].as_str()), (2, 1, "c"));
    }
}
