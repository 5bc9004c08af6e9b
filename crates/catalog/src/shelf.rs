//! Products that were just read, rendered, so that showing one again costs neither a query nor a serialisation.
//!
//! What is shown is never older than a change that this process has answered: every write bumps the epoch after its
//! commit and before its answer, and an entry counts only while its epoch is the present one. The epoch is read
//! *before* the rows are: a change that commits while they are being read bumps it, and the entry is stale from
//! birth. What the epoch cannot see is bounded by the age: on PostgreSQL the writes of other instances, and on both
//! engines a write that committed after its caller had stopped waiting (`StoreError::Timeout`).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use catalog_api::ProductStatus;
use quick_cache::{Weighter, sync::Cache};

const OLDEST: Duration = Duration::from_secs(1);
const WEIGHT: u64 = 8 * 1024 * 1024;
const TYPICAL: usize = 1024;
/// What an entry takes beside its text.
const OVERHEAD: usize = 128;

/// A product as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub body: Bytes,
    pub version: i64,
    /// Decides who may see it.
    pub status: ProductStatus,
}

/// A change of the catalog, as this process counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

pub(crate) struct Shelf {
    epoch: AtomicU64,
    /// By the path segment: the id or the handle.
    entries: Cache<String, Entry, BySize>,
}

#[derive(Clone)]
struct Entry {
    shown: Shown,
    epoch: Epoch,
    at: Instant,
}

#[derive(Clone)]
struct BySize;

impl Weighter<String, Entry> for BySize {
    fn weight(&self, segment: &String, entry: &Entry) -> u64 {
        let bytes = segment.len().saturating_add(entry.shown.body.len()).saturating_add(OVERHEAD);
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl Shelf {
    pub(crate) fn new() -> Shelf {
        Shelf { epoch: AtomicU64::new(0), entries: Cache::with_weighter(TYPICAL, WEIGHT, BySize) }
    }

    /// To be read before the rows, and handed to [`Shelf::put`] with what they gave.
    pub(crate) fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::SeqCst))
    }

    /// What was put under this segment, if nothing has changed since.
    pub(crate) fn get(&self, segment: &str) -> Option<Shown> {
        let entry = self.entries.get(segment)?;
        (entry.epoch == self.epoch() && entry.at.elapsed() < OLDEST).then_some(entry.shown)
    }

    pub(crate) fn put(&self, segment: String, epoch: Epoch, shown: Shown) {
        self.entries.insert(segment, Entry { shown, epoch, at: Instant::now() });
    }

    /// To be called after a change has committed, and before anyone is told.
    pub(crate) fn clear(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &'static str) -> Shown {
        Shown { body: Bytes::from_static(body.as_bytes()), version: 1, status: ProductStatus::Active }
    }

    #[test]
    fn a_change_ends_every_entry() {
        let shelf = Shelf::new();
        shelf.put("lamp".into(), shelf.epoch(), shown("old"));
        assert_eq!(shelf.get("lamp").unwrap().body, "old");
        assert!(shelf.get("Lamp").is_none());
        shelf.clear();
        assert!(shelf.get("lamp").is_none());
        shelf.put("lamp".into(), shelf.epoch(), shown("new"));
        assert_eq!(shelf.get("lamp").unwrap().body, "new");
    }

    #[test]
    fn what_was_read_before_a_change_never_counts_after_it() {
        let shelf = Shelf::new();
        let before = shelf.epoch();
        shelf.clear();
        shelf.put("lamp".into(), before, shown("old"));
        assert!(shelf.get("lamp").is_none());
    }

    #[test]
    fn the_shelf_is_bounded() {
        let shelf = Shelf::new();
        let body = Bytes::from(vec![b' '; 64 * 1024]);
        for n in 0..1_000 {
            shelf.put(n.to_string(), shelf.epoch(), Shown { body: body.clone(), ..shown("") });
        }
        assert!(shelf.entries.weight() <= WEIGHT);
    }
}
