use customer_api::{CustomerApi, CustomerError, CustomerEvent, CustomerId, FindCustomers, RegisterCustomer};
use kernel::{ApiError, Limit, PageRequest};
use platform::http::IfMatch;
use serde_json::json;

use super::registry::{Registry, on_both, person};
use crate::customer::CustomerPatch;
use crate::update::update_customer;

#[tokio::test(flavor = "multi_thread")]
async fn an_email_is_taken_in_any_case() {
    on_both(async |registry: Registry| {
        let alice = registry.customer("Alice").await;
        assert_eq!((alice.email.as_str(), alice.version), ("Alice@example.com", 1));
        assert_eq!(registry.module.get(&registry.cx, alice.id).await.unwrap(), alice);
        let refused = registry.module.register(&registry.cx, person("aLICE")).await;
        assert_eq!(refused, Err(ApiError::Domain(CustomerError::EmailTaken)));
        let bob = registry.customer("bob").await;
        let patch = CustomerPatch { email: Some("ALICE@example.com".into()), ..CustomerPatch::default() };
        let refused = registry
            .change(move |tx, change| update_customer(tx, change, bob.id, &IfMatch::Any, &patch))
            .await;
        assert_eq!(refused.unwrap_err().code(), "email-taken");
        assert_eq!(registry.events(alice.id, "customer.registered").await, 1);
        assert_eq!(registry.version(bob.id).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_again_with_the_same_key_gives_the_same_customer() {
    on_both(async |registry: Registry| {
        let cx = registry.cx.with_key("key-1");
        let first = registry.module.register(&cx, person("alice")).await;
        assert!(first.is_ok());
        assert_eq!(registry.module.register(&cx, person("alice")).await, first);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_rivals_gets_the_email() {
    on_both(async |registry: Registry| {
        let mut rivals = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let registry = registry.clone();
            rivals.spawn(async move { registry.module.register(&registry.cx, person("alice")).await });
        }
        let done = rivals.join_all().await;
        let taken =
            done.iter().filter(|done| **done == Err(ApiError::Domain(CustomerError::EmailTaken))).count();
        assert_eq!((done.iter().filter(|done| done.is_ok()).count(), taken), (1, 7), "{done:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_that_is_stale_or_changes_nothing_changes_nothing() {
    on_both(async |registry: Registry| {
        let alice = registry.customer("alice").await;
        let rename = |expected: IfMatch, name: &str| {
            let patch = CustomerPatch { name: Some(name.into()), ..CustomerPatch::default() };
            registry.change(move |tx, change| update_customer(tx, change, alice.id, &expected, &patch))
        };
        assert!(rename(IfMatch::Versions(vec![1]), "Alice").await.is_ok());
        assert_eq!(rename(IfMatch::Versions(vec![1]), "Bob").await.unwrap_err().code(), "stale");
        assert!(rename(IfMatch::Versions(vec![2]), "Alice").await.is_ok());
        let now = registry.module.get(&registry.cx, alice.id).await.unwrap();
        assert_eq!((now.name.as_str(), now.version), ("Alice", 2));
        assert_eq!(registry.events(alice.id, "customer.updated").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_listed_newest_first_and_found_by_email() {
    on_both(async |registry: Registry| {
        for name in ["alice", "bob", "carol"] {
            registry.customer(name).await;
        }
        let list = async |email: Option<&str>, page| {
            registry.module.list(&registry.cx, email.map(str::to_owned), page).await.unwrap()
        };
        let limit = Limit::try_new(2).unwrap();
        let first = list(None, PageRequest { limit, after: None }).await;
        let after = first.next_cursor.as_deref().map(|cursor| cursor.parse().unwrap());
        let second = list(None, PageRequest { limit, after }).await;
        let names: Vec<_> =
            first.data.iter().chain(&second.data).map(|customer| customer.name.as_str()).collect();
        assert_eq!((names, second.next_cursor), (vec!["carol", "bob", "alice"], None));
        assert_eq!(list(Some("BOB@example.com"), PageRequest::default()).await.data.len(), 1);
        assert_eq!(list(Some("bob"), PageRequest::default()).await.data.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_of_a_group_until_it_is_taken_out_of_it() {
    on_both(async |registry: Registry| {
        let new = RegisterCustomer { group: Some("wholesale".into()), ..person("alice") };
        let alice = registry.module.register(&registry.cx, new).await.unwrap();
        assert_eq!(
            registry.module.get(&registry.cx, alice.id).await.unwrap().group.as_deref(),
            Some("wholesale")
        );
        let put = async |group: Option<&str>| {
            let patch = CustomerPatch { group: Some(group.map(str::to_owned)), ..CustomerPatch::default() };
            let done = registry
                .change(move |tx, change| update_customer(tx, change, alice.id, &IfMatch::Any, &patch))
                .await;
            assert!(done.is_ok(), "{done:?}");
            registry.module.get(&registry.cx, alice.id).await.unwrap()
        };
        assert_eq!(put(Some("wholesale")).await.version, 1, "it is there already");
        assert_eq!(put(Some("staff")).await.group.as_deref(), Some("staff"));
        let outside = put(None).await;
        assert_eq!((outside.group, outside.version), (None, 3));
        assert_eq!(registry.events(alice.id, "customer.updated").await, 2);
    })
    .await;
}

#[test]
fn events_from_before_there_were_groups_can_be_read() {
    let registered = json!({"type": "customer.registered", "data": {"customer_id": CustomerId::from_uuid(Default::default())}});
    let event: CustomerEvent = serde_json::from_value(registered).unwrap();
    assert!(matches!(event, CustomerEvent::Registered { group: None, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_found_by_their_ids_and_strangers_are_absent() {
    on_both(async |registry: Registry| {
        let (alice, bob) = (registry.customer("alice").await, registry.customer("bob").await);
        let nobody = kernel::Id::from_uuid(Default::default());
        let find = |ids| registry.module.find(&registry.cx, FindCustomers { ids });
        let mut found = find(vec![bob.id, nobody, alice.id]).await.unwrap().customers;
        found.sort_by_key(|customer| customer.name.clone());
        assert_eq!(found, [alice, bob]);
        assert_eq!(find(Vec::new()).await.unwrap().customers, []);
    })
    .await;
}
