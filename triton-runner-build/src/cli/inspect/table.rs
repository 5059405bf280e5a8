//! The report as people read it in a terminal.

use super::report::{ImageReport, KernelReport, Report};
use crate::cli::terminal;

const HEADER: [&str; 10] =
    ["kernel", "safe", "GPU", "from", "threads", "registers", "spilled", "shared", "bytes", "occupancy"];
const NUMBERS: [&str; 5] = ["threads", "registers", "spilled", "shared", "bytes"];

/// A table for each package, then the signatures.
pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    for kernels in report.kernels.chunk_by(|a, b| a.package == b.package) {
        if let Some(package) = kernels.first().and_then(|kernel| kernel.package.as_ref()) {
            text += &format!("{}\n\n", terminal::bold(package));
        }
        text += &terminal::table(&HEADER, &NUMBERS, kernels.iter().flat_map(rows));
        text += "\n\n";
        for kernel in kernels.iter().filter(|kernel| kernel.signature_from.is_some()) {
            text += &kernel.described();
            text += "\n";
            kernel.interpreted().into_iter().for_each(|line| text += &format!("  {line}\n"));
            kernel.host.iter().for_each(|work| text += &format!("  {work}\n"));
        }
        text += "\n";
    }
    text += &terminal::dim(LEGEND);
    text + "\n"
}

const LEGEND: &str = "`:16` is promised to be a multiple of 16, `mut` is written. Spilled and shared are bytes of a thread and of a block.\n\
                      Safe: what it touches is proven, so that `launch` needs no `unsafe`.\n\
                      Occupancy: warps on a multiprocessor of those that it can hold, and what stands in the way of more.";

fn rows(kernel: &KernelReport) -> Vec<Vec<String>> {
    if kernel.images.is_empty() {
        let mut row = vec![String::new(); HEADER.len()];
        row[0].clone_from(&kernel.name);
        kernel.safety.word().clone_into(&mut row[1]);
        row[2] = "none".to_owned();
        return vec![row];
    }
    kernel.images.iter().map(|image| row(kernel, image)).collect()
}

fn row(kernel: &KernelReport, image: &ImageReport) -> Vec<String> {
    let cells = cells(image);
    let mut row = vec![kernel.name.clone(), kernel.safety.word().to_owned(), image.target(), image.level.to_string()];
    row.extend(cells.numbers);
    row.push(cells.occupancy);
    row
}

/// What an image is described by, here and on the page.
pub(super) struct Cells {
    /// Threads, registers, spilled bytes, shared bytes, size.
    pub(super) numbers: [String; 5],
    pub(super) occupancy: String,
}

pub(super) fn cells(image: &ImageReport) -> Cells {
    let known = |number: Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
    let mut threads = known(image.threads);
    if image.cluster != [1, 1, 1] {
        let [x, y, z] = image.cluster;
        threads += &format!(" ×{}", x * y * z);
    }
    let numbers = [
        threads,
        known(image.registers),
        known(image.spilled_bytes),
        known(image.all_shared()),
        image.bytes.to_string(),
    ];
    Cells { numbers, occupancy: occupancy(image) }
}

fn occupancy(image: &ImageReport) -> String {
    let Some(found) = &image.occupancy else { return "?".to_owned() };
    let limits: Vec<_> = found.limited_by.iter().map(|limit| limit.name()).collect();
    let limits = limits.join(", ");
    if found.blocks == 0 {
        return format!("a block doesn't fit: {limits}");
    }
    format!("{} ({limits})", percent(found.percent))
}

/// `100 %`, `12.5 %`
pub(super) fn percent(value: f64) -> String {
    let tenths = format!("{value:.1}");
    format!("{} %", tenths.strip_suffix(".0").unwrap_or(&tenths))
}
