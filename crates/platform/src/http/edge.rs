//! The middleware around every request: request id, overload limit, span, metrics, and problem replies for
//! everything that fails, the framework's own errors included.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Path, ServiceRequest, ServiceResponse, Url};
use actix_web::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use ipnet::IpNet;
use kernel::{CallCtx, Clock, Ids, Principal};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;

use super::caller::{Bearer, Credentials, answers_within, authenticate, digest};
use super::drain::Drain;
use super::{Problem, ProblemKind, Routes, kinds};
use crate::remote::Secret;

const QUEUE_WAIT: Duration = Duration::from_millis(100);
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the operator may turn.
#[derive(Clone, Copy, Debug)]
pub struct EdgeSettings {
    /// Requests that may run at once.
    pub in_flight: usize,
    /// Requests that may wait, 100 ms at most, for one of those to end.
    pub queued: usize,
}

/// Whose credentials open anything.
pub struct Access {
    /// Opens everything; without one, nobody is let in but by their own credentials.
    pub admin_token: Option<String>,
    pub credentials: Arc<dyn Credentials>,
    pub origins: Origins,
}

/// Who is believed when a request is said to come from somewhere else.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// Proxies before us, whose `X-Forwarded-For` is read.
    pub proxies: Vec<IpNet>,
    /// What the processes of this shop share.
    pub secret: Option<Secret>,
}

/// What all requests of one process share.
pub struct Edge {
    pub(super) runtime: Handle,
    /// Its digest, unless it opens nothing.
    admin_token: Option<[u8; 32]>,
    pub(super) credentials: Arc<dyn Credentials>,
    pub(super) origins: Origins,
    clock: Arc<dyn Clock>,
    ids: Ids,
    /// Places for all requests that have come and not been answered, those that wait included.
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    settings: EdgeSettings,
    drain: Drain,
    kinds: Vec<ProblemKind>,
    pub(super) routes: Arc<Routes>,
}

/// What the edge leaves in the request for the extractors.
#[derive(Clone)]
pub(super) struct Arrival {
    pub request_id: Arc<str>,
    pub at: Instant,
    pub permit: Option<Arc<Permit>>,
    /// Who asks, or why that cannot be said.
    pub bearer: Result<Bearer, Problem>,
}

/// A place among the requests that run.
pub(super) struct Permit {
    _running: OwnedSemaphorePermit,
    _admitted: OwnedSemaphorePermit,
}

impl Edge {
    pub fn new(
        runtime: Handle,
        clock: Arc<dyn Clock>,
        ids: Ids,
        access: Access,
        settings: EdgeSettings,
        routes: Arc<Routes>,
        module_kinds: impl IntoIterator<Item = ProblemKind>,
    ) -> Edge {
        Edge {
            runtime,
            admin_token: access.admin_token.as_deref().map(digest),
            credentials: access.credentials,
            origins: access.origins,
            clock,
            ids,
            admitted: Arc::new(Semaphore::new(settings.in_flight.saturating_add(settings.queued))),
            running: Arc::new(Semaphore::new(settings.in_flight)),
            settings,
            drain: Drain::new(),
            kinds: kinds::ALL.iter().copied().chain(module_kinds).collect(),
            routes,
        }
    }

    /// What `code` means, if it is one of ours.
    pub fn explain(&self, code: &str) -> Option<&ProblemKind> {
        self.kinds.iter().find(|kind| kind.code == code)
    }

    /// From now on every reply asks the client to close its connection, and `ready` answers 503.
    pub fn drain(&self) {
        self.drain.begin();
    }

    /// Waits, after [`Edge::drain`], until every client that is talking to us has been told to close its connection:
    /// 3 s at most, not at all when no request came within the last second.
    pub async fn linger(&self) {
        self.drain.linger().await;
    }

    pub fn is_draining(&self) -> bool {
        self.drain.has_begun()
    }

    /// Waits until no request runs, those whose client has left included.
    pub async fn idle(&self) {
        let all = u32::try_from(self.settings.in_flight).unwrap_or(u32::MAX);
        // Only a closed semaphore fails, and nothing closes it.
        let _ = self.running.acquire_many(all).await;
    }

    pub(super) fn is_admin_token(&self, token: &str) -> bool {
        self.admin_token.is_some_and(|ours| ours == digest(token))
    }

    async fn admit(&self) -> Result<Permit, Problem> {
        let overloaded = || Problem::of(&kinds::OVERLOADED).retry_after(1);
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| overloaded())?;
        match tokio::time::timeout(QUEUE_WAIT, Arc::clone(&self.running).acquire_owned()).await {
            Ok(Ok(running)) => Ok(Permit { _running: running, _admitted: admitted }),
            _ => Err(overloaded()),
        }
    }

    /// The caller's id if it is sane, else a new one.
    fn request_id(&self, request: &ServiceRequest) -> Arc<str> {
        let sane = |id: &&str| {
            (1..=64).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        let given = request.headers().get(&X_REQUEST_ID).and_then(|id| id.to_str().ok()).filter(sane);
        given.map_or_else(|| self.fresh_uuid().simple().to_string().into(), Into::into)
    }

    pub(super) fn fresh_uuid(&self) -> uuid::Uuid {
        self.ids.uuid(self.clock.now())
    }
}

