//! What a person sees: text and tables on standard output, styled and fitted only where that is a terminal.

use std::io::{ErrorKind, Write as _};

use comfy_table::{ContentArrangement, Row, Table, presets};
use console::{Style, Term};

use super::Result;

/// Writes to standard output. A reader that has read enough, such as `head`, is no error.
pub(super) fn print(text: &str) -> Result {
    print_bytes(text.as_bytes())
}

/// The same, followed by the end of the line.
pub(super) fn print_line(text: &str) -> Result {
    print_bytes(format!("{text}\n").as_bytes())
}

/// The same for what may be no text.
pub(super) fn print_bytes(bytes: &[u8]) -> Result {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("can't write the output: {error}").into()),
        _ => Ok(()),
    }
}

/// Pretty JSON on standard output.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result {
    print_line(&serde_json::to_string_pretty(value)?)
}

/// An error as every command reports it. Names of files in it can hold what drives a terminal.
pub(super) fn report(error: &dyn std::fmt::Display) {
    let text = error.to_string();
    let lines: Vec<_> = text.split('\n').map(crate::cargo::one_line).collect();
    eprintln!("{} {}", Style::new().for_stderr().red().bold().apply_to("error:"), lines.join("\n"));
}

/// Bold on a terminal.
pub(super) fn bold(text: &str) -> String {
    Style::new().bold().apply_to(text).to_string()
}

/// Green on a terminal.
pub(super) fn good(text: &str) -> String {
    Style::new().green().apply_to(text).to_string()
}

/// Red on a terminal.
pub(super) fn bad(text: &str) -> String {
    Style::new().red().bold().apply_to(text).to_string()
}

/// Faint on a terminal.
pub(super) fn dim(text: &str) -> String {
    Style::new().dim().apply_to(text).to_string()
}

/// Columns of the terminal; `None` where standard output is none, and nothing is cut or wrapped.
pub(super) fn width() -> Option<u16> {
    Term::stdout().size_checked().map(|(_, columns)| columns)
}

/// A table, wrapped to the terminal's width. Columns named in `right` are numbers.
pub(super) fn table(header: &[&str], right: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(header.iter().copied());
    for row in rows {
        table.add_row(Row::from(row));
    }
    for (index, name) in header.iter().enumerate() {
        if let Some(column) = table.column_mut(index).filter(|_| right.contains(name)) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    if let Some(width) = width() {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    // Trailing spaces would wrap in a terminal that is as wide as the table.
    table.trim_fmt()
}

/// Bytes as people read them.
pub(super) fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{:.1} KB", bytes as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_goes_into_a_file_is_not_wrapped() {
        let long = "x".repeat(300);
        let text = table(&["kernel", "bytes"], &["bytes"], [vec![long.clone(), "7".to_owned()]]);
        assert!(text.contains(&format!("| {long} |     7 |")), "{text}");
    }

    #[test]
    fn sizes_have_the_unit_that_fits() {
        let shown = [0, 9_999, 10_000, 155_123_456, 12_000_000_000].map(bytes);
        assert_eq!(shown, ["0 B", "9999 B", "10.0 KB", "155.1 MB", "12.0 GB"]);
    }
}
