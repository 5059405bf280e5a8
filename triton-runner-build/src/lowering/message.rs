//! What compilers print, cut down to what a person can use.

/// Lines of a message at most.
const LINES: usize = 12;
/// Characters of a line at most: MLIR prints whole operations.
const WIDTH: usize = 300;

/// How LLVM ends the process over a file that it cannot read.
const PARSE_ERROR: &str = "LLVM ERROR: failed to parse IR: ";

/// Whether the compiler ended itself because the file is not LLVM IR: an error of the file, not a defect.
pub(super) fn is_parse_error(log: &str) -> bool {
    log.lines().any(|line| line.starts_with(PARSE_ERROR))
}

/// The diagnostics in a compiler's output, with the given name for the file; the last words where there are none.
pub(super) fn diagnostics(log: &str, source: &str, file: &str) -> String {
    let lines = spoken(log, source, file);
    let mut found = Vec::new();
    let mut with_notes = false;
    for line in &lines {
        let is_error = line.contains(": error: ") || is_fatal(line);
        // Notes belong to the error before them.
        if is_error || (with_notes && line.contains(": note: ")) {
            found.push(line.as_str());
        }
        with_notes = is_error || (with_notes && line.contains(": note: "));
    }
    if found.is_empty() { last(&lines) } else { join(found.into_iter().take(LINES)) }
}

/// The last that a compiler said before it died.
pub(super) fn last_words(log: &str, source: &str, file: &str) -> String {
    let lines = spoken(log, source, file);
    let fatal: Vec<_> = lines.iter().filter(|line| line.contains(": error: ") || is_fatal(line)).cloned().collect();
    let about_target = lines.iter().find(|line| line.contains("is not a recognized processor"));
    match (fatal.is_empty(), about_target) {
        (true, _) => last(&lines),
        (false, Some(target)) if !fatal.contains(target) => join(std::iter::once(target).chain(&fatal).take(LINES)),
        (false, _) => join(fatal.iter().take(LINES)),
    }
}

/// ptxas's own lines, with the given name for its input.
pub(super) fn ptxas(text: &str, file: &str) -> String {
    // Triton's message wraps them; ptxas alone gives nothing else.
    let text = text.split_once("`ptxas` stderr:").map_or(text, |(_, rest)| rest);
    let text = text.split_once("Repro command:").map_or(text, |(rest, _)| rest);
    let said = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("ptxas info"));
    let said: Vec<_> = said
        .map(|line| match line.strip_prefix("ptxas ").and_then(|rest| rest.split_once(", line ")) {
            // `ptxas /tmp/….ptx, line 7; error   : …`
            Some((_, rest)) => match rest.split_once(';') {
                Some((number, what)) => cut(&format!("{file}:{number}: {}", tidy(what))),
                None => cut(line),
            },
            None => cut(&tidy(line)),
        })
        .collect();
    join(said.iter().take(LINES))
}

/// `error   : Unknown symbol` with one space.
fn tidy(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace(" : ", ": ")
}

fn is_fatal(line: &str) -> bool {
    line.starts_with("LLVM ERROR") || line.contains("Assertion `") || line.contains("fatal error")
}

