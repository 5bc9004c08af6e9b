//! Everybody tries everything, on what is theirs, on another's and on what is not there.

use std::collections::BTreeSet;

use serde_json::json;
use testkit::{Document, Operation, Reply, Request, TestShop, holdfast_test};
use tokio::task::JoinSet;

use super::rules::{Rule, Rules, id_of};
use super::scene::{Actor, Place, Scene, Standing, Whose};

/// Well below what the shop lets wait.
const AT_ONCE: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// 401
    Unauthorized,
    /// 403
    Forbidden,
    /// 404, and word for word what is said of what is not there.
    Absent,
    /// Neither 401 nor 403.
    Admitted,
    /// 2xx
    Shown,
    /// Anything but 401: what is only for those who log in.
    Known,
}

#[derive(Clone, Copy)]
struct Cell<'a> {
    actor: &'a Actor,
    operation: &'a Operation,
    place: &'a Place,
    expected: Expected,
}

#[holdfast_test]
async fn everybody_tries_everything(shop: TestShop) {
    let rules = Rules::reviewed();
    let scene = Scene::set(shop.clone(), &rules).await;
    let document = shop.document().await;
    let cells: Vec<Cell<'_>> = (document.operations().iter())
        .flat_map(|operation| cells(&scene, operation, &rules.of(operation)))
        .collect();
    let is_denied = |cell: &Cell<'_>| !matches!(cell.expected, Expected::Admitted | Expected::Shown);
    let (denied, admitted): (Vec<Cell<'_>>, Vec<Cell<'_>>) = cells.iter().copied().partition(is_denied);
    let mut wrong = Vec::new();
    for operation in document.operations() {
        let of_this = denied.iter().filter(|cell| std::ptr::eq(cell.operation, operation)).copied();
        let of_this: Vec<Cell<'_>> = of_this.collect();
        let before = looked_at(&scene, document, &of_this).await;
        let answered = try_all(&scene, &of_this).await;
        wrong.extend(mismatches(&scene, &of_this, &answered));
        let after = looked_at(&scene, document, &of_this).await;
        if before != after {
            wrong.push(format!(
                "{} was refused and did this: {before:#?} became {after:#?}",
                id_of(operation)
            ));
        }
    }
    // What is looked at goes before what is changed.
    let (reads, writes): (Vec<Cell<'_>>, Vec<Cell<'_>>) =
        admitted.into_iter().partition(|cell| cell.operation.method == "GET");
    for cells in [reads, writes] {
        let answered = try_all(&scene, &cells).await;
        wrong.extend(mismatches(&scene, &cells, &answered));
    }
    assert!(wrong.is_empty(), "{} of {} cells are wrong: {wrong:#?}", wrong.len(), cells.len());
    assert!(cells.len() > 1_500, "{} cells are not everything", cells.len());
}

/// Who tries the operation, on what.
fn cells<'a>(scene: &'a Scene, operation: &'a Operation, rule: &Rule) -> Vec<Cell<'a>> {
    let machines = rule.permission.as_ref().into_iter().flat_map(|permission| &scene.machines[permission]);
    let actors = scene.actors.iter().chain(machines);
    actors
        .flat_map(|actor| {
            let expected = expected(scene, operation, rule, &actor.standing);
            expected.into_iter().map(move |(place, expected)| Cell { actor, operation, place, expected })
        })
        .collect()
}

