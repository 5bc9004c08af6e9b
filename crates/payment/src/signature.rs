//! Signatures of the gateway's events: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, several `v1` while a secret
//! is being changed.

use std::time::Duration;

use hmac::{Hmac, Mac};
use kernel::Timestamp;
use sha2::Sha256;

/// An event that was signed longer ago than this may be a recording.
const TOLERANCE: Duration = Duration::from_secs(300);

/// Whether someone who has the secret signed the body, not long ago.
pub(crate) fn is_genuine(secret: &str, header: &str, body: &[u8], now: Timestamp) -> bool {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let Some((_, time)) = parts().find(|(name, _)| *name == "t") else { return false };
    let Some(signed_at) = time.parse().ok().and_then(|seconds: i64| seconds.checked_mul(1_000_000)) else {
        return false;
    };
    let signed_at = Timestamp::from_micros(signed_at);
    if now.since(signed_at) > TOLERANCE || signed_at.since(now) > TOLERANCE {
        return false;
    }
    parts().filter(|(name, _)| *name == "v1").any(|(_, signature)| fits(secret, time, body, signature))
}

fn fits(secret: &str, time: &str, body: &[u8], signature: &str) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    // Takes the same time wherever the two differ.
    hex::decode(signature).is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_test";
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    // printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
    const SIGNATURE: &str = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn what_was_signed_with_the_secret_is_genuine() {
        let header = format!("t=1700000000,v1={SIGNATURE}");
        assert!(is_genuine(SECRET, &header, BODY, at(1_700_000_000)));
        let rotated = format!("t=1700000000, v1={}, v1={SIGNATURE}", "0".repeat(64));
        assert!(is_genuine(SECRET, &rotated, BODY, at(1_700_000_000)));
    }

    #[test]
    fn anything_else_is_not() {
        let header = format!("t=1700000000,v1={SIGNATURE}");
        let now = at(1_700_000_000);
        assert!(!is_genuine("whsec_other", &header, BODY, now));
        assert!(!is_genuine(SECRET, &header, br#"{"id":"evt_2"}"#, now));
        assert!(!is_genuine(SECRET, &header.replace("t=17", "t=18"), BODY, at(1_800_000_000)));
        for header in ["", "t=1700000000", "v1=00", "t=x,v1=00", "t=1700000000,v1=0g", "t=1700000000,v1="] {
            assert!(!is_genuine(SECRET, header, BODY, now), "{header}");
        }
    }

    #[test]
    fn a_signature_lasts_five_minutes_either_way() {
        let header = format!("t=1700000000,v1={SIGNATURE}");
        for (seconds, genuine) in [(-301, false), (-300, true), (300, true), (301, false)] {
            assert_eq!(is_genuine(SECRET, &header, BODY, at(1_700_000_000 + seconds)), genuine, "{seconds}");
        }
    }
}
