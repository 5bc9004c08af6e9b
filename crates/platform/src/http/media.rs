//! Bodies that are no JSON, such as pictures: of a few content types, and of a size of their own.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::caller::text;
use super::{Problem, kinds};

/// They may be a hundred times as large as JSON.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// What an [`Upload`] may be.
pub trait Media: 'static {
    /// In lower case.
    const TYPES: &'static [&'static str];
    /// In bytes.
    const LARGEST: usize;
}

/// A body of one of `M`'s content types, as it came.
#[derive(Debug)]
pub struct Upload<M> {
    pub content_type: &'static str,
    pub bytes: Bytes,
    media: PhantomData<M>,
}

impl<M: Media> FromRequest for Upload<M> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Upload<M>, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let admitted = admit::<M>(request);
        let payload = payload.take();
        Box::pin(async move {
            let content_type = admitted?;
            match tokio::time::timeout(ARRIVES_WITHIN, read(payload, M::LARGEST)).await {
                Ok(bytes) => Ok(Upload { content_type, bytes: bytes?, media: PhantomData }),
                Err(_) => Err(Problem::new(&kinds::REQUEST_TIMEOUT, "send the body within 30 seconds")),
            }
        })
    }
}

/// Refuses by the head alone what need not be read.
fn admit<M: Media>(request: &HttpRequest) -> Result<&'static str, Problem> {
    let plain = request.headers().get(CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    let said = text(request, CONTENT_TYPE.as_str()).and_then(|kind| kind.split(';').next()).map(str::trim);
    let known = M::TYPES.iter().find(|known| said.is_some_and(|said| said.eq_ignore_ascii_case(known)));
    let Some(known) = known.filter(|_| plain) else {
        let types = M::TYPES.join(", ");
        let fix = format_args!("send one of {types}, and no Content-Encoding").to_string();
        return Err(Problem::new(&kinds::UNSUPPORTED_MEDIA_TYPE, fix));
    };
    let length = text(request, CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > M::LARGEST) { Err(too_large(M::LARGEST)) } else { Ok(known) }
}

async fn read(mut payload: Payload, largest: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::of(&kinds::MALFORMED_REQUEST).caused_by(error))?;
        if bytes.len().saturating_add(chunk.len()) > largest {
            return Err(too_large(largest));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn too_large(largest: usize) -> Problem {
    Problem::new(&kinds::TOO_LARGE, format_args!("the body may have {largest} bytes at most"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    struct Sketch;

    impl Media for Sketch {
        const TYPES: &'static [&'static str] = &["image/png", "image/webp"];
        const LARGEST: usize = 8;
    }

    async fn upload(kind: &str, body: &'static [u8]) -> Result<(&'static str, Bytes), &'static str> {
        let (request, mut payload) =
            TestRequest::put().insert_header(("Content-Type", kind)).set_payload(body).to_http_parts();
        let uploaded = Upload::<Sketch>::from_request(&request, &mut payload).await;
        uploaded.map(|upload| (upload.content_type, upload.bytes)).map_err(|problem| problem.code())
    }

    #[actix_web::test]
    async fn only_the_types_and_the_size_that_are_asked_for_are_taken() {
        let whole = Bytes::from_static(b"12345678");
        assert_eq!(upload("Image/PNG; q=1", b"12345678").await, Ok(("image/png", whole)));
        assert_eq!(upload("image/webp", b"").await, Ok(("image/webp", Bytes::new())));
        assert_eq!(upload("image/png", b"123456789").await, Err("too-large"));
        for kind in ["image/gif", "application/json", "", "image/pngx"] {
            assert_eq!(upload(kind, b"1").await, Err("unsupported-media-type"), "{kind:?}");
        }
        let request = TestRequest::put()
            .insert_header(("Content-Type", "image/png"))
            .insert_header(("Content-Encoding", "gzip"));
        let (request, mut payload) = request.set_payload("1").to_http_parts();
        assert!(Upload::<Sketch>::from_request(&request, &mut payload).await.is_err());
    }
}