/// The middleware, for `actix_web::middleware::from_fn`.
///
/// # Errors
/// None of its own: a handler's failure arrives as a response and leaves as a problem reply.
pub async fn around<B: MessageBody + 'static>(
    edge: web::Data<Edge>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    // Other processes repeat what they lose; nobody lingers for them.
    if !request.path().starts_with("/internal/") {
        edge.drain.arrived(started);
    }
    let request_id = edge.request_id(&request);
    let method = request.method().clone();
    if method == Method::HEAD {
        // Answered like GET (RFC 9110, 9.3.2); the server leaves the body out.
        request.head_mut().method = Method::GET;
    }
    let counted = is_row(request.match_info());
    let permit = match if counted { edge.admit().await.map(Some) } else { Ok(None) } {
        Ok(permit) => permit.map(Arc::new),
        Err(problem) => {
            let response = problem.respond(&request_id, request.path());
            return Ok(finish(&edge, request.into_response(response), &request_id, &method, started));
        }
    };
    let span = tracing::info_span!("request", %request_id, %method, path = request.path());
    let bearer = if counted {
        let cx =
            CallCtx::new(Principal::Anonymous, Arc::clone(&request_id), answers_within(request.request()));
        authenticate(request.request(), &edge, &cx).instrument(span.clone()).await
    } else {
        Ok(Bearer::nobody())
    };
    request.extensions_mut().insert(Arrival {
        request_id: Arc::clone(&request_id),
        at: started,
        permit,
        bearer,
    });
    let response = next.call(request).instrument(span.clone()).await?.map_into_boxed_body();
    // A client that has its reply may ask again at once, and must find the place free that it just left.
    response.request().extensions_mut().remove::<Arrival>();
    let response = span.in_scope(|| with_problem(response, &request_id));
    Ok(finish(&edge, response, &request_id, &method, started))
}

/// Whether this is about the shop: by the path as the router reads it, of which a client can spell every letter in two ways.
fn is_row(path: &Path<Url>) -> bool {
    path.as_str().starts_with("/v1/")
}

/// Gives an error its problem body.
fn with_problem(response: ServiceResponse<BoxBody>, request_id: &str) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if status.as_u16() < 400 {
        return response;
    }
    let (problem, cause) = match response.response().error().map(|error| (error.as_error::<Problem>(), error))
    {
        Some((Some(problem), _)) => (problem.clone(), problem.cause().map(str::to_owned)),
        Some((None, error)) => (by_status(status), Some(error.to_string())),
        None if response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind == "application/problem+json") =>
        {
            return response;
        }
        None => (by_status(status), None),
    };
    // A 503 without a cause says that we are busy or not ready: there is nothing to find out.
    match (status.is_server_error(), cause) {
        (true, Some(cause)) => tracing::error!(code = problem.code(), cause, "request failed"),
        (_, cause) => tracing::debug!(code = problem.code(), cause, "request refused"),
    }
    let instance = response.request().path().to_owned();
    let rendered = problem.respond(request_id, &instance);
    response.into_response(rendered)
}

/// For errors that the framework made by itself.
fn by_status(status: StatusCode) -> Problem {
    Problem::of(match status.as_u16() {
        401 => &kinds::UNAUTHORIZED,
        403 => &kinds::FORBIDDEN,
        404 => &kinds::NOT_FOUND,
        405 => &kinds::METHOD_NOT_ALLOWED,
        408 => &kinds::REQUEST_TIMEOUT,
        413 => &kinds::TOO_LARGE,
        415 => &kinds::UNSUPPORTED_MEDIA_TYPE,
        400..500 => &kinds::MALFORMED_REQUEST,
        503 => &kinds::UNAVAILABLE,
        504 => &kinds::DEADLINE,
        _ => &kinds::INTERNAL,
    })
}

fn finish(
    edge: &Edge,
    mut response: ServiceResponse<BoxBody>,
    request_id: &str,
    method: &Method,
    started: Instant,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let is_row = is_row(response.request().match_info());
    let is_private = *method != Method::GET || response.request().headers().contains_key(AUTHORIZATION);
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(X_REQUEST_ID, id);
    }
    if is_row {
        protect(headers, is_private);
    }
    if edge.is_draining() {
        // A `Connection` header would be dropped: actix writes its own.
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    let method = metric_name(method);
    let status = status.as_str().to_owned();
    metrics::histogram!("holdfast_http_request_seconds", "method" => method, "route" => route.clone())
        .record(started.elapsed());
    metrics::counter!("holdfast_http_requests_total", "method" => method, "route" => route, "status" => status)
        .increment(1);
    response
}

/// What a browser must not do with a reply, should one ever get hold of it; nobody keeps what was not for everybody.
fn protect(headers: &mut HeaderMap, is_private: bool) {
    const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, NOTHING);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if is_private && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Methods are the client's to invent; metric labels are not.
fn metric_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests;
