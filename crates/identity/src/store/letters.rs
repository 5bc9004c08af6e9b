use diesel::prelude::*;
use identity_api::{Digest, LetterId, Purpose};
use kernel::Timestamp;
use platform::store::{Db, Json, Key, StoreError, Time, Tx, corrupt, one_of};
use platform::{on, on_locked};
use uuid::Uuid;

use super::{bytes, digest};
use crate::letter::Letter;
use crate::schema::letters;

/// Deleted in one transaction at most.
const BATCH: i64 = 1_000;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = letters)]
struct LetterRow {
    id: Key,
    purpose: String,
    email: String,
    principal_id: Option<Key>,
    account: Option<Json>,
    digest: Option<Vec<u8>>,
    expires_at: Time,
}

impl LetterRow {
    fn of(letter: &Letter) -> Result<LetterRow, StoreError> {
        Ok(LetterRow {
            id: letter.id.into(),
            purpose: letter.purpose.name().to_owned(),
            email: letter.email.clone(),
            principal_id: letter.principal_id.map(Key),
            account: letter.account.as_ref().map(Json::of).transpose()?,
            digest: letter.digest.as_ref().map(bytes),
            expires_at: letter.expires_at.into(),
        })
    }
}

impl TryFrom<LetterRow> for Letter {
    type Error = StoreError;

    fn try_from(row: LetterRow) -> Result<Letter, StoreError> {
        let id: LetterId = row.id.id();
        let purpose = Purpose::ALL.iter().copied().find(|purpose| purpose.name() == row.purpose);
        let account = row.account.map(|account| serde_json::from_str(&account.0)).transpose();
        Ok(Letter {
            id,
            purpose: purpose.ok_or_else(|| corrupt("letters", "purpose", id, &row.purpose))?,
            email: row.email,
            principal_id: row.principal_id.map(|id| id.0),
            account: account.map_err(|error| corrupt("letters", "account", id, error))?,
            digest: row.digest.map(|kept| digest(&kept, "letters", id)).transpose()?,
            expires_at: row.expires_at.0,
        })
    }
}

pub(crate) fn insert(tx: &mut Tx<'_>, letter: &Letter) -> Result<(), StoreError> {
    let row = LetterRow::of(letter)?;
    on!(tx, |conn| diesel::insert_into(letters::table).values(&row).execute(conn))?;
    Ok(())
}

pub(crate) fn find(db: &mut Db<'_>, id: LetterId) -> Result<Option<Letter>, StoreError> {
    let row: Option<LetterRow> = on!(db, |conn| letters::table
        .find(Key::from(id))
        .select(LetterRow::as_select())
        .first(conn)
        .optional())?;
    row.map(Letter::try_from).transpose()
}

/// A letter whose secret the transaction is about to make, or to take.
pub(crate) fn lock(tx: &mut Tx<'_>, id: LetterId) -> Result<Option<Letter>, StoreError> {
    let row: Option<LetterRow> =
        on_locked!(tx, letters::table.find(Key::from(id)).select(LetterRow::as_select()), |query, conn| {
            query.first(conn).optional()
        })?;
    row.map(Letter::try_from).transpose()
}

/// Notes its newest secret, and until when that is good.
pub(crate) fn seal(
    tx: &mut Tx<'_>,
    id: LetterId,
    digest: &Digest,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(letters::table.find(Key::from(id)))
        .set((letters::digest.eq(bytes(digest)), letters::expires_at.eq(Time(expires_at))))
        .execute(conn))?;
    Ok(())
}

pub(crate) fn remove(tx: &mut Tx<'_>, id: LetterId) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::delete(letters::table.find(Key::from(id))).execute(conn))?;
    Ok(())
}

/// Letters that would let somebody set the password of an account.
pub(crate) fn remove_of(tx: &mut Tx<'_>, principal: Uuid) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::delete(letters::table.filter(letters::principal_id.eq(Key(principal))))
        .execute(conn))?;
    Ok(())
}

/// Forgets a batch of those that have expired, and says how many.
pub(crate) fn purge(tx: &mut Tx<'_>, before: Timestamp) -> Result<usize, StoreError> {
    let old: Vec<Key> = on!(tx, |conn| letters::table
        .filter(letters::expires_at.lt(Time(before)))
        .order(letters::expires_at)
        .limit(BATCH)
        .select(letters::id)
        .load(conn))?;
    on!(tx, |conn| diesel::delete(letters::table.filter(one_of(letters::id, &old))).execute(conn))?;
    Ok(old.len())
}
