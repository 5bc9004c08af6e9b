use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::time::Duration;

use analytics_api::Day;
use app::Apis;
use kernel::{ApiError, CallCtx, Clock, Currency, Ids, Money, Sku, Timestamp};
use order_api::OrderId;
use serde::Serialize;
use serde_json::{Value, json};
use testkit::{CardShop, Way};
use uuid::Uuid;

const BUDGET: Duration = Duration::from_secs(30);

/// The modules of a shop, called in one way, and what they answered.
pub(super) struct Scene {
    pub apis: Apis,
    pub shop: CardShop,
    way: Way,
    called: testkit::Called,
    keys: u32,
    ids: Ids,
    told: Vec<Value>,
}

impl Scene {
    pub(super) async fn open(shop: &CardShop, way: Way) -> Scene {
        let called = testkit::Called::default();
        let apis = way.to(shop, &called).await;
        Scene { apis, shop: shop.clone(), way, called, keys: 0, ids: Ids::new(), told: Vec::new() }
    }

    /// Nobody else is called so.
    pub(super) fn name(&self, of: &str) -> String {
        format!("{of}-{}", self.way.name())
    }

    pub(super) fn sku(&self, of: &str) -> Sku {
        Sku::parse(&self.name(of)).unwrap()
    }

    /// Of an order that nobody placed.
    pub(super) fn order(&self) -> OrderId {
        self.ids.next(self.shop.clock().now())
    }

    pub(super) fn cx(&self) -> CallCtx {
        CallCtx::system("conformance", BUDGET)
    }

    pub(super) fn under_a_key(&mut self) -> CallCtx {
        self.keys += 1;
        self.cx().with_key(format!("{}-{}", self.way.name(), self.keys))
    }

    pub(super) fn note<T: Serialize, E: Serialize>(&mut self, method: &str, answer: &Result<T, ApiError<E>>) {
        let answer = match answer {
            Ok(reply) => json!({"ok": reply}),
            Err(error) => json!({"error": error}),
        };
        self.told.push(json!({method: answer}));
    }

    /// What was answered, as it would have been to anybody else, and the methods that were called.
    pub(super) fn end(self) -> (Vec<Value>, BTreeSet<String>) {
        let mut names = Names { own: self.way.name(), ids: HashMap::new() };
        let told = self.told.into_iter().map(|answer| names.replaced(answer)).collect();
        let called = self.called.lock().unwrap().clone();
        (told, called)
    }
}

/// A query is answered, unless it comes too late.
macro_rules! query {
    ($scene:ident, $api:ident.$method:ident($request:expr)) => {{
        let (request, cx) = ($request, $scene.cx());
        let late =
            $scene.apis.$api.$method(&cx.with_budget(std::time::Duration::ZERO), request.clone()).await;
        assert_eq!(late.err(), Some(kernel::ApiError::DeadlineExceeded), "{}", stringify!($method));
        let answer = $scene.apis.$api.$method(&cx, request).await;
        $scene.note(stringify!($method), &answer);
        answer
    }};
}
pub(super) use query;

/// A command is carried out once, and answers the same when it is repeated; not without a key, and not too late.
macro_rules! command {
    ($scene:ident, $api:ident.$method:ident($request:expr)) => {{
        let (request, cx) = ($request, $scene.under_a_key());
        let unkeyed = kernel::CallCtx { idempotency_key: None, ..cx.clone() };
        let unkeyed = $scene.apis.$api.$method(&unkeyed, request.clone()).await;
        crate::conformance::scene::assert_incompatible(stringify!($method), &unkeyed);
        let late =
            $scene.apis.$api.$method(&cx.with_budget(std::time::Duration::ZERO), request.clone()).await;
        assert_eq!(late.err(), Some(kernel::ApiError::DeadlineExceeded), "{}", stringify!($method));
        let answer = $scene.apis.$api.$method(&cx, request.clone()).await;
        let again = $scene.apis.$api.$method(&cx, request).await;
        assert_eq!(again, answer, "{} is repeated", stringify!($method));
        $scene.note(stringify!($method), &answer);
        answer
    }};
}
pub(super) use command;

/// Asked for more than a request may ask for, a module answers that this is not its contract.
macro_rules! too_much {
    ($scene:ident, $api:ident.$method:ident($request:expr)) => {{
        let cx = $scene.under_a_key();
        let answer = $scene.apis.$api.$method(&cx, $request).await;
        crate::conformance::scene::assert_incompatible(stringify!($method), &answer);
    }};
}
pub(super) use too_much;

pub(super) fn assert_incompatible<T: Debug, E: Debug>(method: &str, answer: &Result<T, ApiError<E>>) {
    assert!(matches!(answer, Err(ApiError::Incompatible(_))), "{method}: {answer:?}");
}

pub(super) fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

/// Replaces what differs from way to way: names, ids by the order in which they appear, and moments.
struct Names {
    own: &'static str,
    ids: HashMap<String, usize>,
}

impl Names {
    fn replaced(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) => self.text(&text).into(),
            Value::Array(values) => values.into_iter().map(|value| self.replaced(value)).collect(),
            Value::Object(fields) => {
                // Orders are counted.
                let replaced = |(name, value): (String, Value)| match &*name {
                    "number" if value.is_string() => (name, "a number".into()),
                    _ => (name, self.replaced(value)),
                };
                fields.into_iter().map(replaced).collect()
            }
            other => other,
        }
    }

    fn text(&mut self, text: &str) -> String {
        if text.parse::<Timestamp>().is_ok() || text.parse::<Day>().is_ok() {
            return "a moment".to_owned();
        }
        if Uuid::try_parse(text).is_ok() {
            return self.id(text);
        }
        let between = |char: char| !(char.is_alphanumeric() || char == '_');
        let replaced = |piece: &str| {
            let word = piece.trim_end_matches(between);
            format!("{}{}", self.word(word), &piece[word.len()..])
        };
        text.split_inclusive(between).map(replaced).collect()
    }

    fn word(&mut self, word: &str) -> String {
        // `ord_01k9qz3v8yfg2r5m4n3c680thw`
        let is_id = word.rsplit_once('_').is_some_and(|(_, body)| body.len() == 26);
        if word.eq_ignore_ascii_case(self.own) {
            "way".to_owned()
        } else if is_id {
            self.id(word)
        } else {
            word.to_owned()
        }
    }

    fn id(&mut self, id: &str) -> String {
        let next = self.ids.len();
        format!("id {}", self.ids.entry(id.to_owned()).or_insert(next))
    }
}
