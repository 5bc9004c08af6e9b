use kernel::Event;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Category, Country, CurrencyFacts, TaxCategory};

/// Facts about the taxonomy. Each carries the category as it is after the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub enum CategoryEvent {
    /// New, or there again after it was removed.
    #[serde(rename = "category.created")]
    Created { category: Category },
    #[serde(rename = "category.renamed")]
    Renamed { category: Category },
    /// To another parent, or among its siblings.
    #[serde(rename = "category.moved")]
    Moved { category: Category },
    /// Products may name it still; new ones cannot.
    #[serde(rename = "category.removed")]
    Removed { category: Category },
}

impl Event for CategoryEvent {
    const AGGREGATE: &'static str = "category";
    const TYPES: &'static [&'static str] =
        &["category.created", "category.renamed", "category.moved", "category.removed"];

    fn event_type(&self) -> &'static str {
        match self {
            CategoryEvent::Created { .. } => "category.created",
            CategoryEvent::Renamed { .. } => "category.renamed",
            CategoryEvent::Moved { .. } => "category.moved",
            CategoryEvent::Removed { .. } => "category.removed",
        }
    }
}

/// Declares the events of what is only ever added and updated.
macro_rules! added_or_updated {
    ($(#[$doc:meta])* $Event:ident, $aggregate:literal, $field:ident: $Snapshot:ty, $added:literal, $updated:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "type", content = "data")]
        pub enum $Event {
            #[serde(rename = $added)]
            Added { $field: $Snapshot },
            #[serde(rename = $updated)]
            Updated { $field: $Snapshot },
        }

        impl Event for $Event {
            const AGGREGATE: &'static str = $aggregate;
            const TYPES: &'static [&'static str] = &[$added, $updated];

            fn event_type(&self) -> &'static str {
                match self {
                    $Event::Added { .. } => $added,
                    $Event::Updated { .. } => $updated,
                }
            }
        }
    };
}

added_or_updated! {
    /// Facts about countries. Each carries the country as it is after the change.
    CountryEvent, "country", country: Country, "country.added", "country.updated"
}
added_or_updated! {
    /// Facts about currencies. Each carries the currency as it is after the change.
    CurrencyEvent, "currency", currency: CurrencyFacts, "currency.added", "currency.updated"
}
added_or_updated! {
    /// Facts about tax categories. Each carries the tax category as it is after the change.
    TaxCategoryEvent, "tax_category", tax_category: TaxCategory, "tax_category.added", "tax_category.updated"
}
