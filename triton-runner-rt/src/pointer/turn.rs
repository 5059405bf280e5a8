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
    records: &'static AtomicU64,
    seen: u64,
}

impl Turn {
    /// To be taken before anything waits for the event.
    #[inline]
    pub(super) fn of(event: abi::Event) -> Self {
        let address = event.addr();
        let records = &RECORDS[((address >> 4) ^ (address >> 14)) % RECORDS.len()];
        Self { records, seen: records.load(Ordering::Acquire) }
    }

    /// Records the event while nobody else does. `record` is told whether somebody has since the turn was taken.
    #[inline]
    pub(super) fn record(self, record: impl FnOnce(bool)) {
        // One who records is never done with the number that was seen before.
        let before = self.seen & !1;
        let (before, overtaken) =
            match self.records.compare_exchange(before, before + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(before) => (before, false),
                Err(_) => (self.behind_others(), true),
            };
        record(overtaken);
        self.records.store(before + 2, Ordering::Release);
    }

    #[cold]
    fn behind_others(&self) -> u64 {
        loop {
            let before = self.records.load(Ordering::Relaxed) & !1;
            if self.records.compare_exchange(before, before + 1, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                return before;
            }
            thread::yield_now();
        }
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
        let (one, two, other) = (Turn::of(event(0x1000)), Turn::of(event(0x1000)), Turn::of(event(0x2010)));
        one.record(|overtaken| assert!(!overtaken));
        two.record(|overtaken| assert!(overtaken));
        other.record(|overtaken| assert!(!overtaken));
        Turn::of(event(0x1000)).record(|overtaken| assert!(!overtaken));
    }

    #[test]
    fn one_that_was_seen_while_another_records_is_overtaken() {
        let mut inner = None;
        Turn::of(event(0x3000)).record(|_| inner = Some(Turn::of(event(0x3000))));
        inner.unwrap().record(|overtaken| assert!(overtaken));
    }

    #[test]
    fn each_record_of_many_threads_is_the_only_one_at_its_time() {
        let (alone, times) = (Mutex::new(()), 500);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..times {
                        Turn::of(event(0x5000)).record(|_| drop(alone.try_lock().unwrap()));
                    }
                });
            }
        });
        assert_eq!(Turn::of(event(0x5000)).seen, 4 * 2 * times);
    }
}
