//! A shop with two customers who log in, with something of everything, and everybody who might want it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::time::Duration;

use image::{ImageBuffer, ImageFormat, Rgb};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Client, Operation, Request, TestCustomer, TestOrder, TestProduct, TestShop};

use super::rules::{Rules, everything, id_of};

const ABSENT: &str = "01k9qz3v8yfg2r5m4n3c680thw";

pub(super) struct Scene {
    pub shop: TestShop,
    pub actors: Vec<Actor>,
    /// By a permission: a machine that has it alone, and one that has all but it.
    pub machines: BTreeMap<String, [Actor; 2]>,
    pub places: Places,
    picture: Vec<u8>,
}

#[derive(Clone)]
pub(super) struct Actor {
    pub name: String,
    pub client: Client,
    pub standing: Standing,
}

/// What somebody may expect.
#[derive(Clone, PartialEq)]
pub(super) enum Standing {
    /// Shows no credential.
    Stranger,
    /// Shows one that is none of the shop's, or no longer.
    Void,
    Customer(Whose),
    /// Has these permissions. Machines and the admin do not log in.
    Holder {
        permissions: BTreeSet<String>,
        logs_in: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Alices,
    Bobs,
}

/// What stands for the parameters of a path.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub name: &'static str,
    /// By the segment before.
    parts: BTreeMap<&'static str, String>,
}

pub(super) struct Places {
    pub alices: Place,
    pub bobs: Place,
    pub absent: Place,
    /// Alice's customer, and below it what is not hers, or not there.
    pub alices_with_bobs: Place,
    pub alices_with_absent: Place,
}

impl Scene {
    pub(super) async fn set(shop: TestShop, rules: &Rules) -> Scene {
        let mut actors = strangers(&shop).await;
        let lamp = shop.product("lamp").stock(50).create().await;
        let (alice, bob) = (shop.customer("alice").await, shop.customer("bob").await);
        let picture = drawn();
        let common = common(&shop, &lamp).await;
        let alices = Place::of("alice's", &shop, &alice, &lamp, &picture, &common).await;
        let bobs = Place::of("bob's", &shop, &bob, &lamp, &picture, &common).await;
        let absent = Place::absent();
        let places = Places {
            alices_with_bobs: alices.with("bob's below alice", &bobs),
            alices_with_absent: alices.with("absent below alice", &absent),
            alices,
            bobs,
            absent,
        };
        for (name, whose) in [("alice", Whose::Alices), ("bob", Whose::Bobs)] {
            let client = (*shop.account(name).await).clone();
            actors.push(Actor { name: name.to_owned(), client, standing: Standing::Customer(whose) });
        }
        let roles = rules.roles.iter().map(|(role, permissions)| (role.as_str(), permissions.clone()));
        for (role, permissions) in roles.chain([("owner", everything())]) {
            let client = (*shop.member_of_staff(role, &[role]).await).clone();
            let standing = Standing::Holder { permissions, logs_in: true };
            actors.push(Actor { name: role.to_owned(), client, standing });
        }
        let standing = Standing::Holder { permissions: everything(), logs_in: false };
        actors.push(Actor { name: "admin".to_owned(), client: (*shop).clone(), standing });
        let machines = machines(&shop).await;
        shop.settle().await;
        all_mails_sent(&shop).await;
        Scene { shop, actors, machines, places, picture }
    }

    /// A request that the operation would accept from those who may, as far as it concerns what is a customer's.
    pub(super) fn request(&self, actor: &Actor, operation: &Operation, place: &Place) -> Request {
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        let request = actor.client.request(method, &place.path(&operation.path));
        let request = if actor.standing == Standing::Stranger { request.anonymous() } else { request };
        match id_of(operation) {
            "put_profile_picture" => request.raw(self.picture.clone()).header("content-type", "image/png"),
            _ if operation.takes_a_body() => request.json(body_of(operation)),
            _ => request,
        }
    }
}

impl Place {
    /// Makes one of everything that a customer can have.
    async fn of(
        name: &'static str,
        shop: &TestShop,
        customer: &TestCustomer,
        lamp: &TestProduct,
        picture: &[u8],
        common: &BTreeMap<&'static str, String>,
    ) -> Place {
        let order: TestOrder = customer.place([(lamp, 1)]).await;
        let path = format!("/v1/customers/{}", customer.id);
        let method = shop.post(&format!("{path}/payment-methods"), card()).await;
        let method = method.assert_status(201).text("id").to_owned();
        let put = shop.request(Method::PUT, &format!("{path}/profile/picture"));
        let put = put.raw(picture.to_vec()).header("content-type", "image/png").await;
        assert!(put.status < 300, "{}", put.exchange());
        let mut parts = common.clone();
        parts.extend([
            ("customers", customer.id.clone()),
            ("addresses", customer.address_id.clone()),
            ("payment-methods", method),
            ("payments", order.body["payment"]["id"].as_str().unwrap().to_owned()),
            ("sagas", order.id.clone()),
            ("orders", order.id),
        ]);
        Place { name, parts }
    }

    /// Ids as they could be, of nothing.
    fn absent() -> Place {
        let ids = [
            ("customers", "cus"),
            ("addresses", "adr"),
            ("payment-methods", "pm"),
            ("orders", "ord"),
            ("payments", "pay"),
            ("sagas", "ord"),
            ("staff", "usr"),
            ("api-keys", "key"),
            ("sessions", "ses"),
        ];
        let parts = ids.map(|(of, prefix)| (of, format!("{prefix}_{ABSENT}"))).into();
        Place { name: "absent", parts }
    }

