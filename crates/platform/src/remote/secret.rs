//! What proves that a call between processes comes from the same shop.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use hmac::{Hmac, Mac};
use kernel::{CallCtx, Clock, Contract, Principal, SystemClock, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::http::CLIENT;

const SHORTEST: usize = 32;
/// How far the clocks of two processes may be apart, and how long a call that was overheard can be repeated. Commands have
/// keys, so a repeated one changes nothing.
const SKEW: Duration = Duration::from_secs(30);

/// Shared by all processes of a shop: whoever has it may call every module, on anybody's behalf.
#[derive(Clone)]
pub struct Secret(Box<[u8]>);

/// The secret could be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have {SHORTEST} characters or more, best random ones")]
pub struct SecretError;

/// What a call carries besides its request, as it travels.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Context {
    /// When it was sent.
    at: Timestamp,
    /// Milliseconds until nobody waits for the reply any more.
    within_ms: u64,
    principal: Principal,
    request_id: String,
    traceparent: Option<String>,
    key: Option<String>,
    depth: u8,
    contract: Option<Promise>,
}

/// The contract that a call is made under.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Promise {
    pub version: u32,
    /// 64 hexadecimal digits.
    pub fingerprint: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// # Errors
    /// When it is too short.
    pub fn try_new(text: &str) -> Result<Secret, SecretError> {
        if text.len() < SHORTEST { Err(SecretError) } else { Ok(Secret(text.as_bytes().into())) }
    }

    /// The signature of a call, in hexadecimal digits.
    pub(super) fn sign(&self, path: &str, context: &str, body: &[u8]) -> Option<String> {
        Some(hex::encode(self.digest(path, context, body)?.finalize().into_bytes()))
    }

    /// What was signed, if it was signed with this secret, just now, for this path and body.
    pub(super) fn verify(
        &self,
        path: &str,
        context: &str,
        body: &[u8],
        signature: &str,
    ) -> Option<(CallCtx, Option<Promise>)> {
        let signature = hex::decode(signature).ok()?;
        self.digest(path, context, body)?.verify_slice(&signature).ok()?;
        let context: Context = serde_json::from_str(context).ok()?;
        is_recent(context.at).then(|| context.arrive())
    }

    /// Says to another process of the shop, now, where a request that is passed on to it came from.
    pub(crate) fn vouch(&self, address: IpAddr) -> Option<String> {
        let said = format!("{address} {}", SystemClock.now().micros());
        let signature = self.sign(CLIENT, &said, b"")?;
        Some(format!("{said} {signature}"))
    }

    /// The address, if another process of the shop said so just now.
    pub(crate) fn vouched(&self, said: &str) -> Option<IpAddr> {
        let (said, signature) = said.rsplit_once(' ')?;
        let signature = hex::decode(signature).ok()?;
        self.digest(CLIENT, said, b"")?.verify_slice(&signature).ok()?;
        let (address, at) = said.split_once(' ')?;
        let at = Timestamp::from_micros(at.parse().ok()?);
        if is_recent(at) { address.parse().ok() } else { None }
    }

    /// Lines do not run into each other: neither a path nor JSON on one line has a line break.
    fn digest(&self, path: &str, context: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut digest = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        for part in [path.as_bytes(), b"\n", context.as_bytes(), b"\n", body] {
            digest.update(part);
        }
        Some(digest)
    }
}

fn is_recent(at: Timestamp) -> bool {
    let now = SystemClock.now();
    let apart = if now > at { now.since(at) } else { at.since(now) };
    apart <= SKEW
}

impl Context {
    /// Of a call that leaves now, one hop deeper; `None` when its time is over or it has come too far.
    pub(super) fn leave(cx: &CallCtx, contract: Option<&Contract>) -> Option<Context> {
        let (cx, left) = (cx.descend()?, cx.remaining()?);
        Some(Context {
            // The machine's own time also where a test turns the clock.
            at: SystemClock.now(),
            within_ms: u64::try_from(left.as_millis()).unwrap_or(u64::MAX),
            principal: cx.principal,
            request_id: cx.request_id.to_string(),
            traceparent: cx.traceparent.map(|trace| trace.to_string()),
            key: cx.idempotency_key.map(|key| key.to_string()),
            depth: cx.depth,
            contract: contract
                .map(|of| Promise { version: of.version, fingerprint: of.fingerprint().to_string() }),
        })
    }

