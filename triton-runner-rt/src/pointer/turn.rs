//! Who records an event next, where launches of several threads use one slice at once.
//!
//! Who waits for an event and records it later has to wait for whoever recorded it in between: that record is lost. There is
//! no room for a count in cudarc's events, so events share counts. Two events of one count make a launch wait once more
//! than it has to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::driver::abi;

/// How often events were recorded, twice: odd while one is.
static RECORDS: [AtomicU64; 1024] = [const { AtomicU64::new(0) }; 1024];

/// What was recorded of an event before its launch waited for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    seen: u64,
}

impl Turn {
    /// To be taken before anything waits for the event.
    #[inline]
    pub(super) fn of(event: abi::Event) -> Self {
        Self { seen: records(event).load(Ordering::Acquire) }
    }

    /// Records the event while nobody else does. `record` is told whether somebody has since the turn was taken.
    #[inline]
    pub(super) fn record(self, event: abi::Event, record: impl FnOnce(bool)) {
        let records = records(event);
        // One who records is never done with the number that was seen before.
        let before = self.seen & !1;
        let (before, overtaken) =
            match records.compare_exchange(before, before + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(before) => (before, false),
                Err(_) => (behind_others(records), true),
            };
        record(overtaken);
        records.store(before + 2, Ordering::Release);
    }
}

#[inline]
fn records(event: abi::Event) -> &'static AtomicU64 {
    let address = event.addr();
    &RECORDS[((address >> 4) ^ (address >> 14)) % RECORDS.len()]
}

#[cold]
fn behind_others(records: &AtomicU64) -> u64 {
    loop {
        let before = records.load(Ordering::Relaxed) & !1;
        if records.compare_exchange(before, before + 1, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            return before;
        }
        thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;
    use std::sync::Mutex;

    use super::*;

    fn event(address: usize) -> abi::Event {
        ptr::without_provenance_mut(address)
    }

    #[test]
    fn who_is_overtaken_is_told_and_nobody_else() {
        let [one, other] = [event(0x1000), event(0x2010)];
        let turns = [Turn::of(one), Turn::of(one), Turn::of(other)];
        turns[0].record(one, |overtaken| assert!(!overtaken));
        turns[1].record(one, |overtaken| assert!(overtaken));
        turns[2].record(other, |overtaken| assert!(!overtaken));
        Turn::of(one).record(one, |overtaken| assert!(!overtaken));
    }

    #[test]
    fn one_that_was_seen_while_another_records_is_overtaken() {
        let (event, mut inner) = (event(0x3000), None);
        Turn::of(event).record(event, |_| inner = Some(Turn::of(event)));
        inner.unwrap().record(event, |overtaken| assert!(overtaken));
    }

    #[test]
    fn each_record_of_many_threads_is_the_only_one_at_its_time() {
        const ADDRESS: usize = 0x5000;
        let (alone, times) = (Mutex::new(()), 200);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..times {
                        Turn::of(event(ADDRESS)).record(event(ADDRESS), |_| drop(alone.try_lock().unwrap()));
                    }
                });
            }
        });
        assert_eq!(Turn::of(event(ADDRESS)).seen, 4 * 2 * times);
    }
}
