//! Damaged files for property tests: real ones, cut, changed and spliced.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::{data, paths};

#[derive(Clone, Debug)]
enum Edit {
    Cut(Index),
    Change(Index, u8),
    Remove(Index, usize),
    /// Copies a piece to another place.
    Splice(Index, Index, usize),
    Insert(Index, Vec<u8>),
}

fn edit() -> impl Strategy<Value = Edit> {
    let piece = prop_oneof![1_usize..16, 1_usize..2048];
    prop_oneof![
        any::<Index>().prop_map(Edit::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Change(at, byte)),
        (any::<Index>(), select(b"(){}[]<>\"%@#!,:=.;/*^-0x\n\0".to_vec()))
            .prop_map(|(at, byte)| Edit::Change(at, byte)),
        (any::<Index>(), piece.clone()).prop_map(|(at, length)| Edit::Remove(at, length)),
        (any::<Index>(), any::<Index>(), piece).prop_map(|(from, to, length)| Edit::Splice(from, to, length)),
        (any::<Index>(), vec(any::<u8>(), 0..8)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
    ]
}

fn apply(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        let range = |at: usize, size: usize| at..(at + size).min(length);
        match edit {
            Edit::Cut(at) => bytes.truncate(at.index(length)),
            Edit::Change(at, byte) => bytes[at.index(length)] = *byte,
            Edit::Remove(at, size) => drop(bytes.drain(range(at.index(length), *size))),
            Edit::Splice(from, to, size) => {
                let piece = bytes[range(from.index(length), *size)].to_vec();
                let at = to.index(length);
                bytes.splice(at..at, piece);
            }
            Edit::Insert(at, inserted) => {
                let at = at.index(length);
                bytes.splice(at..at, inserted.iter().copied());
            }
        }
    }
    bytes
}

/// Damaged forms of the test data with this extension.
pub fn files(extension: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    (select(paths(extension)), vec(edit(), 1..6)).prop_map(|(path, edits)| apply(data(&path), &edits))
}

/// The same as text.
pub fn texts(extension: &str) -> impl Strategy<Value = String> + use<> {
    files(extension).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
