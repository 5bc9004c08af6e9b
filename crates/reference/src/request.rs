//! What callers may ask for.

use garde::Validate;
use platform::http::rules::{clearable, line, optional, present, slug};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::category::{CategoryPatch, LONGEST_CODE, NewCategory};

const LONGEST_TITLE: usize = 200;

/// A category to be added to the taxonomy.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCategory)]
pub(crate) struct CategoryRequest {
    /// Never changes.
    #[garde(custom(slug(LONGEST_CODE)))]
    #[schema(max_length = 64, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", examples("home-lighting"))]
    code: String,
    #[garde(custom(line(1, LONGEST_TITLE)))]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$",
        examples("Home lighting")
    )]
    title: String,
    /// Code of the category above it; null for the top.
    #[garde(custom(optional(slug(LONGEST_CODE))))]
    #[schema(max_length = 64, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", examples("lighting"))]
    parent: Option<String>,
    /// Among its siblings; behind them if left out.
    #[garde(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    position: Option<i32>,
}

/// What is to change of a category. What is left out stays.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CategoryPatch)]
pub(crate) struct CategoryPatchRequest {
    #[garde(custom(optional(line(1, LONGEST_TITLE))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    title: Option<String>,
    /// Moves it, with all that is below it; null moves it to the top.
    #[garde(custom(clearable(slug(LONGEST_CODE))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 64, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    parent: Option<Option<String>>,
    /// Among its siblings; behind the new ones if only the parent is given.
    #[garde(range(min = 0, max = 1_000_000))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000)]
    position: Option<i32>,
}

/// What is to change of a country.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CountryPatch)]
pub(crate) struct CountryPatchRequest {
    /// Whether new addresses may be there.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
}

/// A tax category to be added.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTaxCategory)]
pub(crate) struct TaxCategoryRequest {
    /// Never changes.
    #[garde(custom(slug(LONGEST_CODE)))]
    #[schema(max_length = 64, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", examples("books"))]
    pub code: String,
    #[garde(custom(line(1, LONGEST_TITLE)))]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("Books"))]
    pub title: String,
}

/// What is to change of a tax category. What is left out stays.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaxCategoryPatch)]
pub(crate) struct TaxCategoryPatchRequest {
    #[garde(custom(optional(line(1, LONGEST_TITLE))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    pub title: Option<String>,
}

impl From<CategoryRequest> for NewCategory {
    fn from(CategoryRequest { code, title, parent, position }: CategoryRequest) -> NewCategory {
        NewCategory { code, title: title.trim().to_owned(), parent, position }
    }
}

impl From<CategoryPatchRequest> for CategoryPatch {
    fn from(CategoryPatchRequest { title, parent, position }: CategoryPatchRequest) -> CategoryPatch {
        CategoryPatch { title: title.map(|title| title.trim().to_owned()), parent, position }
    }
}
