//! Launches on the interpreter, and what that says of a check.

use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use triton_runner_extent::Bytes;
use triton_runner_interpreter::numbers::format::{Class, Format};
use triton_runner_interpreter::{
    Argument, Buffer, Checks, FindingKind, Launch, ParameterKind, Program, TensorDescriptor,
};

use crate::{Case, Draw, Kernel};

/// More bytes of one argument aren't tried.
const MOST_BYTES: i128 = 1 << 22;

/// Instructions of a program, after which a launch says nothing.
const BUDGET: u64 = 1 << 16;

/// Bytes that addresses are promised to be multiples of.
const ALIGN: i64 = 16;

/// Of memory that nobody knows how much is needed of.
const SOME_BYTES: usize = 1 << 14;

/// What the interpreter sees of a launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// No access outside, no broken promise.
    Inside,
    /// The same, but an integer wrapped on its way to an address or a mask, or was divided by zero.
    Wrapped,
    /// An access outside, or a broken promise, in words.
    Outside(String),
    /// It can't be told: the launch doesn't end, or the interpreter stops for other reasons.
    Unclear(String),
}

/// Counts over many cases.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Cases that the interpreter judged.
    pub cases: u64,
    /// The check passes and the interpreter sees no access outside.
    pub passed: u64,
    /// The check passes and there is an access outside, in words: never.
    pub wrong: Vec<String>,
    /// The check refuses and the interpreter sees why.
    pub confirmed: u64,
    /// The check refuses and the interpreter sees nothing.
    pub unconfirmed: Vec<String>,
    /// Neither.
    pub unclear: u64,
    /// Arguments of launches whose first and last byte are both touched, and all of which it is known.
    pub exact: u64,
    /// The others.
    pub inexact: Vec<String>,
}

/// Draws launches and judges them.
#[derive(Debug)]
pub struct Judge {
    draw: Draw,
}

impl Judge {
    /// The same launches for the same seed.
    pub fn new(seed: u64) -> Self {
        Self { draw: Draw::new(seed) }
    }

    /// One launch of a kernel: with exactly the lengths that it needs, or one element less of one argument.
    pub fn judge(&mut self, kernel: &Kernel, tally: &mut Tally, tight: bool) {
        let case = self.draw.case(kernel);
        let evaluated = kernel.check.evaluate(&case.scalars, case.grid);
        let bytes = match &evaluated {
            Ok(bytes) => bytes.clone(),
            Err(_) => Vec::new(),
        };
        if bytes.iter().any(|one| one.ends.is_some_and(|(low, high)| high >= MOST_BYTES || low < -MOST_BYTES)) {
            return;
        }
        let mut lengths = lengths(kernel, &bytes, evaluated.is_err());
        let mut short = None;
        if self.draw.below(2) == 0 {
            let able: Vec<usize> =
                (0..lengths.len()).filter(|&place| lengths[place].is_some_and(|len| len > 0)).collect();
            if !able.is_empty() {
                let place = able[self.draw.below(able.len())];
                lengths[place] = lengths[place].map(|len| len.saturating_sub(kernel.element(place)));
                short = Some(place);
            }
        }
        let given: Vec<Option<u64>> = lengths.iter().map(|len| len.map(|len| len as u64)).collect();
        let admitted = kernel.check.admit(&case.scalars, case.grid, &given);
        let seen = see(&kernel.program, &case, &lengths, &[]);
        let words = |what: &dyn std::fmt::Display| {
            format!("{}: {:?} grid {:?} lengths {lengths:?}: {what}", kernel.name, case.scalars, case.grid)
        };
        match (&admitted, seen) {
            (_, Seen::Unclear(_)) => return tally.unclear += 1,
            (Ok(()), Seen::Inside | Seen::Wrapped) => tally.passed += 1,
            (Ok(()), Seen::Outside(finding)) => tally.wrong.push(words(&finding)),
            (Err(_), Seen::Outside(_) | Seen::Wrapped) => tally.confirmed += 1,
            (Err(refusal), Seen::Inside) => tally.unconfirmed.push(words(&format!("{refusal:?}"))),
        }
        tally.cases += 1;
        if tight && short.is_none() && admitted.is_ok() {
            for one in &bytes {
                Self::tightness(kernel, &case, &lengths, one, tally);
            }
        }
    }

    /// Whether both the first and the last byte of an argument are touched: without either there is an access outside.
    pub fn tightness(kernel: &Kernel, case: &Case, lengths: &[Option<usize>], one: &Bytes, tally: &mut Tally) {
        let Some((low, high)) = one.ends else { return };
        let place = one.argument as usize;
        let element = kernel.element(place);
        let mut shorter = lengths.to_vec();
        shorter[place] = Some(usize::try_from(high + 1).unwrap_or(0).saturating_sub(element));
        let first = low + element as i128;
        let ends =
            [see(&kernel.program, case, &shorter, &[]), see(&kernel.program, case, lengths, &[(place, first as i64)])];
        if ends.iter().any(|seen| matches!(seen, Seen::Unclear(_))) {
            return;
        }
        if ends.iter().all(|seen| matches!(seen, Seen::Outside(_))) {
            tally.exact += 1;
        } else {
            let [high_seen, low_seen] = ends.map(|seen| matches!(seen, Seen::Outside(_)));
            tally.inexact.push(format!(
                "{}: {:?} grid {:?} argument {place}: {low}..={high}, low {low_seen}, high {high_seen}",
                kernel.name, case.scalars, case.grid
            ));
        }
    }
}

