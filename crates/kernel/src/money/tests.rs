use proptest::prelude::*;
use serde_json::json;
use utoipa::PartialSchema;

use super::*;

const EUR: Currency = Currency::EUR;

fn eur(minor: i64) -> Money {
    Money::new(minor, EUR)
}

fn split(minor: i64, weights: &[u64]) -> Vec<i64> {
    eur(minor).allocate(weights).unwrap().iter().map(Money::minor).collect()
}

fn weights() -> impl Strategy<Value = Vec<u64>> {
    let weight = prop_oneof![0..10_u64, 0..1_000_000_u64, any::<u64>()];
    prop::collection::vec(weight, 1..20).prop_filter("some weight", |all| all.iter().any(|&one| one > 0))
}

proptest! {
    #[test]
    fn parts_add_up_to_the_whole(minor: i64, weights in weights()) {
        let parts = eur(minor).allocate(&weights)?;
        prop_assert_eq!(parts.len(), weights.len());
        // Each part has the sign of the whole, so no partial sum overflows.
        prop_assert_eq!(Money::sum(EUR, parts)?, eur(minor));
    }

    #[test]
    fn each_part_is_less_than_one_unit_from_its_exact_share(
        minor in -1_000_000_000_000..1_000_000_000_000_i64,
        weights in prop::collection::vec(0..1_000_000_u64, 1..20),
    ) {
        let total: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
        prop_assume!(total > 0);
        for (part, weight) in eur(minor).allocate(&weights)?.iter().zip(&weights) {
            let off = i128::from(part.minor()) * total - i128::from(minor) * i128::from(*weight);
            prop_assert!(off.abs() < total, "{part} for weight {weight} of {total}");
        }
    }

    #[test]
    fn a_weight_of_zero_gets_nothing(minor: i64, mut weights in weights()) {
        weights.insert(weights.len() / 2, 0);
        let parts = eur(minor).allocate(&weights)?;
        for (part, weight) in parts.iter().zip(&weights) {
            prop_assert!(*weight > 0 || part.minor() == 0);
        }
    }

    #[test]
    fn what_was_added_can_be_taken_away(a: i64, b: i64) {
        match eur(a).checked_add(eur(b)) {
            Ok(sum) => {
                prop_assert_eq!(i128::from(sum.minor()), i128::from(a) + i128::from(b));
                prop_assert_eq!(sum.checked_sub(eur(b))?, eur(a));
            }
            Err(error) => {
                prop_assert_eq!(error, MoneyError::Overflow);
                prop_assert!(i64::try_from(i128::from(a) + i128::from(b)).is_err());
            }
        }
    }

    #[test]
    fn multiplying_is_exact_or_an_error(a: i64, times in -5..5_i64) {
        let exact = i64::try_from(i128::from(a) * i128::from(times)).map_err(|_| MoneyError::Overflow);
        prop_assert_eq!(eur(a).checked_mul(times), exact.map(eur));
    }

    #[test]
    fn json_round_trips(minor: i64) {
        let json = serde_json::to_string(&eur(minor))?;
        prop_assert_eq!(serde_json::from_str::<Money>(&json)?, eur(minor));
    }
}

#[test]
fn the_largest_remainders_get_the_rest() {
    assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
    assert_eq!(split(-100, &[1, 1, 1]), [-34, -33, -33]);
    assert_eq!(split(10, &[1, 3, 2]), [2, 5, 3]);
    assert_eq!(split(5, &[0, 7, 0]), [0, 5, 0]);
    assert_eq!(split(i64::MIN, &[u64::MAX]), [i64::MIN]);
}

#[test]
fn nothing_to_divide_by_is_an_error() {
    assert_eq!(eur(1).allocate(&[]), Err(MoneyError::NoWeights));
    assert_eq!(eur(1).allocate(&[0, 0]), Err(MoneyError::NoWeights));
}

#[test]
fn overflow_is_an_error() {
    assert_eq!(eur(i64::MAX).checked_add(eur(1)), Err(MoneyError::Overflow));
    assert_eq!(eur(i64::MIN).checked_sub(eur(1)), Err(MoneyError::Overflow));
    assert_eq!(eur(i64::MIN).checked_mul(-1), Err(MoneyError::Overflow));
    assert_eq!(Money::sum(EUR, [eur(i64::MAX), eur(1)]), Err(MoneyError::Overflow));
}

#[test]
fn two_currencies_do_not_mix() {
    let yen = Money::new(1, Currency::JPY);
    let mismatch = MoneyError::CurrencyMismatch { left: EUR, right: Currency::JPY };
    assert_eq!(eur(1).checked_add(yen), Err(mismatch));
    assert_eq!(eur(1).checked_sub(yen), Err(mismatch));
    assert_eq!(Money::sum(EUR, [yen]), Err(mismatch));
    assert_eq!(Money::sum(EUR, []), Ok(Money::zero(EUR)));
    assert_ne!(eur(1), yen);
}

#[test]
fn is_shown_with_the_decimals_of_its_currency() {
    assert_eq!(eur(4999).to_string(), "49.99 EUR");
    assert_eq!(eur(-5).to_string(), "-0.05 EUR");
    assert_eq!(Money::new(-500, Currency::JPY).to_string(), "-500 JPY");
    assert_eq!(Money::new(1_050, Currency::parse("KWD").unwrap()).to_string(), "1.050 KWD");
    assert_eq!(eur(i64::MIN).to_string(), "-92233720368547758.08 EUR");
}

#[test]
fn json_is_amount_and_currency_and_nothing_else() {
    assert_eq!(serde_json::to_value(eur(4999)).unwrap(), json!({"amount": 4999, "currency": "EUR"}));
    for odd in [
        json!({"amount": 1, "currency": "EUR", "tax": 0}),
        json!({"amount": 1}),
        json!({"amount": 1.0, "currency": "EUR"}),
        json!({"amount": "1", "currency": "EUR"}),
        json!({"amount": 1, "currency": "eur"}),
    ] {
        assert!(serde_json::from_value::<Money>(odd.clone()).is_err(), "{odd}");
    }
}

#[test]
fn the_schema_says_so() {
    let schema = serde_json::to_value(Money::schema()).unwrap();
    assert_eq!(schema["required"], json!(["amount", "currency"]));
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["properties"]["amount"]["format"], json!("int64"));
    assert_eq!(schema["properties"]["currency"]["pattern"], json!("^[A-Z]{3}$"));
}
