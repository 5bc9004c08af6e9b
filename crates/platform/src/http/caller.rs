//! Who asks, and what they may. The permission is in the handler's signature: [`May`], [`Own`], [`Member`], [`Visitor`] or
//! [`Open`]. Whoever may ask is then held to the operation's query parameters, so that no handler can forget to be.

use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use kernel::{BoxFut, CallCtx, Id, IdKind, Needed, Permission, Permissions, Principal};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tracing::Instrument;
use uuid::Uuid;

use super::edge::{Arrival, Permit};
use super::{Edge, Problem, kinds};

const READ_BUDGET: Duration = Duration::from_secs(1);
const WRITE_BUDGET: Duration = Duration::from_secs(2);
/// Of what is uploaded, from when it has arrived: to look at it and to keep it takes longer than other changes.
pub const UPLOAD_BUDGET: Duration = Duration::from_secs(10);
/// Milliseconds the client will wait; it can only shorten the deadline.
const TIMEOUT_HEADER: &str = "x-request-timeout-ms";

/// Whom a credential stands for, and what it allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    pub principal: Principal,
    pub permissions: Permissions,
    /// The session that the credential is of, if it is of one.
    pub session: Option<Uuid>,
}

impl Bearer {
    /// Who shows no credential.
    pub(super) const fn nobody() -> Bearer {
        Bearer { principal: Principal::Anonymous, permissions: Permissions::NONE, session: None }
    }
}

/// Knows whom bearer tokens stand for; the admin token aside, which the edge knows by itself.
pub trait Credentials: Send + Sync + 'static {
    /// The holder of a token; `None` if it is none of ours, has expired, or was revoked.
    fn bearer<'a>(&'a self, cx: &'a CallCtx, token: &'a str) -> BoxFut<'a, Result<Option<Bearer>, Problem>>;
}

/// Somebody who asks.
#[derive(Clone)]
pub struct Caller {
    pub cx: CallCtx,
    permissions: Permissions,
    session: Option<Uuid>,
    detacher: Detacher,
    /// How long the client said that it will wait.
    patience: Option<Duration>,
}

/// Whoever holds the permission `P`. Anyone else gets 403, without a credential 401.
pub struct May<P>(Caller, PhantomData<fn() -> P>);

/// A customer, for what is its own, or whoever holds the permission `P`, for what is anybody's. Anyone else gets 403, without
/// a credential 401. What is not the customer's own must look absent: [`Own::includes`].
pub struct Own<P>(Caller, PhantomData<fn() -> P>);

/// Anyone with a credential. Without one 401.
pub struct Member(Caller);

/// Anyone, with or without a credential.
pub struct Visitor(Caller);

/// Anyone, in nobody's name; whatever credential comes along is not looked at.
pub struct Stranger(Caller);

/// Anyone; whatever credential comes along is not looked at.
#[derive(Clone, Copy, Debug)]
pub struct Open;

#[derive(Clone)]
struct Detacher {
    runtime: Handle,
    permit: Option<Arc<Permit>>,
}

impl Caller {
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }

    pub fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// The session that the caller's credential is of, if it is of one.
    pub fn session<K: IdKind>(&self) -> Option<Id<K>> {
        self.session.map(Id::from_uuid)
    }

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

impl<P> Own<P> {
    /// The customer that the caller is confined to; `None` if it may see everybody's.
    pub fn only<K: IdKind>(&self) -> Option<Id<K>>
    where
        P: Needed,
    {
        if self.may(P::PERMISSION) { None } else { self.cx.principal.customer() }
    }

    /// Whether what belongs to `customer` is the caller's to use.
    pub fn includes<K: IdKind>(&self, customer: Id<K>) -> bool
    where
        P: Needed,
    {
        self.only().is_none_or(|own| own == customer)
    }
}

macro_rules! is_a_caller {
    ($($Of:ident $(<$P:ident>)?),+) => {
        $(impl $(<$P>)? Deref for $Of $(<$P>)? {
            type Target = Caller;

            fn deref(&self) -> &Caller {
                &self.0
            }
        })+
    };
}
is_a_caller!(May<P>, Own<P>, Member, Visitor, Stranger);

