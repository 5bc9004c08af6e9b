//! Mails, as customers and the shop get them, over a mail server that the test commands.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::mail::{Mail, MailServer};
use testkit::{BinaryShop, Database, Engine, MailShop, TestShop, fresh_key, holdfast_test};

const MINUTE: Duration = Duration::from_secs(60);

fn preferences(customer: &str) -> String {
    format!("/v1/customers/{customer}/notification-preferences")
}

#[holdfast_test]
async fn an_order_is_confirmed_by_mail(shop: MailShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 2)]).await;
    let [mail] = shop.mails(1).await.try_into().unwrap();
    assert_eq!((mail.from.as_str(), &mail.to), ("orders@lamps.example", &vec![alice.email.clone()]));
    assert_eq!(mail.subject, format!("Your order {}", order.number));
    assert!(mail.text.contains("Hello alice,") && mail.text.contains("2 × "), "{}", mail.text);
    let [message] = shop.messages(&order, &["sent"]).await.try_into().unwrap();
    assert_eq!(mail.message_id, format!("{}@lamps.example", message["id"].as_str().unwrap()));
    let expected = json!({
        "template": "order_confirmation", "channel": "email", "recipient": "customer", "customer_id": alice.id,
        "attempts": 1, "last_error": null, "suppression": null, "next_attempt_at": null,
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&message[field], value, "{field}: {message}");
    }
    alice.cancel(&order).await.assert_ok();
    assert_eq!(shop.mails(2).await[1].subject, format!("Your order {} is cancelled", order.number));
    shop.messages(&order, &["sent", "sent"]).await;
}

#[holdfast_test]
async fn goods_that_leave_are_told(shop: MailShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let order = shop.customer("alice").await.place([(&lamp, 2)]).await;
    shop.messages(&order, &["sent"]).await;
    shop.ship(&order, [(&lamp, 1)]).await.assert_status(201);
    let [shipment, _] = shop.messages(&order, &["sent", "sent"]).await.try_into().unwrap();
    assert_eq!(shipment["template"], "order_shipment");
    let mails = shop.mails(2).await;
    assert!(mails[1].text.contains("1 × "), "{}", mails[1].text);
}

#[holdfast_test]
async fn money_that_goes_back_is_told(shop: MailShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 1)]).await;
    shop.messages(&order, &["sent"]).await;
    shop.settle().await;
    let payment = order.body["payment"]["id"].as_str().unwrap();
    for movement in ["captures", "refunds"] {
        let path = format!("/v1/payments/{payment}/{movement}");
        shop.post(&path, json!({})).key(&fresh_key()).await.assert_ok();
    }
    let all = shop.messages(&order, &["sent", "sent"]).await;
    assert_eq!((&all[0]["template"], &all[0]["customer_id"]), (&json!("refund"), &json!(alice.id)));
    let mails = shop.mails(2).await;
    let total = order.body["total"]["amount"].as_i64().unwrap();
    let amount = format!("{}.{:02} EUR", total / 100, total % 100);
    assert!(mails[1].text.contains(&amount), "{amount}: {}", mails[1].text);
}

#[holdfast_test]
async fn the_shop_hears_what_runs_low(shop: MailShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let settings = json!({"backorder_limit": 0, "low_stock_threshold": 2});
    shop.put(&format!("/v1/stock/{}/settings", lamp.as_ref()), settings).await.assert_ok();
    let order = shop.customer("alice").await.place([(&lamp, 1)]).await;
    shop.settle().await;
    let mails = shop.mails(2).await;
    let alert = mails.iter().find(|mail| mail.to == ["keeper@lamps.example"]).unwrap();
    assert!(alert.subject.contains(lamp.as_ref()), "{}", alert.subject);
    shop.messages(&order, &["sent"]).await;
    let all = shop.all("/v1/messages?status=sent").await;
    assert_eq!(all.iter().filter(|message| message["recipient"] == "shop").count(), 1, "{all:#?}");
}

