use proptest::prelude::*;

use super::*;

/// The years 0 to 9999, the ones that RFC 3339 can write.
const WRITABLE: std::ops::Range<i64> = -62_167_219_200_000_000..253_402_300_800_000_000;

proptest! {
    #[test]
    fn text_round_trips(micros in WRITABLE) {
        let at = Timestamp::from_micros(micros);
        let text = at.to_string();
        prop_assert_eq!(text.len(), "2026-11-23T07:42:00.000000Z".len());
        prop_assert!(text.ends_with('Z'));
        prop_assert_eq!(text.parse::<Timestamp>()?, at);
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&serde_json::to_string(&at)?)?, at);
        prop_assert_eq!(Timestamp::from(at.date_time()), at);
    }

    #[test]
    fn text_sorts_as_time(a in WRITABLE, b in WRITABLE) {
        prop_assume!(a >= 0 && b >= 0);
        let [first, second] = [a, b].map(|micros| Timestamp::from_micros(micros).to_string());
        prop_assert_eq!(first.cmp(&second), a.cmp(&b));
    }

    #[test]
    fn adding_a_span_is_undone_by_since(micros: i64, span: u64) {
        let exact = i128::from(micros) + i128::from(span);
        let (at, span) = (Timestamp::from_micros(micros), Duration::from_micros(span));
        match at.checked_add(span) {
            Some(later) => {
                prop_assert_eq!(later.since(at), span);
                prop_assert_eq!(at.saturating_add(span), later);
                prop_assert_eq!(later.saturating_sub(span), at);
                prop_assert_eq!(at.since(later), Duration::ZERO);
            }
            None => prop_assert!(exact > i128::from(i64::MAX)),
        }
    }
}

#[test]
fn always_six_decimals() {
    assert_eq!(Timestamp::from_micros(0).to_string(), "1970-01-01T00:00:00.000000Z");
    assert_eq!(Timestamp::from_micros(-1).to_string(), "1969-12-31T23:59:59.999999Z");
}

#[test]
fn reads_any_offset_and_cuts_off_nanoseconds() {
    let at = "2026-11-23T07:42:00.000001Z".parse();
    assert_eq!("2026-11-23T08:42:00.000001999+01:00".parse::<Timestamp>(), at);
    for odd in ["", "2026-11-23", "2026-11-23T07:42:00", "1700000000", "9999-12-31T23:59:59-01:00"] {
        assert_eq!(odd.parse::<Timestamp>(), Err(TimestampError), "{odd:?}");
    }
}

#[test]
fn the_ends_of_time_hold() {
    let (first, last) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
    assert_eq!(last.checked_add(Duration::from_micros(1)), None);
    assert_eq!(last.saturating_add(Duration::MAX), last);
    assert_eq!(first.saturating_sub(Duration::MAX), first);
    assert_eq!(last.since(first), Duration::from_micros(u64::MAX));
    assert_eq!(first.checked_add(Duration::from_micros(u64::MAX)), Some(last));
    assert_eq!(first.date_time(), DateTime::<Utc>::MIN_UTC);
    assert_eq!(last.date_time(), DateTime::<Utc>::MAX_UTC);
}
