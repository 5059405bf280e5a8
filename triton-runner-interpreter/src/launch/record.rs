//! What a program read and wrote, access by access.

use crate::hooks::Run;
use crate::memory::Named;
use crate::program::{Program, python};
use crate::trap::Access;

/// How memory is accessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccessKind {
    /// It is read.
    Load,
    /// It is written.
    Store,
    /// It is read and written as a whole.
    Atomic,
}

/// A row of elements that a program accessed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accessed {
    /// The program's place in the grid.
    pub program: [u32; 3],
    /// How.
    pub kind: AccessKind,
    /// The buffer, by its place.
    pub buffer: usize,
    /// The argument that names the buffer.
    pub argument: Option<String>,
    /// The first element, counted from the buffer's start.
    pub element: i64,
    /// Elements from each to the next.
    pub step: i64,
    /// How many.
    pub count: usize,
    /// Line of the IR.
    pub line: u32,
    /// File and line of Python.
    pub python: Option<(String, u32)>,
}

/// A row as the checkers saw it.
pub(super) fn accessed(
    program: &Program,
    names: &[Option<Named>],
    id: [u32; 3],
    at: usize,
    run: Run,
) -> Option<Accessed> {
    let origin = program.code.get(at)?.origin;
    let named = names.get(run.buffer).and_then(Option::as_ref);
    let size = named.map_or(run.size, |named| named.format.bytes()) as i64;
    Some(Accessed {
        program: id,
        kind: match run.access {
            Access::Load => AccessKind::Load,
            Access::Store => AccessKind::Store,
            Access::Atomic => AccessKind::Atomic,
        },
        buffer: run.buffer,
        argument: named.map(|named| named.name.clone()),
        element: run.offset.div_euclid(size),
        step: run.step / size,
        count: run.count,
        line: program.module.op(origin).line,
        python: python(&program.module, origin),
    })
}
