//! The stamp's text: a record a line, its fields separated by tabs. Plain, for it is read by code that is compiled
//! without optimization.

use std::ffi::OsString;
use std::path::PathBuf;

use triton_runner_manifest::{LeftOut, Line};

use super::{Made, Stamp, Written};
use crate::fs::input::{Input, Stat};

/// First line. Changes with the format.
const HEAD: &str = "triton-runner stamp 4\n";
/// Last line: without it the text is cut short.
const TAIL: &str = "end\n";

/// The text of a stamp; `None` if a name in it is not Unicode.
pub(super) fn print(stamp: &Stamp) -> Option<String> {
    let mut printer = Printer { text: HEAD.to_owned() };
    printer.line(&["base", &stamp.base]);
    printer.line(&["read", &stamp.read.to_string()]);
    printer.line(&["settings", &stamp.settings]);
    for (name, value) in &stamp.variables {
        match value {
            Some(value) => printer.line(&["variable", name, value.to_str()?]),
            None => printer.line(&["variable", name]),
        }
    }
    for path in &stamp.absent {
        printer.line(&["absent", path.to_str()?]);
    }
    printer.inputs("cargo", &stamp.manifests)?;
    printer.inputs("lock", &stamp.lock)?;
    printer.inputs("program", &stamp.programs)?;
    for (folder, names) in &stamp.folders {
        let names = names.iter().map(|name| name.to_str()).collect::<Option<Vec<_>>>()?;
        printer.line(&[&["folder", folder.to_str()?], names.as_slice()].concat());
    }
    printer.outputs(&stamp.outputs);
    printer.line(&["sha256", &stamp.sha256]);
    printer.line(&["packed", &stamp.packed_of, &stamp.packed]);
    for kernel in &stamp.kernels {
        printer.line(&["kernel", &kernel.name, &kernel.settings]);
        printer.inputs("input", &kernel.inputs)?;
        printer.inputs("locked", &kernel.locked)?;
        printer.inputs("python", &kernel.python)?;
        for path in &kernel.gone {
            printer.line(&["gone", path.to_str()?]);
        }
        printer.outputs(&kernel.outputs);
        match &kernel.left_out {
            Some(LeftOut::NoDriver(system)) => printer.line(&["no-driver", system]),
            Some(LeftOut::Asked) => printer.line(&["stub", ""]),
            None => {}
        }
        for warning in &kernel.warnings {
            printer.line(&["warning", warning]);
        }
        // As it is, so that it needs no second look when it is read.
        printer.line(&["manifest", &kernel.manifest.text.len().to_string(), &kernel.manifest.sha256]);
        printer.text.push_str(&kernel.manifest.text);
        printer.text.push('\n');
    }
    printer.text.push_str(TAIL);
    Some(printer.text)
}

struct Printer {
    text: String,
}

impl Printer {
    fn line(&mut self, fields: &[&str]) {
        for (i, field) in fields.iter().enumerate() {
            if i > 0 {
                self.text.push('\t');
            }
            // One search each: the standard library's search for one byte is compiled with optimization.
            if ['\\', '\t', '\n', '\r'].iter().any(|special| field.contains(*special)) {
                let escaped = field.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n");
                self.text.push_str(&escaped.replace('\r', "\\r"));
            } else {
                self.text.push_str(field);
            }
        }
        self.text.push('\n');
    }

    fn inputs(&mut self, kind: &str, inputs: &[Input]) -> Option<()> {
        for Input { path, stat: Stat { len, modified, changed }, hash } in inputs {
            let [len, modified, changed] = [len.to_string(), modified.to_string(), changed.to_string()];
            self.line(&[kind, path.to_str()?, &len, &modified, &changed, hash]);
        }
        Some(())
    }

    fn outputs(&mut self, outputs: &[Written]) {
        for Written { name, len, modified } in outputs {
            self.line(&["output", name, &len.to_string(), &modified.to_string()]);
        }
    }
}