    /// The same customer, with the other's address and payment method.
    fn with(&self, name: &'static str, other: &Place) -> Place {
        let mut parts = self.parts.clone();
        for of in ["addresses", "payment-methods"] {
            parts.insert(of, other.parts[of].clone());
        }
        Place { name, parts }
    }

    pub(super) fn path(&self, pattern: &str) -> String {
        let mut before = "";
        let mut path = Vec::new();
        for segment in pattern.split('/') {
            let is_open = segment.starts_with('{');
            path.push(match (is_open, self.parts.get(before)) {
                (true, Some(part)) => part.as_str(),
                (true, None) if segment == "{seq}" => "1",
                (true, None) => "no-such",
                (false, _) => segment,
            });
            before = segment;
        }
        path.join("/")
    }

    /// Of what has this segment before it in paths.
    pub(super) fn id(&self, of: &str) -> &str {
        &self.parts[of]
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.parts.values()
    }
}

/// Until then something is under way that no request is to blame for.
async fn all_mails_sent(shop: &TestShop) {
    let looking = async {
        while !shop.all("/v1/messages?status=queued").await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looking).await.expect("all mails are sent");
}

/// What belongs to nobody in particular.
async fn common(shop: &TestShop, lamp: &TestProduct) -> BTreeMap<&'static str, String> {
    let made = shop.post("/v1/categories", json!({"code": "desk-lamps", "title": "Desk lamps"})).await;
    made.assert_status(201);
    let role = json!({"code": "packer", "title": "Packer", "permissions": ["orders:read", "orders:ship"]});
    shop.post("/v1/roles", role).await.assert_status(201);
    let tax = shop.all("/v1/tax-categories").await;
    let subscriptions = shop.get("/v1/admin/subscriptions").await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let subscription = text(&subscriptions["data"][0]["name"]);
    let staff = shop.member_of_staff("sam", &["packer"]).await;
    let key = shop.machine(&["orders:read"]).await;
    [
        ("products", lamp.id.clone()),
        ("stock", lamp.sku.clone()),
        ("variants", lamp.sku.clone()),
        ("categories", "desk-lamps".to_owned()),
        ("countries", "DE".to_owned()),
        ("tax-categories", text(&tax[0]["code"])),
        ("roles", "packer".to_owned()),
        ("staff", staff.who().to_owned()),
        ("sessions", staff.id.clone()),
        ("api-keys", key.id),
        ("subscriptions", subscription.clone()),
        ("dead-letters", subscription),
        ("effects", "notification".to_owned()),
        ("problems", "not-found".to_owned()),
    ]
    .into()
}

/// Who has no credential, or none that is good. Those who had one were owners.
async fn strangers(shop: &TestShop) -> Vec<Actor> {
    let expired = shop.member_of_staff("eve", &["owner"]).await;
    shop.clock().advance(Duration::from_secs(16 * 60));
    let revoked = shop.member_of_staff("ron", &["owner"]).await;
    revoked.delete("/v1/sessions/current").await.assert_status(204);
    let garbage = format!("ses_{ABSENT}_{}", "0123456789abcdef".repeat(4));
    let void = [
        ("garbage", garbage.as_str()),
        ("expired", expired.access_token.as_str()),
        ("revoked", revoked.access_token.as_str()),
    ];
    let void = void.map(|(name, token)| Actor {
        name: name.to_owned(),
        client: shop.bearing(token),
        standing: Standing::Void,
    });
    let nobody =
        Actor { name: "anonymous".to_owned(), client: (**shop).clone(), standing: Standing::Stranger };
    [nobody].into_iter().chain(void).collect()
}

async fn machines(shop: &TestShop) -> BTreeMap<String, [Actor; 2]> {
    let mut machines = BTreeMap::new();
    for permission in everything() {
        let just = BTreeSet::from([permission.clone()]);
        let but: BTreeSet<String> = everything().into_iter().filter(|other| *other != permission).collect();
        let just = machine(shop, format!("machine for {permission}"), just).await;
        let but = machine(shop, format!("machine for all but {permission}"), but).await;
        machines.insert(permission, [just, but]);
    }
    machines
}

async fn machine(shop: &TestShop, name: String, permissions: BTreeSet<String>) -> Actor {
    let scopes: Vec<&str> = permissions.iter().map(String::as_str).collect();
    let client = (*shop.machine(&scopes).await).clone();
    Actor { name, client, standing: Standing::Holder { permissions, logs_in: false } }
}

/// What is read before it is looked whose it is must be right, or the reply says nothing of that.
fn body_of(operation: &Operation) -> Value {
    match id_of(operation) {
        "add_address" => json!({
            "name": "Mallory", "line1": "1 Side St", "line2": null, "city": "Berlin", "region": null,
            "postal_code": "10115", "country": "DE", "phone": null,
        }),
        "update_address" => json!({"line1": "2 Side St"}),
        "update_customer" => json!({"name": "Mallory"}),
        "add_payment_method" => card(),
        "update_profile" => json!({"bio": "Mallory was here."}),
        "put_notification_preferences" => json!({"locale": "de", "email": {"orders": false}}),
        "cancel_order" => json!({"reason": "Mallory says so"}),
        _ => json!({}),
    }
}

fn card() -> Value {
    json!({
        "provider": "stripe", "token": "pm_1Nv0FGQ9RKHgCVdK", "brand": "visa", "last4": "4242", "exp_month": 12,
        "exp_year": 2030,
    })
}

fn drawn() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = ImageBuffer::from_pixel(32, 32, Rgb([200_u8, 90, 30]));
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
