//! Rows in memory while a portion is applied: what was loaded, what is new, what changed.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

#[derive(Debug)]
pub(super) struct Rows<K, M> {
    rows: HashMap<K, M>,
    /// In the order of making, which is the order of their ids.
    new: Vec<K>,
    changed: BTreeSet<K>,
}

impl<K: Copy + Eq + Hash + Ord, M: Clone> Rows<K, M> {
    pub(super) fn loaded(rows: impl IntoIterator<Item = (K, M)>) -> Self {
        Self { rows: rows.into_iter().collect(), new: Vec::new(), changed: BTreeSet::new() }
    }

    pub(super) fn add(&mut self, key: K, row: M) {
        self.rows.insert(key, row);
        self.new.push(key);
    }

    /// How many were added.
    pub(super) fn added(&self) -> usize {
        self.new.len()
    }

    pub(super) fn get(&self, key: K) -> Option<&M> {
        self.rows.get(&key)
    }

    /// The row, to be changed.
    pub(super) fn change(&mut self, key: K) -> Option<&mut M> {
        let row = self.rows.get_mut(&key)?;
        self.changed.insert(key);
        Some(row)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &M)> {
        self.rows.iter()
    }

    /// What is to be inserted, and what is to be written over, each in the order of keys.
    pub(super) fn into_writes(mut self) -> (Vec<M>, Vec<M>) {
        for key in &self.new {
            self.changed.remove(key);
        }
        let new = self.new.iter().filter_map(|key| self.rows.remove(key)).collect();
        let changed = self.changed.iter().filter_map(|key| self.rows.remove(key)).collect();
        (new, changed)
    }
}
