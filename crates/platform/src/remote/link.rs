//! The way to a module in another process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use kernel::{ApiError, CallCtx, Contract, WireReply};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};
use tower::retry::budget::{Budget, TpsBudget};

use super::breaker::Breaker;
use super::secret::{Context, Secret};

pub(super) const CONTEXT: &str = "holdfast-context";
pub(super) const SIGNATURE: &str = "holdfast-signature";
pub(super) const OUTCOME: &str = "holdfast-outcome";
/// Of a body that says that the call itself failed.
pub(super) const FAILURE: &str = "failure";
pub(super) const REFUSAL: &str = "refusal";
pub(super) const REPLY: &str = "reply";

const LARGEST_ANSWER: usize = 16 * 1024 * 1024;
const CONNECTS_WITHIN: Duration = Duration::from_millis(500);
/// Shorter than the other side keeps idle connections: none is used at the moment in which it is closed there.
const IDLE: Duration = Duration::from_secs(3);
/// Before a lost call is sent again.
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// The connections of this process to others. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Network {
    client: Client,
    secret: Secret,
}

/// Why there is no way to another process.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("must be an absolute http or https URL without a path, such as http://10.0.0.2:8080")]
    Url,
    #[error("TLS is not available: {0}")]
    Tls(String),
}

/// The way to one module. Clones share what is known of it.
#[derive(Clone)]
pub struct Link {
    shared: Arc<Shared>,
}

struct Shared {
    module: &'static str,
    network: Network,
    base: Url,
    breaker: Breaker,
    /// Of calls that were lost, about one in ten calls may be sent again, and ten a second however few there are.
    retries: TpsBudget,
}

/// No answer, or not one of ours. The module may have acted.
pub(super) struct Lost(pub(super) String);

impl Network {
    /// # Errors
    /// [`LinkError::Tls`].
    pub fn new(secret: Secret) -> Result<Network, LinkError> {
        let client = Client::builder()
            .connect_timeout(CONNECTS_WITHIN)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            // Signed requests go to the owner and nowhere else.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| LinkError::Tls(error.to_string()))?;
        Ok(Network { client, secret })
    }

    /// The way to a module at `url`.
    ///
    /// # Errors
    /// [`LinkError::Url`].
    pub fn link(&self, module: &'static str, url: &str) -> Result<Link, LinkError> {
        let base = base(url)?;
        let retries = TpsBudget::new(Duration::from_secs(10), 10, 0.1);
        let (network, breaker) = (self.clone(), Breaker::default());
        Ok(Link { shared: Arc::new(Shared { module, network, base, breaker, retries }) })
    }
}

/// Whether a process can be at `url`.
///
/// # Errors
/// [`LinkError::Url`].
pub fn check_url(url: &str) -> Result<(), LinkError> {
    base(url).map(drop)
}

fn base(url: &str) -> Result<Url, LinkError> {
    let plain =
        |url: &Url| matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none();
    Url::parse(url).ok().filter(plain).ok_or(LinkError::Url)
}

impl Link {
    /// The module at the other end.
    pub fn module(&self) -> &'static str {
        self.shared.module
    }

    /// Where the process is.
    pub fn url(&self) -> &str {
        self.shared.base.as_str()
    }

    /// Whether the process answers, as far as the last calls to it tell.
    pub fn answers(&self) -> bool {
        self.shared.breaker.is_closed()
    }

    /// A request to the process at the other end.
    pub(super) fn request(&self, method: reqwest::Method, path_and_query: &str) -> Option<RequestBuilder> {
        let url = self.shared.base.join(path_and_query).ok().filter(|url| {
            // `//elsewhere/` is another host.
            url.host() == self.shared.base.host()
                && url.port_or_known_default() == self.shared.base.port_or_known_default()
        })?;
        Some(self.shared.network.client.request(method, url))
    }

    /// Whether anything may be sent now.
    pub(super) fn is_open(&self) -> bool {
        self.shared.breaker.admits(Instant::now())
    }

    /// Takes note of how sending ended.
    pub(super) fn heard(&self, answered: bool) {
        if answered {
            self.shared.breaker.answered();
        } else {
            self.shared.breaker.lost(Instant::now());
        }
    }

    /// Calls a method, again where the answer was lost. What is called must be safe to repeat.
    pub(super) async fn ask(
        &self,
        method: &str,
        cx: &CallCtx,
        body: Vec<u8>,
        contract: Option<&Contract>,
    ) -> WireReply {
        let body = Bytes::from(body);
        self.shared.retries.deposit();
        loop {
            if cx.is_expired() {
                return Err(ApiError::DeadlineExceeded);
            }
            if !self.is_open() {
                return Err(ApiError::Unavailable(format!("{} has not answered for a while", self.module())));
            }
            let Lost(why) = match self.send(method, cx, body.clone(), contract).await {
                Ok(reply) => {
                    self.heard(true);
                    return reply;
                }
                Err(lost) => lost,
            };
            self.heard(false);
            tracing::debug!(module = self.module(), method, why, "a call was lost");
            if cx.remaining().is_none_or(|left| left <= RETRY_AFTER) {
                return Err(ApiError::DeadlineExceeded);
            }
            if !self.shared.retries.withdraw() {
                return Err(ApiError::Unavailable(why));
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    async fn send(
        &self,
        method: &str,
        cx: &CallCtx,
        body: Bytes,
        contract: Option<&Contract>,
    ) -> Result<WireReply, Lost> {
        let Some(left) = cx.remaining() else { return Ok(Err(ApiError::DeadlineExceeded)) };
        let Some(context) = Context::leave(cx, contract) else {
            return Ok(Err(ApiError::Internal("the calls between modules go round in a circle".to_owned())));
        };
        let path = format!("/internal/{}/v1/{method}", self.module());
        let signed = serde_json::to_string(&context).ok().and_then(|context| {
            let signature = self.shared.network.secret.sign(&path, &context, &body)?;
            Some((context, signature))
        });
        let (Some((context, signature)), Some(request)) =
            (signed, self.request(reqwest::Method::POST, &path))
        else {
            return Ok(Err(ApiError::Internal(format!("the call to {path} cannot be written"))));
        };
        let request = request.header(CONTEXT, context).header(SIGNATURE, signature);
        let sent = request.timeout(left).body(body).send().await;
        read(sent.map_err(|error| lost(&error))?).await
    }
}

pub(super) fn lost(error: &reqwest::Error) -> Lost {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    Lost(text)
}

async fn read(mut response: Response) -> Result<WireReply, Lost> {
    let status = response.status();
    let outcome =
        response.headers().get(OUTCOME).and_then(|outcome| outcome.to_str().ok()).map(str::to_owned);
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_ANSWER {
            return Ok(Err(ApiError::Incompatible("the answer is too large".to_owned())));
        }
    }
    match (outcome.as_deref(), status) {
        (Some(REPLY), _) => Ok(Ok(Ok(body.into()))),
        (Some(REFUSAL), _) => Ok(Ok(Err(body.into()))),
        (Some(FAILURE), _) => {
            let failure = serde_json::from_slice(&body)
                .ok()
                .and_then(|failure: ApiError<()>| failure.into_domain().err());
            Ok(Err(failure.unwrap_or_else(|| ApiError::Incompatible("a failure of another kind".to_owned()))))
        }
        (_, StatusCode::UNAUTHORIZED) => Ok(Err(ApiError::Unauthorized)),
        // A proxy's own page, or somebody else at that address.
        _ => Err(Lost(format!("the answer is not Holdfast's: {status}"))),
    }
}
