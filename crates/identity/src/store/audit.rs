use diesel::prelude::*;
use kernel::PageRequest;
use platform::store::{Db, StoreError, Time, Tx};
use platform::{on, on_locked};

use crate::audit::Entry;
use crate::schema::{audit_head, audit_log};

const HEAD: i32 = 1;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_log)]
struct EntryRow {
    seq: i64,
    at: Time,
    actor: String,
    action: String,
    target: String,
    detail: String,
    address: Option<String>,
    request_id: String,
    digest: Vec<u8>,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Entry {
        Entry {
            seq: row.seq,
            at: row.at.0,
            actor: row.actor,
            action: row.action,
            target: row.target,
            detail: row.detail,
            address: row.address,
            request_id: row.request_id,
            digest: row.digest,
        }
    }
}

/// Where the log ends, for the transaction that appends to it: one at a time.
pub(crate) fn lock_head(tx: &mut Tx<'_>) -> Result<(i64, Vec<u8>), StoreError> {
    if let Some(head) = try_lock_head(tx)? {
        return Ok(head);
    }
    // The first entry of all; whoever is about to write it, too, is waited for.
    let begin = (audit_head::id.eq(HEAD), audit_head::seq.eq(0_i64), audit_head::digest.eq(Vec::<u8>::new()));
    on!(tx, |conn| diesel::insert_into(audit_head::table)
        .values(begin)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(try_lock_head(tx)?.unwrap_or_default())
}

fn try_lock_head(tx: &mut Tx<'_>) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    Ok(on_locked!(
        tx,
        audit_head::table.find(HEAD).select((audit_head::seq, audit_head::digest)),
        |query, conn| query.first(conn).optional()
    )?)
}

pub(crate) fn head(db: &mut Db<'_>) -> Result<(i64, Vec<u8>), StoreError> {
    let head = on!(db, |conn| audit_head::table
        .find(HEAD)
        .select((audit_head::seq, audit_head::digest))
        .first(conn)
        .optional())?;
    Ok(head.unwrap_or_default())
}

/// Who appends holds the lock on the head.
pub(crate) fn append(tx: &mut Tx<'_>, entry: &Entry) -> Result<(), StoreError> {
    let row = EntryRow {
        seq: entry.seq,
        at: entry.at.into(),
        actor: entry.actor.clone(),
        action: entry.action.clone(),
        target: entry.target.clone(),
        detail: entry.detail.clone(),
        address: entry.address.clone(),
        request_id: entry.request_id.clone(),
        digest: entry.digest.clone(),
    };
    on!(tx, |conn| diesel::insert_into(audit_log::table).values(&row).execute(conn))?;
    on!(tx, |conn| diesel::update(audit_head::table.find(HEAD))
        .set((audit_head::seq.eq(entry.seq), audit_head::digest.eq(&entry.digest)))
        .execute(conn))?;
    Ok(())
}

/// In the order in which they were written.
pub(crate) fn after(db: &mut Db<'_>, seq: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<EntryRow> = on!(db, |conn| audit_log::table
        .filter(audit_log::seq.gt(seq))
        .order(audit_log::seq)
        .limit(limit)
        .select(EntryRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// Newest first; one row more than the page holds, if there are that many.
pub(crate) fn list(db: &mut Db<'_>, page: &PageRequest<i64>) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<EntryRow> = on!(db, |conn| audit_log::table
        .filter(audit_log::seq.lt(page.after.unwrap_or(i64::MAX)))
        .order(audit_log::seq.desc())
        .limit(page.limit.plus_one())
        .select(EntryRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(Entry::from).collect())
}
