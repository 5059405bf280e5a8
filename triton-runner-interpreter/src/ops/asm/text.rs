//! PTX as text: instructions, registers, numbers.

use std::collections::HashMap;

use super::opcode::Opcode;
use super::place::Place;
use crate::ops::form::Reason;

/// One instruction.
#[derive(Clone, Debug)]
pub(super) struct Instruction {
    /// The register that must hold true, or false where the second is set.
    pub(super) guard: Option<(usize, bool)>,
    pub(super) opcode: Opcode,
    pub(super) places: Vec<Place>,
}

/// The instructions of a text, and how many registers they need. The first `given` ones are `$0`, `$1` and so on.
pub(super) fn read(text: &str, given: usize) -> Result<(Vec<Instruction>, usize), Reason> {
    let mut reader = Reader { names: HashMap::new(), count: given, given };
    let mut instructions = Vec::new();
    let text = without_comments(text);
    for statement in text.replace('\n', " ").split(';') {
        // Braces around whole statements are scopes.
        let mut statement = statement.trim();
        while let Some(rest) = statement.strip_prefix(['{', '}']) {
            statement = rest.trim_start();
        }
        if statement.is_empty() {
            continue;
        }
        if let Some(declared) = statement.strip_prefix(".reg") {
            reader.declare(declared)?;
            continue;
        }
        let wrong = |reason: String| format!("{reason}, in `{statement};`");
        instructions.push(reader.instruction(statement).map_err(wrong)?);
    }
    Ok((instructions, reader.count))
}

fn without_comments(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let text = lines.join("\n");
    let mut parts = text.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + " " + part.split_once("*/").map_or("", |(_, rest)| rest))
}

/// Of one declaration: no text in a kernel has as many.
const MAX_REGISTERS: usize = 256;

struct Reader {
    names: HashMap<String, usize>,
    count: usize,
    given: usize,
}

impl Reader {
    fn declare(&mut self, declared: &str) -> Result<(), Reason> {
        let names = declared.trim().split_once(char::is_whitespace).map_or("", |(_, names)| names);
        for name in names.split(',').map(str::trim) {
            match name.split_once('<') {
                _ if name.is_empty() => return Err(format!("`.reg{declared}` is not supported")),
                None => self.name(name.to_owned()),
                // `r<4>` is `r0` to `r3`.
                Some((stem, count)) => {
                    let count = count.strip_suffix('>').and_then(|count| count.trim().parse().ok());
                    let count = count.filter(|count| *count <= MAX_REGISTERS);
                    let count = count.ok_or_else(|| format!("`.reg{declared}` is not supported"))?;
                    (0..count).for_each(|number| self.name(format!("{stem}{number}")));
                }
            }
        }
        Ok(())
    }

    /// One more register.
    fn name(&mut self, name: String) {
        self.names.insert(name, self.count);
        self.count += 1;
    }

    fn instruction(&mut self, statement: &str) -> Result<Instruction, Reason> {
        let (guard, rest) = match statement.strip_prefix('@') {
            None => (None, statement),
            Some(rest) => {
                let (name, rest) = rest.split_once(char::is_whitespace).ok_or("a predicate without an instruction")?;
                let (name, negated) = name.strip_prefix('!').map_or((name, false), |name| (name, true));
                (Some((self.register(name)?, negated)), rest.trim_start())
            }
        };
        let (name, operands) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let opcode = Opcode::read(name).ok_or_else(|| format!("`{name}` is not supported"))?;
        let places = if opcode == Opcode::Nothing {
            Vec::new()
        } else {
            split(operands).map(|operand| self.place(operand)).collect::<Result<Vec<_>, _>>()?
        };
        match opcode.fits(&places) {
            true => Ok(Instruction { guard, opcode, places }),
            false => Err(format!("`{name}` with these operands is not supported")),
        }
    }

    fn register(&self, name: &str) -> Result<usize, Reason> {
        if let Some(number) = name.strip_prefix('$') {
            let number = number.parse().ok().filter(|number| *number < self.given);
            return number.ok_or_else(|| format!("there is no operand `{name}`"));
        }
        self.names.get(name).copied().ok_or_else(|| format!("the register `{name}` is not known"))
    }

    fn place(&self, text: &str) -> Result<Place, Reason> {
        if text == "_" {
            return Ok(Place::Nowhere);
        }
        if let Some(inner) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            return Ok(Place::Vector(split(inner).map(|part| self.place(part)).collect::<Result<_, _>>()?));
        }
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let (name, offset) = inner.split_once('+').unwrap_or((inner, "0"));
            let offset = number(offset.trim()).ok_or_else(|| format!("the address `{text}` is not supported"))?;
            return Ok(Place::Memory(self.register(name.trim())?, offset.cast_signed()));
        }
        if matches!(text, "%globaltimer" | "%clock64" | "%clock" | "%globaltimer_lo") {
            return Ok(Place::Time);
        }
        // Which multiprocessor runs a program is nobody's promise.
        if text == "%smid" {
            return Ok(Place::Number(0));
        }
        match number(text) {
            Some(number) => Ok(Place::Number(number)),
            None => self.register(text).map(Place::Register),
        }
    }
}

/// Operands, at the commas that are in no brackets.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    text.split(move |c| {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|operand| !operand.is_empty())
}

/// `12`, `-1`, `0x1F`, `0f3F800000`, `0d…`.
fn number(text: &str) -> Option<u64> {
    let (text, negative) = text.strip_prefix('-').map_or((text, false), |text| (text, true));
    let lower = text.to_ascii_lowercase();
    let hexadecimal = lower.strip_prefix("0x").map(|digits| digits.trim_end_matches('u'));
    let float = lower.strip_prefix("0f").filter(|digits| digits.len() == 8);
    let double = lower.strip_prefix("0d").filter(|digits| digits.len() == 16);
    let value = match hexadecimal.or(float).or(double) {
        Some(digits) => u64::from_str_radix(digits, 16).ok()?,
        None => lower.trim_end_matches('u').parse().ok()?,
    };
    Some(if negative { value.wrapping_neg() } else { value })
}
