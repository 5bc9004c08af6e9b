use kernel::Clock;
use serde_json::json;
use testkit::{Login, PASSWORD, Reply, TestShop, holdfast_test};

use super::{MINUTE, SECOND, confirm, register};

const ALICE: &str = "alice@example.com";

#[holdfast_test]
async fn who_registers_confirms_the_address_and_logs_in(shop: TestShop) {
    let token = shop.token_of(ALICE, register(&shop, ALICE)).await;
    // Anybody can name any address.
    shop.try_log_in("customer", ALICE, PASSWORD).await.assert_problem(401, "invalid-credentials");
    assert!(shop.all("/v1/customers").await.is_empty());

    let confirmed = confirm(&shop, &token).await;
    confirmed.assert_status(201).assert_id("/customer_id", "cus");
    let id = confirmed.text("customer_id");
    let session = shop.try_log_in("customer", ALICE, PASSWORD).await;
    session.assert_status(201).assert_id("/id", "ses").assert_contains(json!({
        "token_type": "Bearer", "principal": format!("customer:{id}"), "permissions": [],
        "expires_at": after(&shop, 15), "refresh_expires_at": after(&shop, 14 * 24 * 60),
    }));
    let alice = Login::of(&shop, ALICE, &session);
    alice.get("/v1/me").await.assert_ok().assert_contains(json!({
        "principal": format!("customer:{id}"), "kind": "customer", "email": ALICE, "permissions": [], "roles": [],
    }));
    let customer = json!({"id": id, "email": ALICE, "name": "Ada Buyer", "phone": "+49 30 1234567"});
    alice.get(&format!("/v1/customers/{id}")).await.assert_ok().assert_contains(customer);
    shop.get(&format!("/v1/customers/{id}/account")).await.assert_ok().assert_etag().assert_contains(json!({
        "customer_id": id, "email": ALICE, "status": "active",
    }));
}

/// What the clock shows then.
fn after(shop: &TestShop, minutes: u32) -> String {
    shop.clock().now().saturating_add(MINUTE * minutes).to_string()
}

#[holdfast_test]
async fn a_letter_confirms_once(shop: TestShop) {
    let token = shop.token_of(ALICE, register(&shop, ALICE)).await;
    confirm(&shop, &token).await.assert_status(201);
    confirm(&shop, &token).await.assert_problem(422, "token-invalid");
    assert_eq!(shop.all("/v1/customers").await.len(), 1);
}

#[holdfast_test]
async fn a_letter_confirms_for_half_an_hour(shop: TestShop) {
    let bob = "bob@example.com";
    let alices = shop.token_of(ALICE, register(&shop, ALICE)).await;
    let bobs = shop.token_of(bob, register(&shop, bob)).await;
    shop.clock().advance(30 * MINUTE - SECOND);
    confirm(&shop, &alices).await.assert_status(201);
    shop.clock().advance(2 * SECOND);
    confirm(&shop, &bobs).await.assert_problem(422, "token-invalid");
    shop.try_log_in("customer", bob, PASSWORD).await.assert_problem(401, "invalid-credentials");
    // Nothing stands in the way of trying once more.
    let again = shop.token_of(bob, register(&shop, bob)).await;
    confirm(&shop, &again).await.assert_status(201);
}

#[holdfast_test]
async fn what_was_not_in_the_letter_confirms_nothing(shop: TestShop) {
    let token = shop.token_of(ALICE, register(&shop, ALICE)).await;
    let (id, secret) = token.rsplit_once('_').unwrap();
    let other = secret.replace(|digit: char| digit.is_ascii_digit(), "a");
    for wrong in [
        format!("{id}_{other}"),
        format!("ltr_01k9qz3v8yfg2r5m4n3c680thw_{secret}"),
        format!("ses_{}_{secret}", &id[4..]),
        id.to_owned(),
        secret.to_owned(),
        token.to_uppercase(),
        String::new(),
    ] {
        confirm(&shop, &wrong).await.assert_refused(422);
    }
    confirm(&shop, &token).await.assert_status(201);
}

