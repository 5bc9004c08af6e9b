use serde_json::{Value, json};
use testkit::{Login, PASSWORD, TestShop, holdfast_test};

use super::{DAY, HOUR, MINUTE, NOBODY, SECOND};

/// The same person, elsewhere.
async fn again(shop: &TestShop, login: &Login) -> Login {
    shop.log_in("customer", &login.email, PASSWORD).await
}

#[holdfast_test]
async fn a_refresh_gives_new_tokens_and_voids_the_old(shop: TestShop) {
    let alice = shop.account("alice").await;
    let next = alice.refresh().await;
    assert_eq!((&next.id, &next.principal), (&alice.id, &alice.principal));
    assert_ne!(next.access_token, alice.access_token);
    assert_ne!(next.refresh_token, alice.refresh_token);
    assert!(!alice.is_in().await && next.is_in().await);
    assert!(next.refresh().await.is_in().await);
}

#[holdfast_test]
async fn a_refresh_whose_reply_was_lost_can_be_repeated(shop: TestShop) {
    let alice = shop.account("alice").await;
    let lost = alice.refresh().await;
    shop.clock().advance(9 * SECOND);
    let next = alice.refresh().await;
    assert!(next.is_in().await && !lost.is_in().await);
    assert!(next.refresh().await.is_in().await);
}

#[holdfast_test]
async fn a_refresh_token_that_was_used_before_ends_the_session(shop: TestShop) {
    let stolen = shop.account("alice").await;
    let elsewhere = again(&shop, &stolen).await;
    let next = stolen.refresh().await;
    shop.clock().advance(11 * SECOND);
    stolen.try_refresh().await.assert_problem(401, "invalid-credentials");
    // Whoever of the two stole it has nothing of it.
    assert!(!next.is_in().await);
    next.try_refresh().await.assert_problem(401, "invalid-credentials");
    assert!(elsewhere.is_in().await);
}

/// Only the last one can have been lost.
#[holdfast_test]
async fn several_replies_may_be_lost_one_after_another(shop: TestShop) {
    let first = shop.account("alice").await;
    first.refresh().await;
    first.refresh().await;
    let fourth = first.refresh().await;
    assert!(fourth.is_in().await);
    shop.clock().advance(11 * SECOND);
    first.try_refresh().await.assert_problem(401, "invalid-credentials");
    assert!(!fourth.is_in().await);
}

#[holdfast_test]
async fn what_is_no_refresh_token_refreshes_nothing(shop: TestShop) {
    let alice = shop.account("alice").await;
    let (id, secret) = alice.refresh_token.rsplit_once('_').unwrap();
    let other = secret.replace(|digit: char| digit.is_ascii_digit(), "a");
    for wrong in [
        format!("{id}_{other}"),
        format!("rfr_{NOBODY}_{secret}"),
        alice.access_token.clone(),
        id.to_owned(),
        String::new(),
    ] {
        let refused =
            shop.post("/v1/sessions/current/refresh", json!({"refresh_token": wrong})).anonymous().await;
        assert!(matches!(refused.status, 401 | 422), "{}", refused.exchange());
    }
    assert!(alice.refresh().await.is_in().await);
}

#[holdfast_test]
async fn who_logs_out_is_out_at_once(shop: TestShop) {
    let alice = shop.account("alice").await;
    let elsewhere = again(&shop, &alice).await;
    alice.delete("/v1/sessions/current").await.assert_status(204);
    assert!(!alice.is_in().await && elsewhere.is_in().await);
    alice.try_refresh().await.assert_problem(401, "invalid-credentials");
}

fn ids(sessions: &[Value]) -> Vec<&str> {
    sessions.iter().map(|session| session["id"].as_str().unwrap()).collect()
}

#[holdfast_test]
async fn sessions_are_seen_and_ended_from_any_of_them(shop: TestShop) {
    let first = shop.account("alice").await;
    shop.clock().advance(SECOND);
    let second = again(&shop, &first).await;
    shop.clock().advance(SECOND);
    let third = again(&shop, &first).await;
    let seen = second.all("/v1/sessions").await;
    assert_eq!(ids(&seen), [third.id.as_str(), &second.id, &first.id]);
    let current: Vec<bool> = seen.iter().map(|session| session["current"].as_bool().unwrap()).collect();
    assert_eq!(current, [false, true, false]);
    assert!(seen.iter().all(|session| session["address"] == "127.0.0.1"), "{seen:#?}");

    second.delete(&format!("/v1/sessions/{}", first.id)).await.assert_status(204);
    assert!(!first.is_in().await && second.is_in().await && third.is_in().await);
    second.delete(&format!("/v1/sessions/{}", first.id)).await.assert_problem(404, "session-not-found");
    let fourth = again(&shop, &third).await;
    third.delete("/v1/sessions").await.assert_status(204);
    assert!(third.is_in().await && !second.is_in().await && !fourth.is_in().await);
    assert_eq!(ids(&third.all("/v1/sessions").await), [third.id.as_str()]);
}