/// Lengths that a launch needs, by the parameters' places.
fn lengths(kernel: &Kernel, bytes: &[Bytes], unknown: bool) -> Vec<Option<usize>> {
    let parameters = kernel.program.parameters().iter().enumerate();
    let needed = |place: usize| {
        let one = bytes.iter().find(|one| one.argument as usize == place);
        one.and_then(|one| one.ends).map_or(0, |(_, high)| usize::try_from(high + 1).unwrap_or(0))
    };
    parameters
        .map(|(place, parameter)| match parameter.kind() {
            ParameterKind::Pointer(_) => Some(if unknown { SOME_BYTES } else { needed(place) }),
            _ => None,
        })
        .collect()
}

/// Runs a launch. `starts` has for arguments the bytes behind their pointers at which memory begins.
pub fn see(program: &Program, case: &Case, lengths: &[Option<usize>], starts: &[(usize, i64)]) -> Seen {
    // Of their own: what integers are in memory is known by a case's seed.
    let (mut random, mut floats) = (StdRng::seed_from_u64(case.seed), StdRng::seed_from_u64(!case.seed));
    let parameters = program.parameters();
    let (mut buffers, mut begins): (Vec<Vec<u8>>, Vec<i64>) = (Vec::new(), Vec::new());
    let mut arguments = Vec::new();
    let mut skip = 0;
    for (place, parameter) in parameters.iter().enumerate() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        arguments.push(match parameter.kind() {
            ParameterKind::Pointer(format) => {
                let start = starts.iter().find(|(other, _)| *other == place).map_or(0, |(_, start)| *start);
                let len = lengths.get(place).copied().flatten().unwrap_or(0);
                begins.push(start);
                buffers.push(content(
                    format,
                    usize::try_from(len as i64 - start).unwrap_or(0),
                    &mut random,
                    &mut floats,
                ));
                Argument::Pointer { buffer: buffers.len() - 1, offset: -start }
            }
            ParameterKind::Number(format) => match format.class() {
                Class::F32 | Class::F64 => Argument::Float([0.0, 0.5, -1.5, 1e9][floats.random_range(0..4)]),
                _ => Argument::Integer(case.scalars.get(place).copied().flatten().unwrap_or(0).into()),
            },
            ParameterKind::Descriptor { block, format } => {
                skip = 2 * block.len();
                let shape: Vec<i64> = block.iter().map(|&size| 2 * size as i64).collect();
                let strides: Vec<i64> = (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect();
                let len = shape.iter().product::<i64>() as usize * format.bytes();
                begins.push(0);
                buffers.push(content(format, len, &mut random, &mut floats));
                let buffer = buffers.len() - 1;
                Argument::Descriptor(TensorDescriptor {
                    buffer,
                    offset: 0,
                    shape,
                    strides,
                    pad_with_nan: false,
                    round_to_tf32: false,
                })
            }
            _ => Argument::Null,
        });
    }
    let mut launch = Launch::new(program, case.grid);
    launch.threads(1);
    let looked_for = [FindingKind::Promise, FindingKind::Overflow, FindingKind::Division];
    launch.check(looked_for.into_iter().fold(Checks::none(), Checks::with));
    launch.budget(BUDGET);
    for (buffer, start) in buffers.iter_mut().zip(begins) {
        // The pointer itself keeps its promise, wherever its memory begins.
        launch.buffer(Buffer::write(buffer).misaligned(start.rem_euclid(ALIGN) as usize));
    }
    arguments.into_iter().for_each(|argument| launch.argument(argument));
    let report = match launch.run() {
        Ok(report) => report,
        Err(error) => return Seen::Unclear(error.to_string()),
    };
    let is_outside = |kind| matches!(kind, FindingKind::Bounds | FindingKind::Promise);
    let is_wrapped = |kind| matches!(kind, FindingKind::Overflow | FindingKind::Division);
    let find = |is: &dyn Fn(FindingKind) -> bool| report.findings.iter().find(|finding| is(finding.kind));
    match (find(&is_outside), find(&|kind| !is_wrapped(kind)), report.findings.first()) {
        (Some(outside), ..) => Seen::Outside(outside.to_string()),
        (None, Some(other), _) => Seen::Unclear(other.to_string()),
        (None, None, Some(_)) => Seen::Wrapped,
        (None, None, None) => Seen::Inside,
    }
}

/// Floating-point numbers below 2; integers of all sizes, most of them small.
fn content(format: Format, bytes: usize, random: &mut StdRng, floats: &mut StdRng) -> Vec<u8> {
    let mut content = vec![0_u8; bytes];
    match format.class() {
        Class::F32 | Class::F64 => {
            floats.fill_bytes(&mut content);
            // Below 2, and no NaN.
            content.iter_mut().skip(format.bytes() - 1).step_by(format.bytes().max(1)).for_each(|byte| *byte &= 0xbf);
        }
        _ => {
            for element in content.chunks_mut(format.bytes().max(1)) {
                let number: i64 = match random.random_range(0..8) {
                    0 => random.random(),
                    _ => random.random_range(-2..64),
                };
                element.iter_mut().zip(number.to_le_bytes()).for_each(|(byte, of)| *byte = of);
            }
        }
    }
    content
}
