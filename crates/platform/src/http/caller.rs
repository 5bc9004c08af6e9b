//! Who asks. The permission is in the handler's signature: [`Admin`], [`Visitor`] or [`Open`]. Whoever may ask is
//! then held to the operation's query parameters, so that no handler can forget to be.

use std::future::{Future, Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use kernel::{CallCtx, Principal};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tracing::Instrument;

use super::edge::{Arrival, Permit};
use super::{Edge, Problem, kinds};

const READ_BUDGET: Duration = Duration::from_secs(1);
const WRITE_BUDGET: Duration = Duration::from_secs(2);
/// Of what is uploaded, from when it has arrived: to look at it and to keep it takes longer than other changes.
pub const UPLOAD_BUDGET: Duration = Duration::from_secs(10);
/// Milliseconds the client will wait; it can only shorten the deadline.
const TIMEOUT_HEADER: &str = "x-request-timeout-ms";

/// The holder of the admin token. Anyone else gets 401.
#[derive(Clone)]
pub struct Admin {
    pub cx: CallCtx,
    detacher: Detacher,
    /// How long the client said that it will wait.
    patience: Option<Duration>,
}

/// Anyone, with or without the admin token.
#[derive(Clone)]
pub struct Visitor {
    pub cx: CallCtx,
}

/// Anyone; whatever credential comes along is not looked at.
#[derive(Clone, Copy, Debug)]
pub struct Open;

#[derive(Clone)]
struct Detacher {
    runtime: Handle,
    permit: Option<Arc<Permit>>,
}

impl Admin {
    /// A call that begins now and has `budget`, or less if the client waits no longer: for work whose request takes its time
    /// to arrive, and that takes longer than others.
    pub fn call_within(&self, budget: Duration) -> CallCtx {
        let budget = self.patience.map_or(budget, |patience| patience.min(budget));
        let cx = self.cx.clone();
        let begun = CallCtx::new(cx.principal.clone(), Arc::clone(&cx.request_id), budget);
        CallCtx { deadline: begun.deadline, ..cx }
    }

    /// Runs a mutation to its end, whether or not the client stays to hear of it: actix drops the handler's future
    /// when the connection is gone. The request counts as in flight until the work is done.
    ///
    /// # Errors
    /// The work's own; 500 when it panics.
    pub async fn detach<R: Send + 'static>(
        &self,
        work: impl Future<Output = Result<R, Problem>> + Send + 'static,
    ) -> Result<R, Problem> {
        let permit = self.detacher.permit.clone();
        let counted = async move {
            let done = work.await;
            drop(permit);
            done
        };
        match self.detacher.runtime.spawn(counted.in_current_span()).await {
            Ok(done) => done,
            Err(join) => Err(Problem::of(&kinds::INTERNAL).caused_by(join)),
        }
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Ready<Result<Admin, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(arrive(request).and_then(|(cx, detacher)| match cx.principal {
            Principal::Anonymous => Err(Problem::of(&kinds::UNAUTHORIZED)),
            _ => known_parameters(request).map(|()| Admin { cx, detacher, patience: patience(request) }),
        }))
    }
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Visitor, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(arrive(request).and_then(|(cx, _)| known_parameters(request).map(|()| Visitor { cx })))
    }
}

impl FromRequest for Open {
    type Error = Problem;
    type Future = Ready<Result<Open, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(known_parameters(request).map(|()| Open))
    }
}

fn known_parameters(request: &HttpRequest) -> Result<(), Problem> {
    edge(request)?.routes.refuse_unknown_parameters(request)
}

pub(super) fn edge(request: &HttpRequest) -> Result<&Edge, Problem> {
    let edge = request.app_data::<web::Data<Edge>>().map(|edge| edge.get_ref());
    edge.ok_or_else(|| Problem::of(&kinds::INTERNAL).caused_by("the edge is not in the application's data"))
}

fn arrive(request: &HttpRequest) -> Result<(CallCtx, Detacher), Problem> {
    let edge = edge(request)?;
    let Some(arrival) = request.extensions().get::<Arrival>().cloned() else {
        return Err(Problem::of(&kinds::INTERNAL).caused_by("the edge middleware is not installed"));
    };
    let principal = authenticate(request, edge)?;
    let mut cx = CallCtx::new(
        principal,
        arrival.request_id,
        answers_within(request).saturating_sub(arrival.at.elapsed()),
    );
    cx.traceparent = text(request, "traceparent").filter(|trace| trace.len() <= 128).map(Into::into);
    Ok((cx, Detacher { runtime: edge.runtime.clone(), permit: arrival.permit }))
}

/// No credential is anonymous; a wrong one is refused even where none is needed.
fn authenticate(request: &HttpRequest, edge: &Edge) -> Result<Principal, Problem> {
    if !request.headers().contains_key(AUTHORIZATION) {
        return Ok(Principal::Anonymous);
    }
    let credential = text(request, "authorization").and_then(|value| value.split_once(' '));
    let token =
        credential.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
    // Digests are compared, so the time taken tells nothing about the token.
    let matches = |token: &str| <[u8; 32]>::from(Sha256::digest(token)) == edge.admin_token;
    match token {
        Some(token) if matches(token) => Ok(Principal::Admin),
        _ => Err(Problem::of(&kinds::UNAUTHORIZED)),
    }
}

/// How long the owner may take, from when it has the request, whose rows another process passes on. It goes by the content type:
/// who takes uploads gives itself [`UPLOAD_BUDGET`].
pub(crate) fn owner_answers_within(request: &HttpRequest) -> Duration {
    let said = text(request, CONTENT_TYPE.as_str());
    if said.is_none_or(|said| said.starts_with("application/json")) {
        return answers_within(request);
    }
    patience(request).map_or(UPLOAD_BUDGET, |patience| patience.min(UPLOAD_BUDGET))
}

/// How long a request may take, from when it is all here.
pub(crate) fn answers_within(request: &HttpRequest) -> Duration {
    let most = if request.method() == Method::GET { READ_BUDGET } else { WRITE_BUDGET };
    patience(request).map_or(most, |patience| patience.min(most))
}

fn patience(request: &HttpRequest) -> Option<Duration> {
    text(request, TIMEOUT_HEADER).and_then(|millis| millis.parse().ok()).map(Duration::from_millis)
}

/// The id that the edge gave the request, or took over from its client.
pub(crate) fn request_id(request: &HttpRequest) -> Option<Arc<str>> {
    request.extensions().get::<Arrival>().map(|arrival| Arc::clone(&arrival.request_id))
}

pub(super) fn text<'a>(request: &'a HttpRequest, header: &str) -> Option<&'a str> {
    request.headers().get(header)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_upload_may_take_its_owner_longer() {
        let within = |kind: &str, patience: Option<&str>| {
            let request = TestRequest::put().insert_header((CONTENT_TYPE, kind));
            let request = match patience {
                Some(millis) => request.insert_header((TIMEOUT_HEADER, millis)),
                None => request,
            };
            owner_answers_within(&request.to_http_request())
        };
        assert_eq!(within("application/json; charset=utf-8", None), WRITE_BUDGET);
        assert_eq!(within("image/png", None), UPLOAD_BUDGET);
        assert_eq!(within("image/png", Some("300")), Duration::from_millis(300));
        assert_eq!(owner_answers_within(&TestRequest::get().to_http_request()), READ_BUDGET);
    }
}