#[holdfast_test]
async fn anothers_session_is_as_good_as_absent(shop: TestShop) {
    let (alice, bob) = (shop.account("alice").await, shop.account("bob").await);
    let olga = shop.member_of_staff("olga", &["owner"]).await;
    let absent = format!("ses_{NOBODY}");
    for stranger in [&bob, &olga] {
        let like = stranger.delete(&format!("/v1/sessions/{absent}")).await;
        like.assert_problem(404, "session-not-found");
        let refused = stranger.delete(&format!("/v1/sessions/{}", alice.id)).await;
        let ids = [&alice.id, &absent];
        assert_eq!((refused.status, refused.without_ids(&ids)), (404, like.without_ids(&ids)));
        assert_eq!(stranger.all("/v1/sessions").await.len(), 1);
    }
    assert!(alice.is_in().await);
}

#[holdfast_test]
async fn an_access_token_lasts_a_quarter_of_an_hour(shop: TestShop) {
    let (alice, olga) = (shop.account("alice").await, shop.member_of_staff("olga", &["owner"]).await);
    shop.clock().advance(15 * MINUTE - SECOND);
    assert!(alice.is_in().await && olga.is_in().await);
    shop.clock().advance(2 * SECOND);
    assert!(!alice.is_in().await && !olga.is_in().await);
    assert!(alice.refresh().await.is_in().await && olga.refresh().await.is_in().await);
}

#[holdfast_test]
async fn a_customer_stays_logged_in_for_two_weeks_without_coming(shop: TestShop) {
    let (alice, bob) = (shop.account("alice").await, shop.account("bob").await);
    shop.clock().advance(14 * DAY - MINUTE);
    alice.refresh().await;
    shop.clock().advance(2 * MINUTE);
    bob.try_refresh().await.assert_problem(401, "invalid-credentials");
}

#[holdfast_test]
async fn a_customer_stays_logged_in_for_ninety_days(shop: TestShop) {
    let mut alice = shop.account("alice").await;
    for _ in 0..6 {
        shop.clock().advance(13 * DAY);
        alice = alice.refresh().await;
    }
    shop.clock().advance(12 * DAY - MINUTE);
    alice = alice.refresh().await;
    shop.clock().advance(2 * MINUTE);
    assert!(!alice.is_in().await);
    alice.try_refresh().await.assert_problem(401, "invalid-credentials");
}

#[holdfast_test]
async fn staff_log_in_every_day_and_after_every_long_break(shop: TestShop) {
    let mut olga = shop.member_of_staff("olga", &["owner"]).await;
    let ron = shop.member_of_staff("ron", &["finance"]).await;
    shop.clock().advance(HOUR - MINUTE);
    olga = olga.refresh().await;
    shop.clock().advance(2 * MINUTE);
    ron.try_refresh().await.assert_problem(401, "invalid-credentials");
    for _ in 0..13 {
        shop.clock().advance(50 * MINUTE);
        olga = olga.refresh().await;
    }
    // Nine minutes are left.
    shop.clock().advance(8 * MINUTE);
    olga = olga.refresh().await;
    shop.clock().advance(2 * MINUTE);
    assert!(!olga.is_in().await);
    olga.try_refresh().await.assert_problem(401, "invalid-credentials");
}

#[holdfast_test]
async fn why_a_login_fails_is_not_told(shop: TestShop) {
    let alice = shop.account("alice").await;
    let mallory = shop.account("mallory").await;
    let account = format!("/v1/customers/{}/account", mallory.who());
    shop.patch(&account, json!({"status": "disabled"})).await.assert_ok();
    let olga = shop.member_of_staff("olga", &["owner"]).await;
    let wrong = shop.try_log_in("customer", &alice.email, "no-such-password").await;
    wrong.assert_problem(401, "invalid-credentials");
    for (kind, email, password) in [
        ("customer", "nobody@example.com", PASSWORD),
        ("customer", mallory.email.as_str(), PASSWORD),
        ("customer", olga.email.as_str(), PASSWORD),
        ("staff", alice.email.as_str(), PASSWORD),
        ("staff", olga.email.as_str(), "no-such-password"),
        ("customer", alice.email.as_str(), ""),
    ] {
        let refused = shop.try_log_in(kind, email, password).await;
        if password.is_empty() && refused.status == 422 {
            continue;
        }
        refused.assert_problem(401, "invalid-credentials");
        assert_eq!(refused.without_ids(&[""; 0]), wrong.without_ids(&[""; 0]));
    }
}