/// Orders are placed at once, and no mail is lost or doubled.
#[holdfast_test]
async fn a_mail_server_that_is_away_for_an_hour_holds_nobody_up(shop: MailShop) {
    let lamp = shop.product("lamp").stock(100).create().await;
    let alice = shop.customer("alice").await;
    shop.leave().await;
    let (mut orders, mut slowest) = (Vec::new(), Duration::ZERO);
    for _ in 0..12 {
        let started = Instant::now();
        orders.push(alice.place([(&lamp, 1)]).await);
        slowest = slowest.max(started.elapsed());
        shop.settle().await;
        shop.quiet().await;
        shop.clock().advance(5 * MINUTE);
    }
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    for order in &orders {
        let [message] = shop.messages(order, &["queued"]).await.try_into().unwrap();
        assert_eq!(message["sent_at"], Value::Null);
    }
    assert_eq!(shop.all("/v1/messages?status=queued").await.len(), 12);
    shop.come_back().await;
    let another = alice.place([(&lamp, 1)]).await;
    shop.messages(&another, &["sent"]).await;
    for _ in 0..6 {
        shop.quiet().await;
        shop.clock().advance(10 * MINUTE);
        // Rings: nobody watches this clock.
        orders.push(alice.place([(&lamp, 1)]).await);
        shop.settle().await;
    }
    orders.push(another);
    for order in &orders {
        shop.messages(order, &["sent"]).await;
    }
    let mut ids: Vec<String> =
        shop.mails(orders.len()).await.into_iter().map(|mail| mail.message_id).collect();
    let many = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((many, ids.len()), (orders.len(), orders.len()));
}

#[holdfast_test]
async fn what_the_server_refuses_for_good_waits_for_an_operator(shop: MailShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    shop.refuse(550, 1).await;
    let order = alice.place([(&lamp, 1)]).await;
    let [message] = shop.messages(&order, &["failed"]).await.try_into().unwrap();
    let why = message["last_error"].as_str().unwrap();
    assert!(why.contains("550") && !why.contains(&alice.email), "{why}");
    let dead = shop.all("/v1/admin/effects?module=notification").await;
    assert_eq!((dead.len(), &dead[0]["kind"]), (1, &json!("notification.mail")));
    let path = format!("/v1/admin/effects/notification/{}/retry", dead[0]["id"].as_str().unwrap());
    shop.post(&path, json!(null)).raw("").await.assert_status(204);
    shop.messages(&order, &["sent"]).await;
    assert_eq!(shop.mails(1).await.len(), 1);
}

#[holdfast_test]
async fn two_instances_send_each_mail_once(shop: MailShop) {
    if shop.engine() == Engine::Sqlite {
        return;
    }
    let another = shop.another_instance().await;
    let lamp = shop.product("lamp").stock(100).create().await;
    let alice = shop.customer("alice").await;
    let there = alice.at(&another);
    for _ in 0..10 {
        alice.place([(&lamp, 1)]).await;
        there.place([(&lamp, 1)]).await;
    }
    let mut ids: Vec<String> = shop.mails(20).await.into_iter().map(|mail| mail.message_id).collect();
    another.finish().await;
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), shop.mails(20).await.len()), (20, 20));
}

#[holdfast_test]
async fn customers_say_what_they_want_to_hear_of(shop: MailShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let path = preferences(&alice.id);
    let unsaid = shop.get(&path).await;
    let everything = json!({"orders": true, "refunds": true});
    unsaid
        .assert_contains(json!({"customer_id": alice.id, "locale": null, "email": everything, "version": 0}));
    let said = shop.put(&path, json!({"locale": "de", "email": {"orders": false}})).await;
    let email = json!({"orders": false, "refunds": true});
    said.assert_ok();
    said.assert_contains(json!({"locale": "de", "email": email, "version": 1}));
    assert_eq!(said.header("etag"), Some("\"1\""));
    let stale = shop.put(&path, json!({})).header("if-match", "\"0\"").await;
    stale.assert_problem(412, "stale");
    shop.get(&path).await.assert_contains(json!({"locale": "de", "email": email, "version": 1}));

    let order = alice.place([(&lamp, 1)]).await;
    shop.messages(&order, &["sent"]).await;
    assert_eq!(shop.mails(1).await[0].subject, format!("Ihre Bestellung {}", order.number));
    alice.cancel(&order).await.assert_ok();
    let [cancellation, _] = shop.messages(&order, &["suppressed", "sent"]).await.try_into().unwrap();
    assert_eq!(cancellation["suppression"], "opted_out");
    let replaced = shop.put(&path, json!({})).header("if-match", "\"1\"").await;
    replaced.assert_ok();
    replaced.assert_contains(json!({"locale": null, "email": everything, "version": 2}));
}

