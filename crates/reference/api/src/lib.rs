//! What other modules may know of reference data: which codes there are, and what they stand for.

mod address;
mod error;
mod events;
mod types;

use kernel::module_api;

pub use self::address::{AddressFault, AddressRules};
pub use self::error::ReferenceError;
pub use self::events::{CategoryEvent, CountryEvent, CurrencyEvent, TaxCategoryEvent};
pub use self::types::{
    Categories, Category, Countries, Country, CurrencyFacts, FindCategories, FindCountries,
    FindTaxCategories, TaxCategories, TaxCategory, WalkCodes, WalkedCategories, WalkedCategory,
};

module_api! {
    /// Codes that the whole shop refers to.
    pub trait ReferenceApi = "reference", error ReferenceError, adapters reference_rpc,
        contract {
            version: 1,
            events: [CategoryEvent, CountryEvent, CurrencyEvent, TaxCategoryEvent],
            blessed: include_str!("../../../../contracts/reference/fingerprints"),
        } {
        /// Categories by code; those that never were, or are no more, are absent.
        query find_categories(FindCategories) -> Categories;
        /// Countries by code, disabled ones included; those that do not exist are absent.
        query find_countries(FindCountries) -> Countries;
        /// Tax categories by code; those that do not exist are absent.
        query find_tax_categories(FindTaxCategories) -> TaxCategories;
        /// All categories that there ever were, in the order of their codes: for comparing copies with them.
        query walk_categories(WalkCodes) -> WalkedCategories;
        /// All countries, in the order of their codes.
        query walk_countries(WalkCodes) -> Countries;
        /// All tax categories, in the order of their codes.
        query walk_tax_categories(WalkCodes) -> TaxCategories;
    }
}
