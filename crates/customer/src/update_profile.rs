//! Changing what a customer says about itself. A profile is a part of its customer: its changes are the customer's, too.

use customer_api::{Customer, CustomerEvent, CustomerId, Profile};
use platform::Change;
use platform::http::IfMatch;
use platform::store::Tx;

use crate::change::{self, expect};
use crate::error::Error;
use crate::profile::{self, Kept, ProfilePatch};
use crate::store::{customers, profiles};

pub(crate) fn update_profile(
    tx: &mut Tx<'_>,
    change: &Change,
    customer: CustomerId,
    expected: &IfMatch,
    patch: &ProfilePatch,
) -> Result<Profile, Error> {
    let (customer, mut kept) = lock(tx, customer)?;
    expect(expected, kept.profile.version)?;
    if let Some(event) = profile::update(&mut kept.profile, patch, change.now)? {
        save(tx, change, customer, &kept, &event)?;
    }
    Ok(kept.profile)
}

/// The customer's row, which whoever changes the profile holds, and the profile.
pub(crate) fn lock(tx: &mut Tx<'_>, customer: CustomerId) -> Result<(Customer, Kept), Error> {
    let customer = customers::lock(tx, customer)?;
    let kept = profiles::find(tx, customer.id)?.unwrap_or_else(|| profile::empty(customer.id));
    Ok((customer, kept))
}

pub(crate) fn save(
    tx: &mut Tx<'_>,
    change: &Change,
    mut customer: Customer,
    kept: &Kept,
    event: &CustomerEvent,
) -> Result<(), Error> {
    if kept.profile.version == 1 {
        profiles::insert(tx, kept, change.now)?;
    } else {
        profiles::update(tx, kept, change.now)?;
    }
    change::touch(tx, change, &mut customer, event)
}
