use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use kernel::ApiError;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::{Reply, kinds};
use crate::store::StoreError;

/// A kind of problem: one code, one status, one explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemKind {
    pub status: u16,
    /// Stable; clients decide by it.
    pub code: &'static str,
    pub title: &'static str,
    /// What it means and what to do, for `GET /problems/{code}`.
    pub about: &'static str,
}

/// An error reply in the making, RFC 9457.
#[derive(Clone, Debug)]
pub struct Problem {
    // Boxed, because every fallible function of the edge would carry its size in its result.
    content: Box<Content>,
}

#[derive(Clone, Debug)]
struct Content {
    kind: ProblemKind,
    detail: Option<String>,
    errors: Vec<FieldError>,
    retry_after: Option<u32>,
    allow: Option<String>,
    /// For the log only.
    cause: Option<String>,
}

/// One place in the request that is at fault.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body, RFC 6901, or the name of a query parameter.
    pub pointer: String,
    pub code: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Figures that belong to the code, such as `requested` and `available`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub figures: Map<String, Value>,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, code: &'static str) -> FieldError {
        FieldError { pointer: pointer.into(), code: Cow::Borrowed(code), detail: None, figures: Map::new() }
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> FieldError {
        self.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub fn figure(mut self, name: &str, value: impl Into<Value>) -> FieldError {
        self.figures.insert(name.to_owned(), value.into());
        self
    }
}

/// The body of every 4xx and 5xx reply, `application/problem+json`, RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: &'a str,
    pub status: u16,
    pub detail: &'a str,
    pub code: &'a str,
    /// Path of the request.
    pub instance: &'a str,
    pub request_id: &'a str,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    pub errors: &'a [FieldError],
}

impl Problem {
    pub fn of(kind: &ProblemKind) -> Problem {
        let content = Content {
            kind: *kind,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
            allow: None,
            cause: None,
        };
        Problem { content: Box::new(content) }
    }

    /// `detail` is shown to the client: it must not carry internals.
    pub fn new(kind: &ProblemKind, detail: impl fmt::Display) -> Problem {
        let mut problem = Problem::of(kind);
        problem.content.detail = Some(detail.to_string());
        problem
    }

    #[must_use]
    pub fn errors(mut self, errors: impl IntoIterator<Item = FieldError>) -> Problem {
        self.content.errors.extend(errors);
        self
    }

    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Problem {
        self.content.retry_after = Some(seconds);
        self
    }

    #[must_use]
    pub fn allow(mut self, methods: String) -> Problem {
        self.content.allow = Some(methods);
        self
    }

    /// A text for the log, never for the client.
    #[must_use]
    pub fn caused_by(mut self, cause: impl fmt::Display) -> Problem {
        self.content.cause = Some(cause.to_string());
        self
    }