/// Lets the request in if `judge` lets the caller.
fn admit<T>(
    request: &HttpRequest,
    judge: impl FnOnce(Caller) -> Result<T, Problem>,
) -> Ready<Result<T, Problem>> {
    let admitted = arrive(request).and_then(judge);
    ready(admitted.and_then(|admitted| known_parameters(request).map(|()| admitted)))
}

fn member(caller: Caller) -> Result<Caller, Problem> {
    match caller.cx.principal {
        Principal::Anonymous => Err(Problem::of(&kinds::UNAUTHORIZED)),
        _ => Ok(caller),
    }
}

fn lacks(permission: Permission) -> Problem {
    Problem::new(&kinds::FORBIDDEN, format_args!("this needs the permission {permission}"))
}

impl<P: Needed> FromRequest for May<P> {
    type Error = Problem;
    type Future = Ready<Result<May<P>, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        admit(request, |caller| {
            let caller = member(caller)?;
            if caller.may(P::PERMISSION) { Ok(May(caller, PhantomData)) } else { Err(lacks(P::PERMISSION)) }
        })
    }
}

impl<P: Needed> FromRequest for Own<P> {
    type Error = Problem;
    type Future = Ready<Result<Own<P>, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        admit(request, |caller| {
            let caller = member(caller)?;
            match caller.cx.principal {
                _ if caller.may(P::PERMISSION) => Ok(Own(caller, PhantomData)),
                Principal::Customer(_) => Ok(Own(caller, PhantomData)),
                _ => Err(lacks(P::PERMISSION)),
            }
        })
    }
}

impl FromRequest for Member {
    type Error = Problem;
    type Future = Ready<Result<Member, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        admit(request, |caller| member(caller).map(Member))
    }
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Visitor, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        admit(request, |caller| Ok(Visitor(caller)))
    }
}

impl FromRequest for Stranger {
    type Error = Problem;
    type Future = Ready<Result<Stranger, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let arrived = arrival(request).and_then(|arrival| caller(request, arrival, Bearer::nobody()));
        ready(arrived.and_then(|caller| known_parameters(request).map(|()| Stranger(caller))))
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

fn arrive(request: &HttpRequest) -> Result<Caller, Problem> {
    let arrival = arrival(request)?;
    let bearer = arrival.bearer.clone()?;
    caller(request, arrival, bearer)
}

fn arrival(request: &HttpRequest) -> Result<Arrival, Problem> {
    let arrival = request.extensions().get::<Arrival>().cloned();
    arrival.ok_or_else(|| Problem::of(&kinds::INTERNAL).caused_by("the edge middleware is not installed"))
}

fn caller(request: &HttpRequest, arrival: Arrival, bearer: Bearer) -> Result<Caller, Problem> {
    let runtime = edge(request)?.runtime.clone();
    let Bearer { principal, permissions, session } = bearer;
    let left = answers_within(request).saturating_sub(arrival.at.elapsed());
    let mut cx = CallCtx::new(principal, arrival.request_id, left);
    cx.traceparent = text(request, "traceparent").filter(|trace| trace.len() <= 128).map(Into::into);
    let detacher = Detacher { runtime, permit: arrival.permit };
    let patience = patience(request);
    Ok(Caller { cx, permissions, session, detacher, patience })
}

/// In whose name the request is.
pub(super) fn principal(request: &HttpRequest) -> Result<Principal, Problem> {
    Ok(arrive(request)?.cx.principal)
}

/// Whom a request is from. No credential is anonymous; a wrong one is refused even where none is needed, but for [`Open`] rows.
///
/// Done before the request is given to its handler, whose extractors are then judged in the order in which they stand: who
/// asks comes before what is asked.
pub(super) async fn authenticate(
    request: &HttpRequest,
    edge: &Edge,
    cx: &CallCtx,
) -> Result<Bearer, Problem> {
    if !request.headers().contains_key(AUTHORIZATION) {
        return Ok(Bearer::nobody());
    }
    let credential = text(request, "authorization").and_then(|value| value.split_once(' '));
    let token =
        credential.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
    let token = token.ok_or_else(|| Problem::of(&kinds::UNAUTHORIZED))?;
    if edge.is_admin_token(token) {
        return Ok(Bearer { principal: Principal::Admin, permissions: Permissions::all(), session: None });
    }
    edge.credentials.bearer(cx, token).await?.ok_or_else(|| Problem::of(&kinds::UNAUTHORIZED))
}

/// What a token is compared by: the time that takes tells nothing about the token.
pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
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
