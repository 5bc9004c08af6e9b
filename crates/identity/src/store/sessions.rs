use diesel::prelude::*;
use identity_api::{Digest, SessionId};
use kernel::{PageRequest, Timestamp};
use platform::store::{Db, Key, StoreError, Time, Tx, one_of};
use platform::{on, on_locked};
use uuid::Uuid;

use super::{bytes, digest};
use crate::schema::{sessions, spent_refresh_tokens};
use crate::session::Session;

/// Deleted in one transaction at most.
const BATCH: i64 = 500;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    id: Key,
    principal_id: Key,
    access_digest: Vec<u8>,
    access_expires_at: Time,
    refresh_digest: Vec<u8>,
    refresh_expires_at: Time,
    refreshed_at: Time,
    ends_at: Time,
    created_at: Time,
    address: Option<String>,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> SessionRow {
        SessionRow {
            id: session.id.into(),
            principal_id: Key(session.principal_id),
            access_digest: bytes(&session.access),
            access_expires_at: session.access_expires_at.into(),
            refresh_digest: bytes(&session.refresh),
            refresh_expires_at: session.refresh_expires_at.into(),
            refreshed_at: session.refreshed_at.into(),
            ends_at: session.ends_at.into(),
            created_at: session.created_at.into(),
            address: session.address.clone(),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Session, StoreError> {
        let id: SessionId = row.id.id();
        Ok(Session {
            id,
            principal_id: row.principal_id.0,
            access: digest(&row.access_digest, "sessions", id)?,
            access_expires_at: row.access_expires_at.0,
            refresh: digest(&row.refresh_digest, "sessions", id)?,
            refresh_expires_at: row.refresh_expires_at.0,
            refreshed_at: row.refreshed_at.0,
            ends_at: row.ends_at.0,
            created_at: row.created_at.0,
            address: row.address,
        })
    }
}

pub(crate) fn find(db: &mut Db<'_>, id: SessionId) -> Result<Option<Session>, StoreError> {
    let row: Option<SessionRow> = on!(db, |conn| sessions::table
        .find(Key::from(id))
        .select(SessionRow::as_select())
        .first(conn)
        .optional())?;
    row.map(Session::try_from).transpose()
}

/// A session that the transaction is about to change or to end.
pub(crate) fn lock(tx: &mut Tx<'_>, id: SessionId) -> Result<Option<Session>, StoreError> {
    let row: Option<SessionRow> = on_locked!(
        tx,
        sessions::table.find(Key::from(id)).select(SessionRow::as_select()),
        |query, conn| query.first(conn).optional()
    )?;
    row.map(Session::try_from).transpose()
}

/// Somebody's own that can still be refreshed, newest first; one row more than the page holds, if there are that many.
pub(crate) fn list(
    db: &mut Db<'_>,
    principal: Uuid,
    now: Timestamp,
    page: &PageRequest<SessionId>,
) -> Result<Vec<Session>, StoreError> {
    let rows: Vec<SessionRow> = on!(db, |conn| {
        let mut query = sessions::table
            .filter(sessions::principal_id.eq(Key(principal)))
            .filter(sessions::refresh_expires_at.gt(Time(now)))
            .select(SessionRow::as_select())
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(sessions::id.lt(Key::from(after)));
        }
        query.order(sessions::id.desc()).limit(page.limit.plus_one()).load(conn)
    })?;
    rows.into_iter().map(Session::try_from).collect()
}

pub(crate) fn insert(tx: &mut Tx<'_>, session: &Session) -> Result<(), StoreError> {
    let row = SessionRow::from(session);
    on!(tx, |conn| diesel::insert_into(sessions::table).values(&row).execute(conn))?;
    Ok(())
}

/// Its tokens, and until when they are good.
pub(crate) fn save(tx: &mut Tx<'_>, session: &Session) -> Result<(), StoreError> {
    let row = SessionRow::from(session);
    on!(tx, |conn| diesel::update(sessions::table.find(row.id))
        .set((
            sessions::access_digest.eq(&row.access_digest),
            sessions::access_expires_at.eq(row.access_expires_at),
            sessions::refresh_digest.eq(&row.refresh_digest),
            sessions::refresh_expires_at.eq(row.refresh_expires_at),
            sessions::refreshed_at.eq(row.refreshed_at),
        ))
        .execute(conn))?;
    Ok(())
}

/// Notes that a refresh token was used.
pub(crate) fn spend(
    tx: &mut Tx<'_>,
    session: SessionId,
    refresh: &Digest,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        spent_refresh_tokens::digest.eq(bytes(refresh)),
        spent_refresh_tokens::session_id.eq(Key::from(session)),
        spent_refresh_tokens::spent_at.eq(Time(now)),
    );
    on!(tx, |conn| diesel::insert_into(spent_refresh_tokens::table).values(row).execute(conn))?;
    Ok(())
}

/// When a refresh token of this session was used, if it was.
pub(crate) fn spent_at(
    db: &mut Db<'_>,
    session: SessionId,
    refresh: &Digest,
) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<Time> = on!(db, |conn| spent_refresh_tokens::table
        .find(bytes(refresh))
        .filter(spent_refresh_tokens::session_id.eq(Key::from(session)))
        .select(spent_refresh_tokens::spent_at)
        .first(conn)
        .optional())?;
    Ok(at.map(|at| at.0))
}

/// All of somebody's, for the transaction that ends them.
pub(crate) fn lock_all_of(tx: &mut Tx<'_>, principal: Uuid) -> Result<Vec<SessionId>, StoreError> {
    let ids: Vec<Key> = on_locked!(
        tx,
        sessions::table
            .filter(sessions::principal_id.eq(Key(principal)))
            .order(sessions::id)
            .select(sessions::id),
        |query, conn| query.load(conn)
    )?;
    Ok(ids.into_iter().map(Key::id).collect())
}

pub(crate) fn remove(tx: &mut Tx<'_>, ids: &[SessionId]) -> Result<(), StoreError> {
    let keys: Vec<Key> = ids.iter().copied().map(Key::from).collect();
    on!(tx, |conn| diesel::delete(
        spent_refresh_tokens::table.filter(one_of(spent_refresh_tokens::session_id, &keys))
    )
    .execute(conn))?;
    on!(tx, |conn| diesel::delete(sessions::table.filter(one_of(sessions::id, &keys))).execute(conn))?;
    Ok(())
}

/// Forgets a batch of those that cannot be refreshed any more, and says how many.
pub(crate) fn purge(tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let ids: Vec<Key> = on_locked!(
        tx,
        sessions::table
            .filter(sessions::refresh_expires_at.lt(Time(now)))
            .order(sessions::id)
            .limit(BATCH)
            .select(sessions::id),
        |query, conn| query.load(conn)
    )?;
    let ids: Vec<SessionId> = ids.into_iter().map(Key::id).collect();
    remove(tx, &ids)?;
    Ok(ids.len())
}
