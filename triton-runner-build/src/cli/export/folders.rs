//! Artifacts without the folders of the machine that made them.

use triton_runner_manifest::Level;

/// The same text with base names where it names source files, and no debug sections in PTX, which spell them in bytes.
pub(in crate::cli) fn without_folders(level: Level, text: &str) -> String {
    match level {
        Level::Ttir | Level::Ttgir => each_quoted(text, |quoted, after| is_place(after).then(|| base(quoted))),
        Level::Llir => text.lines().map(|line| llir_line(line) + "\n").collect(),
        Level::Ptx => ptx(text),
        Level::Cubin => text.to_owned(),
    }
}

/// Replaces quoted strings: `f` gets one and what follows it.
fn each_quoted(text: &str, f: impl Fn(&str, &str) -> Option<String>) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        made.push_str(before);
        made.push('"');
        let Some(end) = end_of_string(after) else {
            made.push_str(after);
            return made;
        };
        let (quoted, after) = (&after[..end], &after[end + 1..]);
        match f(quoted, after) {
            Some(new) => made.push_str(&new),
            None => made.push_str(quoted),
        }
        made.push('"');
        rest = after;
    }
    made.push_str(rest);
    made
}

/// Where a string ends that has started.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// `:12:3`, which makes the string before it a file.
fn is_place(after: &str) -> bool {
    let mut numbers = after.strip_prefix(':').unwrap_or_default().splitn(2, ':');
    let number = |text: Option<&str>| text.is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()));
    let line = numbers.next();
    number(line) && line.is_some_and(|line| line.bytes().all(|byte| byte.is_ascii_digit())) && number(numbers.next())
}

/// What follows the last slash, or the last backslash, which is written as two.
fn base(path: &str) -> String {
    let mut start = 0;
    let mut bytes = path.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'/' => start = at + 1,
            // Anything else after a backslash is one character with it.
            b'\\' if bytes.next().is_some_and(|(_, next)| next == b'\\') => start = at + 2,
            _ => {}
        }
    }
    path.get(start..).unwrap_or(path).to_owned()
}

/// `!1 = !DIFile(filename: "k.py", directory: "/folder")`
fn llir_line(line: &str) -> String {
    if !line.contains("!DIFile(") {
        return line.to_owned();
    }
    let Some((before, rest)) = line.split_once("directory: \"") else { return line.to_owned() };
    let end = end_of_string(rest).unwrap_or(rest.len());
    format!("{before}directory: \"{}", &rest[end..])
}

/// `.file 1 "/folder/k.py"`, and `.section .debug_info { … }`.
fn ptx(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut in_section = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with(".section") && trimmed.contains(".debug_") {
            in_section = !trimmed.contains('}');
            continue;
        }
        if in_section {
            in_section = !trimmed.starts_with('}');
            continue;
        }
        let line = if trimmed.starts_with(".file") {
            each_quoted(line, |quoted, _| Some(base(quoted)))
        } else {
            line.to_owned()
        };
        made += &line;
        made.push('\n');
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_keep_the_base_name_and_other_strings_stay() {
        let text = "#loc = loc(\"/a b/k.py\":5:0)\nmodule attributes {\"ttg.num-warps\" = 4 : i32, x = \"a/b\"} {\n\
                    loc(callsite(\"f\"(\"C:\\\\x\\\\k.py\":1:2) at \"k.py\":3:4)) \"p/q\":x \"r/s\":7: \"t/\\\"u\":1:1\n";
        let expected = "#loc = loc(\"k.py\":5:0)\nmodule attributes {\"ttg.num-warps\" = 4 : i32, x = \"a/b\"} {\n\
                    loc(callsite(\"f\"(\"k.py\":1:2) at \"k.py\":3:4)) \"p/q\":x \"r/s\":7: \"\\\"u\":1:1\n";
        assert_eq!(without_folders(Level::Ttir, text), expected);
        assert_eq!(without_folders(Level::Ttgir, "\"open"), "\"open");
    }

    #[test]
    fn llvm_ir_keeps_the_file_without_its_directory() {
        let text = "; x \"directory: \"\n!1 = !DIFile(filename: \"k.py\", directory: \"/a/b\")\n!2 = !{}\n";
        let expected = "; x \"directory: \"\n!1 = !DIFile(filename: \"k.py\", directory: \"\")\n!2 = !{}\n";
        assert_eq!(without_folders(Level::Llir, text), expected);
    }

    #[test]
    fn ptx_loses_its_debug_sections() {
        let text = "\t.file\t1 \"/a/k.py\"\n\tadd;\n\t.section\t.debug_info\n\t{\n.b8 47\n\t}\n\t.section\t.debug_macinfo\t{\t}\n// end\n";
        assert_eq!(without_folders(Level::Ptx, text), "\t.file\t1 \"k.py\"\n\tadd;\n// end\n");
    }
}
