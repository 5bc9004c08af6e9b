use diesel::prelude::*;
use identity_api::{ApiKeyId, Digest};
use kernel::PageRequest;
use platform::store::{Db, Json, Key, StoreError, Time, Tx};
use platform::{on, on_locked};

use super::{bytes, digest, permissions};
use crate::api_key::ApiKey;
use crate::schema::api_keys;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys)]
struct KeyRow {
    id: Key,
    name: String,
    digest: Vec<u8>,
    scopes: Json,
    created_by: String,
    expires_at: Option<Time>,
    revoked_at: Option<Time>,
    version: i64,
    created_at: Time,
}

impl TryFrom<KeyRow> for (ApiKey, Digest) {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<(ApiKey, Digest), StoreError> {
        let id: ApiKeyId = row.id.id();
        let digest = digest(&row.digest, "api_keys", id)?;
        let key = ApiKey {
            id,
            name: row.name,
            scopes: permissions(&row.scopes, "api_keys", id)?,
            created_by: row.created_by,
            created_at: row.created_at.0,
            expires_at: row.expires_at.map(|at| at.0),
            revoked_at: row.revoked_at.map(|at| at.0),
            version: row.version,
        };
        Ok((key, digest))
    }
}

pub(crate) fn find(db: &mut Db<'_>, id: ApiKeyId) -> Result<Option<(ApiKey, Digest)>, StoreError> {
    let row: Option<KeyRow> = on!(db, |conn| api_keys::table
        .find(Key::from(id))
        .select(KeyRow::as_select())
        .first(conn)
        .optional())?;
    row.map(TryInto::try_into).transpose()
}

/// A key that the transaction is about to revoke.
pub(crate) fn lock(tx: &mut Tx<'_>, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
    let row: Option<KeyRow> =
        on_locked!(tx, api_keys::table.find(Key::from(id)).select(KeyRow::as_select()), |query, conn| query
            .first(conn)
            .optional())?;
    row.map(|row| <(ApiKey, Digest)>::try_from(row).map(|(key, _)| key)).transpose()
}

/// Newest first; one row more than the page holds, if there are that many.
pub(crate) fn list(db: &mut Db<'_>, page: &PageRequest<ApiKeyId>) -> Result<Vec<ApiKey>, StoreError> {
    let rows: Vec<KeyRow> = on!(db, |conn| {
        let mut query = api_keys::table.select(KeyRow::as_select()).into_boxed();
        if let Some(after) = page.after {
            query = query.filter(api_keys::id.lt(Key::from(after)));
        }
        query.order(api_keys::id.desc()).limit(page.limit.plus_one()).load(conn)
    })?;
    rows.into_iter().map(|row| <(ApiKey, Digest)>::try_from(row).map(|(key, _)| key)).collect()
}

pub(crate) fn insert(tx: &mut Tx<'_>, key: &ApiKey, digest: &Digest) -> Result<(), StoreError> {
    let row = KeyRow {
        id: key.id.into(),
        name: key.name.clone(),
        digest: bytes(digest),
        scopes: Json::of(&key.scopes)?,
        created_by: key.created_by.clone(),
        expires_at: key.expires_at.map(Time),
        revoked_at: None,
        version: key.version,
        created_at: key.created_at.into(),
    };
    on!(tx, |conn| diesel::insert_into(api_keys::table).values(&row).execute(conn))?;
    Ok(())
}

/// What revoking it has changed.
pub(crate) fn save(tx: &mut Tx<'_>, key: &ApiKey) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(api_keys::table.find(Key::from(key.id)))
        .set((api_keys::revoked_at.eq(key.revoked_at.map(Time)), api_keys::version.eq(key.version)))
        .execute(conn))?;
    Ok(())
}
