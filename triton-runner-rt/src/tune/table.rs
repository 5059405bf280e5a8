//! Choices that were measured before the program was built: a look-up, and no measuring.

use std::cell::Cell;
use std::ptr;

use triton_runner_manifest::{Arch, nearest};

use crate::kernel::LoadedKernel;

/// Which variant was fast on one GPU.
#[derive(Debug)]
pub struct TunedTable {
    /// The GPU's name.
    pub gpu: &'static str,
    /// Its architecture.
    pub arch: Arch,
    /// Its multiprocessors.
    pub multiprocessors: u32,
    /// At least one. All keys are equally long.
    pub rows: &'static [TunedRow],
}

/// Which variant was fast with one key.
#[derive(Debug)]
pub struct TunedRow {
    /// Values of the arguments that the choice depends on.
    pub key: &'static [i64],
    /// The variants that were timed, by their numbers, from the fastest to the slowest.
    pub order: &'static [u16],
}

/// A device, as tables are found for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gpu<'a> {
    pub(super) name: &'a str,
    pub(super) arch: Arch,
    pub(super) multiprocessors: u32,
}

/// Keys that are longer than this aren't remembered.
const LONGEST: usize = 6;

/// What a thread has looked up: the table, the key and the row.
#[derive(Clone, Copy)]
struct Recent {
    table: *const TunedTable,
    key: [i64; LONGEST],
    row: usize,
}

const SLOTS: usize = 16;

thread_local! {
    /// Each key has one place here, in which the last one stays.
    static RECENT: [Cell<Recent>; SLOTS] =
        const { [const { Cell::new(Recent { table: ptr::null(), key: [0; LONGEST], row: 0 }) }; SLOTS] };
}

impl TunedTable {
    /// The table for the device that a kernel was loaded on: of the same GPU, else of one with the same compute
    /// capability, else of the closest of the same generation. `None` where there is none of that.
    pub fn for_device(tables: &'static [TunedTable], kernel: &LoadedKernel) -> Option<&'static TunedTable> {
        // Without its name the device is like those that aren't listed.
        let name = kernel.context().name().unwrap_or_default();
        let (arch, multiprocessors) = kernel.device();
        Self::closest(tables, Gpu { name: &name, arch, multiprocessors })
    }

    pub(super) fn closest(tables: &'static [TunedTable], gpu: Gpu<'_>) -> Option<&'static TunedTable> {
        let same_generation = tables.iter().filter(|table| table.arch.major() == gpu.arch.major());
        same_generation
            .min_by(|a, b| a.distance(gpu).partial_cmp(&b.distance(gpu)).unwrap_or(std::cmp::Ordering::Equal))
    }

    /// How unlike the device a table's GPU is.
    fn distance(&self, gpu: Gpu<'_>) -> (bool, u16, f64) {
        let ratio = f64::from(self.multiprocessors.max(1)) / f64::from(gpu.multiprocessors.max(1));
        (self.gpu != gpu.name, self.arch.minor().abs_diff(gpu.arch.minor()), ratio.ln().abs())
    }

    /// The variants by their numbers, from the fastest to the slowest, with this key or with the nearest that was timed.
    #[inline]
    pub fn order<const N: usize>(&'static self, key: [i64; N]) -> &'static [u16] {
        self.rows.get(self.remembered(&key)).map_or(&[], |row| row.order)
    }

    #[inline]
    fn remembered(&'static self, key: &[i64]) -> usize {
        let mut padded = [0; LONGEST];
        let Some(place) = padded.get_mut(..key.len()) else { return self.nearest(key) };
        place.copy_from_slice(key);
        let hash = padded.iter().fold(ptr::from_ref(self).addr() as u64, |hash, &part| {
            (hash ^ part as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
        });
        let found = RECENT.try_with(|slots| {
            let slot = slots.get(hash as usize % SLOTS)?;
            let recent = slot.get();
            if ptr::eq(recent.table, self) && recent.key == padded {
                return Some(recent.row);
            }
            let row = self.nearest(key);
            slot.set(Recent { table: self, key: padded, row });
            Some(row)
        });
        // A thread that ends has forgotten everything.
        found.ok().flatten().unwrap_or_else(|| self.nearest(key))
    }

    #[cold]
    fn nearest(&self, key: &[i64]) -> usize {
        nearest(self.rows.iter().map(|row| row.key), key).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn table(gpu: &'static str, arch: u16, multiprocessors: u32, rows: &'static [TunedRow]) -> TunedTable {
        TunedTable { gpu, arch: Arch::new(arch, triton_runner_manifest::Suffix::None), multiprocessors, rows }
    }

    static ROWS: [TunedRow; 4] = [
        TunedRow { key: &[1, 4096], order: &[2, 0] },
        TunedRow { key: &[16, 4096], order: &[0, 1] },
        TunedRow { key: &[16, 8192], order: &[1] },
        TunedRow { key: &[4096, 4096], order: &[1, 0, 2] },
    ];
    static ONE: TunedTable = table("H100", 90, 132, &ROWS);
    static OTHER: TunedTable = table("H100", 90, 132, &[TunedRow { key: &[1, 1], order: &[7] }]);

    #[test]
    fn what_is_remembered_is_of_one_table_and_one_key() {
        for _ in 0..3 {
            for m in 0..100 {
                let expected = ONE.rows[ONE.nearest(&[m, 4096])].order;
                assert_eq!(ONE.order([m, 4096]), expected, "{m}");
                assert_eq!(OTHER.order([m, 4096]), [7]);
            }
        }
        let long = [1; LONGEST + 1];
        assert_eq!(ONE.order(long), [2, 0]);
    }

    #[test]
    fn a_device_without_a_table_takes_that_of_its_closest_relative() {
        static ALL: [TunedTable; 5] = [
            table("A100", 80, 108, &ROWS),
            table("A10", 86, 72, &ROWS),
            table("L4", 89, 58, &ROWS),
            table("H100 PCIe", 90, 114, &ROWS),
            table("H100", 90, 132, &ROWS),
        ];
        let closest = |name, arch, multiprocessors| {
            let arch = Arch::new(arch, triton_runner_manifest::Suffix::None);
            TunedTable::closest(&ALL, Gpu { name, arch, multiprocessors }).map(|table| table.gpu)
        };
        assert_eq!(closest("H100", 90, 132), Some("H100"));
        assert_eq!(closest("H100", 90, 100), Some("H100"));
        assert_eq!(closest("GH200", 90, 132), Some("H100"));
        assert_eq!(closest("H100 MIG", 90, 60), Some("H100 PCIe"));
        assert_eq!(closest("RTX 3090", 86, 82), Some("A10"));
        assert_eq!(closest("Orin", 87, 16), Some("A10"));
        assert_eq!(closest("B200", 100, 148), None);
        assert_eq!(
            TunedTable::closest(&[], Gpu { name: "A100", arch: ALL[0].arch, multiprocessors: 108 }).map(|t| t.gpu),
            None
        );
    }
}
