use customer_api::{CustomerId, Picture, Profile};
use diesel::prelude::*;
use kernel::Timestamp;
use platform::on;
use platform::store::{Db, Json, Key, StoreError, Time, Tx, corrupt};

use crate::profile::Kept;
use crate::schema::{profile_pictures, profiles};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = profiles, treat_none_as_default_value = false, treat_none_as_null = true)]
struct ProfileRow {
    customer_id: Key,
    display_name: Option<String>,
    bio: Option<String>,
    locale: Option<String>,
    preferences: Json,
    picture_id: Option<Key>,
    picture_version: Option<i64>,
    version: i64,
    updated_at: Time,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = profile_pictures)]
struct PictureRow {
    content_type: String,
    width: i32,
    height: i32,
    bytes: i64,
}

/// `None` for a customer who has said nothing, or who does not exist.
pub(crate) fn find(db: &mut Db<'_>, customer: CustomerId) -> Result<Option<Kept>, StoreError> {
    let row: Option<(ProfileRow, Option<PictureRow>)> = on!(db, |conn| profiles::table
        .left_join(profile_pictures::table)
        .filter(profiles::customer_id.eq(Key::from(customer)))
        .select((ProfileRow::as_select(), Option::<PictureRow>::as_select()))
        .first(conn)
        .optional())?;
    row.map(kept).transpose()
}

pub(crate) fn insert(tx: &mut Tx<'_>, kept: &Kept, now: Timestamp) -> Result<(), StoreError> {
    let row = ProfileRow::of(kept, now)?;
    on!(tx, |conn| diesel::insert_into(profiles::table).values(&row).execute(conn))?;
    Ok(())
}

pub(crate) fn update(tx: &mut Tx<'_>, kept: &Kept, now: Timestamp) -> Result<(), StoreError> {
    let row = ProfileRow::of(kept, now)?;
    on!(tx, |conn| diesel::update(profiles::table.find(row.customer_id)).set(&row).execute(conn))?;
    Ok(())
}

impl ProfileRow {
    fn of(Kept { profile, picture }: &Kept, now: Timestamp) -> Result<ProfileRow, StoreError> {
        Ok(ProfileRow {
            customer_id: profile.customer_id.into(),
            display_name: profile.display_name.clone(),
            bio: profile.bio.clone(),
            locale: profile.locale.clone(),
            preferences: Json::of(&profile.preferences)?,
            picture_id: picture.map(Key::from),
            picture_version: profile.picture.as_ref().map(|picture| picture.version),
            version: profile.version,
            updated_at: Time(now),
        })
    }
}

fn kept((row, picture): (ProfileRow, Option<PictureRow>)) -> Result<Kept, StoreError> {
    let preferences = serde_json::from_str(&row.preferences.0)
        .map_err(|error| corrupt("profiles", "preferences", row.customer_id.0, error))?;
    let picture = picture.zip(row.picture_version).map(|(picture, version)| {
        let PictureRow { content_type, width, height, bytes } = picture;
        Picture { content_type, width, height, bytes, version }
    });
    let profile = Profile {
        customer_id: row.customer_id.id(),
        display_name: row.display_name,
        bio: row.bio,
        locale: row.locale,
        preferences,
        picture,
        version: row.version,
        updated_at: Some(row.updated_at.0),
    };
    Ok(Kept { profile, picture: row.picture_id.map(Key::id) })
}
