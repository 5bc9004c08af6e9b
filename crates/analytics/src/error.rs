use analytics_api::AnalyticsError;
use kernel::ApiError;
use platform::http::{FieldError, Problem, kinds};
use platform::store::{Failure, StoreError};

/// Refusals of the analytics module, and failures of its tables.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Refused(#[from] AnalyticsError),
    #[error("the tables failed")]
    Storage(#[from] StoreError),
}

impl Failure for Error {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            Error::Storage(error) => Some(error),
            Error::Refused(_) => None,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match error {
            Error::Refused(refusal) => {
                let at = match refusal {
                    AnalyticsError::Backwards { .. } => "from",
                    AnalyticsError::TooLong(_) => "to",
                };
                parameter(at, refusal.to_string())
            }
            Error::Storage(error) => (&error).into(),
        }
    }
}

/// A query parameter that is at fault.
pub(crate) fn parameter(name: &str, detail: String) -> Problem {
    Problem::of(&kinds::VALIDATION).errors([FieldError::new(name, "parameter").detail(detail)])
}

impl From<Error> for ApiError<AnalyticsError> {
    fn from(error: Error) -> ApiError<AnalyticsError> {
        match error {
            Error::Refused(refusal) => ApiError::Domain(refusal),
            Error::Storage(error) => error.into_api(),
        }
    }
}