#[holdfast_test]
async fn bad_preferences_change_nothing(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let path = preferences(&alice.id);
    for body in [
        json!({"email": {"newsletters": true}}),
        json!({"sms": {"orders": true}}),
        json!({"email": {"orders": "no"}}),
        json!({"locale": "german please"}),
        json!([]),
    ] {
        shop.put(&path, body).await.assert_problem(422, "validation");
    }
    assert_eq!(shop.get(&path).await.assert_ok()["version"], 0);
    let nobody = preferences("cus_00000000000000000000000001");
    shop.get(&nobody).await.assert_problem(404, "customer-not-found");
    shop.put(&nobody, json!({})).await.assert_problem(404, "customer-not-found");
    shop.get(&preferences("alice")).await.assert_problem(400, "malformed-path");
    shop.get("/v1/messages?order_id=7").await.assert_problem(422, "validation");
    shop.get("/v1/messages?status=lost").await.assert_problem(422, "validation");
}

#[holdfast_test]
async fn the_delivery_log_is_read_page_by_page(shop: MailShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let mut orders = Vec::new();
    for _ in 0..5 {
        orders.push(alice.place([(&lamp, 1)]).await);
    }
    shop.mails(5).await;
    shop.settle().await;
    let (mut seen, mut path) = (Vec::new(), "/v1/messages?limit=2".to_owned());
    loop {
        let page = shop.get(&path).await;
        seen.extend(page.assert_ok()["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/messages?limit=2&cursor={next}");
    }
    let of = seen.iter().map(|message| message["order_id"].as_str().unwrap());
    assert!(of.eq(orders.iter().rev().map(|order| order.id.as_str())), "{seen:#?}");
}

/// The files of a shop without a mail server.
fn files(shop: &TestShop) -> Vec<Mail> {
    let Ok(directory) = std::fs::read_dir(shop.mail_directory()) else { return Vec::new() };
    let paths = directory.map(|entry| entry.unwrap().path());
    let mails = paths.filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
    mails.map(|path| Mail::read("", &[], &std::fs::read(path).unwrap())).collect()
}

#[holdfast_test]
async fn a_shop_without_a_mail_server_writes_files(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let order = shop.customer("alice").await.place([(&lamp, 1)]).await;
    let path = format!("/v1/messages?order_id={}&status=sent", order.id);
    while shop.all(&path).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let [mail] = files(&shop).try_into().unwrap();
    assert_eq!(mail.subject, format!("Your order {}", order.number));
}

/// The server has the mail, and the shop is killed before it hears so.
#[holdfast_test]
async fn a_kill_after_sending_repeats_the_same_mail(engine: Engine) {
    let server = MailServer::start().await;
    let url = format!("smtp://{}", server.address());
    let variables = [("HOLDFAST_NOTIFICATION__SMTP_URL", url)];
    let mut shop = BinaryShop::start_with(Arc::new(Database::empty(engine).await), &variables).await;
    let lamp = shop.product("lamp").stock(3).create().await;
    server.fall_silent();
    shop.customer("alice").await.place([(&lamp, 1)]).await;
    let [first] = server.accepts(1).await.try_into().unwrap();
    shop.kill_9().await;
    let address = server.address();
    drop(server);
    let server = MailServer::start_at(address).await;
    shop.restart().await;
    // Once the lease of the attempt has run out.
    let [second] = server.accepts(1).await.try_into().unwrap();
    assert_eq!((&second.message_id, &second.to), (&first.message_id, &first.to));
    let checked = shop.check().await;
    assert!(checked.clean, "{}", checked.output);
}

#[holdfast_test]
async fn the_command_line_shows_what_mails_look_like(engine: Engine) {
    let shop = BinaryShop::start(engine).await;
    for (arguments, words) in [
        (&["order_confirmation"][..], ["Subject: Your order 1000001", "Hello Ada Lovelace"]),
        (&["order_shipment"], ["is on its way", "Tracking number: PC123456789."]),
        (&["refund", "--locale", "de-CH"], ["Erstattung", "25,99 EUR"]),
        (&["low_stock", "--format", "html"], ["<html", "LAMP-BLK"]),
    ] {
        let said = shop.holdfast(&[&["notifications", "preview"], arguments].concat()).await;
        assert!(said.clean && words.iter().all(|word| said.output.contains(word)), "{}", said.output);
    }
    for (arguments, word) in
        [(["newsletter", "--locale=de"], "low_stock"), (["refund", "--locale=fr"], "en and de")]
    {
        let said = shop.holdfast(&[&["notifications", "preview"], &arguments[..]].concat()).await;
        assert!(!said.clean && said.output.contains(word), "{}", said.output);
    }
}
