use std::collections::HashSet;

use serde_json::{Value, json};
use testkit::{Client, PASSWORD, Reply, TestShop, holdfast_test};

use super::{ANOTHER, SECOND, choose, forget};

/// What the log has of a request, about somebody or something.
fn of<'a>(log: &'a [Value], reply: &Reply, target: &str) -> &'a Value {
    let id = reply.header("x-request-id").unwrap();
    let is_it = |entry: &&Value| entry["request_id"] == id && entry["target"].to_string().contains(target);
    let found = log.iter().find(is_it);
    found.unwrap_or_else(|| panic!("the log has nothing of {target} here:\n{}", reply.exchange()))
}

#[holdfast_test]
async fn who_changed_what_is_written_down(shop: TestShop) {
    let olga = shop.member_of_staff("olga", &["owner"]).await;
    let machine = shop.machine(&["staff:read", "staff:write"]).await;
    let mut done: Vec<(String, String, Reply)> = Vec::new();
    let machines = format!("machine:{}", machine.id);
    let clients: [(&str, &Client); 3] =
        [("admin", &*shop), (&olga.principal, &*olga), (&machines, &*machine)];
    for (n, (actor, client)) in clients.into_iter().enumerate() {
        let email = format!("new-{n}@shop.example");
        let body = json!({"email": email, "name": "New", "roles": [], "password": PASSWORD});
        let made = client.post("/v1/staff", body).await;
        let id = made.assert_status(201).text("id").to_owned();
        let disabled = client.patch(&format!("/v1/staff/{id}"), json!({"status": "disabled"})).await;
        disabled.assert_ok();
        done.extend([made, disabled].map(|reply| (actor.to_owned(), id.clone(), reply)));
    }
    shop.clock().advance(SECOND);
    let role = json!({"code": "packer", "title": "Packer", "permissions": ["orders:read"]});
    let role = olga.post("/v1/roles", role).await;
    let fewer = olga.patch("/v1/roles/packer", json!({"permissions": []})).await;
    let gone = olga.delete("/v1/roles/packer").await;
    let key = olga.post("/v1/api-keys", json!({"name": "a machine", "scopes": ["orders:read"]})).await;
    let revoked = olga.delete(&format!("/v1/api-keys/{}", key.text("id"))).await;
    let key_id = key.text("id").to_owned();
    for (target, reply) in
        [("packer", role), ("packer", fewer), ("packer", gone), (&*key_id, key), (&*key_id, revoked)]
    {
        assert!(reply.status < 300, "{}", reply.exchange());
        done.push((olga.principal.clone(), target.to_owned(), reply));
    }
    let log = shop.all("/v1/admin/audit").await;
    for (actor, target, reply) in &done {
        let entry = of(&log, reply, target);
        assert_eq!(entry["actor"], *actor, "{entry:#}");
        assert!(!entry["action"].as_str().unwrap().is_empty());
    }
}

#[holdfast_test]
async fn logins_that_fail_are_written_down_too(shop: TestShop) {
    let alice = shop.account("alice").await;
    let failed = shop.try_log_in("customer", &alice.email, "not-the-password").await;
    let worked = shop.try_log_in("customer", &alice.email, PASSWORD).await;
    let log = shop.all("/v1/admin/audit").await;
    let (failed, worked) = (of(&log, &failed, alice.who()), of(&log, &worked, worked.text("id")));
    assert_ne!(failed["action"], worked["action"]);
    assert_eq!(failed["address"], "127.0.0.1", "{failed:#}");
}

#[holdfast_test]
async fn the_log_is_read_newest_first_and_by_few(shop: TestShop) {
    let mut staff = Vec::new();
    for name in ["sam", "ron", "olga"] {
        staff.push(shop.member_of_staff(name, &[if name == "olga" { "owner" } else { "support" }]).await);
    }
    let log = shop.all("/v1/admin/audit").await;
    assert!(log.len() >= 3);
    let numbers: Vec<i64> = log.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|later, earlier| later > earlier), "{numbers:?}");
    let digests: HashSet<&str> = log.iter().map(|entry| entry["digest"].as_str().unwrap()).collect();
    assert_eq!(digests.len(), log.len());
    let mut paged = Vec::new();
    let mut path = "/v1/admin/audit?limit=2".to_owned();
    loop {
        let page = shop.get(&path).await;
        paged.extend(page.assert_ok()["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/admin/audit?limit=2&cursor={next}");
    }
    assert_eq!(paged, log);
    staff[2].get("/v1/admin/audit").await.assert_ok();
    staff[0].get("/v1/admin/audit").await.assert_problem(403, "forbidden");
}

#[holdfast_test]
async fn the_log_holds_no_secret(shop: TestShop) {
    let mut secrets = vec![PASSWORD.to_owned(), ANOTHER.to_owned(), "not-the-password".to_owned()];
    let alice = shop.account("alice").await;
    let next = alice.refresh().await;
    let olga = shop.member_of_staff("olga", &["owner"]).await;
    let machine = olga.machine(&["orders:read"]).await;
    shop.try_log_in("customer", &alice.email, "not-the-password").await;
    let reset = shop.token_of(&alice.email, forget(&shop, "customer", &alice.email)).await;
    choose(&shop, &reset, ANOTHER).await.assert_status(204);
    for login in [&alice, &next, &olga] {
        secrets.extend([login.access_token.clone(), login.refresh_token.clone()]);
    }
    secrets.extend([machine.secret.clone(), reset, testkit::ADMIN_TOKEN.to_owned()]);
    let mut said = String::new();
    for list in [
        "/v1/admin/audit",
        "/v1/staff",
        "/v1/api-keys",
        "/v1/roles",
        "/v1/messages",
        "/v1/admin/effects?module=notification",
    ] {
        said += &format!("{:?}", shop.all(list).await);
    }
    said += &shop.get("/metrics").await.body.to_string();
    said += &format!("{:?}", olga.all("/v1/sessions").await);
    for secret in secrets {
        let digits = secret.rsplit('_').next().unwrap();
        assert!(!said.contains(digits), "{digits} is to be read");
    }
}