/// The stamp of a text; `None` if it is not one, or not whole.
pub(super) fn parse(text: &str) -> Option<Stamp> {
    let mut rest = text.strip_prefix(HEAD)?;
    let mut stamp = Stamp::default();
    while rest != TAIL {
        let (line, after) = rest.split_once('\n')?;
        rest = after;
        let (kind, fields) = line.split_once('\t')?;
        let mut fields = Fields(Some(fields));
        if kind == "manifest" {
            let (text, after) = rest.split_at_checked(fields.next()?.parse().ok()?)?;
            rest = after.strip_prefix('\n')?;
            stamp.kernels.last_mut()?.manifest = Line { text: text.to_owned(), sha256: fields.next()? };
            continue;
        }
        record(kind, &mut fields, &mut stamp)?;
    }
    Some(stamp)
}

fn record(kind: &str, fields: &mut Fields<'_>, stamp: &mut Stamp) -> Option<()> {
    match kind {
        "base" => stamp.base = fields.next()?,
        "read" => stamp.read = fields.next()?.parse().ok()?,
        "settings" => stamp.settings = fields.next()?,
        "variable" => stamp.variables.push((fields.next()?, fields.next().map(OsString::from))),
        "absent" => stamp.absent.push(fields.path()?),
        "cargo" => stamp.manifests.push(fields.input()?),
        "lock" => stamp.lock.push(fields.input()?),
        "program" => stamp.programs.push(fields.input()?),
        "folder" => stamp.folders.push((fields.path()?, fields.map(OsString::from).collect())),
        "output" => {
            let outputs = stamp.kernels.last_mut().map_or(&mut stamp.outputs, |kernel| &mut kernel.outputs);
            outputs.push(fields.output()?);
        }
        "sha256" => stamp.sha256 = fields.next()?,
        "packed" => (stamp.packed_of, stamp.packed) = (fields.next()?, fields.next()?),
        "kernel" => {
            stamp.kernels.push(Made { name: fields.next()?, settings: fields.next()?, ..Made::default() });
        }
        "input" => stamp.kernels.last_mut()?.inputs.push(fields.input()?),
        "locked" => stamp.kernels.last_mut()?.locked.push(fields.input()?),
        "python" => stamp.kernels.last_mut()?.python.push(fields.input()?),
        "gone" => stamp.kernels.last_mut()?.gone.push(fields.path()?),
        "no-driver" => stamp.kernels.last_mut()?.left_out = Some(LeftOut::NoDriver(fields.next()?)),
        "stub" => stamp.kernels.last_mut()?.left_out = Some(LeftOut::Asked),
        "warning" => stamp.kernels.last_mut()?.warnings.push(fields.next()?),
        _ => return None,
    }
    Some(())
}

/// The fields of a line that are left.
struct Fields<'a>(Option<&'a str>);

impl Iterator for Fields<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let field = match self.0?.split_once('\t') {
            Some((field, rest)) => {
                self.0 = Some(rest);
                field
            }
            None => self.0.take()?,
        };
        Some(if field.contains('\\') { unescape(field) } else { field.to_owned() })
    }
}

impl Fields<'_> {
    fn path(&mut self) -> Option<PathBuf> {
        self.next().map(PathBuf::from)
    }

    fn number<N: std::str::FromStr>(&mut self) -> Option<N> {
        self.next()?.parse().ok()
    }

    fn input(&mut self) -> Option<Input> {
        let path = self.path()?;
        let stat = Stat { len: self.number()?, modified: self.number()?, changed: self.number()? };
        Some(Input { path, stat, hash: self.next()? })
    }

    fn output(&mut self) -> Option<Written> {
        Some(Written { name: self.next()?, len: self.number()?, modified: self.number()? })
    }
}

fn unescape(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                _ => '\\',
            },
            other => other,
        });
    }
    text
}
