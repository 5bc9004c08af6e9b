use std::fmt::Write;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;

use crate::{Client, Reply, fresh_key};

/// A request in the making; awaiting it sends it.
#[derive(Clone, Debug)]
pub struct Request {
    client: Client,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Body>,
    patience: Patience,
}

#[derive(Clone, Debug)]
enum Body {
    Json(Value),
    Raw(Vec<u8>),
}

/// Which replies are no answer yet, so that the request is sent again, with the same key, after `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    None,
    /// 503 `overloaded`: nothing was done.
    Overload,
    /// Whatever leaves the outcome open: every 503 and 504, and 409 `idempotency-in-progress`.
    Unknown,
}

/// A shop that has no time for us for so long is broken.
const LONGEST: Duration = Duration::from_secs(90);

impl Request {
    pub(crate) fn new(client: Client, method: Method, path: &str) -> Request {
        let mut headers = vec![("authorization".to_owned(), client.credential())];
        if method == Method::POST && needs_key(path) {
            headers.push(("idempotency-key".to_owned(), fresh_key()));
        }
        Request { client, method, path: path.to_owned(), headers, body: None, patience: Patience::Overload }
    }

    #[must_use]
    pub fn json(self, body: Value) -> Request {
        Request { body: Some(Body::Json(body)), ..self.header("content-type", "application/json") }
    }

    /// Any bytes, said to be JSON.
    #[must_use]
    pub fn raw(self, body: impl Into<Vec<u8>>) -> Request {
        Request { body: Some(Body::Raw(body.into())), ..self.header("content-type", "application/json") }
    }

    /// Instead of what was there under this name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Request {
        self = self.without(name);
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn without(mut self, header: &str) -> Request {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(header));
        self
    }

    #[must_use]
    pub fn anonymous(self) -> Request {
        self.without("authorization")
    }

    /// As whoever has this token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Request {
        self.header("authorization", &format!("Bearer {token}"))
    }

    #[must_use]
    pub fn key(self, key: &str) -> Request {
        self.header("idempotency-key", key)
    }

    #[must_use]
    pub fn if_match(self, version: i64) -> Request {
        self.header("if-match", &format!("\"{version}\""))
    }

    /// Takes the first reply, 503 `overloaded` included.
    #[must_use]
    pub fn once(self) -> Request {
        Request { patience: Patience::None, ..self }
    }

    /// Asks again until the outcome is known.
    #[must_use]
    pub fn persistently(self) -> Request {
        Request { patience: Patience::Unknown, ..self }
    }

    /// As awaiting, but a shop that cannot be reached is an error.
    ///
    /// # Errors
    /// When there is no reply.
    ///
    /// # Panics
    /// When the reply is not what the OpenAPI document says, or is a problem that the shop does not explain.
    pub async fn send(&self) -> Result<Reply, reqwest::Error> {
        let started = Instant::now();
        loop {
            let reply = self.attempt().await?;
            let document = self.client.document().await;
            document.verify(self.method.as_str(), self.route(), self.document_body(), &reply);
            self.client.look_up(&reply).await?;
            match self.patience.pause(&reply).filter(|_| started.elapsed() < LONGEST) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Ok(reply),
            }
        }
    }

    async fn attempt(&self) -> Result<Reply, reqwest::Error> {
        let mut request = self.client.http(self.method.clone(), &self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request = match &self.body {
            Some(Body::Json(body)) => request.body(body.to_string()),
            Some(Body::Raw(bytes)) => request.body(bytes.clone()),
            None => request,
        };
        Reply::read(&self.to_text(), request.send().await?).await
    }

    fn route(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    fn document_body(&self) -> Option<&Value> {
        match &self.body {
            Some(Body::Json(body)) => Some(body),
            _ => None,
        }
    }

    fn to_text(&self) -> String {
        let mut text = format!("{} {}", self.method, self.path);
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "authorization") {
            write!(text, "\n{name}: {value}").unwrap();
        }
        match &self.body {
            Some(Body::Json(body)) => write!(text, "\n{body:#}").unwrap(),
            Some(Body::Raw(bytes)) => {
                let shown = &bytes[..bytes.len().min(300)];
                write!(text, "\n{} bytes: {}", bytes.len(), String::from_utf8_lossy(shown)).unwrap();
            }
            None => {}
        }
        text
    }
}

impl IntoFuture for Request {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.send().await.unwrap_or_else(|error| panic!("no reply: {error:?}\nto {}", self.to_text()))
        })
    }
}

impl Patience {
    fn pause(self, reply: &Reply) -> Option<Duration> {
        let overloaded = reply.status == 503 && reply.body["code"] == "overloaded";
        let unknown = matches!(reply.status, 503 | 504)
            || reply.status == 409 && reply.body["code"] == "idempotency-in-progress";
        let again = match self {
            Patience::None => false,
            Patience::Overload => overloaded,
            Patience::Unknown => unknown,
        };
        let seconds = || reply.header("retry-after").map_or(0, |seconds| seconds.parse().unwrap());
        again.then(|| Duration::from_secs(seconds()))
    }
}

/// The rows that need an `Idempotency-Key`.
fn needs_key(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    path == "/v1/orders"
        || ["/cancellation", "/review", "/shipments", "/adjustments", "/transfers"]
            .iter()
            .any(|end| path.ends_with(end))
}
