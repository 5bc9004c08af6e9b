use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

id_kinds! {
    OrderKind / OrderId = "ord";
    PaymentKind / PaymentId = "pay";
}

fn id(value: u128) -> OrderId {
    Id::from_uuid(Uuid::from_u128(value))
}

proptest! {
    #[test]
    fn text_and_json_round_trip(value: u128) {
        let text = id(value).to_string();
        prop_assert_eq!(text.parse::<OrderId>()?, id(value));
        let json = serde_json::to_string(&id(value))?;
        prop_assert_eq!(&json, &format!("{text:?}"));
        prop_assert_eq!(serde_json::from_str::<OrderId>(&json)?, id(value));
    }

    #[test]
    fn the_text_has_one_shape_and_sorts_as_the_uuid(a: u128, b: u128) {
        let (first, second) = (id(a).to_string(), id(b).to_string());
        let digits = first.strip_prefix("ord_").unwrap();
        prop_assert_eq!(digits.len(), 26);
        prop_assert!(digits.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase() && !"ilou".contains(c)));
        prop_assert_eq!(first.cmp(&second), Uuid::from_u128(a).cmp(&Uuid::from_u128(b)));
        prop_assert_eq!(id(a).cmp(&id(b)), a.cmp(&b));
    }

    #[test]
    fn what_parses_is_canonical(text in "ord_[0-9a-zA-Z]{25,27}|[a-z]{3}_[0-9a-z]{26}|\\PC{0,40}") {
        if let Ok(id) = text.parse::<OrderId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn other_characters_are_refused(value: u128, place in 0..26_usize, odd in "[A-Zilou _é-]") {
        let mut text = id(value).to_string();
        text.replace_range(4 + place..=4 + place, &odd);
        prop_assert_eq!(text.parse::<OrderId>(), Err(IdError { prefix: "ord" }));
    }
}

#[test]
fn the_ends_of_the_range() {
    assert_eq!(id(0).to_string(), "ord_00000000000000000000000000");
    assert_eq!(id(31).to_string(), "ord_0000000000000000000000000z");
    assert_eq!(id(u128::MAX).to_string(), "ord_7zzzzzzzzzzzzzzzzzzzzzzzzz");
}

#[test]
fn refuses_what_is_not_exactly_an_id() {
    for text in [
        "",
        "ord_",
        "ord00000000000000000000000000",
        "ord_0000000000000000000000000",
        "ord_000000000000000000000000000",
        "ord_80000000000000000000000000",
        "ORD_00000000000000000000000000",
        "pay_00000000000000000000000000",
        " ord_00000000000000000000000000",
        "00000000-0000-0000-0000-000000000000",
    ] {
        let error = text.parse::<OrderId>().unwrap_err();
        assert!(error.to_string().contains("`ord_`"), "{error}");
    }
}

#[test]
fn ids_are_equal_and_hash_as_their_uuids() {
    let seen = HashSet::from([id(1), id(2), id(1)]);
    assert_eq!(seen.len(), 2);
    assert!(seen.contains(&id(2)) && !seen.contains(&id(3)));
}

#[test]
fn each_kind_has_a_schema_of_its_own() {
    assert_eq!((OrderId::name().as_ref(), PaymentId::name().as_ref()), ("OrderId", "PaymentId"));
    let schema = serde_json::to_value(PaymentId::schema()).unwrap();
    assert_eq!(schema["pattern"], "^pay_[0-9a-hjkmnp-tv-z]{26}$");
    assert!(schema["examples"][0].as_str().unwrap().parse::<PaymentId>().is_ok());
}