/// What was said, without the IR that is dumped in between and without repetition.
fn spoken(log: &str, source: &str, file: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut in_dump = false;
    for line in log.lines() {
        // MLIR prints the module that a pass failed on, up to its `{-# … #-}` block.
        if line.starts_with("module ") || (line.starts_with('#') && line.contains(" = ")) {
            in_dump = true;
        }
        if line.starts_with("#-}") {
            in_dump = false;
            continue;
        }
        // A location closes each line of a dump; a diagnostic starts with one.
        if in_dump && !line.contains(": error: ") && !is_fatal(line) {
            continue;
        }
        let line = cut(&readable(line, source, file));
        if !line.trim().is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// `loc("kernel.ttir":20:11): error: …` as other compilers write it, under the file's own name.
fn readable(line: &str, source: &str, file: &str) -> String {
    let mut line = line.trim_end().to_owned();
    if let Some(rest) = line.strip_prefix("loc(\"")
        && let Some((name, rest)) = rest.split_once("\":")
        && let Some((place, rest)) = rest.split_once("): ")
    {
        line = format!("{name}:{place}: {rest}");
    }
    // `LLVM ERROR: failed to parse IR: expected typelineno: 1`
    if let Some(rest) = line.strip_prefix(PARSE_ERROR)
        && let Some((what, number)) = rest.rsplit_once("lineno: ")
    {
        line = format!("{source}:{}: error: {}", number.trim(), what.trim());
    }
    // `python3.11: /project/lib/…: Assertion …`: the program's name says nothing.
    if line.contains("Assertion `")
        && let Some((program, rest)) = line.split_once(": ")
        && program.starts_with("python")
    {
        line = rest.to_owned();
    }
    if let Some((rest, _)) = line.split_once(": reproducer generated at") {
        line.truncate(rest.len());
    }
    line.replace(&format!("{source}:"), &format!("{file}:"))
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn last(lines: &[String]) -> String {
    join(&lines[lines.len().saturating_sub(LINES)..])
}

fn join<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> String {
    lines.into_iter().map(|line| format!("  {}", line.as_ref())).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_keeps_its_place_under_the_files_own_name() {
        let log = "loc(\"kernel.ttir\":20:11): error: custom op 'arith.bogus' is unknown\n\
                   kernel.ttir:21:1: note: see current operation: \"tt.x\"()\n";
        assert_eq!(
            diagnostics(log, "kernel.ttir", "kernels/add.ttir"),
            "  kernels/add.ttir:20:11: error: custom op 'arith.bogus' is unknown\n  kernels/add.ttir:21:1: note: see current operation: \"tt.x\"()"
        );
    }

    #[test]
    fn a_file_that_is_no_llvm_ir_is_reported_at_its_line() {
        let log = "LLVM ERROR: failed to parse IR: expected typelineno: 12\n";
        assert!(is_parse_error(log) && !is_parse_error("LLVM ERROR: out of memory"));
        assert_eq!(diagnostics(log, "kernel.llir", "a.llir"), "  a.llir:12: error: expected type");
    }

    #[test]
    fn the_dump_of_a_failed_pass_is_left_out() {
        let log = "python3.11: /project/lib/A.cpp:88: f(x): Assertion `!seenKernel' failed.\n#blocked = #ttg.blocked<{}>\n\
                   module attributes {} {\n  tt.func public @a() {\n  }\n}\n\n{-#\n  external_resources: {}\n#-}\n\
                   k.py:5:3: error: Failures have been detected\n\
                   k.py:5:3: note: Pipeline failed in [`X`]: reproducer generated at `std::errs, please share`\n";
        assert_eq!(
            diagnostics(log, "kernel.ttir", "a.ttir"),
            "  /project/lib/A.cpp:88: f(x): Assertion `!seenKernel' failed.\n  k.py:5:3: error: Failures have been detected\n  k.py:5:3: note: Pipeline failed in [`X`]"
        );
    }

    #[test]
    fn the_last_words_come_once_and_name_the_target() {
        let log = "'sm_121a' is not a recognized processor for this target (ignoring processor)\n".repeat(9)
            + "LLVM ERROR: Cannot select: intrinsic %llvm.nvvm.x\n";
        assert_eq!(
            last_words(&log, "k", "k"),
            "  'sm_121a' is not a recognized processor for this target (ignoring processor)\n  LLVM ERROR: Cannot select: intrinsic %llvm.nvvm.x"
        );
        assert_eq!(last_words("", "k", "k"), "");
        assert_eq!(last_words("one\n\ntwo\n", "k", "k"), "  one\n  two");
    }

    #[test]
    fn long_lines_and_many_lines_are_cut() {
        let log: String = (0..100).map(|n| format!("a:{n}:1: error: {}\n", "é".repeat(1000))).collect();
        let text = diagnostics(&log, "k", "k");
        assert_eq!(text.lines().count(), LINES);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH + 3));
    }

    #[test]
    fn the_lines_of_ptxas_are_found_in_tritons_message() {
        let text = "Internal Triton PTX codegen error\n`ptxas` stderr:\nptxas /tmp/tmpx1.ptx, line 7; error   : Unknown symbol 'foo'\nptxas fatal   : Ptx assembly aborted due to errors\n\nRepro command: /x/ptxas -lineinfo\n";
        assert_eq!(
            ptxas(text, "k.ptx"),
            "  k.ptx:7: error: Unknown symbol 'foo'\n  ptxas fatal: Ptx assembly aborted due to errors"
        );
    }
}
