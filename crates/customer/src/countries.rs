//! What an address in a country must have: a copy of rules that the reference module owns, fed by its events. What the copy
//! lacks, or would refuse, is asked for, so that nobody is refused because the feed is behind.

use customer_api::{AddressFields, AddressId, CustomerId};
use kernel::CallCtx;
use platform::Change;
use platform::events::subscription::{Fault, Told};
use platform::http::{FieldError, Problem, kinds};
use platform::store::{StoreError, Tx};
use reference_api::{AddressFault, Country, CountryEvent, FindCountries};

use crate::customer::AddressPatch;
use crate::error::{COUNTRY_DISABLED, Error};
use crate::module::CustomerModule;
use crate::store::addresses;
use crate::store::countries::{self, KnownCountry};

/// The subscription's name; the cursor is stored under it.
pub(crate) const FOLLOW_REFERENCE: &str = "customer.follow_reference";

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("there is no country {0}")]
    UnknownCountry(String),
    #[error("the shop takes no addresses in {0}")]
    CountryDisabled(String),
    #[error("an address in {0} has a postal code")]
    PostalCodeMissing(String),
    #[error("a postal code in {country} looks like {forms}, where # is a digit, ? a letter and * either")]
    PostalCodeMalformed { country: String, forms: String },
    #[error("an address in {0} names the state or province")]
    RegionMissing(String),
}

/// Notes what became of countries. What is older than the copy changes nothing.
pub(crate) fn follow(tx: &mut Tx<'_>, _: &Change, told: &[Told<'_, CountryEvent>]) -> Result<(), Fault> {
    let heard = told.iter().map(|told| match &told.event {
        CountryEvent::Added { country } | CountryEvent::Updated { country } => known(country),
    });
    Ok(countries::note(tx, heard)?)
}

pub(crate) fn known(country: &Country) -> KnownCountry {
    KnownCountry {
        code: country.code.clone(),
        address: country.address.clone(),
        enabled: country.enabled,
        source_version: country.version,
        as_of: country.updated_at,
    }
}

impl CustomerModule {
    /// Asks the owner for a country that the copy does not have, or has as disabled, and notes the answer. To be called
    /// before a transaction in which [`admit`] looks at the copy.
    pub(crate) async fn learn_country(&self, cx: &CallCtx, code: &str) -> Result<(), Error> {
        let (store, wanted) = (&self.foundation.store, code.to_owned());
        let copy = store.peek::<_, StoreError, _>(cx, move |db| countries::find(db, &wanted)).await?;
        if copy.is_some_and(|known| known.enabled) {
            return Ok(());
        }
        let find = FindCountries { codes: vec![code.to_owned()] };
        let found = self.reference.find_countries(cx, find).await?.countries;
        if found.is_empty() {
            return Ok(());
        }
        let note = move |tx: &mut Tx<'_>| countries::note(tx, found.iter().map(known));
        Ok(store.write::<_, StoreError, _>(cx, "customer.learn_country", note).await?)
    }

    /// The same for the country in which an address will be after a patch, if the patch touches what its rules are about.
    pub(crate) async fn learn_country_of(
        &self,
        cx: &CallCtx,
        (customer, id): (CustomerId, AddressId),
        patch: &AddressPatch,
    ) -> Result<(), Error> {
        if let Some(country) = &patch.country {
            return self.learn_country(cx, country).await;
        }
        if patch.postal_code.is_none() && patch.region.is_none() {
            return Ok(());
        }
        let store = &self.foundation.store;
        let address = store.peek::<_, StoreError, _>(cx, move |db| addresses::find(db, customer, id)).await?;
        match address {
            Some(address) => self.learn_country(cx, &address.fields.country).await,
            None => Ok(()),
        }
    }
}

/// Holds a new address to the rules of its country.
pub(crate) fn admit(tx: &mut Tx<'_>, address: &AddressFields) -> Result<(), Error> {
    let country = find(tx, address)?;
    if !country.enabled {
        return Err(Refusal::CountryDisabled(country.code).into());
    }
    hold(&country, address)
}

/// Holds an address that is there to the rules of its country, as far as what they are about has changed: an address
/// may be older than the rules.
pub(crate) fn admit_change(
    tx: &mut Tx<'_>,
    before: &AddressFields,
    after: &AddressFields,
) -> Result<(), Error> {
    if before.country != after.country {
        return admit(tx, after);
    }
    if (&before.postal_code, &before.region) == (&after.postal_code, &after.region) {
        return Ok(());
    }
    hold(&find(tx, after)?, after)
}

fn find(tx: &mut Tx<'_>, address: &AddressFields) -> Result<KnownCountry, Error> {
    let unknown = || Refusal::UnknownCountry(address.country.clone());
    Ok(countries::find(tx, &address.country)?.ok_or_else(unknown)?)
}

fn hold(country: &KnownCountry, address: &AddressFields) -> Result<(), Error> {
    let code = || country.code.clone();
    let refusal = match country.address.fault(&address.postal_code, address.region.as_deref()) {
        None => return Ok(()),
        Some(AddressFault::PostalCodeMissing) => Refusal::PostalCodeMissing(code()),
        Some(AddressFault::PostalCodeMalformed) => Refusal::PostalCodeMalformed {
            country: code(),
            forms: country.address.postal_code_forms.join(" or "),
        },
        Some(AddressFault::RegionMissing) => Refusal::RegionMissing(code()),
    };
    Err(refusal.into())
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Problem {
        let (pointer, code) = match refusal {
            Refusal::UnknownCountry(_) => ("/country", "unknown-country"),
            Refusal::CountryDisabled(_) => {
                let country = FieldError::new("/country", COUNTRY_DISABLED.code);
                return Problem::new(&COUNTRY_DISABLED, refusal).errors([country]);
            }
            Refusal::PostalCodeMissing(_) => ("/postal_code", "postal-code-missing"),
            Refusal::PostalCodeMalformed { .. } => ("/postal_code", "postal-code-malformed"),
            Refusal::RegionMissing(_) => ("/region", "region-missing"),
        };
        let place = FieldError::new(pointer, code).detail(refusal.to_string());
        Problem::of(&kinds::VALIDATION).errors([place])
    }
}