    /// What is left of the time begins to run when the call arrives, so clocks need not agree.
    fn arrive(self) -> (CallCtx, Option<Promise>) {
        let within = Duration::from_millis(self.within_ms);
        let mut cx = CallCtx::new(self.principal, self.request_id, within);
        cx.traceparent = self.traceparent.map(Into::into);
        cx.idempotency_key = self.key.map(Into::into);
        cx.depth = self.depth;
        (cx, self.contract)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::try_new(text).unwrap()
    }

    fn context() -> String {
        let mut cx = CallCtx::new(Principal::Admin, "req-1", Duration::from_secs(2)).with_key("key-1");
        cx.traceparent = Some("00-1-2-01".into());
        serde_json::to_string(&Context::leave(&cx, None).unwrap()).unwrap()
    }

    #[test]
    fn what_was_signed_arrives() {
        let (ours, context) = (secret(&"a".repeat(32)), context());
        let signature = ours.sign("/internal/x", &context, b"{}").unwrap();
        let (cx, _) = ours.verify("/internal/x", &context, b"{}", &signature).unwrap();
        assert_eq!((cx.principal.clone(), &*cx.request_id, cx.depth), (Principal::Admin, "req-1", 1));
        assert_eq!(
            (cx.idempotency_key.as_deref(), cx.traceparent.as_deref()),
            (Some("key-1"), Some("00-1-2-01"))
        );
        assert!(
            cx.remaining()
                .is_some_and(|left| left > Duration::from_secs(1) && left <= Duration::from_secs(2))
        );
    }

    #[test]
    fn whatever_was_changed_is_refused() {
        let (ours, context) = (secret(&"a".repeat(32)), context());
        let signature = ours.sign("/internal/x", &context, b"{}").unwrap();
        let other = context.replace("req-1", "req-2");
        assert!(ours.verify("/internal/y", &context, b"{}", &signature).is_none(), "another path");
        assert!(ours.verify("/internal/x", &other, b"{}", &signature).is_none(), "another context");
        assert!(ours.verify("/internal/x", &context, b"[]", &signature).is_none(), "another body");
        assert!(secret(&"b".repeat(32)).verify("/internal/x", &context, b"{}", &signature).is_none());
        for wrong in ["", "00", "zz", &signature[1..], &signature.replace(|_: char| true, "ä")] {
            assert!(ours.verify("/internal/x", &context, b"{}", wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn what_was_overheard_is_of_use_for_half_a_minute() {
        let ours = secret(&"a".repeat(32));
        let cx = CallCtx::system("test", Duration::from_secs(2));
        for (age, taken) in [(29, true), (31, false)] {
            for sign in [1, -1] {
                let mut context = Context::leave(&cx, None).unwrap();
                let age = Duration::from_secs(age);
                context.at =
                    if sign > 0 { context.at.saturating_sub(age) } else { context.at.saturating_add(age) };
                let text = serde_json::to_string(&context).unwrap();
                let signature = ours.sign("/", &text, b"").unwrap();
                assert_eq!(ours.verify("/", &text, b"", &signature).is_some(), taken, "{age:?} {sign}");
            }
        }
    }

    #[test]
    fn an_address_is_believed_from_whoever_has_the_secret() {
        let (ours, address) = (secret(&"a".repeat(32)), "203.0.113.7".parse().unwrap());
        let said = ours.vouch(address).unwrap();
        assert_eq!(ours.vouched(&said), Some(address));
        assert_eq!(secret(&"b".repeat(32)).vouched(&said), None);
        assert_eq!(ours.vouched(&said.replace("203.0.113.7", "203.0.113.8")), None);
        for wrong in ["", "203.0.113.7", "203.0.113.7 1 00"] {
            assert_eq!(ours.vouched(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_long_and_is_not_shown() {
        assert_eq!(Secret::try_new(&"a".repeat(31)).unwrap_err(), SecretError);
        assert_eq!(format!("{:?}", secret(&"a".repeat(32))), "Secret");
    }
}
