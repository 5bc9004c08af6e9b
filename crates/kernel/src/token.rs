use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a payment provider gave for a means of payment: whoever has it, and our account there, can charge it. Never a
/// card number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Token(pub String);

/// Hides it: secrets never reach a log.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn a_token_travels_and_is_in_no_log() {
        let token = Token("tok_secret".into());
        assert_eq!(format!("{token:?}"), "Token(…)");
        let json = serde_json::to_string(&token).unwrap();
        assert_eq!(serde_json::from_str::<Token>(&json).unwrap(), token);
    }
}
