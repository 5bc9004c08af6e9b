//! Request bodies: plain JSON, at most 64 KiB, of exactly the schema asked for.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest};
use bytes::Bytes;
use garde::Validate;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::caller::{edge, principal, request_id, text};
use super::json::parse;
use super::{Problem, kinds};
use crate::idempotency::RequestKey;

const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

/// What a handler may take as a body. `Default` bounds of garde's `Context = ()` apply.
pub trait Body: DeserializeOwned + Validate<Context = ()> + 'static {}

impl<T: DeserializeOwned + Validate<Context = ()> + 'static> Body for T {}

/// A JSON body, parsed and validated.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

/// A JSON body under an `Idempotency-Key` that must be there.
#[derive(Debug)]
pub struct Keyed<T> {
    pub body: T,
    pub key: RequestKey,
}

/// A JSON body under an `Idempotency-Key` that may be there.
#[derive(Debug)]
pub struct Keyable<T> {
    pub body: T,
    pub key: Option<RequestKey>,
}

/// No body, under an `Idempotency-Key` that may be there. Whatever body comes along is not looked at.
#[derive(Debug)]
pub struct Bodiless {
    pub key: Option<RequestKey>,
}

/// A [`Keyable`] body that is looked through as it came, before its schema is: for what is refused in any field.
#[derive(Debug)]
pub struct Screened<T>(pub Keyable<T>);

/// What a [`Screened`] body is looked through for.
pub trait Screen {
    /// # Errors
    /// The problem, when `body` carries what it must not.
    fn screen(body: &Value) -> Result<(), Problem>;
}

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl<T: Body> FromRequest for JsonBody<T> {
    type Error = Problem;
    type Future = Extracted<JsonBody<T>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let raw = read(request, payload);
        Box::pin(async move { Ok(JsonBody(parse(&raw.await?)?)) })
    }
}

impl<T: Body> FromRequest for Keyable<T> {
    type Error = Problem;
    type Future = Extracted<Keyable<T>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (raw, request) = (read(request, payload), request.clone());
        Box::pin(async move {
            let raw = raw.await?;
            let body = parse(&raw)?;
            Ok(Keyable { body, key: request_key(&request, &raw)? })
        })
    }
}

impl FromRequest for Bodiless {
    type Error = Problem;
    type Future = Ready<Result<Bodiless, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request_key(request, &Bytes::new()).map(|key| Bodiless { key }))
    }
}

impl<T: Body + Screen> FromRequest for Screened<T> {
    type Error = Problem;
    type Future = Extracted<Screened<T>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (raw, request) = (read(request, payload), request.clone());
        Box::pin(async move {
            let raw = raw.await?;
            // What is no JSON at all fails below, in the same words as everywhere.
            if let Ok(value) = serde_json::from_slice(&raw) {
                T::screen(&value)?;
            }
            let body = parse(&raw)?;
            Ok(Screened(Keyable { body, key: request_key(&request, &raw)? }))
        })
    }
}

impl<T: Body> FromRequest for Keyed<T> {
    type Error = Problem;
    type Future = Extracted<Keyed<T>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let keyable = Keyable::from_request(request, payload);
        Box::pin(async move {
            let Keyable { body, key } = keyable.await?;
            let key = key.ok_or_else(|| Problem::of(&kinds::IDEMPOTENCY_KEY_MISSING))?;
            Ok(Keyed { body, key })
        })
    }
}

fn request_key(request: &HttpRequest, raw: &Bytes) -> Result<Option<RequestKey>, Problem> {
    let Some(key) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = key.as_bytes();
    if !(16..=255).contains(&key.len()) || !key.iter().all(u8::is_ascii_graphic) {
        return Err(Problem::of(&kinds::IDEMPOTENCY_KEY_MALFORMED));
    }
    let (principal, method) = (principal(request)?.to_string(), request.method().as_str());
    let route = request.match_pattern().unwrap_or_default();
    let scope: [&[u8]; 4] = [principal.as_bytes(), method.as_bytes(), route.as_bytes(), key];
    let print: [&[u8]; 4] =
        [method.as_bytes(), request.path().as_bytes(), request.query_string().as_bytes(), raw.as_ref()];
    let (id, request_id) = (edge(request)?.fresh_uuid(), request_id(request).unwrap_or_default());
    Ok(Some(RequestKey::new(&scope, &print, id, request_id, request.path().to_owned())))
}

/// Reads the body; refuses what is not plain JSON before reading it.
fn read(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Bytes, Problem>> + use<> {
    let plain = request.headers().get(CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    let kind = text(request, CONTENT_TYPE.as_str()).and_then(|kind| kind.split(';').next());
    let json = kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    let bytes = (plain && json).then(|| Bytes::from_request(request, payload));
    async move {
        let Some(bytes) = bytes else { return Err(Problem::of(&kinds::UNSUPPORTED_MEDIA_TYPE)) };
        let Ok(read) = tokio::time::timeout(ARRIVES_WITHIN, bytes).await else {
            return Err(Problem::of(&kinds::REQUEST_TIMEOUT));
        };
        read.map_err(|error| match error.as_error::<PayloadError>() {
            Some(PayloadError::Overflow) => Problem::of(&kinds::TOO_LARGE),
            _ => Problem::of(&kinds::MALFORMED_REQUEST).caused_by(error),
        })
    }
}
