use customer_api::{AddAddress, AddressId, CustomerApi, CustomerError};
use kernel::{ApiError, PageRequest};
use platform::Change;
use platform::http::IfMatch;
use platform::store::Tx;

use super::registry::{Registry, home, on_both};
use crate::customer::{AddressPatch, CustomerPatch};
use crate::remove_address::remove_address;
use crate::update::update_customer;
use crate::update_address::update_address;

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_an_address_is_one_version_of_its_customer() {
    on_both(async |registry: Registry| {
        let alice = registry.customer("alice").await.id;
        let address = registry.address(alice).await;
        assert_eq!((&address.fields, address.version, registry.version(alice).await), (&home(), 1, 2));

        let patch =
            AddressPatch { region: Some(None), city: Some("Hamburg".into()), ..AddressPatch::default() };
        let change = |expected: IfMatch| {
            let (ids, patch) = ((alice, address.id), patch.clone());
            registry.change(move |tx, change| update_address(tx, change, ids, &expected, &patch))
        };
        assert!(change(IfMatch::Versions(vec![1])).await.is_ok());
        assert_eq!(change(IfMatch::Versions(vec![1])).await.unwrap_err().code(), "stale");
        assert!(change(IfMatch::Any).await.is_ok(), "the same again changes nothing");
        let now = registry.module.get_address(&registry.cx, alice, address.id).await.unwrap();
        assert_eq!((now.fields.region, now.fields.city.as_str(), now.version), (None, "Hamburg", 2));
        assert_eq!(registry.version(alice).await, 3);

        let ids = (alice, address.id);
        let remove = || registry.change(move |tx, change| remove_address(tx, change, ids, &IfMatch::Any));
        assert!(remove().await.is_ok());
        assert_eq!(remove().await.unwrap_err().code(), "address-not-found");
        assert_eq!(registry.version(alice).await, 4);
        for event in ["customer.address_added", "customer.address_updated", "customer.address_removed"] {
            assert_eq!(registry.events(alice, event).await, 1, "{event}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_absent_under_another_customer() {
    on_both(async |registry: Registry| {
        let (alice, bob) = (registry.customer("alice").await.id, registry.customer("bob").await.id);
        let address = registry.address(alice).await.id;
        let refused = registry
            .change(move |tx, change| remove_address(tx, change, (bob, address), &IfMatch::Any))
            .await;
        assert_eq!(refused.unwrap_err().code(), "address-not-found");
        assert!(registry.module.get_address(&registry.cx, bob, address).await.is_err());
        let list = async |customer| {
            registry.module.list_addresses(&registry.cx, customer, PageRequest::default()).await
        };
        assert_eq!((list(alice).await.unwrap().data.len(), list(bob).await.unwrap().data.len()), (1, 0));

        let nobody = kernel::Id::from_uuid(Default::default());
        assert!(list(nobody).await.is_err(), "nobody has no empty list");
        let new = AddAddress { customer_id: nobody, address: home() };
        let refused = registry.module.add_address(&registry.cx, new).await;
        assert_eq!(refused, Err(ApiError::Domain(CustomerError::UnknownCustomer(nobody))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_changes_of_a_customer_each_get_a_version() {
    on_both(async |registry: Registry| {
        let alice = registry.customer("alice").await.id;
        let mut rivals = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let registry = registry.clone();
            rivals.spawn(async move { registry.address(alice).await });
        }
        rivals.join_all().await;
        assert_eq!(registry.version(alice).await, 11);
        assert_eq!(registry.events(alice, "customer.address_added").await, 10);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_address_is_for_everything_until_something_else_is_said() {
    on_both(async |registry: Registry| {
        let (alice, bob) = (registry.customer("alice").await.id, registry.customer("bob").await.id);
        let (home, office) = (registry.address(alice).await.id, registry.address(alice).await.id);
        let defaults = async || {
            let alice = registry.module.get(&registry.cx, alice).await.unwrap();
            (alice.default_shipping_address_id, alice.default_billing_address_id)
        };
        assert_eq!(defaults().await, (Some(home), Some(home)));
        let send_to = async |address: Option<AddressId>| {
            let patch =
                CustomerPatch { default_shipping_address_id: Some(address), ..CustomerPatch::default() };
            registry.change(move |tx, change| update_customer(tx, change, alice, &IfMatch::Any, &patch)).await
        };
        assert!(send_to(Some(office)).await.is_ok());
        assert_eq!(defaults().await, (Some(office), Some(home)));
        let foreign = registry.address(bob).await.id;
        assert_eq!(send_to(Some(foreign)).await.unwrap_err().code(), "unknown-address");

        let remove = async |address| {
            let work = move |tx: &mut Tx<'_>, change: &Change| {
                remove_address(tx, change, (alice, address), &IfMatch::Any)
            };
            registry.change(work).await.unwrap()
        };
        remove(home).await;
        assert_eq!(defaults().await, (Some(office), None), "the one that is gone is no default");
        let third = registry.address(alice).await.id;
        assert_eq!(defaults().await, (Some(office), None), "only the first one is by itself");
        remove(office).await;
        assert_eq!(defaults().await, (None, None));
        assert!(send_to(Some(third)).await.is_ok());
        assert!(send_to(None).await.is_ok());
        assert_eq!(defaults().await, (None, None));
        let next = registry.address(alice).await.id;
        assert_eq!(defaults().await, (Some(next), Some(next)));
        assert_eq!(registry.version(alice).await, 10, "each change is one version, whatever it changes");
    })
    .await;
}