/// All that somebody can see who may not know whether there is an account.
fn face(reply: &Reply) -> (u16, Vec<String>, String) {
    let mut headers: Vec<String> = reply.headers.keys().map(|name| name.as_str().to_owned()).collect();
    headers.sort();
    (reply.status, headers, reply.without_ids(&[""; 0]))
}

#[holdfast_test]
async fn registering_twice_tells_nothing_to_whoever_does_it(shop: TestShop) {
    let alice = shop.account("alice").await;
    let body = |email: &str| json!({"email": email, "name": "Mallory"});
    let taken = shop.post("/v1/accounts", body(ALICE)).anonymous();
    let new = shop.post("/v1/accounts", body("new@example.com")).anonymous().await;
    new.assert_status(202).assert_contains(json!({"status": "confirmation_sent"}));
    let mail = shop.mail_of(ALICE, taken.clone()).await;
    assert!(!mail.text.contains("ltr_"), "{}", mail.text);
    let upper = shop.post("/v1/accounts", body("Alice@Example.COM")).anonymous().await;
    for reply in [taken.await, upper] {
        assert_eq!(face(&reply), face(&new));
    }
    shop.log_in("customer", ALICE, PASSWORD).await;
    assert!(alice.is_in().await);
    assert_eq!(shop.all("/v1/customers").await.len(), 1);
}

#[holdfast_test]
async fn who_was_a_customer_already_stays_the_same_one(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let known = shop.customer("alice").await;
    let order = known.place([(&lamp, 1)]).await;
    let alice = shop.account("alice").await;
    assert_eq!(alice.who(), known.id);
    let [seen] = alice.all("/v1/orders").await.try_into().unwrap();
    assert_eq!(seen["id"], order.id);
    assert_eq!(shop.all("/v1/customers").await.len(), 1);
}

#[holdfast_test]
async fn a_password_that_is_guessed_first_is_refused(shop: TestShop) {
    let token = shop.token_of(ALICE, register(&shop, ALICE)).await;
    let long = "seven-lanterns ".repeat(9);
    let choose = |password: &str| {
        shop.post("/v1/accounts/confirmation", json!({"token": token, "password": password})).anonymous()
    };
    for weak in ["", "x7!kQ", "password", "12345678", "qwertyuiop", "aaaaaaaaaaaaaaaa", ALICE, &long] {
        choose(weak).await.assert_problem(422, "validation").assert_names("/password");
    }
    let weak = choose("password1").await;
    weak.assert_contains(json!({"errors": [{"pointer": "/password", "code": "weak-password"}]}));
    // The letter is as good as before.
    choose(PASSWORD).await.assert_status(201);
}

/// Whoever asks for an account with somebody else's address has no say in its password.
#[holdfast_test]
async fn a_stranger_chooses_no_password(shop: TestShop) {
    let asked = json!({"email": ALICE, "name": "Mallory", "password": PASSWORD});
    shop.post("/v1/accounts", asked).anonymous().await.assert_problem(422, "validation");
    let token = shop.token_of(ALICE, register(&shop, ALICE)).await;
    shop.post("/v1/accounts/confirmation", json!({"token": token}))
        .anonymous()
        .await
        .assert_problem(422, "validation");
    confirm(&shop, &token).await.assert_status(201);
    shop.log_in("customer", ALICE, PASSWORD).await;
}

#[holdfast_test]
async fn what_is_no_account_is_refused(shop: TestShop) {
    let whole = json!({"email": ALICE, "name": "Alice"});
    for (field, wrong) in [
        ("email", json!("alice")),
        ("email", json!("alice@example.com\r\nBcc: mallory@example.com")),
        ("email", json!(null)),
        ("name", json!("")),
        ("password", json!(PASSWORD)),
        ("group", json!("wholesale")),
        ("customer_id", json!("cus_01k9qz3v8yfg2r5m4n3c680thw")),
        ("roles", json!(["owner"])),
    ] {
        let mut body = whole.clone();
        body[field] = wrong;
        shop.post("/v1/accounts", body).anonymous().await.assert_problem(422, "validation");
    }
}
