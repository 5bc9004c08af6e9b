use std::time::Duration;

use kernel::Clock;
use serde_json::json;
use testkit::{TestShop, holdfast_test};

fn profile(customer: &str) -> String {
    format!("/v1/customers/{customer}/profile")
}

#[holdfast_test]
async fn who_has_said_nothing_has_an_empty_profile(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let empty = shop.get(&profile(&alice.id)).await;
    empty.assert_ok().assert_etag().assert_contains(json!({
        "customer_id": alice.id, "display_name": null, "bio": null, "locale": null, "preferences": {}, "picture": null,
        "version": 0, "updated_at": null,
    }));
    let same = shop.patch(&profile(&alice.id), json!({"bio": null})).if_match(0).await;
    assert_eq!(same.assert_ok().body, empty.body);
}

#[holdfast_test]
async fn what_is_said_is_kept_and_what_is_left_out_stays(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let path = profile(&alice.id);
    let customer = shop.get(&format!("/v1/customers/{}", alice.id)).await.number("version");
    let said = json!({
        "display_name": "Ada", "bio": "Reads\nunder lamps.", "locale": "en-GB",
        "preferences": {"theme": "dark", "beta": true, "font_size": 1.5, "columns": 3},
    });
    let first = shop.patch(&path, said.clone()).await;
    first.assert_ok().assert_etag().assert_contains(said);
    assert_eq!(first["updated_at"], shop.clock().now().to_string());

    shop.clock().advance(Duration::from_secs(1));
    let change = json!({"bio": null, "preferences": {"theme": "light", "beta": null, "old": null}});
    let second = shop.patch(&path, change).if_match(1).await;
    second
        .assert_ok()
        .assert_etag()
        .assert_contains(json!({"display_name": "Ada", "bio": null, "version": 2}));
    assert_eq!(second["preferences"], json!({"theme": "light", "font_size": 1.5, "columns": 3}));
    shop.patch(&path, json!({"bio": "late"})).if_match(1).await.assert_problem(412, "stale");
    assert_eq!(shop.get(&path).await.body, second.body);

    let after = shop.get(&format!("/v1/customers/{}", alice.id)).await;
    assert_eq!(after.number("version"), customer + 2, "a profile is a part of its customer");
    let events = shop.all("/v1/admin/events?module=customer").await;
    let of_profile = |event: &&serde_json::Value| event["type"] == "customer.profile_updated";
    let told: Vec<_> =
        events.iter().filter(of_profile).map(|event| event["data"]["changed"].clone()).collect();
    let (all, two) = (json!(["display_name", "bio", "locale", "preferences"]), json!(["bio", "preferences"]));
    assert!(told.len() == 2 && told.contains(&all) && told.contains(&two), "{told:?}");
    assert!(!format!("{events:?}").contains("Reads"), "no event says what was said");
}

#[holdfast_test]
async fn what_is_no_profile_is_refused(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let path = profile(&alice.id);
    let many: serde_json::Map<_, _> = (0..51).map(|n| (format!("p{n}"), json!(n))).collect();
    for (change, pointer) in [
        (json!({"display_name": "x".repeat(81)}), "/display_name"),
        (json!({"display_name": " "}), "/display_name"),
        (json!({"bio": "x".repeat(2001)}), "/bio"),
        (json!({"bio": "a\u{0}b"}), "/bio"),
        (json!({"locale": "English"}), "/locale"),
        (json!({"preferences": {"theme": ["dark"]}}), "/preferences/theme"),
        (json!({"preferences": {"theme": "a\u{0}b"}}), "/preferences/theme"),
        (json!({"preferences": {"two words": 1}}), "/preferences"),
        (json!({"preferences": []}), "/preferences"),
        (json!({"picture": null}), "/picture"),
    ] {
        shop.patch(&path, change).await.assert_problem(422, "validation").assert_names(pointer);
    }
    let card = json!({"preferences": {"card": "4242 4242 4242 4242"}});
    shop.patch(&path, card).await.assert_problem(422, "card-number-refused");
    shop.patch(&path, json!({"preferences": many})).await.assert_problem(409, "too-many-preferences");
    assert_eq!(shop.get(&path).await.number("version"), 0);
    let nobody = profile("cus_01k9qz3v8yfg2r5m4n3c680thw");
    shop.get(&nobody).await.assert_problem(404, "customer-not-found");
    shop.patch(&nobody, json!({})).await.assert_problem(404, "customer-not-found");
}

#[holdfast_test]
async fn the_first_address_is_the_default_until_another_one_is(shop: TestShop) {
    let (alice, bob) = (shop.customer("alice").await, shop.customer("bob").await);
    let path = format!("/v1/customers/{}", alice.id);
    let home = json!({"default_shipping_address_id": alice.address_id, "default_billing_address_id": alice.address_id});
    let before = shop.get(&path).await;
    before.assert_contains(home);
    let foreign = json!({"default_billing_address_id": bob.address_id});
    shop.patch(&path, foreign).await.assert_problem(409, "unknown-address");
    shop.patch(&path, json!({"default_billing_address_id": "home"})).await.assert_problem(422, "validation");
    assert_eq!(shop.get(&path).await.body, before.body);

    let none = shop.patch(&path, json!({"default_billing_address_id": null})).await;
    none.assert_ok().assert_etag().assert_contains(json!({"default_shipping_address_id": alice.address_id}));
    assert_eq!(none["default_billing_address_id"], json!(null));
    shop.delete(&format!("{path}/addresses/{}", alice.address_id)).await.assert_status(204);
    assert_eq!(shop.get(&path).await["default_shipping_address_id"], json!(null));
}
