//! Deciding whether the shop takes addresses in a country.

use platform::Change;
use platform::http::IfMatch;
use platform::store::Tx;
use reference_api::{Country, CountryEvent};

use crate::error::Error;
use crate::store::countries;

pub(crate) fn update_country(
    tx: &mut Tx<'_>,
    change: &Change,
    code: &str,
    expected: &IfMatch,
    enabled: Option<bool>,
) -> Result<Country, Error> {
    let mut country = countries::lock(tx, code)?.ok_or_else(|| Error::CountryNotFound(code.to_owned()))?;
    expected.check(country.version).map_err(|_| Error::Stale(country.version))?;
    let Some(enabled) = enabled.filter(|enabled| *enabled != country.enabled) else { return Ok(country) };
    country.enabled = enabled;
    country.version = country.version.saturating_add(1);
    country.updated_at = change.now;
    countries::save(tx, std::slice::from_ref(&country))?;
    let event = CountryEvent::Updated { country: country.clone() };
    change.append(tx, &country.code, country.version, &event)?;
    Ok(country)
}
