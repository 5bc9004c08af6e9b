//! `holdfast check`: prices, and the copy of categories; all else of the catalog are constraints.

use std::collections::HashMap;

use kernel::{Bounded, CallCtx};
use platform::Violation;
use platform::store::{Db, StoreError};
use reference_api::{Category, FindCategories};

use crate::module::CatalogModule;
use crate::store;
use crate::store::categories::{self, KnownCategory};

/// Of the catalog alone, so it has no number in the documentation.
const OWN: u8 = 0;
const COPIES: u8 = 10;

impl CatalogModule {
    pub(crate) async fn check_all(&self, cx: &CallCtx) -> Result<Vec<Violation>, StoreError> {
        let (mut found, known) = self
            .foundation
            .store
            .read(cx, |db| Ok::<_, StoreError>((prices(db)?, categories::all(db)?)))
            .await?;
        for known in known.chunks(FindCategories::MAX_ITEMS) {
            let codes = known.iter().map(|one| one.code.clone()).collect();
            let owned = self.reference.find_categories(cx, FindCategories { codes }).await;
            let owned = owned.map_err(|error| StoreError::Unavailable(format!("reference: {error}")))?;
            found.extend(drift(known, &owned.categories));
        }
        Ok(found)
    }
}

fn prices(db: &mut Db<'_>) -> Result<Vec<Violation>, StoreError> {
    let negative = store::negative_prices(db)?;
    Ok(negative
        .into_iter()
        .map(|(variant, currency, amount)| Violation {
            invariant: OWN,
            subject: variant.to_string(),
            detail: format!("a price of {amount} {currency}"),
        })
        .collect())
}

/// Copies that are not as their source was at their version. A copy may be behind, and what was removed is not shown.
fn drift(known: &[KnownCategory], owned: &[Category]) -> Vec<Violation> {
    let owned: HashMap<&str, i64> = owned.iter().map(|one| (one.code.as_str(), one.version)).collect();
    let wrong = known.iter().filter_map(|copy| {
        let version = *owned.get(copy.code.as_str())?;
        let detail = match copy.source_version {
            copied if copied > version => {
                format!("is copied in version {copied}, and the source has {version}")
            }
            copied if copied == version && copy.removed => {
                format!("is removed in the copy of version {copied}, and there in the source")
            }
            _ => return None,
        };
        Some(Violation { invariant: COPIES, subject: format!("category {}", copy.code), detail })
    });
    wrong.collect()
}
