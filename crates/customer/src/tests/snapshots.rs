use customer_api::{CustomerApi, CustomerId, CustomerSnapshot, FindSnapshots, WalkSnapshots};

use super::registry::{Registry, on_both};

async fn walk(registry: &Registry, after: Option<CustomerId>, limit: u32) -> Vec<CustomerSnapshot> {
    let walk = WalkSnapshots { after, limit };
    registry.module.walk_snapshots(&registry.cx, walk).await.unwrap().customers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_of_one_version_and_its_addresses() {
    on_both(async |registry: Registry| {
        let (alice, bob) = (registry.customer("alice").await.id, registry.customer("bob").await.id);
        let homes = [registry.address(alice).await, registry.address(alice).await];
        let nobody = kernel::Id::from_uuid(Default::default());
        let wanted = FindSnapshots { ids: vec![nobody, alice] };
        let found = registry.module.find_snapshots(&registry.cx, wanted).await.unwrap().customers;
        let [found] = found.try_into().unwrap();
        assert_eq!((found.id, found.name.as_str(), found.version), (alice, "alice", 3));
        assert_eq!(found.addresses, homes);

        let all = walk(&registry, None, 100).await;
        assert_eq!(all.iter().map(|one| one.id).collect::<Vec<_>>(), [alice, bob]);
        assert_eq!(all[0], found);
        assert_eq!(walk(&registry, None, 1).await, all[..1]);
        assert_eq!(walk(&registry, Some(alice), 100).await, all[1..]);
        assert_eq!(walk(&registry, Some(bob), 100).await, []);

        let rest = WalkSnapshots { after: Some(alice), limit: 100 };
        let rest = registry.module.walk_memberships(&registry.cx, rest).await.unwrap().memberships;
        let rest: Vec<_> = rest.into_iter().map(|one| (one.customer_id, one.version, one.group)).collect();
        assert_eq!(rest, [(bob, 1, None)]);
    })
    .await;
}
