//! The text of every level of each step. What the cache has isn't lowered again, and what has to be lowered is lowered once,
//! down to machine code.

use std::collections::BTreeMap;

use triton_runner_manifest::Level;

use crate::cli::levels::{Made, Wanted, levels};
use crate::error::Problem;
use crate::lowering::Print;
use crate::obtain::cache::{Key, Stored};
use crate::obtain::needs::{Need, need, result, texts_key};
use crate::obtain::tools::Tools;
use crate::plan::Step;

/// The levels between a step's own file and machine code.
const TEXTS: [Level; 3] = [Level::Ttgir, Level::Llir, Level::Ptx];

/// One for each of the steps. Results that were lowered for it are in the cache afterwards.
pub(super) fn of_steps(steps: &[Step<'_>], tools: &Tools, progress: &mut dyn FnMut(&str)) -> Vec<Result<Made, String>> {
    let keys: Vec<_> = steps.iter().map(|step| texts_key(step, tools)).collect();
    let cached = |i: usize| remembered(&steps[i], &tools.cache.get(keys[i].as_ref()?)?);
    let mut made: Vec<_> = (0..steps.len()).map(|i| cached(i).map(Ok)).collect();
    let images: Vec<_> =
        (0..steps.len()).map(|i| made[i].is_none().then(|| missing_image(&steps[i], tools)).flatten()).collect();
    if made.iter().any(Option::is_none) {
        tools.cache.clean();
    }
    for (emit, with_images) in [(Level::Cubin, true), (Level::Ptx, false)] {
        // What didn't become machine code may still become PTX.
        let now: Vec<_> = (0..steps.len())
            .filter(|&i| !matches!(made[i], Some(Ok(_))) && (images[i].is_some() || !with_images))
            .collect();
        let wanted =
            Wanted { emit, keep: TEXTS.into_iter().filter(|text| *text < emit).collect(), print: Print::Nothing };
        let all: Vec<_> = now.iter().map(|&i| &steps[i]).collect();
        let results = match levels(&all, &wanted, tools, progress) {
            Ok(results) => results,
            // Without a compiler.
            Err(problem) => now.iter().map(|_| Err(Problem::package(problem.to_string()))).collect(),
        };
        for (&i, result) in now.iter().zip(results) {
            if let Ok(result) = &result {
                if let Some(key) = &images[i] {
                    keep_image(&steps[i], key, result, tools);
                }
                keep_texts(keys[i].as_ref(), result, tools);
            }
            made[i] = Some(result.map_err(|problem| problem.to_string()));
        }
    }
    made.into_iter().flatten().collect()
}

/// The key of a step's machine code, if a build would have to lower it.
fn missing_image(step: &Step<'_>, tools: &Tools) -> Option<Key> {
    let Ok(Need::Result(key)) = need(step, tools) else { return None };
    (step.triton.is_some() && step.cubin && tools.cache.get(&key).is_none()).then_some(key)
}

/// As a build keeps it.
fn keep_image(step: &Step<'_>, key: &Key, made: &Made, tools: &Tools) {
    let Some(bytes) = made.files.get(&Level::Cubin).cloned() else { return };
    let ptx = made.files.get(&Level::Ptx).filter(|_| step.ptx).cloned();
    let stored = Stored { bytes, ptx, metadata: made.metadata.clone() };
    if let Some(stored) = result(step, stored, tools) {
        tools.cache.put(key, &stored);
    }
}

fn keep_texts(key: Option<&Key>, made: &Made, tools: &Tools) {
    let text = |level: &Level| Some((level.extension(), std::str::from_utf8(made.files.get(level)?).ok()?));
    let texts: BTreeMap<_, _> = TEXTS.iter().filter_map(text).collect();
    if let (Some(key), Ok(bytes), true) = (key, serde_json::to_vec(&texts), texts.contains_key(Level::Ptx.extension()))
    {
        tools.cache.put(key, &Stored { bytes, ptx: None, metadata: serde_json::Value::Null });
    }
}

/// What was kept, with the step's own file.
fn remembered(step: &Step<'_>, stored: &Stored) -> Option<Made> {
    let texts: BTreeMap<String, String> = serde_json::from_slice(&stored.bytes).ok()?;
    let mut files: BTreeMap<Level, Vec<u8>> = TEXTS
        .into_iter()
        .filter_map(|level| Some((level, texts.get(level.extension())?.clone().into_bytes())))
        .collect();
    files.insert(step.source.artifact.level, step.source.artifact.bytes.clone());
    Some(Made { files, ..Made::default() })
}
