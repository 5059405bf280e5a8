//! The cache of keys and values, in pages, and what the kernels leave for each other.

use std::ops::Range;

use rand::seq::SliceRandom;
use triton_runner_rt::{Graph, Result};

use super::{Attend, Kernels, PagedAttention, Sizes};
use crate::element::random;
use crate::machine::{Buffer, Machine};

/// Keys and values: each pages x heads x `PAGE` x `HEAD`. For each sequence its pages in order, and its length.
pub(crate) struct Cache<T> {
    pub(crate) keys: Buffer<T>,
    pub(crate) values: Buffer<T>,
    pub(super) table: Buffer<i32>,
    pub(super) lengths: Buffer<i32>,
    pub(super) pages: usize,
    /// Pages that a sequence has at most.
    pub(super) width: usize,
}

/// A cache as the host has it.
pub(crate) struct HostCache<T> {
    pub(crate) keys: Vec<T>,
    pub(crate) values: Vec<T>,
    table: Vec<i32>,
    pub(crate) lengths: Vec<i32>,
    heads: usize,
    width: usize,
}

/// What the kernels leave for each other.
pub(crate) struct Scratch {
    pub(super) part: Buffer<f32>,
    pub(super) seen: Buffer<f32>,
}

impl<T: Kernels> HostCache<T> {
    /// Random numbers on pages in random order. All sequences have the longest's length where `even`.
    pub(crate) fn new(Sizes { sequences, heads, length }: Sizes, even: bool) -> Self {
        let width = length.div_ceil(PagedAttention::<T>::page());
        // More pages than are used, in any order.
        let pages = sequences * width + 3;
        let mut table: Vec<i32> = (0..pages as i32).collect();
        table.shuffle(&mut rand::rng());
        table.truncate(sequences * width);
        let length_of = |sequence: usize| if even { length } else { length - length * sequence / (sequences + 1) };
        let lengths = (0..sequences).map(|sequence| length_of(sequence) as i32).collect();
        let cached = pages * heads * PagedAttention::<T>::page() * PagedAttention::<T>::head();
        Self { keys: random(cached, 1.0), values: random(cached, 1.0), table, lengths, heads, width }
    }

    pub(crate) fn upload(&self, machine: &Machine) -> Result<Cache<T>> {
        let of_page = self.heads * PagedAttention::<T>::page() * PagedAttention::<T>::head();
        Ok(Cache {
            keys: machine.upload(&self.keys)?,
            values: machine.upload(&self.values)?,
            table: machine.upload(&self.table)?,
            lengths: machine.upload(&self.lengths)?,
            pages: self.keys.len() / of_page,
            width: self.width,
        })
    }

    /// Where a head of a token of a sequence lies in both.
    pub(crate) fn line(&self, sequence: usize, head: usize, token: usize) -> Range<usize> {
        let (page, elements) = (PagedAttention::<T>::page(), PagedAttention::<T>::head());
        let of_table = self.table[sequence * self.width + token / page] as usize;
        let line = (of_table * self.heads + head) * page + token % page;
        line * elements..(line + 1) * elements
    }
}

impl<T: 'static> Cache<T> {
    /// The same, given to a graph.
    pub(crate) fn held_by(self, graph: &mut Graph<'_>) -> Self {
        Self {
            keys: self.keys.held_by(graph),
            values: self.values.held_by(graph),
            table: self.table.held_by(graph),
            lengths: self.lengths.held_by(graph),
            ..self
        }
    }
}

impl Scratch {
    /// For so many heads of queries.
    pub(crate) fn new<T: Kernels>(machine: &Machine, heads: usize) -> Result<Self> {
        let split = Attend::<T>::SPLIT as usize;
        Ok(Self {
            part: machine.upload(&vec![f32::NAN; heads * split * PagedAttention::<T>::head()])?,
            seen: machine.upload(&vec![f32::NAN; heads * split * 2])?,
        })
    }

    /// The same, given to a graph.
    pub(crate) fn held_by(self, graph: &mut Graph<'_>) -> Self {
        Self { part: self.part.held_by(graph), seen: self.seen.held_by(graph) }
    }
}

impl<T: Kernels> Cache<T> {
    /// That it is large enough.
    ///
    /// # Panics
    ///
    /// If it isn't.
    pub(super) fn assert_holds(&self, sizes: Sizes) {
        let of_page = sizes.heads * PagedAttention::<T>::page() * PagedAttention::<T>::head();
        assert!([self.keys.len(), self.values.len()].iter().all(|&len| self.pages * of_page <= len));
        assert!(sizes.sequences * self.width <= self.table.len() && sizes.sequences <= self.lengths.len());
    }
}
