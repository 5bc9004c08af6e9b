//! Passes requests on to the process that owns what they are about.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use kernel::Page;
use reqwest::{Body, Response};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::Link;
use super::link::lost;
use crate::http::{CLIENT, Edge, Problem, answers_within, kinds, owner_answers_within, request_id};

/// On a request that another process passed on.
pub const FORWARDED: &str = "holdfast-forwarded";
/// About the connection, and not about the request (RFC 9110, 7.6.1).
const OF_THE_CONNECTION: [HeaderName; 7] =
    [CONNECTION, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, HeaderName::from_static("keep-alive")];
/// Beyond the owner's own deadline, so that its reply is heard.
const GRACE: Duration = Duration::from_millis(250);
/// The owner gives up on bodies that take longer.
const ARRIVES_WITHIN: Duration = Duration::from_secs(35);
/// Pieces of a body under way.
const PIECES: usize = 4;

/// The way to the owner of a module's REST rows. Cheap to clone.
#[derive(Clone)]
pub struct Forwarder(Link);

/// Whether another process passed the request on: it is not passed on again, and asks of this process alone.
pub fn is_forwarded(request: &HttpRequest) -> bool {
    request.headers().contains_key(FORWARDED)
}

impl Forwarder {
    pub fn new(to: Link) -> Forwarder {
        Forwarder(to)
    }

    /// The module that owns the rows.
    pub fn module(&self) -> &'static str {
        self.0.module()
    }

    /// Whether the owner answers, as far as the last calls to it tell.
    pub fn answers(&self) -> bool {
        self.0.answers()
    }

    /// Answers as the owner does. Bodies are passed on piece by piece, both ways.
    ///
    /// # Errors
    /// 503 when the owner cannot be reached or its reply is lost: it may have acted.
    pub async fn forward(&self, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
        if is_forwarded(&request) {
            return Err(self.away("two processes take each other for the owner"));
        }
        if !self.0.is_open() {
            return Err(self.away("it has not answered for a while"));
        }
        match self.send(&request, payload).await {
            Ok(response) => {
                self.0.heard(true);
                Ok(pass_back(response))
            }
            Err(why) => {
                self.0.heard(false);
                Err(self.away(&why))
            }
        }
    }

    /// What the process at the other end alone has of the list that is asked for.
    ///
    /// # Errors
    /// 503 when it cannot be reached, or refuses what this process took.
    pub async fn list(&self, request: &HttpRequest) -> Result<Page<Value>, Problem> {
        let onward = self.onward(request).ok_or_else(|| self.away("the request cannot be passed on"))?;
        let answer = onward.timeout(answers_within(request)).send().await;
        let page = match answer.and_then(Response::error_for_status) {
            Ok(response) => response.json().await,
            Err(error) => Err(error),
        };
        page.map_err(|error| self.away(&lost(&error).0))
    }

    fn away(&self, why: &str) -> Problem {
        let detail = format!("the process that {} runs in does not answer", self.module());
        Problem::new(&kinds::UNAVAILABLE, detail).caused_by(why).retry_after(1)
    }

    async fn send(&self, request: &HttpRequest, payload: Payload) -> Result<Response, String> {
        let onward = self.onward(request).ok_or("the request cannot be passed on")?;
        let has_body =
            [CONTENT_LENGTH, TRANSFER_ENCODING].iter().any(|name| request.headers().contains_key(name));
        let (body, all_sent) = passing(payload);
        let onward = if has_body { onward.body(body) } else { onward };
        let within = owner_answers_within(request).saturating_add(GRACE);
        let answer = onward.send();
        tokio::pin!(answer);
        let slow = async {
            // The owner's time runs from when it has the body. An error says that the body is no longer read.
            let _ = tokio::time::timeout(ARRIVES_WITHIN, all_sent).await;
            tokio::time::sleep(within).await;
        };
        tokio::select! {
            answer = &mut answer => answer.map_err(|error| lost(&error).0),
            () = slow => Err("the deadline passed".to_owned()),
        }
    }

    /// The same request to the other process, without its body.
    fn onward(&self, request: &HttpRequest) -> Option<reqwest::RequestBuilder> {
        let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes()).ok()?;
        let path = request.uri().path_and_query()?.as_str();
        let mut onward = self.0.request(method, path)?.header(FORWARDED, "1");
        for (name, value) in request.headers().iter().filter(|(name, _)| !is_of_the_connection(name)) {
            if name.as_str() != "x-request-id" && name.as_str() != CLIENT {
                onward = onward.header(name.as_str(), value.as_bytes());
            }
        }
        if let Some(id) = request_id(request) {
            onward = onward.header("x-request-id", &*id);
        }
        if let Some(client) = request.app_data::<Data<Edge>>().and_then(|edge| edge.vouch(request)) {
            onward = onward.header(CLIENT, client);
        }
        Some(onward)
    }
}

fn is_of_the_connection(name: &HeaderName) -> bool {
    OF_THE_CONNECTION.contains(name)
}

/// The client's body as the owner's request has it, and when all of it has been passed on.
///
/// What comes from a client stays on the thread that serves it, hence the channel.
fn passing(mut payload: Payload) -> (Body, oneshot::Receiver<()>) {
    let (pieces, sent) = mpsc::channel::<std::io::Result<Bytes>>(PIECES);
    let (all, all_sent) = oneshot::channel();
    actix_web::rt::spawn(async move {
        while let Some(piece) = payload.next().await {
            if pieces.send(piece.map_err(std::io::Error::other)).await.is_err() {
                break;
            }
        }
        // Nobody may be interested any more.
        let _ = all.send(());
    });
    (Body::wrap_stream(received(sent)), all_sent)
}

fn received(pieces: mpsc::Receiver<std::io::Result<Bytes>>) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::unfold(pieces, async |mut pieces| Some((pieces.recv().await?, pieces)))
}

fn pass_back(response: Response) -> HttpResponse {
    let status = StatusCode::from_u16(response.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut back = HttpResponse::build(status);
    let mut length = None;
    for (name, value) in response.headers() {
        let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_str().as_bytes()),
            actix_web::http::header::HeaderValue::from_bytes(value.as_bytes()),
        ) else {
            continue;
        };
        if name == CONTENT_LENGTH {
            length = value.to_str().ok().and_then(|length| length.parse::<u64>().ok());
        } else if !is_of_the_connection(&name) {
            back.append_header((name, value));
        }
    }
    if let Some(length) = length {
        back.no_chunking(length);
    }
    back.streaming(response.bytes_stream())
}
