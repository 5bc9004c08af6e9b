use catalog_api::CatalogError;
use kernel::{ApiError, Sku};
use platform::http::{FieldError, Problem, kinds};
use platform::store::{Failure, StoreError};
use reference_api::ReferenceError;

use crate::product::MOST_VARIANTS;

platform::problem_kinds! { pub(crate) PROBLEMS:
    PRODUCT_NOT_FOUND = 404 "product-not-found" "There is no such product" "No product has this id or handle, or it is not for sale and the request showed no credential.";
    VARIANT_NOT_FOUND = 404 "variant-not-found" "There is no such variant" "No variant has this SKU.";
    HANDLE_TAKEN = 409 "handle-taken" "The handle is taken" "Another product has this handle. Choose another one, or leave it out to have one made from the title.";
    SKU_TAKEN = 409 "sku-taken" "The SKU is taken" "Another variant has this SKU, perhaps in another case. A SKU is never given to a second variant.";
    UNKNOWN_CATEGORY = 409 "unknown-category" "There is no such category" "No category has this code, or it was removed. GET /v1/categories lists all.";
    UNKNOWN_TAX_CATEGORY = 409 "unknown-tax-category" "There is no such tax category" "No tax category has this code. GET /v1/tax-categories lists all.";
    TOO_MANY_VARIANTS = 409 "too-many-variants" "The product has too many variants" "A product has at most 100 variants.";
}

/// Refusals of the catalog, and failures of its tables.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no product {0}")]
    ProductNotFound(String),
    #[error("there is no variant {0}")]
    VariantNotFound(Sku),
    #[error("the handle {0} is taken")]
    HandleTaken(String),
    #[error("the SKU {0} is taken")]
    SkuTaken(Sku),
    #[error("there is no category {0}")]
    UnknownCategory(String),
    #[error("there is no tax category {0}")]
    UnknownTaxCategory(String),
    #[error("a product has at most {MOST_VARIANTS} variants")]
    TooManyVariants,
    /// `If-Match` named another version than this one.
    #[error("the current version is {0}")]
    Stale(i64),
    #[error("the reference module did not answer")]
    Reference(#[from] ApiError<ReferenceError>),
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

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Error {
        Error::Storage(error.into())
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Problem {
        let kind = match error {
            Error::ProductNotFound(_) => &PRODUCT_NOT_FOUND,
            Error::VariantNotFound(_) => &VARIANT_NOT_FOUND,
            Error::HandleTaken(_) => &HANDLE_TAKEN,
            Error::SkuTaken(_) => &SKU_TAKEN,
            Error::UnknownCategory(_) => {
                let category = FieldError::new("/category", UNKNOWN_CATEGORY.code);
                return Problem::new(&UNKNOWN_CATEGORY, error).errors([category]);
            }
            Error::UnknownTaxCategory(_) => {
                let tax_category = FieldError::new("/tax_category", UNKNOWN_TAX_CATEGORY.code);
                return Problem::new(&UNKNOWN_TAX_CATEGORY, error).errors([tax_category]);
            }
            Error::TooManyVariants => &TOO_MANY_VARIANTS,
            Error::Stale(_) => &kinds::STALE,
            Error::Reference(error) => return error.into(),
            Error::Storage(error) => return error.into(),
        };
        Problem::new(kind, error)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem::from(&error)
    }
}

impl From<Error> for ApiError<CatalogError> {
    fn from(error: Error) -> ApiError<CatalogError> {
        ApiError::Domain(match error {
            Error::HandleTaken(handle) => CatalogError::HandleTaken(handle),
            Error::SkuTaken(sku) => CatalogError::SkuTaken(sku),
            Error::VariantNotFound(sku) => CatalogError::UnknownSku(sku),
            Error::UnknownCategory(code) => CatalogError::UnknownCategory(code),
            Error::UnknownTaxCategory(code) => CatalogError::UnknownTaxCategory(code),
            Error::Reference(error) => return error.map_domain(|never| match never {}),
            Error::Storage(error) => return error.into_api(),
            // No method of the API leads here.
            Error::ProductNotFound(_) | Error::TooManyVariants | Error::Stale(_) => {
                return ApiError::Internal(error.to_string());
            }
        })
    }
}
