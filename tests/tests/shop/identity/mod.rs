//! Accounts, sessions, staff, roles and keys: who somebody is, and for how long.

mod audit;
mod customers;
mod guesses;
mod keys;
mod passwords;
mod permissions;
mod registration;
mod secrets;
mod sessions;
mod staff;

use std::time::Duration;

use serde_json::json;
use testkit::{PASSWORD, Request, TestShop};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What somebody chooses who does not want [`PASSWORD`] any more.
const ANOTHER: &str = "four-herons-under-Ljubljana-87";

/// The digits of an id that nothing has.
const NOBODY: &str = "01k9qz3v8yfg2r5m4n3c680thw";

fn register(shop: &TestShop, email: &str) -> Request {
    let body = json!({"email": email, "name": "Ada Buyer", "phone": "+49 30 1234567"});
    shop.post("/v1/accounts", body).anonymous()
}

fn confirm(shop: &TestShop, token: &str) -> Request {
    shop.post("/v1/accounts/confirmation", json!({"token": token, "password": PASSWORD})).anonymous()
}

/// Asks for a mail with which a new password can be chosen.
fn forget(shop: &TestShop, kind: &str, email: &str) -> Request {
    shop.post("/v1/password-resets", json!({"kind": kind, "email": email})).anonymous()
}

fn choose(shop: &TestShop, token: &str, password: &str) -> Request {
    let body = json!({"token": token, "password": password});
    shop.post("/v1/password-resets/completion", body).anonymous()
}
