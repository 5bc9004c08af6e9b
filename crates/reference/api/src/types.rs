use kernel::{Bounded, Currency, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::AddressRules;

/// A country of ISO 3166-1, as the owner shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    #[schema(pattern = "^[A-Z]{2}$", examples("DE"))]
    pub code: String,
    /// ISO 3166-1 alpha-3.
    #[schema(pattern = "^[A-Z]{3}$", examples("DEU"))]
    pub alpha3: String,
    /// ISO's English short name.
    pub name: String,
    /// What an address there must have.
    pub address: AddressRules,
    /// Whether new addresses may be there.
    pub enabled: bool,
    pub version: i64,
    pub updated_at: Timestamp,
}

/// A currency of ISO 4217 in which prices can be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct CurrencyFacts {
    #[schema(inline)]
    pub code: Currency,
    pub name: String,
    /// Decimals of the minor unit: 2 for EUR, 0 for JPY.
    pub exponent: i32,
    pub version: i64,
    pub updated_at: Timestamp,
}

/// A node of the taxonomy, without its place in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Category {
    /// Never changes; whoever names the category names this.
    #[schema(max_length = 64, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", examples("home-lighting"))]
    pub code: String,
    pub title: String,
    /// Code of the category above it; null at the top.
    #[schema(required)]
    pub parent: Option<String>,
    /// Siblings are shown in the order of their positions, then of their codes.
    pub position: i32,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A kind of goods as tax law tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct TaxCategory {
    /// Never changes.
    #[schema(max_length = 64, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", examples("reduced"))]
    pub code: String,
    pub title: String,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindCategories {
    /// 100 at most.
    pub codes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Categories {
    pub categories: Vec<Category>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindCountries {
    /// ISO 3166-1 alpha-2; 100 at most.
    pub codes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Countries {
    pub countries: Vec<Country>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindTaxCategories {
    /// 100 at most.
    pub codes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxCategories {
    pub tax_categories: Vec<TaxCategory>,
}

/// A step of a walk over all codes of a kind, in the order of their bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalkCodes {
    /// Only those that come after this one.
    pub after: Option<String>,
    /// 1 to 100.
    pub limit: u32,
}

/// A category that is there, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalkedCategory {
    #[serde(flatten)]
    pub category: Category,
    pub removed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalkedCategories {
    pub categories: Vec<WalkedCategory>,
}

macro_rules! bounded_by_codes {
    ($($Request:ty),+) => {
        $(impl Bounded for $Request {
            const MAX_ITEMS: usize = 100;
            fn items(&self) -> usize {
                self.codes.len()
            }
        })+
    };
}
bounded_by_codes!(FindCategories, FindCountries, FindTaxCategories);

impl Bounded for WalkCodes {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }
}
