use std::ops::Index;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// What a shop answered, with what it was asked.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    /// The parsed body; a string if it is no JSON, null if there is none.
    pub body: Value,
    pub bytes: Vec<u8>,
    asked: String,
}

impl Reply {
    pub(crate) async fn read(asked: &str, reply: reqwest::Response) -> Result<Reply, reqwest::Error> {
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        let bytes = reply.bytes().await?.to_vec();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes).unwrap_or_else(|_| text()),
        };
        Ok(Reply { status, headers, body, bytes, asked: asked.to_owned() })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn is_replayed(&self) -> bool {
        self.header("idempotency-replayed") == Some("true")
    }

    /// The problem's code; empty if the reply is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A field that must be a string.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_else(|| panic!("{field} is no string\n{}", self.exchange()))
    }

    /// A field that must be an integer.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn number(&self, field: &str) -> i64 {
        self.body[field].as_i64().unwrap_or_else(|| panic!("{field} is no integer\n{}", self.exchange()))
    }

    /// # Panics
    /// When the status is another.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Reply {
        assert_eq!(self.status, status, "the status is another\n{}", self.exchange());
        self
    }

    /// # Panics
    /// When the status is not 200.
    #[track_caller]
    pub fn assert_ok(&self) -> &Reply {
        self.assert_status(200)
    }

    /// # Panics
    /// When the reply is not this problem, or not a problem as RFC 9457 and the contract describe it.
    #[track_caller]
    pub fn assert_problem(&self, status: u16, code: &str) -> &Reply {
        assert_eq!((self.status, self.code()), (status, code), "another problem\n{}", self.exchange());
        self.assert_refused(status)
    }

    /// As [`Reply::assert_problem`], where the contract leaves the code open.
    ///
    /// # Panics
    /// When the reply is not a problem of this status.
    #[track_caller]
    pub fn assert_refused(&self, status: u16) -> &Reply {
        self.assert_status(status);
        let (code, shown) = (self.code(), self.exchange());
        let kind = self.header("content-type");
        assert_eq!(kind, Some("application/problem+json"), "the content type is another\n{shown}");
        assert_eq!(self.body["type"], format!("/problems/{code}"), "the type is another\n{shown}");
        assert_eq!(self.body["status"], status, "the body has another status\n{shown}");
        for field in ["code", "title", "detail", "instance", "request_id"] {
            assert!(!self.text(field).is_empty(), "{field} is empty\n{shown}");
        }
        let path = self.asked.split([' ', '?', '\n']).nth(1);
        assert_eq!(self.body["instance"].as_str(), path, "the instance is another\n{shown}");
        if !self.is_replayed() {
            let id = self.header("x-request-id");
            assert_eq!(self.body["request_id"].as_str(), id, "the request id is another\n{shown}");
        }
        self
    }

    /// # Panics
    /// When a field of `expected`, at any depth, is absent or another. Fields may be added; items of lists may not.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "`json!` makes a value for this call alone")]
    pub fn assert_contains(&self, expected: Value) -> &Reply {
        if let Err(at) = contains(&self.body, &expected, "") {
            panic!("{at:?} is not as expected: {expected:#}\n{}", self.exchange());
        }
        self
    }

    /// # Panics
    /// When the id is not one of this kind.
    #[track_caller]
    pub fn assert_id(&self, pointer: &str, prefix: &str) -> &Reply {
        let id = self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let digit =
            |digit: char| digit.is_ascii_digit() || digit.is_ascii_lowercase() && !"ilou".contains(digit);
        let digits = id.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).unwrap_or_default();
        assert!(digits.len() == 26 && digits.chars().all(digit), "{pointer} is no id\n{}", self.exchange());
        self
    }

    /// # Panics
    /// When the `ETag` is not the version, strong.
    #[track_caller]
    pub fn assert_etag(&self) -> &Reply {
        let tag = format!("\"{}\"", self.number("version"));
        assert_eq!(
            self.header("etag"),
            Some(tag.as_str()),
            "the ETag is not the version\n{}",
            self.exchange()
        );
        self
    }

    /// # Panics
    /// When `errors` does not name this place.
    #[track_caller]
    pub fn assert_names(&self, pointer: &str) -> &Reply {
        let named = self.errors().iter().any(|error| error["pointer"] == pointer);
        assert!(named, "{pointer} is not named\n{}", self.exchange());
        self
    }

    /// The places at fault; none if the reply has no `errors`.
    pub fn errors(&self) -> &[Value] {
        self.body["errors"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The request and the reply, to be shown when a test fails.
    pub fn exchange(&self) -> String {
        let headers: String =
            self.headers.iter().map(|(name, value)| format!("{name}: {value:?}\n")).collect();
        let body = match &self.body {
            Value::String(text) => text.chars().take(2_000).collect(),
            json => format!("{json:#}"),
        };
        format!("── asked ──\n{}\n── answered ──\n{}\n{headers}{body}\n", self.asked, self.status)
    }
}

impl Index<&str> for Reply {
    type Output = Value;

    fn index(&self, field: &str) -> &Value {
        &self.body[field]
    }
}

fn contains(actual: &Value, expected: &Value, at: &str) -> Result<(), String> {
    let missing = || at.to_owned();
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            expected.iter().try_for_each(|(name, expected)| {
                let at = format!("{at}/{name}");
                contains(actual.get(name).ok_or_else(|| at.clone())?, expected, &at)
            })
        }
        (Value::Array(actual), Value::Array(expected)) if actual.len() == expected.len() => {
            let pairs = actual.iter().zip(expected).enumerate();
            pairs.into_iter().try_for_each(|(place, (actual, expected))| {
                contains(actual, expected, &format!("{at}/{place}"))
            })
        }
        _ => {
            if actual == expected {
                Ok(())
            } else {
                Err(missing())
            }
        }
    }
}
