//! What the page's script reads: names and texts.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::names::label;
use crate::cli::inspect::report::Report;

/// Texts of one image by level (`ttir`, …, `ptx`, `sass`), and why some are missing.
#[derive(Clone, Debug, Default)]
pub(in crate::cli::inspect) struct Code {
    pub(in crate::cli::inspect) texts: Texts,
    pub(in crate::cli::inspect) notes: Texts,
}

pub(in crate::cli::inspect) type Texts = BTreeMap<&'static str, String>;

#[derive(Serialize)]
struct Data<'a> {
    kernels: Vec<PageKernel<'a>>,
    /// Each once: TTIR is the same for all architectures.
    texts: Vec<&'a str>,
}

#[derive(Serialize)]
struct PageKernel<'a> {
    name: String,
    signature: String,
    images: Vec<PageImage<'a>>,
}

#[derive(Serialize)]
struct PageImage<'a> {
    target: String,
    /// Places in `texts`.
    texts: BTreeMap<&'a str, usize>,
    notes: &'a Texts,
}

/// The JSON.
pub(super) fn json(report: &Report, code: &[Vec<Code>]) -> Result<String, serde_json::Error> {
    let mut texts = Vec::new();
    let mut places = HashMap::new();
    let mut kernels = Vec::new();
    for (kernel, codes) in report.kernels.iter().zip(code) {
        let mut images = Vec::new();
        for (image, code) in kernel.images.iter().zip(codes) {
            let mut own = BTreeMap::new();
            for (level, text) in &code.texts {
                let next = texts.len();
                let index = *places.entry(text.as_str()).or_insert(next);
                if index == next {
                    texts.push(text.as_str());
                }
                own.insert(*level, index);
            }
            images.push(PageImage { target: image.target(), texts: own, notes: &code.notes });
        }
        kernels.push(PageKernel { name: label(report, kernel), signature: kernel.described(), images });
    }
    // `</script>` in a text would end the element.
    serde_json::to_string(&Data { kernels, texts })
}
