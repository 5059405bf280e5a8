//! Rows held against each other.

use super::log::{Accesses, Content, Group, Log, Row};
use super::order::Order;
use crate::checks::found::{Found, Said};
use crate::checks::plan::Plan;
use crate::finding::{FindingKind, Level};
use crate::trap::Access;

/// Programs of one instruction that are remembered while others are held against them.
const REMEMBERED: usize = 16;

/// All races between programs, up to the last one that counts.
pub(in crate::checks) fn races(plan: &Plan<'_, '_>, log: Log, last: u64, found: &mut Found) {
    let order = Order { events: &log.events };
    for (buffer, all) in log.buffers.into_iter().enumerate() {
        if are_apart(&all) {
            continue;
        }
        let rows = all.rows.into_iter().chain(all.groups.into_iter().flat_map(Group::rows));
        let mut rows: Vec<Row> = rows.filter(|row| row.who.index <= last).flat_map(dense).collect();
        rows.sort_unstable_by_key(|row| (row.start, row.who.index, row.at));
        sweep(plan, &order, buffer, &rows, found);
    }
}

/// Whether nothing can meet there: nobody writes, or as a rule each row has a place of its own.
fn are_apart(all: &Accesses) -> bool {
    let mut accesses = all.rows.iter().map(|row| row.access).chain(all.groups.iter().map(Group::access));
    if accesses.all(|access| access == Access::Load) {
        return true;
    }
    let extents = all.rows.iter().map(|row| Some((row.start, row.end())));
    let Some(mut extents) = extents.chain(all.groups.iter().map(Group::extent)).collect::<Option<Vec<_>>>() else {
        return false;
    };
    extents.sort_unstable();
    extents.windows(2).all(|pair| !matches!(pair, [a, b] if b.0 < a.1))
}

/// Rows whose elements are neighbours.
fn dense(row: Row) -> impl Iterator<Item = Row> {
    let pieces = if row.is_dense() { 1 } else { row.count };
    (0..pieces).map(move |piece| match pieces {
        1 => row,
        _ => Row { start: row.start + piece * row.step, step: row.size, count: 1, ..row },
    })
}

fn sweep(plan: &Plan<'_, '_>, order: &Order<'_>, buffer: usize, rows: &[Row], found: &mut Found) {
    // By instruction, in the order of their starts.
    let mut active: Vec<(usize, Vec<Row>)> = Vec::new();
    for row in rows {
        for (_, others) in &mut active {
            others.retain(|other| other.end() > row.start);
            for other in others.iter().filter(|other| meets(other, row) && !order.orders(other, row)) {
                tell(plan, buffer, other, row, found);
            }
        }
        let place = active.iter().position(|(at, _)| *at == row.at);
        let place = place.unwrap_or_else(|| {
            active.push((row.at, Vec::new()));
            active.len() - 1
        });
        if let Some((_, others)) = active.get_mut(place) {
            match others.iter_mut().find(|other| other.who == row.who && other.access == row.access) {
                Some(other) if other.end() < row.end() => *other = *row,
                Some(_) => {}
                None => {
                    if others.len() >= REMEMBERED
                        && let Some(shortest) = (0..others.len()).min_by_key(|&place| others[place].end())
                    {
                        others.swap_remove(shortest);
                    }
                    others.push(*row);
                }
            }
        }
    }
}

/// Whether two overlapping rows belong to two programs of which one writes, and not both as a whole.
fn meets(a: &Row, b: &Row) -> bool {
    let both = |access| a.access == access && b.access == access;
    // Atomic operations of other sizes aren't atomic to each other.
    let is_atomic = both(Access::Atomic) && !a.alone && !b.alone && a.size == b.size;
    a.who.index != b.who.index && !both(Access::Load) && !is_atomic
}

fn tell(plan: &Plan<'_, '_>, buffer: usize, a: &Row, b: &Row, found: &mut Found) {
    let (first, second) = if a.who.index <= b.who.index { (a, b) } else { (b, a) };
    // Of a buffer's races one of each sort: more say no more.
    let same = values(a, b);
    let key = (FindingKind::Race, buffer, sort(a, b) + if same == Some(true) { 5 } else { 0 });
    found.add(key, first.who, || {
        let start = a.start.max(b.start);
        let (argument, element, text) = plan.element(buffer, start);
        let [x, y, z] = second.who.id;
        let line = plan.line(second.at);
        let does = |row: &Row| match row.access {
            Access::Load => "loads".to_owned(),
            Access::Store => "stores to".to_owned(),
            Access::Atomic if row.alone => "atomically (`scope=\"cta\"`: for its own threads only) changes".to_owned(),
            Access::Atomic if a.access == b.access => format!("atomically ({} bytes at once) changes", row.size),
            Access::Atomic => "atomically changes".to_owned(),
        };
        let (values, level) = match same {
            Some(true) => (", both with the same value", Level::Warning),
            Some(false) => (", with another value", Level::Error),
            None => ("", Level::Error),
        };
        let shared = (a.end().min(b.end()) - start) / a.size.max(1);
        let more = if shared > 1 { format!(" and {} more behind it", shared - 1) } else { String::new() };
        let message = format!(
            "{} {text}{more}, which program ({x}, {y}, {z}) {} at {line}{values}: nothing says which of them comes first",
            does(first),
            does(second),
        );
        Said { at: first.at, level, place: Some((argument, element)), message }
    });
}

/// What meets what, whichever comes first.
fn sort(a: &Row, b: &Row) -> usize {
    if a.access == b.access && a.access == Access::Atomic {
        return 4;
    }
    let has = |access| a.access == access || b.access == access;
    match (has(Access::Load), has(Access::Atomic)) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 3,
    }
}

/// Whether two stores store the same; `None` where that isn't known, or they aren't both stores.
fn values(a: &Row, b: &Row) -> Option<bool> {
    if (a.access, b.access) != (Access::Store, Access::Store) {
        return None;
    }
    match (a.content, b.content) {
        (Content::All(a), Content::All(b)) => Some(a == b),
        (Content::Hash(x), Content::Hash(y)) if (a.start, a.count) == (b.start, b.count) => Some(x == y),
        _ => None,
    }
}
