use customer_api::{CustomerError, CustomerId};
use identity_api::{ApiKeyId, IdentityError, StaffId};
use kernel::{ApiError, Permission};
use platform::http::{FieldError, Problem, ProblemKind, kinds};
use platform::store::{Failure, StoreError};

use crate::role::OWNER;

platform::problem_kinds! { pub(crate) PROBLEMS:
    INVALID_CREDENTIALS = 401 "invalid-credentials" "That is not how you log in here" "Email, password or token are wrong, or hold no longer. For whatever reason it is, the reply is this one.";
    WRONG_PASSWORD = 403 "wrong-password" "The current password is another one" "Nothing was changed. It counts as an attempt to log in.";
    BEYOND_YOUR_PERMISSIONS = 403 "beyond-your-permissions" "You cannot give what you do not have" "`detail` names a permission that you lack yourself. Who has it can do this.";
    SESSION_NOT_FOUND = 404 "session-not-found" "There is no such session" "You have no session with this id; it may have ended.";
    STAFF_NOT_FOUND = 404 "staff-not-found" "There is no such member of staff" "Nobody who works here has this id.";
    ROLE_NOT_FOUND = 404 "role-not-found" "There is no such role" "GET /v1/roles lists those that there are.";
    API_KEY_NOT_FOUND = 404 "api-key-not-found" "There is no such API key" "No key has this id.";
    ACCOUNT_NOT_FOUND = 404 "account-not-found" "The customer has no account" "No such customer can log in: there is none, or it has never registered.";
    STAFF_EMAIL_TAKEN = 409 "staff-email-taken" "The email is taken" "Another member of staff has this email, perhaps in another case.";
    ACCOUNT_TAKEN = 409 "account-taken" "There is an account already" "Somebody has registered with this email meanwhile. Log in, or choose a new password.";
    UNKNOWN_ROLE = 409 "unknown-role" "There is no such role" "`errors` names it. GET /v1/roles lists those that there are.";
    ROLE_TAKEN = 409 "role-taken" "The role is there already" "Another role has this code.";
    ROLE_BUILTIN = 409 "role-builtin" "This role is always there" "Owners may everything. Make another role for those who may less.";
    ROLE_IN_USE = 409 "role-in-use" "Somebody has this role" "Take it from them first.";
    LAST_OWNER = 409 "last-owner" "Somebody must be the owner" "This is the last active member of staff with the role of owner. Make somebody else one first.";
    TOKEN_INVALID = 422 "token-invalid" "The token cannot be used" "It is none of ours, was used, or is too old: a token is good once, for half an hour after it was sent. Ask for another one.";
    TOO_MANY_ATTEMPTS = 429 "too-many-attempts" "Too many attempts" "Wait for as long as Retry-After says. Sessions that are open go on, and a new password can be asked for.";
}

/// Refusals of the identity module, and failures of its tables.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the credentials are not good")]
    InvalidCredentials,
    #[error("wait {0} s before the next attempt")]
    TooManyAttempts(u32),
    #[error("the current password is another one")]
    WrongPassword,
    /// Only people have passwords.
    #[error("who asks has no password")]
    NoPassword,
    #[error("the password {why}")]
    WeakPassword { field: &'static str, why: String },
    #[error("the token cannot be used")]
    TokenInvalid,
    #[error("you have no such session")]
    SessionNotFound,
    #[error("there is no member of staff {0}")]
    StaffNotFound(StaffId),
    #[error("there is no role {0}")]
    RoleNotFound(String),
    #[error("there is no API key {0}")]
    ApiKeyNotFound(ApiKeyId),
    #[error("the customer {0} has no account")]
    AccountNotFound(CustomerId),
    // Without the email: errors reach logs.
    #[error("a member of staff with this email exists")]
    StaffEmailTaken,
    #[error("an account with this email exists")]
    AccountTaken,
    /// Named by a request that is about something else.
    #[error("there is no role {0}")]
    UnknownRole(String),
    #[error("the role {0} is there already")]
    RoleTaken(String),
    #[error("the role {OWNER} cannot be changed")]
    RoleBuiltin,
    #[error("the role {0} is somebody's")]
    RoleInUse(String),
    #[error("somebody must be the owner")]
    LastOwner,
    #[error("you do not have the permission {0} yourself")]
    Beyond(Permission),
    /// `If-Match` named another version than this one.
    #[error("the current version is {0}")]
    Stale(i64),
    #[error("too many passwords wait to be hashed")]
    Busy,
    #[error("a password cannot be hashed: {0}")]
    Hashing(String),
    #[error("the customer module did not answer")]
    Customers(#[from] ApiError<CustomerError>),
    #[error("the tables failed")]
    Storage(#[from] StoreError),
}

impl Failure for Error {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            Error::Storage(error) => Some(error),
            _ => None,
        }
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Problem {
        let kind = match error {
            Error::InvalidCredentials => &INVALID_CREDENTIALS,
            Error::TooManyAttempts(seconds) => return Problem::of(&TOO_MANY_ATTEMPTS).retry_after(*seconds),
            Error::WrongPassword => &WRONG_PASSWORD,
            Error::NoPassword => &kinds::FORBIDDEN,
            Error::WeakPassword { field, why } => {
                let weak = FieldError::new(*field, "weak-password").detail(why.clone());
                return Problem::of(&kinds::VALIDATION).errors([weak]);
            }
            Error::TokenInvalid => return at("/token", &TOKEN_INVALID, error),
            Error::SessionNotFound => &SESSION_NOT_FOUND,
            Error::StaffNotFound(_) => &STAFF_NOT_FOUND,
            Error::RoleNotFound(_) => &ROLE_NOT_FOUND,
            Error::ApiKeyNotFound(_) => &API_KEY_NOT_FOUND,
            Error::AccountNotFound(_) => &ACCOUNT_NOT_FOUND,
            Error::StaffEmailTaken => return at("/email", &STAFF_EMAIL_TAKEN, error),
            Error::AccountTaken => &ACCOUNT_TAKEN,
            Error::UnknownRole(_) => return at("/roles", &UNKNOWN_ROLE, error),
            Error::RoleTaken(_) => return at("/code", &ROLE_TAKEN, error),
            Error::RoleBuiltin => &ROLE_BUILTIN,
            Error::RoleInUse(_) => &ROLE_IN_USE,
            Error::LastOwner => &LAST_OWNER,
            Error::Beyond(_) => &BEYOND_YOUR_PERMISSIONS,
            Error::Stale(_) => &kinds::STALE,
            Error::Busy => return Problem::of(&kinds::OVERLOADED).retry_after(1),
            Error::Hashing(why) => return Problem::of(&kinds::INTERNAL).caused_by(why),
            Error::Customers(error) => return error.into(),
            Error::Storage(error) => return error.into(),
        };
        Problem::new(kind, error)
    }
}

fn at(pointer: &str, kind: &ProblemKind, error: &Error) -> Problem {
    Problem::new(kind, error).errors([FieldError::new(pointer, kind.code)])
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem::from(&error)
    }
}

impl From<Error> for ApiError<IdentityError> {
    fn from(error: Error) -> ApiError<IdentityError> {
        match error {
            Error::InvalidCredentials => ApiError::Domain(IdentityError::UnknownCredential),
            Error::TokenInvalid => ApiError::Domain(IdentityError::UnknownLetter),
            Error::Storage(error) => error.into_api(),
            // No method of the API leads here.
            other => ApiError::Internal(other.to_string()),
        }
    }
}
