//! Chance that falls the same way every time.

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed, the same throws.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `end`, without it; 0 if there is nothing below it.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.throw().checked_rem(end).unwrap_or(0)
    }

    /// 0 to `most`.
    pub(super) fn up_to(&mut self, most: u32) -> i64 {
        i64::try_from(self.below(u64::from(most) + 1)).unwrap_or(0)
    }

    pub(super) fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// One of `from`, each as likely as its weight says.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T], weight: impl Fn(&T) -> u64) -> Option<&'a T> {
        let mut left = self.below(from.iter().map(&weight).sum());
        from.iter().find(|one| {
            let weight = weight(one);
            let hit = left < weight;
            left = left.saturating_sub(weight);
            hit
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_repeat_and_follow_the_weights() {
        let (mut one, mut other) = (Dice::new(7), Dice::new(7));
        assert!((0..100).all(|_| one.below(1000) == other.below(1000)));
        let mut counts = [0; 3];
        for _ in 0..1000 {
            let &picked = one.pick(&[0_usize, 1, 2], |&n| [1, 0, 9][n]).unwrap();
            counts[picked] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!(counts[2] > 7 * counts[0], "{counts:?}");
        assert_eq!(one.pick(&[(); 0], |()| 1), None);
    }
}
