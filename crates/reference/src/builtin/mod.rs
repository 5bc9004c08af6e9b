//! What a shop has before anybody has told it anything: ISO's countries and currencies, a taxonomy to begin with, the usual
//! tax categories.

mod postal;
mod taxonomy;

use kernel::{Currency, Timestamp};
use reference_api::{Category, Country, CurrencyFacts, TaxCategory};

/// Of those without a code in use: what tax law of most countries tells apart.
const TAX_CATEGORIES: &[(&str, &str)] = &[
    ("standard", "Standard rate"),
    ("reduced", "Reduced rate"),
    ("super-reduced", "Super-reduced rate"),
    ("zero", "Zero rate"),
    ("exempt", "Exempt"),
];

/// All of ISO 3166-1, enabled, as their first version.
pub(crate) fn countries(now: Timestamp) -> impl Iterator<Item = Country> {
    rust_iso3166::ALL.iter().map(move |iso| Country {
        code: iso.alpha2.to_owned(),
        alpha3: iso.alpha3.to_owned(),
        name: iso.name.to_owned(),
        address: postal::rules(iso.alpha2),
        enabled: true,
        version: 1,
        updated_at: now,
    })
}

/// All that Holdfast can price in, as their first version.
pub(crate) fn currencies(now: Timestamp) -> impl Iterator<Item = CurrencyFacts> {
    Currency::all().map(move |code| CurrencyFacts {
        code,
        name: code.name().to_owned(),
        exponent: i32::from(code.exponent()),
        version: 1,
        updated_at: now,
    })
}

/// The taxonomy that a new shop begins with, parents before their children.
pub(crate) fn categories(now: Timestamp) -> Vec<Category> {
    let category = |code: &str, title: &str, parent: Option<&str>, position: i32| Category {
        code: code.to_owned(),
        title: title.to_owned(),
        parent: parent.map(str::to_owned),
        position,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let tops = taxonomy::TREE
        .iter()
        .zip(0..)
        .map(|((code, title, _), position)| category(code, title, None, position));
    let below = taxonomy::TREE.iter().flat_map(|(parent, _, children)| {
        children
            .iter()
            .zip(0..)
            .map(|((code, title), position)| category(code, title, Some(parent), position))
    });
    tops.chain(below).collect()
}

pub(crate) fn tax_categories(now: Timestamp) -> impl Iterator<Item = TaxCategory> {
    TAX_CATEGORIES.iter().map(move |(code, title)| TaxCategory {
        code: (*code).to_owned(),
        title: (*title).to_owned(),
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use platform::http::rules::slug;

    use super::*;
    use crate::category::LONGEST_CODE;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    #[test]
    fn every_country_is_there_once_under_its_present_name() {
        let all: Vec<Country> = countries(NOW).collect();
        let codes: BTreeSet<&str> = all.iter().map(|country| country.code.as_str()).collect();
        assert_eq!((all.len(), codes.len()), (249, 249));
        let named = |code: &str| all.iter().find(|country| country.code == code).map(|one| one.name.as_str());
        assert_eq!(named("DE"), Some("Germany"));
        assert_eq!(named("MK"), Some("North Macedonia"));
        assert!(all.iter().all(|one| one.code.len() == 2 && one.alpha3.len() == 3 && !one.name.is_empty()));
    }

    #[test]
    fn currencies_are_those_that_prices_can_be_in() {
        let all: Vec<CurrencyFacts> = currencies(NOW).collect();
        let exponent = |code| all.iter().find(|one| one.code == code).map(|one| one.exponent);
        assert_eq!((exponent(Currency::EUR), exponent(Currency::JPY)), (Some(2), Some(0)));
        assert!(all.len() > 150);
    }

    #[test]
    fn the_taxonomy_has_two_levels_of_proper_codes() {
        let all = categories(NOW);
        let codes: BTreeSet<&str> = all.iter().map(|category| category.code.as_str()).collect();
        assert_eq!(codes.len(), all.len(), "a code is there twice");
        for category in &all {
            assert!(slug(LONGEST_CODE)(&category.code, &()).is_ok(), "{}", category.code);
            let parent = all.iter().find(|one| Some(&one.code) == category.parent.as_ref());
            assert!(parent.is_none_or(|parent| parent.parent.is_none()), "{}", category.code);
            assert_eq!(parent.is_some(), category.parent.is_some(), "{}", category.code);
        }
        for code in ["home", "lighting", "home-lighting", "kitchen", "garden", "office", "stationery"] {
            assert!(codes.contains(code), "{code}");
        }
    }
}