fn expected<'a>(
    scene: &'a Scene,
    operation: &Operation,
    rule: &Rule,
    standing: &Standing,
) -> Vec<(&'a Place, Expected)> {
    let places = &scene.places;
    let somewhere = |expected| vec![(&places.alices, expected), (&places.absent, expected)];
    match standing {
        _ if rule.open => vec![(&places.alices, Expected::Admitted)],
        Standing::Void => somewhere(Expected::Unauthorized),
        Standing::Stranger if rule.visitor => vec![(&places.alices, Expected::Admitted)],
        Standing::Stranger => somewhere(Expected::Unauthorized),
        _ if rule.visitor => vec![(&places.alices, Expected::Admitted)],
        Standing::Holder { logs_in: false, .. } if rule.people => vec![(&places.absent, Expected::Known)],
        _ if rule.member => vec![(&places.absent, Expected::Admitted)],
        Standing::Holder { permissions, .. } => match &rule.permission {
            Some(permission) if !permissions.contains(permission) => somewhere(Expected::Forbidden),
            _ if rule.own => somewhere(Expected::Admitted),
            // What would come of it is for other stories: here it finds nothing.
            _ => vec![(&places.absent, Expected::Admitted)],
        },
        Standing::Customer(_) if !rule.own => somewhere(Expected::Forbidden),
        Standing::Customer(whose) => of_a_customer(scene, operation, *whose),
    }
}

fn of_a_customer<'a>(scene: &'a Scene, operation: &Operation, whose: Whose) -> Vec<(&'a Place, Expected)> {
    let places = &scene.places;
    let (own, others) = match whose {
        Whose::Alices => (&places.alices, &places.bobs),
        Whose::Bobs => (&places.bobs, &places.alices),
    };
    let to_own = if operation.method == "GET" { Expected::Shown } else { Expected::Admitted };
    let mut expected = vec![(own, to_own)];
    if !operation.path.contains('{') {
        return expected;
    }
    expected.extend([(others, Expected::Absent), (&places.absent, Expected::Absent)]);
    if whose == Whose::Alices && has_two(operation) {
        let below = [&places.alices_with_bobs, &places.alices_with_absent];
        expected.extend(below.map(|place| (place, Expected::Absent)));
    }
    expected
}

/// Whether something of a customer's is named beside the customer.
fn has_two(operation: &Operation) -> bool {
    operation.path.matches('{').count() == 2
}

