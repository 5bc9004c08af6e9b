use std::convert::Infallible;

use serde::{Deserialize, Serialize};

/// How a call to a module can fail: in its own words (`E`), or because the call did not come about.
///
/// `ApiError<Infallible>` is the second part alone; [`lift`](ApiError::lift) makes it the error of any module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ApiError<E> {
    /// The module was reached and refused.
    #[error(transparent)]
    Domain(E),
    /// The module could not be reached, or did not answer. It may have acted.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Time ran out. The module may have acted.
    #[error("the deadline has passed")]
    DeadlineExceeded,
    /// The caller may not make this call, whatever it asks.
    #[error("not authorised to make this call")]
    Unauthorized,
    /// The two sides do not agree on the contract: an unknown method, a request that breaks its bound, bytes
    /// that do not decode.
    #[error("incompatible: {0}")]
    Incompatible(String),
    /// The module failed. The text is for the log, not for a client.
    #[error("internal: {0}")]
    Internal(String),
}

impl<E> ApiError<E> {
    /// Puts a module's refusal into the words of another; the rest stays.
    pub fn map_domain<F>(self, f: impl FnOnce(E) -> F) -> ApiError<F> {
        match self.into_domain() {
            Ok(refusal) => ApiError::Domain(f(refusal)),
            Err(failure) => failure.lift(),
        }
    }

    /// Separates the module's own refusal (`Ok`) from failures of the call itself.
    pub fn into_domain(self) -> Result<E, ApiError<Infallible>> {
        match self {
            ApiError::Domain(refusal) => Ok(refusal),
            ApiError::Unavailable(why) => Err(ApiError::Unavailable(why)),
            ApiError::DeadlineExceeded => Err(ApiError::DeadlineExceeded),
            ApiError::Unauthorized => Err(ApiError::Unauthorized),
            ApiError::Incompatible(why) => Err(ApiError::Incompatible(why)),
            ApiError::Internal(why) => Err(ApiError::Internal(why)),
        }
    }

    /// The outcome is unknown, so a query or a keyed command may be sent again.
    pub fn is_retryable(&self) -> bool {
        matches!(self, ApiError::Unavailable(_) | ApiError::DeadlineExceeded)
    }

    /// A fixed word for metrics and logs.
    pub fn kind(&self) -> &'static str {
        match self {
            ApiError::Domain(_) => "domain",
            ApiError::Unavailable(_) => "unavailable",
            ApiError::DeadlineExceeded => "deadline_exceeded",
            ApiError::Unauthorized => "unauthorized",
            ApiError::Incompatible(_) => "incompatible",
            ApiError::Internal(_) => "internal",
        }
    }
}

impl ApiError<Infallible> {
    pub fn lift<E>(self) -> ApiError<E> {
        match self {
            ApiError::Domain(never) => match never {},
            ApiError::Unavailable(why) => ApiError::Unavailable(why),
            ApiError::DeadlineExceeded => ApiError::DeadlineExceeded,
            ApiError::Unauthorized => ApiError::Unauthorized,
            ApiError::Incompatible(why) => ApiError::Incompatible(why),
            ApiError::Internal(why) => ApiError::Internal(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_failure() -> [ApiError<u8>; 5] {
        [
            ApiError::Unavailable("a".into()),
            ApiError::DeadlineExceeded,
            ApiError::Unauthorized,
            ApiError::Incompatible("b".into()),
            ApiError::Internal("c".into()),
        ]
    }

    #[test]
    fn only_the_domain_part_is_mapped() {
        assert_eq!(ApiError::Domain(1).map_domain(|n| n + 1), ApiError::Domain(2));
        for failure in every_failure() {
            assert_eq!(failure.clone().map_domain(|n| n + 1), failure);
        }
    }

    #[test]
    fn only_unknown_outcomes_are_retryable() {
        let retryable: Vec<_> =
            every_failure().iter().filter(|e| e.is_retryable()).map(ApiError::kind).collect();
        assert_eq!(retryable, ["unavailable", "deadline_exceeded"]);
        assert!(!ApiError::Domain(1).is_retryable());
    }

    #[test]
    fn travels_under_its_kind() {
        for failure in every_failure().into_iter().chain([ApiError::Domain(1)]) {
            let json = serde_json::to_string(&failure).unwrap();
            assert!(json.contains(failure.kind()), "{json}");
            assert_eq!(serde_json::from_str::<ApiError<u8>>(&json).unwrap(), failure);
        }
    }
}
