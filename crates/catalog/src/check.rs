//! `holdfast check`: prices; all else of the catalog are constraints.

use platform::Violation;
use platform::store::{Db, StoreError};

use crate::store;

/// Of the catalog alone, so it has no number in the documentation.
const OWN: u8 = 0;

pub(crate) fn prices(db: &mut Db<'_>) -> Result<Vec<Violation>, StoreError> {
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
