//! A run as one HTML page: step by step what each program reads and writes, and what its values are.

use serde_json::{Value, json};
use triton_runner_interpreter::{AccessKind, Accessed, Program, Report, Traced};

use super::tensor::Memory;
use super::values;
use crate::cli::html::Page;

/// Elements that are shown of one value.
const MAX_ELEMENTS: usize = 1 << 14;
/// Bytes of all values together, behind which the rest is left out.
const MAX_BYTES: usize = 32 << 20;

/// The page.
pub(super) fn page(
    program: &Program,
    memory: &[(String, Memory)],
    grid: [u32; 3],
    recorded: &[[u32; 3]],
    report: &Report,
) -> Result<String, serde_json::Error> {
    let mut room = MAX_BYTES;
    let programs: Vec<Value> = recorded.iter().map(|id| of_program(*id, memory, report, &mut room)).collect();
    let data = json!({
        "grid": grid,
        "memory": memory.iter().map(|(name, memory)| json!({
            "name": name,
            "format": format!("{:?}", memory.format).to_lowercase(),
            "shape": memory.shape,
            "elements": memory.bytes.len() / memory.format.bytes(),
        })).collect::<Vec<_>>(),
        "programs": programs,
        "findings": report.findings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    let page = Page {
        command: "run",
        title: &format!("Run of {}", program.name()),
        style: include_str!("style.css"),
        main: MAIN,
        data: &serde_json::to_string(&data)?,
        script: include_str!("script.js"),
    };
    Ok(page.html())
}

/// What the script fills in.
const MAIN: &str = r#"<ul id="findings"></ul>
<noscript><p>The run is shown by a script.</p></noscript>
<div class="bar">
<button id="previous" type="button">◀ program</button>
<span id="program" role="status"></span>
<button id="next" type="button">program ▶</button>
</div>
<div class="bar">
<button id="back" type="button">◀ step</button>
<span id="step" role="status"></span>
<button id="forward" type="button">step ▶</button>
</div>
<p class="legend"><span class="read">read</span> <span class="write">written</span> <span class="both">both</span>
in this program up to this step; framed: by this step.</p>
<div id="memory"></div>
<h2>Values</h2>
<select id="variable" aria-label="Variable"></select>
<p id="about"></p>
<pre id="value"></pre>
"#;

fn of_program(id: [u32; 3], memory: &[(String, Memory)], report: &Report, room: &mut usize) -> Value {
    let rows = report.accesses.iter().filter(|accessed| accessed.program == id);
    let rows: Vec<Value> = rows.filter_map(|accessed| row(memory, accessed)).collect();
    let mut left_out = 0;
    let mut all = Vec::new();
    for traced in report.traced.iter().filter(|traced| traced.program == id) {
        let value = value(traced);
        let size = value["elements"].as_str().map_or(0, str::len);
        match room.checked_sub(size) {
            Some(rest) => {
                *room = rest;
                all.push(value);
            }
            None => left_out += 1,
        }
    }
    json!({"id": id, "rows": rows, "values": all, "left_out": left_out})
}

fn place(python: &Option<(String, u32)>, line: u32) -> String {
    match python {
        Some((file, line)) => format!("{file}:{line}"),
        None => format!("line {line} of the IR"),
    }
}

fn row(memory: &[(String, Memory)], accessed: &Accessed) -> Option<Value> {
    let kind = match accessed.kind {
        AccessKind::Load => "load",
        AccessKind::Store => "store",
        _ => "atomic",
    };
    (accessed.buffer < memory.len()).then(|| {
        json!({
            "kind": kind, "memory": accessed.buffer, "first": accessed.element, "step": accessed.step,
            "count": accessed.count, "line": accessed.line, "place": place(&accessed.python, accessed.line),
        })
    })
}

fn value(traced: &Traced) -> Value {
    let mut elements = values::elements(&traced.elements);
    let count = elements.len();
    elements.truncate(MAX_ELEMENTS);
    json!({
        "name": traced.variable.as_ref().map_or_else(|| traced.name.clone(), |variable| format!("{variable} ({})", traced.name)),
        "place": place(&traced.python, traced.line), "shape": traced.shape, "count": count,
        "elements": elements.join(" "),
    })
}
