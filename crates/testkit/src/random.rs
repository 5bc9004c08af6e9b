use std::hash::{BuildHasher, Hasher, RandomState};

/// Numbers that a seed repeats: SplitMix64.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A seed of `HOLDFAST_SEED`, else a new one. Print it, so that a failure can be told again.
    ///
    /// # Panics
    /// When `HOLDFAST_SEED` is no number.
    pub fn seed() -> u64 {
        match std::env::var("HOLDFAST_SEED") {
            Ok(seed) => seed.parse().expect("HOLDFAST_SEED is a number"),
            // The standard library's hasher is keyed by the operating system.
            Err(_) => RandomState::new().build_hasher().finish(),
        }
    }

    pub const fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of `0..end`.
    ///
    /// # Panics
    /// When the range is empty.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    /// One of the items.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let place = self.below(items.len().try_into().unwrap());
        &items[usize::try_from(place).unwrap()]
    }

    /// Another sequence, for another task.
    #[must_use]
    pub fn fork(&mut self) -> Random {
        Random(self.number())
    }
}
