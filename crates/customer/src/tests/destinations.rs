use std::time::Duration;

use customer_api::{CustomerApi, CustomerError, Destination, FindDestination};
use kernel::ApiError;

use super::registry::{Registry, home, on_both};

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_proves_that_address_and_customer_belong_together() {
    on_both(async |registry: Registry| {
        let (alice, bob) = (registry.customer("alice").await.id, registry.customer("bob").await.id);
        let (hers, his) = (registry.address(alice).await.id, registry.address(bob).await.id);
        let nobody = kernel::Id::from_uuid(Default::default());
        let nowhere = kernel::Id::from_uuid(Default::default());
        let there = Ok(Destination { address: home(), source_version: 1 });
        for (customer_id, address_id, expected) in [
            (alice, hers, there.clone()),
            (bob, his, there),
            (alice, his, Err(CustomerError::UnknownAddress(his))),
            (alice, nowhere, Err(CustomerError::UnknownAddress(nowhere))),
            (nobody, hers, Err(CustomerError::UnknownCustomer(nobody))),
            (nobody, nowhere, Err(CustomerError::UnknownCustomer(nobody))),
        ] {
            let found = registry
                .module
                .find_destination(&registry.cx, FindDestination { customer_id, address_id })
                .await;
            assert_eq!(found, expected.map_err(ApiError::Domain), "{customer_id} {address_id}");
        }
        let late = registry.cx.with_budget(Duration::ZERO);
        let found =
            registry.module.find_destination(&late, FindDestination { customer_id: alice, address_id: hers });
        assert_eq!(found.await, Err(ApiError::DeadlineExceeded));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_do_not_mix() {
    on_both(async |registry: Registry| {
        let mut people = Vec::new();
        for name in ["alice", "bob", "carol"] {
            let customer = registry.customer(name).await.id;
            people.push((customer, registry.address(customer).await.id));
        }
        let mut asked = tokio::task::JoinSet::new();
        for n in 0..90 {
            let registry = registry.clone();
            let (customer_id, address_id) = (people[n % 3].0, people[n / 3 % 3].1);
            asked.spawn(async move {
                let request = FindDestination { customer_id, address_id };
                let found = registry.module.find_destination(&registry.cx, request).await;
                if n % 3 == n / 3 % 3 {
                    assert!(found.is_ok(), "{found:?}");
                } else {
                    assert_eq!(found, Err(ApiError::Domain(CustomerError::UnknownAddress(address_id))));
                }
            });
        }
        asked.join_all().await;
    })
    .await;
}
