use serde_json::json;
use testkit::{Login, PASSWORD, Request, TestShop, holdfast_test};

use super::{ANOTHER, DAY, MINUTE, SECOND, choose, confirm, forget, register};

fn change(who: &Login, current: &str, new: &str) -> Request {
    who.put("/v1/password", json!({"current_password": current, "new_password": new}))
}

#[holdfast_test]
async fn a_changed_password_ends_all_other_sessions(shop: TestShop) {
    let alice = shop.account("alice").await;
    let elsewhere = shop.log_in("customer", &alice.email, PASSWORD).await;
    let bob = shop.account("bob").await;
    change(&alice, PASSWORD, ANOTHER).await.assert_status(204);
    assert!(alice.is_in().await && !elsewhere.is_in().await && bob.is_in().await);
    elsewhere.try_refresh().await.assert_problem(401, "invalid-credentials");
    let old = shop.try_log_in("customer", &alice.email, PASSWORD).await;
    old.assert_problem(401, "invalid-credentials");
    shop.log_in("customer", &alice.email, ANOTHER).await;
    shop.log_in("customer", &bob.email, PASSWORD).await;
    assert!(alice.refresh().await.is_in().await);
}

#[holdfast_test]
async fn who_does_not_know_the_password_does_not_change_it(shop: TestShop) {
    let alice = shop.account("alice").await;
    let elsewhere = shop.log_in("customer", &alice.email, PASSWORD).await;
    change(&alice, ANOTHER, ANOTHER).await.assert_problem(403, "wrong-password");
    change(&alice, PASSWORD, "12345678").await.assert_problem(422, "validation");
    assert!(alice.is_in().await && elsewhere.is_in().await);
    shop.log_in("customer", &alice.email, PASSWORD).await;
}

#[holdfast_test]
async fn who_does_not_log_in_has_no_password(shop: TestShop) {
    let machine = shop.machine(&["orders:read"]).await;
    for client in [&*machine, &*shop] {
        let body = json!({"current_password": PASSWORD, "new_password": ANOTHER});
        client.put("/v1/password", body).await.assert_problem(403, "forbidden");
    }
}

#[holdfast_test]
async fn who_forgot_the_password_chooses_another_by_mail(shop: TestShop) {
    let alice = shop.account("alice").await;
    let asked = forget(&shop, "customer", "Alice@Example.com");
    let token = shop.token_of(&alice.email, asked).await;
    // Somebody may have asked in her name.
    assert!(alice.is_in().await);
    shop.log_in("customer", &alice.email, PASSWORD).await;
    choose(&shop, &token, "12345678").await.assert_problem(422, "validation").assert_names("/password");
    choose(&shop, &token, ANOTHER).await.assert_status(204);
    assert!(!alice.is_in().await);
    alice.try_refresh().await.assert_problem(401, "invalid-credentials");
    let old = shop.try_log_in("customer", &alice.email, PASSWORD).await;
    old.assert_problem(401, "invalid-credentials");
    assert!(shop.log_in("customer", &alice.email, ANOTHER).await.is_in().await);
    choose(&shop, &token, PASSWORD).await.assert_problem(422, "token-invalid");
    shop.log_in("customer", &alice.email, ANOTHER).await;
}

#[holdfast_test]
async fn a_new_password_is_chosen_within_half_an_hour(shop: TestShop) {
    let (alice, bob) = (shop.account("alice").await, shop.account("bob").await);
    let alices = shop.token_of(&alice.email, forget(&shop, "customer", &alice.email)).await;
    let bobs = shop.token_of(&bob.email, forget(&shop, "customer", &bob.email)).await;
    shop.clock().advance(30 * MINUTE - SECOND);
    choose(&shop, &alices, ANOTHER).await.assert_status(204);
    shop.clock().advance(2 * SECOND);
    choose(&shop, &bobs, ANOTHER).await.assert_problem(422, "token-invalid");
    shop.log_in("customer", &bob.email, PASSWORD).await;
}

#[holdfast_test]
async fn asking_for_a_new_password_tells_nothing(shop: TestShop) {
    let alice = shop.account("alice").await;
    let olga = shop.member_of_staff("olga", &["owner"]).await;
    let known = forget(&shop, "customer", &alice.email).await;
    known.assert_status(202).assert_contains(json!({"status": "sent_if_there_is_an_account"}));
    for (kind, email) in [
        ("customer", "nobody@example.com"),
        ("customer", olga.email.as_str()),
        ("staff", alice.email.as_str()),
    ] {
        let unknown = forget(&shop, kind, email).await;
        assert_eq!((unknown.status, &unknown.bytes), (known.status, &known.bytes));
    }
    shop.settle().await;
    assert!(shop.mails_to("nobody@example.com").is_empty() && shop.mails_to(&olga.email).is_empty());
}

#[holdfast_test]
async fn who_is_taken_on_chooses_a_password_by_mail(shop: TestShop) {
    let email = "ron@shop.example";
    let body = json!({"email": email, "name": "Ron", "roles": ["finance"]});
    let token = shop.token_of(email, shop.post("/v1/staff", body)).await;
    shop.try_log_in("staff", email, PASSWORD).await.assert_problem(401, "invalid-credentials");
    // Not everybody reads mails at once.
    shop.clock().advance(DAY);
    choose(&shop, &token, PASSWORD).await.assert_status(204);
    assert!(shop.log_in("staff", email, PASSWORD).await.is_in().await);
    choose(&shop, &token, ANOTHER).await.assert_problem(422, "token-invalid");
}

/// A letter is good for what it was written for.
#[holdfast_test]
async fn letters_are_not_taken_for_each_other(shop: TestShop) {
    let alice = shop.account("alice").await;
    let reset = shop.token_of(&alice.email, forget(&shop, "customer", &alice.email)).await;
    let bob = "bob@example.com";
    let confirmation = shop.token_of(bob, register(&shop, bob)).await;
    confirm(&shop, &reset).await.assert_problem(422, "token-invalid");
    choose(&shop, &confirmation, ANOTHER).await.assert_problem(422, "token-invalid");
    // Neither is used up by that.
    choose(&shop, &reset, ANOTHER).await.assert_status(204);
    confirm(&shop, &confirmation).await.assert_status(201);
    shop.log_in("customer", bob, PASSWORD).await;
}

#[holdfast_test]
async fn a_changed_password_makes_letters_worthless(shop: TestShop) {
    let alice = shop.account("alice").await;
    let token = shop.token_of(&alice.email, forget(&shop, "customer", &alice.email)).await;
    change(&alice, PASSWORD, ANOTHER).await.assert_status(204);
    choose(&shop, &token, PASSWORD).await.assert_problem(422, "token-invalid");
    shop.log_in("customer", &alice.email, ANOTHER).await;
}

/// Whoever registers somebody's address again and again uses up none of the letters by which a new password is chosen.
#[holdfast_test]
async fn registrations_leave_room_for_a_new_password(shop: TestShop) {
    let alice = shop.account("alice").await;
    for _ in 0..5 {
        register(&shop, &alice.email).await.assert_status(202);
    }
    let token = shop.token_of(&alice.email, forget(&shop, "customer", &alice.email)).await;
    choose(&shop, &token, ANOTHER).await.assert_status(204);
}
