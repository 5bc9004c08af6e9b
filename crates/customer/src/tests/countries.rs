use customer_api::{AddAddress, AddressFields, CustomerApi, CustomerId};
use kernel::ApiError;
use platform::Module;
use platform::http::{IfMatch, Problem};
use reference_api::{Country, CountryEvent};
use testkit_doubles::{Reference, country};

use super::registry::{Registry, home, on_both};
use crate::add_address::add_address;
use crate::customer::AddressPatch;
use crate::error::Error;
use crate::update_address::update_address;

/// Adds an address as REST does.
async fn add(registry: &Registry, customer: CustomerId, address: AddressFields) -> Result<(), Problem> {
    let learned: Result<(), Error> = registry.module.learn_country(&registry.cx, &address.country).await;
    learned?;
    let new = AddAddress { customer_id: customer, address };
    registry.change(move |tx, change| add_address(tx, change, &new)).await.map(drop)
}

/// Its log says that it has the country like this.
fn tell(reference: &Reference, country: Country) {
    let (code, version) = (country.code.clone(), country.version);
    reference.log.tell(&code, version, &CountryEvent::Updated { country });
}

/// Where copies are not as their owner has them; they are made anew if asked to.
async fn drift(registry: &Registry, repair: bool) -> Vec<String> {
    let copies = registry.module.copies().pop().unwrap();
    let found = copies.compare(&registry.cx, repair).await.unwrap();
    let subject = |subject: &str| subject.replace("customer.known_countries ", "");
    found.into_iter().map(|one| format!("{} {}", subject(&one.subject), one.detail)).collect()
}

/// Where the problem says that the fault is.
fn place(problem: &Problem) -> &'static str {
    let shown = format!("{problem:?}");
    let places = ["/country", "/postal_code", "/region"];
    places.into_iter().find(|place| shown.contains(&format!("pointer: \"{place}\""))).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_held_to_the_rules_of_its_country() {
    on_both(async |registry: Registry| {
        let alice = registry.customer("alice").await.id;
        let us = |region: Option<&str>| AddressFields {
            country: "US".into(),
            postal_code: "97214".into(),
            region: region.map(str::to_owned),
            ..home()
        };
        for (address, pointer) in [
            (AddressFields { postal_code: "1".into(), ..home() }, "/postal_code"),
            (AddressFields { postal_code: String::new(), ..home() }, "/postal_code"),
            (AddressFields { country: "XX".into(), ..home() }, "/country"),
            (us(None), "/region"),
            (us(Some(" ")), "/region"),
        ] {
            let refused = add(&registry, alice, address).await.unwrap_err();
            assert_eq!((refused.code(), place(&refused)), ("validation", pointer));
        }
        add(&registry, alice, us(Some("OR"))).await.unwrap();
        add(&registry, alice, AddressFields { region: None, ..home() }).await.unwrap();
        let bad =
            AddAddress { customer_id: alice, address: AddressFields { postal_code: "1".into(), ..home() } };
        let called = registry.module.add_address(&registry.cx, bad).await;
        assert!(matches!(called, Err(ApiError::Incompatible(_))), "{called:?}");
        assert_eq!(registry.version(alice).await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_held_to_the_rules_as_far_as_it_goes() {
    on_both(async |registry: Registry| {
        let alice = registry.customer("alice").await.id;
        let address = registry.address(alice).await.id;
        let patch = async |patch: AddressPatch| {
            let learned = registry.module.learn_country_of(&registry.cx, (alice, address), &patch).await;
            learned.map_err(Problem::from)?;
            let work = move |tx: &mut platform::store::Tx<'_>, change: &platform::Change| {
                update_address(tx, change, (alice, address), &IfMatch::Any, &patch)
            };
            registry.change(work).await
        };
        let coded = |code: &str| AddressPatch { postal_code: Some(code.into()), ..AddressPatch::default() };
        assert_eq!(place(&patch(coded("101")).await.unwrap_err()), "/postal_code");
        patch(coded("10117")).await.unwrap();
        let moved =
            AddressPatch { country: Some("US".into()), region: Some(None), ..AddressPatch::default() };
        assert_eq!(place(&patch(moved).await.unwrap_err()), "/region");

        // The rules become stricter, and the country is disabled: what is there stays, and its other fields can be changed.
        let mut strict = Country { enabled: false, ..country("DE", 2) };
        strict.address.postal_code_forms = vec!["D-#####".to_owned()];
        registry.reference.has_country(strict.clone());
        tell(&registry.reference, strict);
        registry.hear().await;
        patch(AddressPatch { phone: Some(Some("1".into())), ..AddressPatch::default() }).await.unwrap();
        assert_eq!(place(&patch(coded("10119")).await.unwrap_err()), "/postal_code");
        patch(coded("D-10119")).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_country_that_is_disabled_takes_no_new_addresses() {
    on_both(async |registry: Registry| {
        let alice = registry.customer("alice").await.id;
        let disabled = Country { enabled: false, ..country("DE", 2) };
        registry.reference.has_country(disabled.clone());
        tell(&registry.reference, disabled);
        registry.hear().await;
        let refused = add(&registry, alice, home()).await.unwrap_err();
        assert_eq!((refused.code(), place(&refused)), ("country-disabled", "/country"));
        // Enabled again a moment ago, and not heard yet.
        registry.reference.has_country(country("DE", 3));
        add(&registry, alice, home()).await.unwrap();
        assert_eq!(drift(&registry, false).await, ["US is not copied; its owner has version 1"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_copy_knows_needs_no_asking() {
    on_both(async |registry: Registry| {
        let alice = registry.customer("alice").await.id;
        tell(&registry.reference, country("DE", 1));
        registry.hear().await;
        registry.reference.goes_away();
        add(&registry, alice, home()).await.unwrap();
        let us = AddressFields { country: "US".into(), region: Some("OR".into()), ..home() };
        assert_eq!(add(&registry, alice, us).await.unwrap_err().code(), "unavailable");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_counts_in_whatever_order_it_is_heard() {
    on_both(async |registry: Registry| {
        let disabled = |version| Country { enabled: false, ..country("DE", version) };
        tell(&registry.reference, country("DE", 1));
        tell(&registry.reference, disabled(4));
        tell(&registry.reference, country("DE", 3));
        registry.hear().await;
        tell(&registry.reference, country("DE", 2));
        registry.hear().await;
        registry.reference.has_country(disabled(4));
        let alice = registry.customer("alice").await.id;
        let refused = add(&registry, alice, home()).await.unwrap_err();
        assert_eq!(refused.code(), "country-disabled");
        assert_eq!(drift(&registry, true).await, ["US is not copied; its owner has version 1"]);
        registry.reference.has_country(country("DE", 4));
        assert_eq!(drift(&registry, true).await, ["DE differs from its owner at version 4"]);
        assert_eq!(drift(&registry, false).await, [""; 0]);
        add(&registry, alice, home()).await.unwrap();
    })
    .await;
}
