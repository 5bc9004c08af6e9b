use std::collections::BTreeMap;

use serde_json::json;
use testkit::{PASSWORD, Reply, TestShop, holdfast_test};
use tokio::task::JoinSet;

use super::{ANOTHER, MINUTE, SECOND, choose, forget};

const WRONG: &str = "not-the-password-of-anybody";

/// Tries a password, as if from another address each time.
async fn guess(shop: &TestShop, email: &str, password: &str, n: usize) -> Reply {
    let request = shop.try_log_in("customer", email, password);
    request.header("x-forwarded-for", &format!("203.0.113.{n}, 198.51.100.{n}")).await
}

/// What somebody learns who guesses seven times, at last rightly if there is such an account.
async fn guesses(shop: &TestShop, email: &str) -> Vec<(u16, Option<String>, String)> {
    let mut learned = Vec::new();
    for n in 0..7 {
        let reply = guess(shop, email, if n == 6 { PASSWORD } else { WRONG }, n).await;
        let wait = reply.header("retry-after").map(str::to_owned);
        learned.push((reply.status, wait, reply.without_ids(&[email])));
    }
    learned
}

#[holdfast_test]
async fn five_guesses_lock_the_door_to_any_account_there_may_be(shop: TestShop) {
    let alice = shop.account("alice").await;
    let known = guesses(&shop, &alice.email).await;
    let statuses: Vec<u16> = known.iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429]);
    let wait: u64 = known[6].1.as_ref().expect("a 429 says when").parse().unwrap();
    assert!((1..=15 * 60 + 1).contains(&wait), "{wait}");
    assert!(known[6].2.contains("too-many-attempts"), "{}", known[6].2);
    assert_eq!(guesses(&shop, "nobody@example.com").await, known);
    // Whoever guesses locks nobody out who is in.
    assert!(alice.refresh().await.is_in().await);

    shop.clock().advance(15 * MINUTE - SECOND);
    guess(&shop, &alice.email, PASSWORD, 8).await.assert_problem(429, "too-many-attempts");
    shop.clock().advance(2 * SECOND);
    assert!(shop.log_in("customer", &alice.email, PASSWORD).await.is_in().await);
}

#[holdfast_test]
async fn an_account_is_one_however_it_is_written(shop: TestShop) {
    let alice = shop.account("alice").await;
    for email in ["alice@example.com", "Alice@example.com", "ALICE@EXAMPLE.COM", "aLICE@example.com"] {
        guess(&shop, email, WRONG, 1).await.assert_problem(401, "invalid-credentials");
    }
    guess(&shop, "alice@Example.com", WRONG, 2).await.assert_problem(401, "invalid-credentials");
    guess(&shop, &alice.email, PASSWORD, 3).await.assert_problem(429, "too-many-attempts");
}

#[holdfast_test]
async fn staff_are_guarded_in_the_same_way_and_by_themselves(shop: TestShop) {
    let olga = shop.member_of_staff("olga", &["owner"]).await;
    for _ in 0..5 {
        let refused = shop.try_log_in("customer", &olga.email, WRONG).await;
        refused.assert_problem(401, "invalid-credentials");
    }
    // A customer of this name would be another account.
    shop.log_in("staff", &olga.email, PASSWORD).await;
    for _ in 0..5 {
        shop.try_log_in("staff", &olga.email, WRONG).await.assert_problem(401, "invalid-credentials");
    }
    shop.try_log_in("staff", &olga.email, PASSWORD).await.assert_problem(429, "too-many-attempts");
    assert!(olga.is_in().await);
}

/// Nobody is locked out for good by somebody who guesses on.
#[holdfast_test]
async fn a_new_password_unlocks_the_door(shop: TestShop) {
    let alice = shop.account("alice").await;
    guesses(&shop, &alice.email).await;
    let token = shop.token_of(&alice.email, forget(&shop, "customer", &alice.email)).await;
    choose(&shop, &token, ANOTHER).await.assert_status(204);
    assert!(shop.log_in("customer", &alice.email, ANOTHER).await.is_in().await);
}

#[holdfast_test]
async fn the_current_password_is_guessed_no_more_often(shop: TestShop) {
    let alice = shop.account("alice").await;
    let change = |current: &str| {
        alice.put("/v1/password", json!({"current_password": current, "new_password": ANOTHER}))
    };
    for _ in 0..5 {
        change(WRONG).await.assert_problem(403, "wrong-password");
    }
    change(PASSWORD).await.assert_problem(429, "too-many-attempts");
    let locked = shop.try_log_in("customer", &alice.email, PASSWORD).await;
    locked.assert_problem(429, "too-many-attempts");
    assert!(alice.is_in().await);
}

/// The sixth must not slip through while the first five are looked at.
#[holdfast_test]
async fn forty_guesses_at_once_are_five(shop: TestShop) {
    let alice = shop.account("alice").await;
    let mut sent = JoinSet::new();
    for n in 0..40 {
        let request = shop.try_log_in("customer", &alice.email, WRONG).once();
        sent.spawn(request.header("x-forwarded-for", &format!("203.0.113.{n}")).into_future());
    }
    let mut tally: BTreeMap<u16, usize> = BTreeMap::new();
    for reply in sent.join_all().await {
        *tally.entry(reply.status).or_default() += 1;
    }
    let evaluated = tally.remove(&401).unwrap_or_default();
    assert!((1..=5).contains(&evaluated), "{evaluated} were looked at, and {tally:?}");
    assert!(tally.keys().all(|status| [429, 503].contains(status)), "{tally:?}");
}

/// One password, tried on everybody.
#[holdfast_test]
async fn fifty_guesses_from_one_address_are_enough(shop: TestShop) {
    let alice = shop.account("alice").await;
    for n in 0..50 {
        guess(&shop, &format!("buyer-{n}@example.com"), WRONG, n)
            .await
            .assert_problem(401, "invalid-credentials");
    }
    guess(&shop, "another@example.com", WRONG, 50).await.assert_problem(429, "too-many-attempts");
    guess(&shop, &alice.email, PASSWORD, 51).await.assert_problem(429, "too-many-attempts");
    assert!(alice.refresh().await.is_in().await);
    shop.clock().advance(15 * MINUTE + SECOND);
    shop.log_in("customer", &alice.email, PASSWORD).await;
}
