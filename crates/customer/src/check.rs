//! `holdfast check`: the copy of countries; all else of this module are constraints.

use std::collections::HashMap;

use kernel::{Bounded, CallCtx};
use platform::Violation;
use platform::store::StoreError;
use reference_api::{Country, FindCountries};

use crate::module::CustomerModule;
use crate::store::countries::{self, KnownCountry};

const COPIES: u8 = 10;

impl CustomerModule {
    pub(crate) async fn check_all(&self, cx: &CallCtx) -> Result<Vec<Violation>, StoreError> {
        let known = self.foundation.store.read(cx, countries::all).await?;
        let mut found = Vec::new();
        for known in known.chunks(FindCountries::MAX_ITEMS) {
            let codes = known.iter().map(|one| one.code.clone()).collect();
            let owned = self.reference.find_countries(cx, FindCountries { codes }).await;
            let owned = owned.map_err(|error| StoreError::Unavailable(format!("reference: {error}")))?;
            found.extend(drift(known, &owned.countries));
        }
        Ok(found)
    }
}

/// Copies that are not as their source was at their version. A copy may be behind.
fn drift(known: &[KnownCountry], owned: &[Country]) -> Vec<Violation> {
    let owned: HashMap<&str, &Country> = owned.iter().map(|one| (one.code.as_str(), one)).collect();
    let wrong = known.iter().filter_map(|copy| {
        let detail = match owned.get(copy.code.as_str()) {
            None => "is copied, and not in the source".to_owned(),
            Some(source) if copy.source_version > source.version => {
                format!("is copied in version {}, and the source has {}", copy.source_version, source.version)
            }
            Some(source)
                if copy.source_version == source.version
                    && (&copy.address, copy.enabled) != (&source.address, source.enabled) =>
            {
                format!("is not copied as version {} of the source", source.version)
            }
            Some(_) => return None,
        };
        Some(Violation { invariant: COPIES, subject: format!("country {}", copy.code), detail })
    });
    wrong.collect()
}
