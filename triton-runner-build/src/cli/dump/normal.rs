//! IR in a form in which two runs can be compared: names of values, blocks, aliases and the kernel say nothing.

use std::collections::HashMap;
use std::fmt::Write as _;

/// A line, as it was and as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Line {
    pub(super) text: String,
    /// Names of values left out: what a line is, whatever stands before it.
    pub(in crate::cli) shape: String,
    /// Names of values numbered by their first mention.
    pub(in crate::cli) exact: String,
}

/// The lines of a module. Aliases of attributes are written out, so that their numbers play no part.
pub(in crate::cli) fn lines(ir: &str, entry: Option<&str>) -> Vec<Line> {
    let aliases = aliases(ir);
    let mut numbers = HashMap::new();
    let body = ir.lines().filter(|line| alias(line).is_none());
    body.map(|line| {
        let text = renamed(line, entry);
        let written_out = replace(&text, '#', |name| aliases.get(name).cloned());
        let shape = replace(&written_out, '%', |_| Some("%".to_owned()));
        let shape = replace(&shape, '^', |_| Some("^".to_owned()));
        let mut number = |name: &str| {
            let next = numbers.len();
            Some(format!("{}{}", &name[..1], numbers.entry(name.to_owned()).or_insert(next)))
        };
        let exact = replace(&written_out, '%', &mut number);
        let exact = replace(&exact, '^', &mut number);
        Line { text, shape: without_comment(&shape).to_owned(), exact: without_comment(&exact).to_owned() }
    })
    .collect()
}

/// `// 2 preds: ^bb1, ^bb3`, which only says again what is written elsewhere.
fn without_comment(line: &str) -> &str {
    line.split_once("  // ").map_or(line, |(line, _)| line)
}

/// The name of the kernel, if any, is `@kernel`.
fn renamed(line: &str, entry: Option<&str>) -> String {
    let Some(entry) = entry.filter(|_| line.contains('@')) else { return line.to_owned() };
    replace(line, '@', |name| (name.strip_prefix('@') == Some(entry)).then(|| "@kernel".to_owned()))
}

/// `#blocked = #ttg.blocked<{…}>`
fn alias(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(" = ")?;
    (name.starts_with('#') && !name.contains(' ')).then_some((name, value))
}

/// Aliases with what they stand for, those in it written out too.
fn aliases(ir: &str) -> HashMap<&str, String> {
    let mut found = HashMap::<&str, String>::new();
    // One is defined before it is used.
    for (name, value) in ir.lines().filter_map(alias) {
        let value = replace(value, '#', |inner| found.get(inner).cloned());
        found.insert(name, value);
    }
    found
}

/// Names that begin with this character, replaced where there is something in their place.
fn replace(line: &str, first: char, mut by: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, from)) = rest.split_once(first) {
        out.push_str(before);
        let part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$' | '-' | '.');
        let end = from.find(|character| !part(character)).unwrap_or(from.len());
        // `%x.` and `->` are no parts of a name.
        let name = from[..end].trim_end_matches(['-', '.']);
        let whole = format!("{first}{name}");
        match by(&whole).filter(|_| !name.is_empty()) {
            Some(other) => out.push_str(&other),
            None => {
                let _ = write!(out, "{whole}");
            }
        }
        rest = &from[name.len()..];
    }
    out.push_str(rest);
    out
}

/// Text of MLIR without ` loc(…)` and without the aliases of locations, which change with every pass.
pub(in crate::cli) fn without_locations(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if line.starts_with("#loc") {
            continue;
        }
        let start = out.len();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once(" loc(") {
            out.push_str(before);
            rest = closed(after);
        }
        out.push_str(rest);
        if out[start..].trim().is_empty() {
            out.truncate(start);
        } else {
            out.push('\n');
        }
    }
    out
}

/// What follows the parenthesis that closes one that is open at the start. Names in quotes may have any characters.
fn closed(text: &str) -> &str {
    let mut depth = 1;
    let mut quoted = false;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[at + 1..];
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(ir: &str, entry: &str) -> Vec<String> {
        lines(ir, Some(entry)).into_iter().map(|line| line.exact).collect()
    }

    #[test]
    fn names_of_values_aliases_and_kernels_are_no_difference() {
        let one = "#blocked = #ttg.blocked<{a = [1]}>\n#slice = #ttg.slice<{dim = 0, parent = #blocked}>\n\
            tt.func @add(%arg0: i32) {\n  %c1_i32 = arith.constant 1 : i32\n  %0:2 = tt.x %arg0, %c1_i32 : tensor<1xi32, #slice>\n\
            ^bb1(%3: i32):  // 2 preds: ^bb0, ^bb2\n  cf.br ^bb1(%0#1 : i32)\n}\n";
        let other = "#blocked = #ttg.blocked<{b = [1]}>\n#blocked1 = #ttg.blocked<{a = [1]}>\n#s = #ttg.slice<{dim = 0, parent = #blocked1}>\n\
            tt.func @sum(%n: i32) {\n  %one = arith.constant 1 : i32\n  %7:2 = tt.x %n, %one : tensor<1xi32, #s>\n\
            ^bb4(%x: i32):  // pred: ^bb0\n  cf.br ^bb4(%7#1 : i32)\n}\n";
        assert_eq!(exact(one, "add"), exact(other, "sum"));
        assert!(exact(one, "add")[2].contains("#ttg.slice<{dim = 0, parent = #ttg.blocked<{a = [1]}>}>"));
    }

    #[test]
    fn swapped_operands_and_other_layouts_are_differences() {
        let ir = "%a = x\n%b = y\n%c = sub %a, %b : t<#l>\n";
        assert_ne!(exact(ir, "k"), exact(&ir.replace("%a, %b", "%b, %a"), "k"));
        let with = |layout: &str| format!("#l = #ttg.blocked<{{{layout}}}>\n{ir}");
        assert_ne!(exact(&with("a"), "k"), exact(&with("b"), "k"));
        assert_eq!(lines(ir, None)[2].shape, "% = sub %, % : t<#l>");
    }
}
