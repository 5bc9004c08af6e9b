use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};
use bytes::Bytes;
use serde::Serialize;

use crate::store::StoreError;

/// A reply that can be stored under an idempotency key and given again, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    status: u16,
    location: Option<String>,
    version: Option<i64>,
    body: Bytes,
    replayed: bool,
}

impl Reply {
    /// # Errors
    /// [`StoreError::Query`] when `body` has no JSON form: a bug.
    pub fn ok(body: &impl Serialize) -> Result<Reply, StoreError> {
        Reply::json(200, body)
    }

    /// # Errors
    /// [`StoreError::Query`] when `body` has no JSON form: a bug.
    pub fn accepted(body: &impl Serialize) -> Result<Reply, StoreError> {
        Reply::json(202, body)
    }

    /// # Errors
    /// [`StoreError::Query`] when `body` has no JSON form: a bug.
    pub fn created(body: &impl Serialize) -> Result<Reply, StoreError> {
        Reply::json(201, body)
    }

    fn json(status: u16, body: &impl Serialize) -> Result<Reply, StoreError> {
        let body = serde_json::to_vec(body).map_err(|error| StoreError::Query(error.to_string()))?;
        Ok(Reply { status, location: None, version: None, body: body.into(), replayed: false })
    }

    /// From a body that was rendered before.
    pub fn prepared(status: u16, body: Bytes) -> Reply {
        Reply { status, location: None, version: None, body, replayed: false }
    }

    /// 204.
    pub fn no_content() -> Reply {
        Reply { status: 204, location: None, version: None, body: Bytes::new(), replayed: false }
    }

    pub(super) fn problem(status: u16, body: Vec<u8>) -> Reply {
        Reply { status, location: None, version: None, body: body.into(), replayed: false }
    }

    pub(crate) fn replayed(
        status: u16,
        location: Option<String>,
        version: Option<i64>,
        body: Vec<u8>,
    ) -> Reply {
        Reply { status, location, version, body: body.into(), replayed: true }
    }

    /// Where the created resource is.
    #[must_use]
    pub fn at(mut self, location: String) -> Reply {
        self.location = Some(location);
        self
    }

    /// The resource's version: becomes a strong `ETag`.
    #[must_use]
    pub fn tagged(mut self, version: i64) -> Reply {
        self.version = Some(version);
        self
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    pub fn version(&self) -> Option<i64> {
        self.version
    }

    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        );
        if let Some(location) = &self.location {
            response.insert_header(("Location", location.as_str()));
        }
        if let Some(version) = self.version {
            response.insert_header(("ETag", format!("\"{version}\"")));
        }
        if self.replayed {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
        if self.status == 204 {
            return response.finish();
        }
        response.content_type(if self.status < 400 {
            "application/json"
        } else {
            "application/problem+json"
        });
        response.body(self.body)
    }
}
