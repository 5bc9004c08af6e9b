use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Request, Uri};
use serde_json::Value;

use super::http::AUTHORIZATION_VALUE;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

pub(super) fn get(uri: Uri) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = uri;
    request.headers_mut().insert(HOST, HeaderValue::from_static("bench"));
    request
}

/// A request of the administrator under an idempotency key of its own.
pub(super) fn post(uri: Uri, body: Bytes) -> Request<Full<Bytes>> {
    let mut request = get(uri);
    *request.method_mut() = Method::POST;
    *request.body_mut() = Full::new(body);
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, HeaderValue::from_static(AUTHORIZATION_VALUE));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(IDEMPOTENCY_KEY, next_key());
    request
}

pub(super) fn post_json(path: &str, body: &Value) -> Request<Full<Bytes>> {
    post(uri(path), body.to_string().into())
}

/// The address of a path that is made of ids, SKUs and handles only.
pub(super) fn uri(path: &str) -> Uri {
    path.parse().unwrap_or_else(|_| unreachable!("{path} needs no escapes"))
}

/// One of the values, by a number that need not be random: the same number always picks the same value.
pub(super) fn pick<T: Clone>(values: &[T], number: u64) -> T {
    let at = usize::try_from(scatter(number)).unwrap_or(usize::MAX) % values.len().max(1);
    values.get(at).cloned().unwrap_or_else(|| unreachable!("there is something to pick from"))
}

/// As long, as unique and as unordered as the random keys of real clients.
fn next_key() -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let key = format!("{:016x}{number:016x}", scatter(number));
    HeaderValue::try_from(key).unwrap_or_else(|_| unreachable!("hexadecimal digits are visible ASCII"))
}

/// `SplitMix64`: as good as random for spreading load, without a generator's state to share between tasks.
fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_used_twice() {
        let keys: std::collections::HashSet<_> = (0..1000).map(|_| next_key()).collect();
        assert_eq!(keys.len(), 1000);
    }

    #[test]
    fn picks_are_spread_evenly() {
        let mut picked = [0_u32; 10];
        for number in 0..10_000 {
            picked[pick(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], number)] += 1;
        }
        assert!(picked.iter().all(|count| (850..1150).contains(count)), "{picked:?}");
    }
}
