use kernel::ApiError;
use platform::http::{FieldError, Problem, ProblemKind, kinds};
use platform::store::{Failure, StoreError};
use reference_api::ReferenceError;

use crate::category::{MOST_CODES, MOST_LEVELS};

platform::problem_kinds! { pub(crate) PROBLEMS:
    COUNTRY_NOT_FOUND = 404 "country-not-found" "There is no such country" "ISO 3166-1 has no country with this alpha-2 code, in upper case. GET /v1/countries lists all.";
    CATEGORY_NOT_FOUND = 404 "category-not-found" "There is no such category" "No category has this code, or it was removed. GET /v1/categories lists all.";
    TAX_CATEGORY_NOT_FOUND = 404 "tax-category-not-found" "There is no such tax category" "GET /v1/tax-categories lists all.";
    CATEGORY_TAKEN = 409 "category-taken" "The category is there already" "Another category has this code. Choose another one, or change that one.";
    TAX_CATEGORY_TAKEN = 409 "tax-category-taken" "The tax category is there already" "Another tax category has this code.";
    UNKNOWN_PARENT = 409 "unknown-parent" "There is no such parent" "`parent` must be the code of a category that is there, or null for the top.";
    CATEGORY_CYCLE = 409 "category-cycle" "A category cannot be below itself" "`parent` is the category itself or one that is below it. Move that one first.";
    CATEGORY_TOO_DEEP = 409 "category-too-deep" "The tree would be too deep" "Categories have at most eight levels, those below what is moved included.";
    CATEGORY_HAS_CHILDREN = 409 "category-has-children" "The category has others below it" "Move or remove those first.";
    TOO_MANY_CATEGORIES = 409 "too-many-categories" "There are too many categories" "A shop gives at most 5,000 codes, those of removed categories included. They can be used again.";
}

/// Refusals of the reference module, and failures of its tables.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no country {0}")]
    CountryNotFound(String),
    #[error("there is no category {0}")]
    CategoryNotFound(String),
    #[error("there is no tax category {0}")]
    TaxCategoryNotFound(String),
    #[error("the category {0} is there already")]
    CategoryTaken(String),
    #[error("the tax category {0} is there already")]
    TaxCategoryTaken(String),
    #[error("there is no category {0} to be above it")]
    UnknownParent(String),
    #[error("{code} cannot be below {parent}, which is below it")]
    CategoryCycle { code: String, parent: String },
    #[error("categories have at most {MOST_LEVELS} levels")]
    CategoryTooDeep,
    #[error("{child} is below {code}")]
    CategoryHasChildren { code: String, child: String },
    #[error("there are at most {MOST_CODES} categories")]
    TooManyCategories,
    /// `If-Match` named another version than this one.
    #[error("the current version is {0}")]
    Stale(i64),
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
            Error::CountryNotFound(_) => &COUNTRY_NOT_FOUND,
            Error::CategoryNotFound(_) => &CATEGORY_NOT_FOUND,
            Error::TaxCategoryNotFound(_) => &TAX_CATEGORY_NOT_FOUND,
            Error::CategoryTaken(_) => return at("/code", &CATEGORY_TAKEN, error),
            Error::TaxCategoryTaken(_) => return at("/code", &TAX_CATEGORY_TAKEN, error),
            Error::UnknownParent(_) => return at("/parent", &UNKNOWN_PARENT, error),
            Error::CategoryCycle { .. } => return at("/parent", &CATEGORY_CYCLE, error),
            Error::CategoryTooDeep => return at("/parent", &CATEGORY_TOO_DEEP, error),
            Error::CategoryHasChildren { .. } => &CATEGORY_HAS_CHILDREN,
            Error::TooManyCategories => &TOO_MANY_CATEGORIES,
            Error::Stale(_) => &kinds::STALE,
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

impl From<Error> for ApiError<ReferenceError> {
    fn from(error: Error) -> ApiError<ReferenceError> {
        match error {
            Error::Storage(error) => error.into_api(),
            // What others ask of it is never refused.
            refusal => ApiError::Internal(refusal.to_string()),
        }
    }
}
