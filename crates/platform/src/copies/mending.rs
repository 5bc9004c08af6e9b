//! What is to become of copies that are to be made anew. Pure.

use std::collections::HashMap;
use std::hash::Hash;

use super::{At, Owned};

/// A copy to make anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Mending<K, F> {
    pub key: K,
    /// What the owner has; nothing if there is no such thing.
    pub owned: Option<Owned<K, F>>,
    /// Where the copy was when it was found wrong.
    pub seen: Option<At>,
}

/// What becomes of a copy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict<'a, K, F> {
    /// It has come further than what was meant for it.
    Leave,
    Remove,
    /// It is made as its owner has it.
    Replace(&'a Owned<K, F>, At),
}

/// What becomes of several.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdicts<'a, K, F> {
    pub removed: Vec<K>,
    pub replaced: Vec<(&'a Owned<K, F>, At)>,
}

impl<K: Clone, F> Mending<K, F> {
    /// What to fill a copy with that waits for something newer.
    pub fn filling(owned: Owned<K, F>) -> Mending<K, F> {
        Mending { key: owned.key.clone(), owned: Some(owned), seen: None }
    }
}

impl<K, F> Mending<K, F> {
    /// What is to be done with the copy, which is locked, where it is now. Never is something older put over something newer,
    /// unless that was found wrong and is still as it was.
    pub fn verdict(&self, now: Option<At>) -> Verdict<'_, K, F> {
        let as_seen = now.is_some() && now == self.seen;
        match (&self.owned, now) {
            (None, _) if as_seen => Verdict::Remove,
            (None, _) => Verdict::Leave,
            (Some(owned), Some(now)) if !as_seen && now.version > owned.version => Verdict::Leave,
            (Some(owned), now) => {
                let version = owned.version;
                let heard = now.filter(|_| !as_seen).map_or(version, |now| now.heard.max(version));
                Verdict::Replace(owned, At { version, heard })
            }
        }
    }
}

/// What is to be done with copies, which are locked, where they are now.
pub fn judge<'a, K: Clone + Eq + Hash, F>(
    all: &'a [Mending<K, F>],
    now: &HashMap<K, At>,
) -> Verdicts<'a, K, F> {
    let mut verdicts = Verdicts { removed: Vec::new(), replaced: Vec::new() };
    for mending in all {
        match mending.verdict(now.get(&mending.key).copied()) {
            Verdict::Leave => {}
            Verdict::Remove => verdicts.removed.push(mending.key.clone()),
            Verdict::Replace(owned, at) => verdicts.replaced.push((owned, at)),
        }
    }
    verdicts
}

impl<K: Clone, F> Verdicts<'_, K, F> {
    /// The keys of all copies that change.
    pub fn changed(&self) -> Vec<K> {
        let replaced = self.replaced.iter().map(|(owned, _)| &owned.key);
        self.removed.iter().chain(replaced).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_older_is_put_over_something_newer() {
        let owned = Owned { key: "lamps", version: 3, fact: () };
        let at = |version, heard| Some(At { version, heard });
        let replace = |heard| Verdict::Replace(&owned, At { version: 3, heard });
        let fill = Mending::filling(owned.clone());
        assert_eq!(fill.verdict(None), replace(3));
        assert_eq!(fill.verdict(at(2, 5)), replace(5), "it has heard of more");
        assert_eq!(fill.verdict(at(3, 3)), replace(3), "as new, and perhaps damaged");
        assert_eq!(fill.verdict(at(4, 4)), Verdict::Leave);

        let mend = Mending { seen: at(9, 9), ..fill };
        assert_eq!(mend.verdict(at(9, 9)), replace(3), "no owner ever had version 9");
        assert_eq!(mend.verdict(at(10, 10)), Verdict::Leave);
        let gone = Mending { owned: None, ..mend };
        assert_eq!((gone.verdict(at(9, 9)), gone.verdict(at(10, 10))), (Verdict::Remove, Verdict::Leave));
    }

    #[test]
    fn each_copy_is_judged_by_where_it_is() {
        let owned = |key, version| Owned { key, version, fact: () };
        let all = [
            Mending::filling(owned("new", 1)),
            Mending::filling(owned("further", 1)),
            Mending { key: "gone", owned: None, seen: Some(At::told(4)) },
        ];
        let now = HashMap::from([("further", At::told(2)), ("gone", At::told(4))]);
        let verdicts = judge(&all, &now);
        assert_eq!(verdicts.removed, ["gone"]);
        assert_eq!(verdicts.replaced, [(&owned("new", 1), At::told(1))]);
        assert_eq!(verdicts.changed(), ["gone", "new"]);
    }
}
