//! Rows of `bugs.txt`, whose first lines say what they are.

use triton_runner_interpreter::FindingKind;
use triton_runner_interpreter::numbers::format::{Format, store_f32, store_f64, store_i32, store_i64};

/// A wrong kernel and the right one.
pub(crate) struct Bug {
    /// `None` where nothing is wrong.
    pub(crate) kind: Option<FindingKind>,
    pub(crate) name: String,
    pub(crate) wrong: Case,
    pub(crate) fixed: Case,
}

/// A launch.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) grid: [u32; 3],
    pub(crate) memory: Vec<(String, Memory)>,
    pub(crate) numbers: Vec<(String, i128)>,
}

#[derive(Clone)]
pub(crate) struct Memory {
    pub(crate) bytes: Vec<u8>,
    pub(crate) has_values: bool,
    pub(crate) offset: i64,
}

pub(crate) fn read(text: &str) -> Vec<Bug> {
    let mut bugs: Vec<Bug> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["fixed", changes @ ..] = &words[..] {
            let bug = bugs.last_mut().expect("a `fixed` row stands behind another one");
            changes.iter().for_each(|word| bug.fixed.change(word));
            continue;
        }
        let [kind, name, rest @ ..] = &words[..] else { panic!("{line}") };
        let known = FindingKind::ALL.into_iter().find(|known| known.word() == *kind);
        let kind = if *kind == "right" { None } else { Some(known.unwrap_or_else(|| panic!("{line}"))) };
        let mut wrong = Case { grid: [1; 3], memory: Vec::new(), numbers: Vec::new() };
        rest.iter().for_each(|word| wrong.change(word));
        bugs.push(Bug { kind, name: (*name).to_owned(), fixed: wrong.clone(), wrong });
    }
    bugs
}

impl Case {
    fn change(&mut self, word: &str) {
        let Some((name, value)) = word.split_once('=') else {
            let mut sizes = word.split(',').map(|size| size.parse().unwrap_or_else(|_| panic!("{word} is no grid")));
            self.grid = std::array::from_fn(|_| sizes.next().unwrap_or(1));
            return;
        };
        self.numbers.retain(|(known, _)| known != name);
        match value.parse() {
            Ok(number) => self.numbers.push((name.to_owned(), number)),
            Err(_) => {
                let memory = Memory::parse(value);
                match self.memory.iter_mut().find(|(known, _)| known == name) {
                    Some((_, place)) => *place = memory,
                    None => self.memory.push((name.to_owned(), memory)),
                }
            }
        }
    }
}

impl Memory {
    fn parse(text: &str) -> Self {
        let (text, offset) = text.split_once('@').unwrap_or((text, "0"));
        let offset = offset.parse().expect("bytes behind `@`");
        let (first, second) = text.split_once(':').unwrap_or_else(|| panic!("{text}: no type"));
        let (format, numbers) = match second.strip_suffix(']').and_then(|second| second.split_once('[')) {
            Some((format, count)) => {
                let count: i64 = count.parse().unwrap_or_else(|_| panic!("{text}: no count"));
                let number = |place: i64| match first {
                    "range" => place as f64,
                    "ones" => 1.0,
                    "zeros" | "uninit" => 0.0,
                    _ => panic!("{text}: `{first}` is not known"),
                };
                (format, (0..count).map(number).collect())
            }
            None => {
                let number = |number: &str| number.parse().unwrap_or_else(|_| panic!("{text}: `{number}`"));
                (first, second.split(',').map(number).collect())
            }
        };
        let bytes = bytes(format, numbers);
        Self { bytes, has_values: first != "uninit", offset }
    }
}

fn bytes(format: &str, numbers: Vec<f64>) -> Vec<u8> {
    let format = match format {
        "f16" => Format::F16,
        "bf16" => Format::Bf16,
        "f32" => Format::F32,
        "f64" => Format::F64,
        "i8" => Format::I8,
        "i16" => Format::I16,
        "i32" => Format::I32,
        "i64" => Format::I64,
        _ => panic!("{format}: no type"),
    };
    let mut bytes = vec![0; numbers.len() * format.bytes()];
    match format {
        Format::F64 => store_f64(&numbers, &mut bytes),
        Format::I64 => store_i64(&numbers.iter().map(|number| *number as i64).collect::<Vec<_>>(), &mut bytes),
        Format::F16 | Format::Bf16 | Format::F32 => {
            store_f32(format, &numbers.iter().map(|number| *number as f32).collect::<Vec<_>>(), &mut bytes);
        }
        _ => store_i32(format, &numbers.iter().map(|number| *number as i32).collect::<Vec<_>>(), &mut bytes),
    }
    bytes
}
