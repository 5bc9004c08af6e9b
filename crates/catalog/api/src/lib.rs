//! What other modules may know of the catalog: what can be bought, and at what price.

mod error;
mod events;
mod types;

use kernel::module_api;

pub use self::error::CatalogError;
pub use self::events::CatalogEvent;
pub use self::types::{
    LineQuote, NewProduct, NewVariant, PricedLine, Product, ProductId, ProductKind, ProductStatus, Products,
    Quote, QuoteLines, QuoteRefusal, SetPrices, Variant, VariantId, VariantKind, WalkProducts, line_title,
};

module_api! {
    /// Products and their current prices.
    pub trait CatalogApi = "catalog", error CatalogError, adapters catalog_rpc,
        contract {
            version: 1,
            events: [CatalogEvent],
            blessed: include_str!("../../../../contracts/catalog/fingerprints"),
        } {
        /// Current price and purchasability of each SKU; unknown SKUs come back as refusals.
        query quote(QuoteLines) -> Quote;
        /// Products in whatever state, in the order of their ids: for walking over all of them.
        query walk(WalkProducts) -> Products;
        /// Creates a product with its variants. Refused with [`CatalogError::HandleTaken`],
        /// [`CatalogError::SkuTaken`], [`CatalogError::UnknownCategory`] or [`CatalogError::UnknownTaxCategory`].
        command create_product(NewProduct) -> Product;
        /// Replaces all prices of a variant. Refused with [`CatalogError::UnknownSku`].
        command set_prices(SetPrices) -> Variant;
    }
}
