//! Keeping a profile's picture. An object and a row cannot change together, so each object has a row before it is there,
//! and an effect that removes it unless a profile has come to show it.

use std::time::Duration;

use customer_api::{CustomerId, Profile};
use platform::Change;
use platform::http::IfMatch;
use platform::store::Tx;

use crate::change::expect;
use crate::error::Error;
use crate::picture::{Encoded, PictureId};
use crate::profile;
use crate::removal;
use crate::store::{customers, pictures};
use crate::update_profile::{lock, save};

/// After this an upload that shows nowhere has failed. Far longer than the deadline of any request.
pub(crate) const UPLOAD_TAKES: Duration = Duration::from_secs(60 * 60);

/// Before the upload: decides that the object goes unless it comes to be shown.
pub(crate) fn announce(
    tx: &mut Tx<'_>,
    change: &Change,
    customer: CustomerId,
    encoded: &Encoded,
) -> Result<PictureId, Error> {
    customers::must_exist(tx, customer)?;
    let id = change.ids.next(change.now);
    pictures::insert(tx, customer, id, &encoded.describe(), change.now)?;
    tx.effect(&removal::unless_shown(change, id, UPLOAD_TAKES)?)?;
    Ok(id)
}

/// After the upload: shows the picture in place of the one before, which goes.
pub(crate) fn show(
    tx: &mut Tx<'_>,
    change: &Change,
    customer: CustomerId,
    expected: &IfMatch,
    (id, encoded): (PictureId, &Encoded),
) -> Result<Profile, Error> {
    let (customer, mut kept) = lock(tx, customer)?;
    expect_picture(expected, &kept.profile)?;
    if !pictures::lock(tx, id)? {
        return Err(Error::PicturesAway("the upload took too long".to_owned()));
    }
    let (event, replaced) = profile::show(&mut kept, (id, encoded.describe()), change.now);
    save(tx, change, customer, &kept, &event)?;
    if let Some(replaced) = replaced {
        tx.effect(&removal::at_once(change, replaced)?)?;
    }
    Ok(kept.profile)
}

/// Takes the picture away.
pub(crate) fn hide(
    tx: &mut Tx<'_>,
    change: &Change,
    id: CustomerId,
    expected: &IfMatch,
) -> Result<(), Error> {
    let (customer, mut kept) = lock(tx, id)?;
    if kept.profile.picture.is_none() {
        return Err(Error::PictureNotFound(id));
    }
    expect_picture(expected, &kept.profile)?;
    if let Some((event, gone)) = profile::hide(&mut kept, change.now) {
        save(tx, change, customer, &kept, &event)?;
        tx.effect(&removal::at_once(change, gone)?)?;
    }
    Ok(())
}

/// A picture's tag is the version that it came with; where there is none yet, none was seen.
fn expect_picture(expected: &IfMatch, profile: &Profile) -> Result<(), Error> {
    expect(expected, profile.picture.as_ref().map_or(0, |picture| picture.version))
}
