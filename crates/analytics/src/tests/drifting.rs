//! What is known of products and customers, against what their owners say.

use catalog_api::Products;
use customer_api::{Membership, Memberships};
use diesel::RunQueryDsl;
use platform::store::{Db, StoreError, Tx};
use platform::{Module, on};

use super::desk::{Desk, on_both};
use super::world::World;
use crate::check;
use crate::drift::NOBODY;
use crate::store::{customers, generation};

const STEPS: usize = 120;

/// The details of what is not as the owners have it; it is made anew if that is asked for.
async fn drift(desk: &Desk, repair: bool) -> Vec<String> {
    let mut found = Vec::new();
    for copies in desk.module.copies() {
        found.extend(copies.compare(&desk.cx(), repair).await.unwrap());
    }
    found.into_iter().map(|one| one.detail).collect()
}

/// The owner of customers says what was heard of it, and has had changes of other kinds since.
async fn memberships(desk: &Desk) -> Memberships {
    let read = |db: &mut Db<'_>| {
        let serving = generation::serving(db)?;
        customers::page(db, serving, NOBODY)
    };
    let kept = desk.module.store().read(&desk.cx(), read).await.unwrap();
    let membership = kept.into_iter().map(|one| Membership {
        customer_id: one.key.id(),
        version: one.at.version + 3,
        updated_at: one.fact.since,
        group: one.fact.group,
    });
    Memberships { memberships: membership.collect() }
}

async fn tamper(desk: &Desk, sql: &'static str) {
    let work = move |tx: &mut Tx<'_>| {
        on!(tx, |conn| diesel::sql_query(sql).execute(conn))?;
        Ok::<_, StoreError>(())
    };
    desk.write(work).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_drifted_is_made_anew_and_the_sums_follow() {
    on_both(|desk| async move {
        let mut world = World::new(7);
        world.happen(STEPS);
        desk.say(&world.tell());
        desk.hear().await;
        desk.owners.answer("walk", &Products { products: world.products.clone() });
        let memberships = memberships(&desk).await;
        assert!(memberships.memberships.iter().any(|one| one.group.is_some()), "the story is too calm");
        desk.owners.answer("walk_memberships", &memberships);
        assert_eq!(drift(&desk, false).await, [""; 0]);
        for (damage, fault) in [
            ("UPDATE customer_groups SET customer_group = 'mallory'", "nothing is on the way"),
            ("UPDATE customer_groups SET version = version + 1000", "is from version 1"),
            ("DELETE FROM customer_groups", "is not copied"),
            ("UPDATE product_versions SET title = 'Lump', category = 'attic'", "differs from its owner"),
            ("UPDATE product_versions SET version = version + 1000", "is from version 1"),
            ("UPDATE skus SET title = 'Lump'", "differs from its owner"),
            ("DELETE FROM skus", "differs from its owner"),
            ("DELETE FROM product_versions", "is not copied"),
        ] {
            tamper(&desk, damage).await;
            let found = drift(&desk, true).await;
            assert!(found.iter().any(|detail| detail.contains(fault)), "{damage}: {found:#?}");
            assert_eq!(drift(&desk, false).await, [""; 0], "{damage}");
            let sums = desk.module.store().read(&desk.cx(), check::check_sums).await.unwrap();
            assert_eq!(sums, [], "{damage}");
        }
    })
    .await;
}