/// The replies, in the order of the cells.
async fn try_all(scene: &Scene, cells: &[Cell<'_>]) -> Vec<Reply> {
    let requests = cells.iter().map(|cell| scene.request(cell.actor, cell.operation, cell.place));
    let requests: Vec<Request> = requests.collect();
    let mut replies = Vec::new();
    for batch in requests.chunks(AT_ONCE) {
        let mut sent = JoinSet::new();
        for (place, request) in batch.iter().cloned().enumerate() {
            sent.spawn(async move { (place, request.await) });
        }
        let mut answered = sent.join_all().await;
        answered.sort_by_key(|(place, _)| *place);
        replies.extend(answered.into_iter().map(|(_, reply)| reply));
    }
    replies
}

fn mismatches(scene: &Scene, cells: &[Cell<'_>], replies: &[Reply]) -> Vec<String> {
    let answered = || cells.iter().zip(replies);
    let mut wrong: Vec<String> = answered()
        .filter(|(cell, reply)| !cell.expected.is_met_by(reply.status))
        .map(|(cell, reply)| {
            let (status, code) = (reply.status, reply.code());
            format!("{} answers {status} {code:?}, not {:?}", cell.name(), cell.expected)
        })
        .collect();
    for (cell, reply) in answered().filter(|(cell, _)| cell.is_anothers()) {
        let (_, like) = answered()
            .find(|(other, _)| other.actor.name == cell.actor.name && other.place.name == cell.like())
            .unwrap();
        if face(scene, reply) != face(scene, like) {
            wrong.push(format!(
                "{} shows that there is something: {:#?} is not {:#?}",
                cell.name(),
                face(scene, reply),
                face(scene, like)
            ));
        }
    }
    wrong
}

/// All that a reply tells, but for the ids that its request named, and its own.
fn face(scene: &Scene, reply: &Reply) -> (u16, BTreeSet<String>, String) {
    let headers = reply.headers.keys().map(|name| name.as_str().to_owned()).collect();
    let places = &scene.places;
    let ids = [&places.alices, &places.bobs, &places.absent].into_iter().flat_map(Place::ids);
    (reply.status, headers, reply.without_ids(&ids.collect::<Vec<_>>()))
}

/// What the admin sees of what was tried to be changed.
async fn looked_at(
    scene: &Scene,
    document: &Document,
    cells: &[Cell<'_>],
) -> Vec<(String, u16, Option<String>, String)> {
    let changes = cells.iter().filter(|cell| cell.operation.method != "GET");
    let paths: BTreeSet<String> = changes.filter_map(|cell| watched(document, cell)).collect();
    let mut seen = Vec::new();
    for path in paths {
        let reply = scene.shop.get(&path).await;
        // Problems name their requests.
        let bytes = if reply.status == 200 {
            String::from_utf8_lossy(&reply.bytes).into_owned()
        } else {
            reply.code().to_owned()
        };
        seen.push((path, reply.status, reply.header("etag").map(str::to_owned), bytes));
    }
    seen
}

/// The nearest row at or above the operation's that can be read.
fn watched(document: &Document, cell: &Cell<'_>) -> Option<String> {
    let mut pattern = cell.operation.path.as_str();
    loop {
        let is_read = |operation: &Operation| operation.method == "GET" && operation.path == pattern;
        if document.operations().iter().any(is_read) {
            return Some(cell.place.path(pattern));
        }
        pattern = pattern.rsplit_once('/')?.0;
    }
}

impl Cell<'_> {
    fn name(&self) -> String {
        format!("{} on {} by {}", id_of(self.operation), self.place.name, self.actor.name)
    }

    fn is_anothers(&self) -> bool {
        self.expected == Expected::Absent && !self.place.name.starts_with("absent")
    }

    /// The place that is not there, of which the reply must be no other.
    fn like(&self) -> &'static str {
        if self.place.name.ends_with("below alice") { "absent below alice" } else { "absent" }
    }
}

impl Expected {
    fn is_met_by(self, status: u16) -> bool {
        match self {
            Expected::Unauthorized => status == 401,
            Expected::Forbidden => status == 403,
            Expected::Absent => status == 404,
            Expected::Admitted => status != 401 && status != 403 && status < 500,
            Expected::Shown => (200..300).contains(&status),
            Expected::Known => status != 401 && status < 500,
        }
    }
}

#[holdfast_test]
async fn lists_of_a_customer_hold_nothing_of_anybody_else(shop: TestShop) {
    let scene = Scene::set(shop.clone(), &Rules::reviewed()).await;
    let (alices, bobs) = (&scene.places.alices, &scene.places.bobs);
    for (name, own, others) in [("alice", alices, bobs), ("bob", bobs, alices)] {
        let client = &scene.actors.iter().find(|actor| actor.name == name).unwrap().client;
        let of_admin = format!("/v1/orders?customer_id={}", own.id("customers"));
        let [addresses, methods] = ["addresses", "payment-methods"]
            .map(|list| own.path(&format!("/v1/customers/{{customer}}/{list}")));
        let orders = "/v1/orders".to_owned();
        for (path, same) in [(&orders, &of_admin), (&addresses, &addresses), (&methods, &methods)] {
            let rows = client.all(path).await;
            assert_eq!(rows, shop.all(same).await, "{name} at {path}");
            assert_eq!(rows.len(), 1, "{name} at {path}");
            let text = format!("{rows:?}");
            for of in ["customers", "addresses", "payment-methods", "orders", "payments"] {
                assert!(!text.contains(others.id(of)), "{name} at {path} sees another's: {text}");
            }
        }
        for query in ["", "&status=placed", "&status=cancelled", "&limit=1"] {
            let path = format!("/v1/orders?customer_id={}{query}", others.id("customers"));
            let page = client.get(&path).await;
            assert_eq!(page.assert_ok().body, json!({"data": [], "next_cursor": null}));
        }
        // A place in everybody's list is not one in the customer's, and shows no more.
        let page = shop.get("/v1/orders?limit=1").await;
        let rows = client.all(&format!("/v1/orders?cursor={}", page.text("next_cursor"))).await;
        assert!(!format!("{rows:?}").contains(others.id("orders")), "{name} sees another's: {rows:?}");
    }
}
