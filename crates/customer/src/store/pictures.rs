use customer_api::{CustomerId, Picture};
use diesel::prelude::*;
use kernel::Timestamp;
use platform::store::{Key, StoreError, Time, Tx};
use platform::{on, on_locked};

use crate::picture::PictureId;
use crate::schema::{profile_pictures, profiles};

/// Notes that an object may be there from now on.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    id: PictureId,
    picture: &Picture,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        profile_pictures::id.eq(Key::from(id)),
        profile_pictures::customer_id.eq(Key::from(customer)),
        profile_pictures::content_type.eq(&picture.content_type),
        profile_pictures::width.eq(picture.width),
        profile_pictures::height.eq(picture.height),
        profile_pictures::bytes.eq(picture.bytes),
        profile_pictures::created_at.eq(Time(now)),
    );
    on!(tx, |conn| diesel::insert_into(profile_pictures::table).values(row).execute(conn))?;
    Ok(())
}

/// Whether the object may still be there. Who shows it and who removes it take turns.
pub(crate) fn lock(tx: &mut Tx<'_>, id: PictureId) -> Result<bool, StoreError> {
    let row: Option<Key> = on_locked!(
        tx,
        profile_pictures::table.find(Key::from(id)).select(profile_pictures::id),
        |query, conn| query.first(conn).optional()
    )?;
    Ok(row.is_some())
}

/// Whether a profile shows it.
pub(crate) fn is_shown(tx: &mut Tx<'_>, id: PictureId) -> Result<bool, StoreError> {
    let shown = profiles::table.filter(profiles::picture_id.eq(Key::from(id)));
    Ok(on!(tx, |conn| diesel::select(diesel::dsl::exists(shown)).get_result(conn))?)
}

/// Notes that the object is to go.
pub(crate) fn delete(tx: &mut Tx<'_>, id: PictureId) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::delete(profile_pictures::table.find(Key::from(id))).execute(conn))?;
    Ok(())
}