    pub fn code(&self) -> &'static str {
        self.content.kind.code
    }

    /// Whether it says nothing about the request, and the same request may fare better later.
    pub fn is_outage(&self) -> bool {
        matches!(self.content.kind.status, 503 | 504)
    }

    /// What it was [caused by](Problem::caused_by): for the log, and for operators.
    pub fn cause(&self) -> Option<&str> {
        self.content.cause.as_deref()
    }

    /// Whether the current state refused the request: an outcome, to be stored under the request's key.
    pub fn is_refusal(&self) -> bool {
        self.content.kind.status == 409 && self.content.retry_after.is_none()
    }

    /// The problem as the first caller gets it, to be stored and replayed.
    pub fn into_reply(self, request_id: &str, instance: &str) -> Reply {
        Reply::problem(self.content.kind.status, self.render(request_id, instance))
    }

    pub(super) fn render(&self, request_id: &str, instance: &str) -> Vec<u8> {
        let body = ProblemBody {
            kind: format!("/problems/{}", self.content.kind.code),
            title: self.content.kind.title,
            status: self.content.kind.status,
            detail: self.content.detail.as_deref().unwrap_or(self.content.kind.about),
            code: self.content.kind.code,
            instance,
            request_id,
            errors: &self.content.errors,
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }

    pub(super) fn respond(&self, request_id: &str, instance: &str) -> HttpResponse {
        let mut reply = HttpResponse::build(self.status_code());
        reply.content_type("application/problem+json");
        if let Some(seconds) = self.content.retry_after {
            reply.insert_header(("Retry-After", seconds.to_string()));
        }
        if let Some(methods) = &self.content.allow {
            reply.insert_header(("Allow", methods.as_str()));
        }
        if self.content.kind.status == 401 {
            reply.insert_header(("WWW-Authenticate", "Bearer"));
        }
        reply.body(self.render(request_id, instance))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.content.kind.status, self.content.kind.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.content.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Only a stand-in: the edge, which knows the request, writes the reply.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<&StoreError> for Problem {
    fn from(error: &StoreError) -> Problem {
        let problem = match error {
            StoreError::Contended(_) | StoreError::Unavailable(_) | StoreError::Unknown(_) => {
                Problem::of(&kinds::UNAVAILABLE).retry_after(1)
            }
            StoreError::Timeout => Problem::of(&kinds::DEADLINE),
            StoreError::Duplicate(_) | StoreError::Check(_) => Problem::of(&kinds::CONFLICT),
            StoreError::Corrupt { .. } | StoreError::Migration(_) | StoreError::Query(_) => {
                Problem::of(&kinds::INTERNAL)
            }
        };
        problem.caused_by(error)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        Problem::from(&error)
    }
}

/// A failed call into another module; its refusals must have been translated before.
impl<E: fmt::Debug> From<&ApiError<E>> for Problem {
    fn from(error: &ApiError<E>) -> Problem {
        let problem = match error {
            ApiError::Unavailable(_) => Problem::of(&kinds::UNAVAILABLE).retry_after(1),
            ApiError::DeadlineExceeded => Problem::of(&kinds::DEADLINE),
            ApiError::Domain(_)
            | ApiError::Unauthorized
            | ApiError::Incompatible(_)
            | ApiError::Internal(_) => Problem::of(&kinds::INTERNAL),
        };
        problem.caused_by(format_args!("{error:?}"))
    }
}

/// The problem replies that any row may give, for `#[utoipa::path(responses(…, Problems))]`.
#[derive(Debug)]
pub struct Problems;

impl utoipa::IntoResponses for Problems {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        const DOCUMENTED: [(&str, &str); 14] = [
            ("400", "The path, the JSON or a header cannot be understood"),
            ("401", "A valid credential is required"),
            ("403", "The credential does not allow this"),
            ("404", "Absent, or not yours to see"),
            ("408", "The body took too long to arrive"),
            ("409", "Refused by the current state"),
            ("412", "If-Match is stale"),
            ("413", "The body is too large"),
            ("415", "The body is of a type that is not taken here"),
            ("422", "The request breaks its schema"),
            ("429", "Too often; repeat after Retry-After"),
            ("500", "A bug"),
            ("503", "Overloaded, or a part cannot be reached; repeat after Retry-After"),
            ("504", "The deadline passed; the outcome is unknown"),
        ];
        let schema = Ref::from_schema_name("Problem");
        let content = || ContentBuilder::new().schema(Some(schema.clone())).build();
        let response = |about: &str| {
            ResponseBuilder::new().description(about).content("application/problem+json", content()).build()
        };
        DOCUMENTED.iter().map(|(status, about)| ((*status).to_owned(), response(about).into())).collect()
    }
}
/// Names problems, and the list of them: `problem_kinds! { pub(crate) PROBLEMS: LOST = 404 "lost" "It is lost" "Why, and what to do."; }`
#[macro_export]
macro_rules! problem_kinds {
    ($(#[$doc:meta])* $vis:vis $ALL:ident: $($NAME:ident = $status:literal $code:literal $title:literal $about:literal;)+) => {
        $($vis const $NAME: $crate::http::ProblemKind =
            $crate::http::ProblemKind { status: $status, code: $code, title: $title, about: $about };)+
        $(#[$doc])*
        $vis const $ALL: &[$crate::http::ProblemKind] = &[$($NAME),+];
    };
}
