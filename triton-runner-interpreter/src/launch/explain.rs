//! Why a program stopped, in words.

use crate::finding::{Finding, FindingKind};
use crate::memory::{Fault, Memory, Named};
use crate::program::{Program, python};
use crate::trap::{Access, Mask, Trap};

/// A finding of what stopped a program at an instruction.
pub(super) fn finding(
    program: &Program,
    memory: &Memory<'_>,
    names: &[Option<Named>],
    id: [u32; 3],
    at: usize,
    trap: &Trap,
) -> Finding {
    let origin = program.code.get(at).map(|instruction| instruction.origin);
    let (kind, message, place) = match trap {
        Trap::Memory { fault, access, mask } => memory_fault(memory, names, *fault, *access, *mask),
        Trap::Operand(place) => {
            (FindingKind::Invalid, format!("operand {place} has no value of its type here: the IR is not valid"), None)
        }
        Trap::Step(step) => (FindingKind::Invalid, format!("a loop whose step is {step} never ends"), None),
        Trap::Budget(budget) => (FindingKind::Endless, format!("it didn't end within {budget} instructions"), None),
        Trap::Stuck => {
            let message = "it waits for something that no other program does: all others are over or wait too";
            (FindingKind::Endless, message.to_owned(), None)
        }
        Trap::Assert { message, lane } => {
            (FindingKind::Assert, format!("assertion failed: {message} (element {lane} of the condition)"), None)
        }
        Trap::Promise(message) => (FindingKind::Promise, format!("{message}: compilers believe the promise"), None),
        Trap::TensorMap(message) => {
            (FindingKind::Promise, format!("{message}, and nobody knows what a GPU touches through another one"), None)
        }
        Trap::Counter { counter, step, bits } => {
            let message =
                format!("the loop's counter wraps: {counter} + {step} doesn't fit in {bits} bits, so the loop goes on");
            (FindingKind::Overflow, message, None)
        }
        Trap::Assume { lane } => {
            let message =
                format!("the condition of `tl.assume` is false (element {lane}): compilers believe that it is true");
            (FindingKind::Promise, message, None)
        }
    };
    let mut finding = Finding::new(kind, &program.name, message);
    finding.program = Some(id);
    if let Some((argument, element)) = place {
        (finding.argument, finding.element) = (argument, Some(element));
    }
    if let Some(origin) = origin {
        finding.line = Some(program.module.op(origin).line);
        finding.python = python(&program.module, origin);
    }
    finding
}

/// A finding of memory that wasn't written as a whole: its first byte without a value, and how many there are.
pub(super) fn unwritten(
    program: &Program,
    memory: &Memory<'_>,
    names: &[Option<Named>],
    buffer: usize,
    first: usize,
    count: usize,
) -> Finding {
    let len = memory.len(buffer);
    let (name, size, what) = match names.get(buffer).cloned().flatten() {
        Some(Named { name, format }) => (Some(name.clone()), format.bytes(), format!("`{name}`")),
        None => (None, 1, format!("buffer {buffer}")),
    };
    let (element, elements, missing) = (first / size, len / size, count.div_ceil(size));
    let message = format!(
        "element {element} of {what} was never written, and it was given without values: {missing} of its {elements} elements still have none"
    );
    let mut finding = Finding::new(FindingKind::Unwritten, &program.name, message);
    (finding.argument, finding.element) = (name, Some(element as i64));
    finding
}

type Place = Option<(Option<String>, i64)>;

fn memory_fault(
    memory: &Memory<'_>,
    names: &[Option<Named>],
    fault: Fault,
    access: Access,
    mask: Mask,
) -> (FindingKind, String, Place) {
    let verb = match access {
        Access::Load => "loads",
        Access::Store => "stores to",
        Access::Atomic => "changes",
    };
    let masked = match mask {
        Mask::None => "the access has no mask",
        Mask::True => "its mask is true there",
    };
    // The buffer's name, and an offset in its elements.
    let of = |buffer: usize, offset: i64| match names.get(buffer).cloned().flatten() {
        Some(Named { name, format }) => {
            let size = format.bytes() as i64;
            (Some(name.clone()), offset.div_euclid(size), memory.len(buffer) as i64 / size, format!("`{name}`"))
        }
        None => (None, offset, memory.len(buffer) as i64, format!("buffer {buffer}")),
    };
    match fault {
        Fault::Outside { buffer, offset, bytes, len } => {
            // Of a row the first element that is outside.
            let first = if offset < 0 || offset >= len as i64 { offset } else { len as i64 };
            let (argument, element, elements, name) = of(buffer, first);
            let past = match element {
                element if element < 0 => format!("{} before its start", -element),
                element => format!("{} past its end", element - elements + 1),
            };
            let row = if bytes > 16 { format!(", in a row of {bytes} bytes") } else { String::new() };
            let message = format!("{verb} element {element} of {name}, which has {elements}: {past}{row}; {masked}");
            (FindingKind::Bounds, message, Some((argument, element)))
        }
        Fault::Nowhere { address } => {
            let what = if (0..4096).contains(&address) {
                "a null pointer".to_owned()
            } else {
                format!("address {address:#x}")
            };
            (FindingKind::Bounds, format!("{verb} {what}, which is in no argument's memory; {masked}"), None)
        }
        Fault::Misaligned { address, bytes } => {
            let place = memory.locate(address).map(|(buffer, offset)| {
                let (argument, element, _, name) = of(buffer, offset);
                (argument, element, format!(" ({name}, byte {offset})"))
            });
            let text = place.as_ref().map_or("", |(_, _, text)| text);
            let message =
                format!("{verb} {bytes} bytes at an address that is no multiple of {bytes}{text}: a GPU stops there");
            (FindingKind::Bounds, message, place.map(|(argument, element, _)| (argument, element)))
        }
        Fault::ReadOnly { buffer, offset } => {
            let (argument, element, _, name) = of(buffer, offset);
            let message = format!("{verb} element {element} of {name}, which was given to be read only; {masked}");
            (FindingKind::ReadOnly, message, Some((argument, element)))
        }
        Fault::Uninitialized { buffer, offset } => {
            let (argument, element, _, name) = of(buffer, offset);
            let message = format!("{verb} element {element} of {name}, which was never written; {masked}");
            (FindingKind::Uninitialized, message, Some((argument, element)))
        }
    }
}
