use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use reqwest::Method;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{ADMIN_TOKEN, Document, Random, Reply, Request};

/// Talks to one shop, as its administrator unless told otherwise. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    shop: SocketAddr,
    http: reqwest::Client,
    token: Arc<str>,
    document: Arc<OnceCell<Document>>,
    /// Codes of problems that the shop has explained.
    explained: Arc<Mutex<BTreeSet<String>>>,
}

/// Longer than the longest deadline of the shop.
const TIMEOUT: Duration = Duration::from_secs(20);
const IDLE: Duration = Duration::from_secs(1);

impl Client {
    /// # Panics
    /// When the machine has no network at all.
    pub fn new(shop: SocketAddr) -> Client {
        allow_many_connections();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            // The shop closes idle connections after 5 s: a request must not meet one that is just being closed.
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let token = ADMIN_TOKEN.into();
        Client { shop, http, token, document: Arc::default(), explained: Arc::default() }
    }

    /// Talks to the same shop, as whoever has this token.
    #[must_use]
    pub fn bearing(&self, token: &str) -> Client {
        Client { token: token.into(), ..self.clone() }
    }

    pub fn address(&self) -> SocketAddr {
        self.shop
    }

    pub fn request(&self, method: Method, path: &str) -> Request {
        Request::new(self.clone(), method, path)
    }

    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str, body: Value) -> Request {
        self.request(Method::POST, path).json(body)
    }

    pub fn patch(&self, path: &str, body: Value) -> Request {
        self.request(Method::PATCH, path).json(body)
    }

    pub fn put(&self, path: &str, body: Value) -> Request {
        self.request(Method::PUT, path).json(body)
    }

    pub fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    /// Every row of a list, page by page; `path` may have a query already.
    ///
    /// # Panics
    /// When a page is not one, or the pages never end.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let (mut rows, mut next) = (Vec::new(), format!("{path}{joint}limit=100"));
        for _ in 0..1_000 {
            let page = self.get(&next).persistently().await;
            page.assert_status(200);
            rows.extend(page["data"].as_array().expect("a list has data").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("{path}{joint}limit=100&cursor={cursor}"),
                None => return rows,
            }
        }
        panic!("{path} has no last page");
    }

    /// How a subscription stands, by its name.
    ///
    /// # Panics
    /// When there is none of this name.
    pub async fn subscription(&self, name: &str) -> Value {
        let all = self.get("/v1/admin/subscriptions").await;
        let all = all.assert_ok()["data"].as_array().expect("a list has data");
        all.iter().find(|one| one["name"] == name).expect("it is there").clone()
    }

    /// What the shop says about its own API.
    ///
    /// # Panics
    /// When it does not say.
    pub async fn document(&self) -> &Document {
        self.document
            .get_or_init(|| async {
                let url = format!("http://{}/openapi.json", self.shop);
                let reply = self.http.get(url).send().await.expect("the OpenAPI document is served");
                let reply = Reply::read("GET /openapi.json", reply).await.unwrap();
                Document::new(reply.assert_ok().body.clone())
            })
            .await
    }

    /// The shop must explain each problem that it gives.
    pub(crate) async fn look_up(&self, problem: &Reply) -> Result<(), reqwest::Error> {
        let code = problem.code().to_owned();
        if problem.status < 400 || !self.explained.lock().unwrap().insert(code.clone()) {
            return Ok(());
        }
        let page = self.http(Method::GET, &format!("/problems/{code}")).send().await?;
        assert_eq!(page.status(), 200, "{code:?} is not explained\n{}", problem.exchange());
        Ok(())
    }

    pub(crate) fn http(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.shop))
    }

    pub(crate) fn credential(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

/// A thousand buyers need two files each, as the shop is in the same process, and many a shell allows 1,024 in all.
fn allow_many_connections() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    // Where it cannot be raised, a test that needs more says so.
    let _ = setrlimit(Resource::Nofile, raised);
}

/// An idempotency key that nobody used before.
pub fn fresh_key() -> String {
    static RUN: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let run = RUN.get_or_init(|| Random::new(Random::seed()).number());
    format!("test-{run:016x}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}
