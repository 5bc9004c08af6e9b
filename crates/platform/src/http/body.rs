//! Request bodies: plain JSON, at most 64 KiB, of exactly the schema asked for.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use bytes::Bytes;
use garde::Validate;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use super::caller::text;
use super::edge::Arrival;
use super::{Admin, FieldError, Problem, kinds};
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
            Ok(Keyable { body, key: request_key(&request, &raw).await? })
        })
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
            Ok(Screened(Keyable { body, key: request_key(&request, &raw).await? }))
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

async fn request_key(request: &HttpRequest, raw: &Bytes) -> Result<Option<RequestKey>, Problem> {
    let Some(key) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = key.as_bytes();
    if !(16..=255).contains(&key.len()) || !key.iter().all(u8::is_ascii_graphic) {
        return Err(Problem::of(&kinds::IDEMPOTENCY_KEY_MALFORMED));
    }
    let caller = Admin::extract(request).await?;
    let request_id = request.extensions().get::<Arrival>().map(|arrival| arrival.request_id.clone());
    let (principal, method) = (caller.cx.principal.to_string(), request.method().as_str());
    let route = request.match_pattern().unwrap_or_default();
    let scope: [&[u8]; 4] = [principal.as_bytes(), method.as_bytes(), route.as_bytes(), key];
    let print: [&[u8]; 4] =
        [method.as_bytes(), request.path().as_bytes(), request.query_string().as_bytes(), raw.as_ref()];
    let request_id = request_id.unwrap_or_else(|| caller.cx.request_id.clone());
    Ok(Some(RequestKey::new(&scope, &print, request_id, request.path().to_owned())))
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

fn parse<T: Body>(raw: &[u8]) -> Result<T, Problem> {
    refuse_nul(raw)?;
    let mut json = serde_json::Deserializer::from_slice(raw);
    let body: T = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(&error.path().to_string());
        schema_problem(pointer, error.inner())
    })?;
    json.end().map_err(|error| Problem::new(&kinds::MALFORMED_JSON, error))?;
    body.validate().map_err(|report| {
        Problem::of(&kinds::VALIDATION).errors(report.iter().map(|(path, error)| {
            FieldError::new(pointer(&path.to_string()), "invalid").detail(error.message())
        }))
    })?;
    Ok(body)
}

fn schema_problem(pointer: String, error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => Problem::of(&kinds::VALIDATION)
            .errors([FieldError::new(pointer, "schema").detail(error.to_string())]),
        Category::Io | Category::Syntax | Category::Eof => Problem::new(&kinds::MALFORMED_JSON, error),
    }
}

/// PostgreSQL's text cannot hold NUL, so nobody's may. The escape is rare enough to look closer when it is there.
fn refuse_nul(raw: &[u8]) -> Result<(), Problem> {
    if !raw.windows(6).any(|window| window == br"\u0000") {
        return Ok(());
    }
    let value: Value =
        serde_json::from_slice(raw).map_err(|error| Problem::new(&kinds::MALFORMED_JSON, error))?;
    match find_nul(&value, "") {
        Some(pointer) => {
            Err(Problem::of(&kinds::VALIDATION)
                .errors([FieldError::new(pointer, "nul-character").detail("text must not contain U+0000")]))
        }
        None => Ok(()),
    }
}

fn find_nul(value: &Value, at: &str) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(|| at.to_owned()),
        Value::Array(items) => {
            items.iter().zip(0..).find_map(|(item, i): (_, usize)| find_nul(item, &format!("{at}/{i}")))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, item)| {
            if name.contains('\0') { Some(at.to_owned()) } else { find_nul(item, &format!("{at}/{name}")) }
        }),
        _ => None,
    }
}

/// `lines[0].quantity` → `/lines/0/quantity`, RFC 6901.
fn pointer(path: &str) -> String {
    if path.is_empty() || path == "." || path == "?" {
        return String::new();
    }
    let flat = path.replace('[', ".").replace(']', "");
    let mut pointer = String::with_capacity(flat.len() + 1);
    for part in flat.split('.').filter(|part| !part.is_empty()) {
        pointer.push('/');
        pointer.push_str(part);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::{find_nul, pointer};

    #[test]
    fn paths_become_json_pointers() {
        assert_eq!(pointer("lines[0].quantity"), "/lines/0/quantity");
        assert_eq!(pointer("."), "");
        assert_eq!(pointer("title"), "/title");
    }

    #[test]
    fn a_nul_is_found_where_it_is_and_an_escaped_backslash_is_none() {
        let nul: serde_json::Value = serde_json::from_str(r#"{"lines":[{"sku":"a\u0000"}]}"#).unwrap();
        assert_eq!(find_nul(&nul, ""), Some("/lines/0/sku".to_owned()));
        let backslash: serde_json::Value = serde_json::from_str(r#"{"title":"\\u0000"}"#).unwrap();
        assert_eq!(find_nul(&backslash, ""), None);
    }
}
