use std::sync::{Arc, Mutex, PoisonError};

use uuid::{ContextV7, Uuid};

use crate::{Id, IdKind, Timestamp};

/// The one home of new ids. Clones share their state.
///
/// Ids of one generator only ever rise: within a millisecond by a counter, and when the given time goes back
/// by staying at the latest time seen. Ids of two generators never meet, thanks to their random bits.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    context: Arc<Mutex<ContextV7>>,
}

impl Ids {
    pub fn new() -> Ids {
        Ids::default()
    }

    /// A new id that carries `now`, in milliseconds.
    pub fn next<K: IdKind>(&self, now: Timestamp) -> Id<K> {
        Id::from_uuid(self.uuid(now))
    }

    /// A UUIDv7 of `now` (RFC 9562, 5.7). Times that its 48 bits cannot hold, those before 1970 among them, are
    /// moved to the nearest that they can.
    pub fn uuid(&self, now: Timestamp) -> Uuid {
        let (seconds, nanos) = unix_parts(now);
        // The counter is a plain number, whole even if another thread panicked while it held the lock.
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, seconds, nanos))
    }
}

const LATEST_MILLIS: u64 = (1 << 48) - 1;

fn unix_parts(now: Timestamp) -> (u64, u32) {
    let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0).min(LATEST_MILLIS);
    let nanos = u32::try_from(millis % 1_000 * 1_000_000).unwrap_or(0);
    (millis / 1_000, nanos)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn millis_of(uuid: Uuid) -> u128 {
        uuid.as_u128() >> 80
    }

    proptest! {
        #[test]
        fn ids_rise_even_when_time_goes_back(times in prop::collection::vec(0..10_000_000_i64, 2..50)) {
            let ids = Ids::new();
            let made: Vec<Uuid> =
                times.iter().map(|&at| ids.clone().uuid(Timestamp::from_micros(at))).collect();
            prop_assert!(made.is_sorted_by(|earlier, later| earlier < later), "{made:?}");
        }

        #[test]
        fn an_id_carries_its_time(micros in 0..(1_i64 << 48) * 1_000) {
            let uuid = Ids::new().uuid(Timestamp::from_micros(micros));
            prop_assert_eq!(uuid.get_version_num(), 7);
            prop_assert_eq!(i64::try_from(millis_of(uuid)), Ok(micros / 1_000));
        }
    }

    #[test]
    fn many_ids_of_one_instant_rise() {
        let (ids, now) = (Ids::new(), Timestamp::from_micros(1_700_000_000_000_000));
        let made: Vec<Uuid> = (0..100_000).map(|_| ids.uuid(now)).collect();
        assert!(made.is_sorted_by(|earlier, later| earlier < later));
    }

    #[test]
    fn impossible_times_are_moved_to_the_nearest_possible() {
        let millis = |micros| millis_of(Ids::new().uuid(Timestamp::from_micros(micros)));
        assert_eq!(millis(i64::MIN), 0);
        assert_eq!(millis(i64::MAX), u128::from(LATEST_MILLIS));
    }

    #[test]
    fn two_generators_do_not_meet() {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        assert_ne!(Ids::new().uuid(now), Ids::new().uuid(now));
    }

    #[test]
    fn a_panic_elsewhere_does_not_stop_it() {
        let ids = Ids::new();
        let other = ids.clone();
        let crashed = std::thread::spawn(move || {
            let _guard = other.context.lock();
            panic!("while holding the lock");
        });
        assert!(crashed.join().is_err());
        assert_eq!(ids.uuid(Timestamp::from_micros(0)).get_version_num(), 7);
    }
}
