//! Credentials as their holders have them: `<id>_<64 hexadecimal digits>`. The id says of what it is, the digits are its secret,
//! 256 random bits, of which only a digest is kept and sent around.

use std::{borrow::Cow, fmt, str::FromStr};

use kernel::{Id, IdKind, Token};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

/// 256 random bits.
pub type Secret = [u8; 32];

/// SHA-256 of a secret as it is written. In JSON, 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

/// What a credential is of, and by what its secret is known.
pub struct Credential<K: IdKind> {
    pub id: Id<K>,
    pub digest: Digest,
}

/// The text is no credential of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a credential of this kind")]
pub struct CredentialError;

/// A new credential, for its holder, and what is kept of it.
pub fn issue<K: IdKind>(id: Id<K>, secret: Secret) -> (Token, Digest) {
    let secret = hex::encode(secret);
    let digest = Digest::of(&secret);
    (Token(format!("{id}_{secret}")), digest)
}

impl Digest {
    fn of(secret: &str) -> Digest {
        Digest(Sha256::digest(secret).into())
    }
}

impl<K: IdKind> FromStr for Credential<K> {
    type Err = CredentialError;

    fn from_str(text: &str) -> Result<Credential<K>, CredentialError> {
        let (id, secret) = text.rsplit_once('_').ok_or(CredentialError)?;
        let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if secret.len() != 64 || !secret.bytes().all(digits) {
            return Err(CredentialError);
        }
        Ok(Credential { id: id.parse().map_err(|_| CredentialError)?, digest: Digest::of(secret) })
    }
}

/// It is no secret, and of no use in a log.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let text = Cow::<'_, str>::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.as_bytes(), &mut bytes).map_err(D::Error::custom)?;
        Ok(Digest(bytes))
    }
}

impl JsonSchema for Digest {
    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[0-9a-f]{64}$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ApiKeyKind, SessionId, SessionKind};

    const ID: &str = "ses_01k9qz3v8yfg2r5m4n3c680thw";

    #[test]
    fn what_was_issued_is_known_by_its_digest() {
        let id: SessionId = ID.parse().unwrap();
        let (token, digest) = issue(id, [7; 32]);
        let known: Credential<SessionKind> = token.0.parse().unwrap();
        assert_eq!((known.id, known.digest), (id, digest));
        assert!(token.0.parse::<Credential<ApiKeyKind>>().is_err(), "of another kind");
        assert_ne!(issue(id, [8; 32]).1, digest);
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    }

    #[test]
    fn anything_else_is_no_credential() {
        let secret = "a".repeat(64);
        for wrong in ["", "_", ID, &secret, &format!("{ID}_{}", &secret[1..]), &format!("{ID}_{secret}a")] {
            assert!(wrong.parse::<Credential<SessionKind>>().is_err(), "{wrong}");
        }
        assert!(format!("{ID}_{}", secret.to_uppercase()).parse::<Credential<SessionKind>>().is_err());
    }
}
