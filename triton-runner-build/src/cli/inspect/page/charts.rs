//! Bars of registers, shared memory and occupancy. They are drawn by the style sheet alone.

use std::fmt::Write as _;

use triton_runner_manifest::Arch;

use super::names::{image_id, label};
use crate::cli::html::escape;
use crate::cli::inspect::report::{ImageReport, Report};
use crate::cli::inspect::table::percent;
use crate::cli::occupancy::Limits;

/// Colours of the style sheet.
const COLOURS: usize = 6;

/// A bar: its value, what would fill the track, and how the value reads.
struct Bar {
    value: f64,
    full: f64,
    text: String,
}

/// The three figures.
pub(super) fn charts(report: &Report) -> String {
    [
        figure(report, "Registers of a thread", "of 255", registers),
        figure(report, "Shared memory of a block", "of the most that the GPU allows", shared),
        figure(report, "Occupancy", "of the warps that fit", occupied),
    ]
    .concat()
}

fn registers(image: &ImageReport) -> Option<Bar> {
    let registers = image.registers?;
    let full = Limits::of(image.arch).map_or(255, |limits| limits.registers_per_thread);
    Some(Bar { value: f64::from(registers), full: f64::from(full), text: registers.to_string() })
}

fn shared(image: &ImageReport) -> Option<Bar> {
    let shared = image.all_shared()?;
    let full = Limits::of(image.arch)?.shared_per_block;
    let text = if shared < 1024 { format!("{shared} B") } else { format!("{} KiB", shared.div_ceil(1024)) };
    // Of PTX nothing else is known, and the other charts leave it out.
    image.registers?;
    Some(Bar { value: f64::from(shared), full: f64::from(full), text })
}

fn occupied(image: &ImageReport) -> Option<Bar> {
    let found = image.occupancy.as_ref()?;
    Some(Bar { value: found.percent, full: 100.0, text: percent(found.percent) })
}

fn figure(report: &Report, title: &str, of: &str, bar: fn(&ImageReport) -> Option<Bar>) -> String {
    let archs = archs(report);
    let mut html = format!("<figure><figcaption>{title} <small>({of})</small></figcaption>\n");
    for (index, kernel) in report.kernels.iter().enumerate() {
        let bars: Vec<_> = kernel.images.iter().filter_map(|image| Some((image, bar(image)?))).collect();
        if bars.is_empty() {
            continue;
        }
        let name = escape(&label(report, kernel));
        let _ = writeln!(html, "<div data-kernel={index}>\n<h3 title=\"{name}\">{name}</h3>");
        for (image, bar) in bars {
            let colour = archs.iter().position(|arch| *arch == image.arch).unwrap_or(0) % COLOURS;
            let width = (bar.value / bar.full * 100.0).clamp(0.0, 100.0);
            let _ = writeln!(
                html,
                "<div class=row data-image=\"{id}\"><span>{}</span><div class=track>\
                 <div class=bar style=\"width:{width:.1}%;background:var(--bar-{colour})\"></div></div><span>{}</span></div>",
                escape(&image.target()),
                escape(&bar.text),
                id = escape(&image_id(index, image)),
            );
        }
        html += "</div>\n";
    }
    html + "</figure>\n"
}

/// One colour for each.
fn archs(report: &Report) -> Vec<Arch> {
    let mut archs: Vec<_> = report.kernels.iter().flat_map(|kernel| &kernel.images).map(|image| image.arch).collect();
    archs.sort_unstable();
    archs.dedup();
    archs
}
