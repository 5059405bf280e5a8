//! The report as one HTML page with everything in it: table, charts, and the code of every level.

mod charts;
mod data;
mod names;

use std::fmt::Write as _;

pub(super) use data::{Code, Texts};

use super::report::Report;
use crate::cli::html::{Page, escape};
use names::{image_id, packages};

/// The page.
pub(super) fn page(report: &Report, code: &[Vec<Code>]) -> Result<String, serde_json::Error> {
    let data = data::json(report, code)?;
    let main = format!(
        r#"<p>{summary}</p>
<div class="search">
<input id="query" type="search" placeholder="Search kernels and code" aria-label="Search kernels and code" autocomplete="off">
<button id="previous" type="button" aria-label="Previous place" disabled>↑</button>
<button id="next" type="button" aria-label="Next place" disabled>↓</button>
<span id="found" role="status"></span>
</div>
{errors}<h2>Kernels</h2>
<div class="scroll">
{table}</div>
<p><code>:16</code> is promised to be a multiple of 16, <code>mut</code> is written. Spilled bytes are a thread's, shared bytes a block's.
Safe: what it touches is proven, so that <code>launch</code> needs no <code>unsafe</code>. Occupancy is warps on a multiprocessor of those
that it can hold.</p>
<h2>Use of the hardware</h2>
<div class="charts">
{charts}</div>
<h2 id="code">Code</h2>
<noscript><p>The code is shown by a script.</p></noscript>
<div class="chosen">
<select id="kernel" aria-label="Kernel"></select>
<select id="gpu" aria-label="GPU"></select>
</div>
<p class="signature"><code id="signature"></code></p>
<div class="panes">
{panes}</div>
"#,
        summary = escape(&summary(report)),
        errors = errors(report),
        table = table(report),
        charts = charts::charts(report),
        panes = panes(),
    );
    let page = Page {
        command: "inspect",
        title: &title(report),
        style: include_str!("style.css"),
        main: &main,
        data: &data,
        script: include_str!("script.js"),
    };
    Ok(page.html())
}

fn title(report: &Report) -> String {
    match &packages(report)[..] {
        [] => "Kernels".to_owned(),
        names => format!("Kernels of {}", names.join(", ")),
    }
}

fn summary(report: &Report) -> String {
    let images = || report.kernels.iter().flat_map(|kernel| &kernel.images);
    let mut archs: Vec<_> = images().map(|image| image.arch).collect();
    archs.sort_unstable();
    archs.dedup();
    let archs: Vec<_> = archs.iter().map(ToString::to_string).collect();
    let bytes: u64 = images().map(|image| image.bytes).sum();
    format!("{} kernels for {}: {} images, {bytes} bytes", report.kernels.len(), archs.join(", "), images().count())
}

fn errors(report: &Report) -> String {
    if report.errors.is_empty() {
        return String::new();
    }
    let mut html = "<h2>Not looked at</h2>\n".to_owned();
    for error in &report.errors {
        let _ = writeln!(html, "<pre>{}</pre>", escape(error));
    }
    html
}

/// A group of rows for each kernel, its signature above them.
fn table(report: &Report) -> String {
    const COLUMNS: usize = 9;
    let mut html = "<table>\n<thead><tr><th>GPU<th>from<th>safe<th class=number>threads<th class=number>registers\
                    <th class=number>spilled<th class=number>shared<th class=number>bytes<th>occupancy</tr></thead>\n"
        .to_owned();
    for (index, kernel) in report.kernels.iter().enumerate() {
        let _ = writeln!(
            html,
            "<tbody data-kernel={index}>\n<tr><th class=kernel colspan={COLUMNS}><div>{}<code>{}</code>{}</div></tr>",
            kernel.package.as_ref().map(|name| format!("<small>{}</small> ", escape(name))).unwrap_or_default(),
            escape(&kernel.described()).replace('\n', "<br>"),
            kernel
                .interpreted()
                .into_iter()
                .chain(kernel.host.iter().map(ToString::to_string))
                .map(|line| format!("<br><small>{}</small>", escape(&line)))
                .collect::<String>(),
        );
        for image in &kernel.images {
            let id = escape(&image_id(index, image));
            let cells = super::table::cells(image);
            let target = escape(&image.target());
            let _ = write!(
                html,
                "<tr data-image=\"{id}\"><td><a href=\"#{id}\">{target}</a><td>{}<td>{}",
                image.level,
                kernel.safety.word()
            );
            for number in &cells.numbers {
                let _ = write!(html, "<td class=number>{}", escape(number));
            }
            let _ = writeln!(html, "<td>{}</tr>", escape(&cells.occupancy));
        }
        html += "</tbody>\n";
    }
    html + "</table>\n"
}

/// Three, each with a level to choose.
fn panes() -> String {
    let pane = |level: &str| {
        format!(
            "<section class=pane data-level={level}><header><select aria-label=\"Level\"></select>\
             <span class=count></span></header><pre tabindex=0></pre></section>\n"
        )
    };
    ["ttgir", "ptx", "sass"].map(pane).concat()
}
