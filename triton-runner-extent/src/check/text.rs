//! Checks as text, for a manifest: version, scalars, steps, conditions and arguments, with bars between them.
//!
//! ```text
//! 1|3:32|mul g0 1024;sub s3 1;min $0 $1;mul $2 4;add $3 3|$4 wrap 12 add.py|0:0..$4,1:0..$4
//! ```

use std::fmt;
use std::str::FromStr;

use super::{Check, Condition, Kind, Scalar, Touched};
use crate::program::{Operand, TextError};
use crate::reason::Place;

/// Of this text; another one means something else.
const VERSION: &str = "1";

const KINDS: [(Kind, &str); 12] = [
    (Kind::Wrap, "wrap"),
    (Kind::Divisor, "divisor"),
    (Kind::Negative, "negative"),
    (Kind::Shift, "shift"),
    (Kind::Loop, "loop"),
    (Kind::Lanes, "lanes"),
    (Kind::Misaligned, "misaligned"),
    (Kind::Flatten, "flatten"),
    (Kind::Step, "step"),
    (Kind::Promise, "promise"),
    (Kind::Assume, "assume"),
    (Kind::Descriptor, "descriptor"),
];

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}|")?;
        for (place, Scalar { argument, bits }) in self.scalars.iter().enumerate() {
            write!(f, "{}{argument}:{bits}", comma(place))?;
        }
        write!(f, "|{}|", self.program)?;
        for (place, condition) in self.conditions.iter().enumerate() {
            let kind = KINDS.iter().find(|(kind, _)| *kind == condition.kind).map_or("", |(_, word)| word);
            write!(f, "{}{} {kind} {}", comma(place), condition.value, condition.place.line)?;
            if let Some(file) = &condition.place.file {
                write!(f, " {}", escaped(file))?;
            }
        }
        f.write_str("|")?;
        for (place, Touched { argument, low, high }) in self.touched.iter().enumerate() {
            write!(f, "{}{argument}:{low}..{high}", comma(place))?;
        }
        Ok(())
    }
}

fn comma(place: usize) -> &'static str {
    if place == 0 { "" } else { "," }
}

impl FromStr for Check {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let parts: Vec<&str> = text.split('|').collect();
        let [version, scalars, program, conditions, touched] = parts[..] else {
            return Err(TextError::new(text, "expected five parts with `|` between them"));
        };
        if version != VERSION {
            return Err(TextError::new(version, "a check of another version: build the crate anew"));
        }
        let check = Self {
            program: program.parse()?,
            scalars: list(scalars, scalar)?,
            conditions: list(conditions, condition)?,
            touched: list(touched, one_touched)?,
        };
        let steps = check.program.steps.len();
        let operands = check.conditions.iter().map(|condition| condition.value);
        let mut operands = operands.chain(check.touched.iter().flat_map(|touched| [touched.low, touched.high]));
        if operands.any(|operand| matches!(operand, Operand::Step(step) if step as usize >= steps)) {
            return Err(TextError::new(text, "a step is named that isn't there"));
        }
        Ok(check)
    }
}

fn list<T>(text: &str, one: fn(&str) -> Result<T, TextError>) -> Result<Vec<T>, TextError> {
    text.split(',').filter(|part| !part.is_empty()).map(one).collect()
}

fn scalar(text: &str) -> Result<Scalar, TextError> {
    let pair = text.split_once(':').and_then(|(argument, bits)| Some((argument.parse().ok()?, bits.parse().ok()?)));
    let (argument, bits) = pair.ok_or_else(|| TextError::new(text, "expected a scalar and its bits: `3:32`"))?;
    Ok(Scalar { argument, bits })
}

fn condition(text: &str) -> Result<Condition, TextError> {
    let expected = || TextError::new(text, "expected a condition: `$4 wrap 12 add.py`");
    let mut words = text.split(' ');
    let value = words.next().ok_or_else(expected)?.parse()?;
    let word = words.next().ok_or_else(expected)?;
    let kind = KINDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind).ok_or_else(expected)?;
    let line = words.next().and_then(|line| line.parse().ok()).ok_or_else(expected)?;
    let file = words.next().map(|file| plain(file).map(Into::into).ok_or_else(expected)).transpose()?;
    Ok(Condition { value, kind, place: Place { file, line } })
}

fn one_touched(text: &str) -> Result<Touched, TextError> {
    let expected = || TextError::new(text, "expected an argument and its bytes: `0:0..$4`");
    let (argument, ends) = text.split_once(':').ok_or_else(expected)?;
    let (low, high) = ends.split_once("..").ok_or_else(expected)?;
    Ok(Touched { argument: argument.parse().map_err(|_| expected())?, low: low.parse()?, high: high.parse()? })
}

/// A file's name without what separates.
fn escaped(file: &str) -> String {
    let mut text = String::new();
    for c in file.chars() {
        match c {
            '%' | '|' | ',' | ' ' => text.push_str(&format!("%{:02x}", c as u32)),
            c if c.is_control() && c.is_ascii() => text.push_str(&format!("%{:02x}", c as u32)),
            c => text.push(c),
        }
    }
    text
}

fn plain(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        plain.push(u8::from_str_radix(code, 16).ok().filter(u8::is_ascii)?.into());
        plain.push_str(rest);
    }
    Some(plain)
}
