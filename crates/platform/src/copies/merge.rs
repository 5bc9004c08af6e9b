//! Two pages of the same stretch of keys, side by side. Pure.

use std::collections::BTreeMap;
use std::fmt;

use super::{At, Kept, Mending, Owned, PAGE};
use crate::store::Key;

/// What a comparison of two pages says.
#[derive(Debug, PartialEq)]
pub(super) struct Compared<F> {
    pub drifts: Vec<Drift<F>>,
    /// Where the next pages begin, unless these were the last.
    pub last: Option<Key>,
}

/// A copy that is not as its owner has it.
#[derive(Debug, PartialEq)]
pub(super) struct Drift<F> {
    /// `None` if the copy says by itself that it is behind.
    pub fault: Option<Fault>,
    pub mending: Mending<F>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Missing { owner: i64 },
    Behind { at: At, owner: i64 },
    Differs { version: i64 },
    Ahead { at: At, owner: i64 },
    Ownerless,
}

impl<F> Drift<F> {
    /// Whether its event may still be on the way.
    pub(super) fn may_settle(&self) -> bool {
        matches!(self.fault, Some(Fault::Missing { .. } | Fault::Behind { .. }))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Missing { owner } => write!(f, "is not copied; its owner has version {owner}"),
            Fault::Behind { at, owner } => {
                write!(f, "is from version {}, its owner has {owner}, and nothing is on the way", at.version)
            }
            Fault::Differs { version } => write!(f, "differs from its owner at version {version}"),
            Fault::Ahead { at, owner } => {
                let At { version, heard } = at;
                write!(f, "is from version {version} and has heard of {heard}, and its owner has {owner}")
            }
            Fault::Ownerless => write!(f, "has no owner any more"),
        }
    }
}

/// Both after the same key, in order, and read in this order.
pub(super) fn merge<F: PartialEq>(kept: Vec<Kept<F>>, owned: Vec<Owned<F>>) -> Compared<F> {
    let full = |count: usize| u32::try_from(count).is_ok_and(|count| count >= PAGE);
    // What comes after the end of a page that is full may have its counterpart on the next.
    let ends = [
        kept.last().filter(|_| full(kept.len())).map(|last| last.key),
        owned.last().filter(|_| full(owned.len())).map(|last| last.key),
    ];
    let last = ends.into_iter().flatten().min();
    let within = |key: Key| last.is_none_or(|last| key <= last);
    let mut pairs: BTreeMap<Key, Pair<F>> = BTreeMap::new();
    for one in kept.into_iter().filter(|one| within(one.key)) {
        let key = one.key;
        pairs.entry(key).or_insert_with(Pair::none).kept = Some(one);
    }
    for one in owned.into_iter().filter(|one| within(one.key)) {
        let key = one.key;
        pairs.entry(key).or_insert_with(Pair::none).owned = Some(one);
    }
    let drifts = pairs.into_iter().filter_map(|(key, pair)| pair.drift(key)).collect();
    Compared { drifts, last }
}

/// What there is under one key.
struct Pair<F> {
    kept: Option<Kept<F>>,
    owned: Option<Owned<F>>,
}

impl<F: PartialEq> Pair<F> {
    fn none() -> Pair<F> {
        Pair { kept: None, owned: None }
    }

    fn drift(self, key: Key) -> Option<Drift<F>> {
        let Pair { kept, owned } = self;
        let fault = match (&kept, &owned) {
            (Some(kept), Some(owned)) if kept.at.version == owned.version && kept.fact == owned.fact => {
                Some(kept.is_ahead_of(owned)?)
            }
            (Some(kept), Some(owned)) => kept.fault(owned),
            (None, Some(owned)) => Some(Fault::Missing { owner: owned.version }),
            (Some(_), None) => Some(Fault::Ownerless),
            (None, None) => return None,
        };
        Some(Drift { fault, mending: Mending { key, seen: kept.map(|kept| kept.at), owned } })
    }
}

impl<F> Kept<F> {
    fn is_ahead_of(&self, owned: &Owned<F>) -> Option<Fault> {
        let (at, owner) = (self.at, owned.version);
        (at.version.max(at.heard) > owner).then_some(Fault::Ahead { at, owner })
    }

    /// Of a copy that is not equal to what the owner has.
    fn fault(&self, owned: &Owned<F>) -> Option<Fault> {
        let (at, owner) = (self.at, owned.version);
        let behind = if at.version == owner {
            Some(Fault::Differs { version: owner })
        } else {
            Some(Fault::Behind { at, owner }).filter(|_| at.heard <= at.version)
        };
        self.is_ahead_of(owned).or(behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn key(n: u128) -> Key {
        Key(Uuid::from_u128(n))
    }

    fn kept(n: u128, version: i64, heard: i64, fact: &'static str) -> Kept<&'static str> {
        Kept { key: key(n), at: At { version, heard }, fact }
    }

    fn owned(n: u128, version: i64, fact: &'static str) -> Owned<&'static str> {
        Owned { key: key(n), version, fact }
    }

    #[test]
    fn each_fault_has_its_name() {
        let fault = |kept: Option<Kept<&'static str>>, owned: Option<Owned<&'static str>>| {
            let found = merge(kept.into_iter().collect(), owned.into_iter().collect());
            assert_eq!(found.last, None);
            found.drifts.first().map(|drift| drift.fault)
        };
        assert_eq!(fault(Some(kept(1, 2, 2, "a")), Some(owned(1, 2, "a"))), None);
        let differs = Fault::Differs { version: 2 };
        assert_eq!(fault(Some(kept(1, 2, 2, "x")), Some(owned(1, 2, "a"))), Some(Some(differs)));
        let behind = Fault::Behind { at: At { version: 2, heard: 2 }, owner: 3 };
        assert_eq!(fault(Some(kept(1, 2, 2, "a")), Some(owned(1, 3, "b"))), Some(Some(behind)));
        assert_eq!(fault(Some(kept(1, 2, 3, "a")), Some(owned(1, 3, "b"))), Some(None), "a gap that is seen");
        let ahead = Fault::Ahead { at: At { version: 9, heard: 2 }, owner: 3 };
        assert_eq!(fault(Some(kept(1, 9, 2, "a")), Some(owned(1, 3, "a"))), Some(Some(ahead)));
        let ahead = Fault::Ahead { at: At { version: 3, heard: 9 }, owner: 3 };
        assert_eq!(fault(Some(kept(1, 3, 9, "a")), Some(owned(1, 3, "a"))), Some(Some(ahead)));
        assert_eq!(fault(None, Some(owned(1, 3, "a"))), Some(Some(Fault::Missing { owner: 3 })));
        assert_eq!(fault(Some(kept(1, 3, 3, "a")), None), Some(Some(Fault::Ownerless)));
    }

    #[test]
    fn what_is_beyond_a_full_page_is_left_to_the_next() {
        let page = u128::from(PAGE);
        let few = vec![kept(page + 5, 1, 1, "a")];
        let many: Vec<_> = (1..=page).map(|n| owned(n, 1, "a")).collect();
        let found = merge(few, many);
        assert_eq!(found.last, Some(key(page)));
        assert_eq!(found.drifts.len(), usize::try_from(PAGE).unwrap());
        assert!(found.drifts.iter().all(Drift::may_settle), "the one beyond is not ownerless");
    }
}
