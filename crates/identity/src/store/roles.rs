use std::collections::HashMap;

use diesel::prelude::*;
use kernel::{PageRequest, Permissions};
use platform::store::{Db, Json, Key, StoreError, Time, Tx, by_bytes, one_of};
use platform::{on, on_locked};
use uuid::Uuid;

use super::permissions;
use crate::role::{OWNER, Role};
use crate::schema::{principals, role_grants, roles};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = roles)]
struct RoleRow {
    code: String,
    title: String,
    permissions: Json,
    fixed: bool,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

impl RoleRow {
    fn of(role: &Role) -> Result<RoleRow, StoreError> {
        Ok(RoleRow {
            code: role.code.clone(),
            title: role.title.clone(),
            permissions: Json::of(&role.permissions)?,
            fixed: role.builtin,
            version: role.version,
            created_at: role.created_at.into(),
            updated_at: role.updated_at.into(),
        })
    }
}

impl TryFrom<RoleRow> for Role {
    type Error = StoreError;

    fn try_from(row: RoleRow) -> Result<Role, StoreError> {
        let allows =
            if row.fixed { Permissions::all() } else { permissions(&row.permissions, "roles", &row.code)? };
        Ok(Role {
            code: row.code,
            title: row.title,
            permissions: allows,
            builtin: row.fixed,
            version: row.version,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

fn read(rows: Vec<RoleRow>) -> Result<Vec<Role>, StoreError> {
    rows.into_iter().map(Role::try_from).collect()
}

/// Those of these roles that there are.
pub(crate) fn find(db: &mut Db<'_>, codes: &[String]) -> Result<Vec<Role>, StoreError> {
    read(on!(db, |conn| roles::table
        .filter(one_of(roles::code, codes))
        .select(RoleRow::as_select())
        .load(conn))?)
}

/// A role that the transaction is about to change, or to count the holders of.
pub(crate) fn lock(tx: &mut Tx<'_>, code: &str) -> Result<Option<Role>, StoreError> {
    let row: Option<RoleRow> =
        on_locked!(tx, roles::table.find(code).select(RoleRow::as_select()), |query, conn| query
            .first(conn)
            .optional())?;
    row.map(Role::try_from).transpose()
}

/// Those of these roles that there are, in the order of their codes: none goes while it is given to somebody.
pub(crate) fn lock_all(tx: &mut Tx<'_>, codes: &[String]) -> Result<Vec<Role>, StoreError> {
    read(on_locked!(
        tx,
        roles::table
            .filter(one_of(roles::code, codes))
            .order(by_bytes(roles::code))
            .select(RoleRow::as_select()),
        |query, conn| query.load(conn)
    )?)
}

/// By their codes; one row more than the page holds, if there are that many.
pub(crate) fn list(db: &mut Db<'_>, page: &PageRequest<String>) -> Result<Vec<Role>, StoreError> {
    let after = page.after.as_deref().unwrap_or_default();
    read(on!(db, |conn| roles::table
        .filter(by_bytes(roles::code).gt(after))
        .order(by_bytes(roles::code))
        .limit(page.limit.plus_one())
        .select(RoleRow::as_select())
        .load(conn))?)
}

/// [`StoreError::Duplicate`] when there is one of this code.
pub(crate) fn insert(tx: &mut Tx<'_>, role: &Role) -> Result<(), StoreError> {
    let row = RoleRow::of(role)?;
    on!(tx, |conn| diesel::insert_into(roles::table).values(&row).execute(conn))?;
    Ok(())
}

/// Unless there is one of this code.
pub(crate) fn insert_missing(tx: &mut Tx<'_>, role: &Role) -> Result<bool, StoreError> {
    let row = RoleRow::of(role)?;
    let inserted = on!(tx, |conn| diesel::insert_into(roles::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(inserted == 1)
}

pub(crate) fn save(tx: &mut Tx<'_>, role: &Role) -> Result<(), StoreError> {
    let row = RoleRow::of(role)?;
    on!(tx, |conn| diesel::update(roles::table.find(&row.code))
        .set((
            roles::title.eq(&row.title),
            roles::permissions.eq(&row.permissions),
            roles::version.eq(row.version),
            roles::updated_at.eq(row.updated_at),
        ))
        .execute(conn))?;
    Ok(())
}

pub(crate) fn remove(tx: &mut Tx<'_>, code: &str) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::delete(roles::table.find(code)).execute(conn))?;
    Ok(())
}

pub(crate) fn is_granted(db: &mut Db<'_>, code: &str) -> Result<bool, StoreError> {
    let held: Option<Key> = on!(db, |conn| role_grants::table
        .filter(role_grants::role.eq(code))
        .select(role_grants::principal_id)
        .first(conn)
        .optional())?;
    Ok(held.is_some())
}

/// The roles of each of these, by code.
pub(crate) fn granted(db: &mut Db<'_>, to: &[Uuid]) -> Result<HashMap<Uuid, Vec<Role>>, StoreError> {
    let to: Vec<Key> = to.iter().copied().map(Key).collect();
    let rows: Vec<(Key, RoleRow)> = on!(db, |conn| role_grants::table
        .inner_join(roles::table)
        .filter(one_of(role_grants::principal_id, &to))
        .order(role_grants::role)
        .select((role_grants::principal_id, RoleRow::as_select()))
        .load(conn))?;
    let mut by_principal: HashMap<Uuid, Vec<Role>> = HashMap::new();
    for (principal, row) in rows {
        by_principal.entry(principal.0).or_default().push(row.try_into()?);
    }
    Ok(by_principal)
}

/// The roles of one, by code.
pub(crate) fn granted_to(db: &mut Db<'_>, whom: Uuid) -> Result<Vec<Role>, StoreError> {
    Ok(granted(db, &[whom])?.remove(&whom).unwrap_or_default())
}

/// Replaces the roles that somebody has.
pub(crate) fn grant(tx: &mut Tx<'_>, to: Uuid, codes: &[String]) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::delete(role_grants::table.filter(role_grants::principal_id.eq(Key(to))))
        .execute(conn))?;
    for code in codes {
        let row = (role_grants::principal_id.eq(Key(to)), role_grants::role.eq(code));
        on!(tx, |conn| diesel::insert_into(role_grants::table).values(row).execute(conn))?;
    }
    Ok(())
}

/// Whether somebody else is an owner who can log in. Who asks holds the lock on the role.
pub(crate) fn has_another_owner(db: &mut Db<'_>, than: Uuid) -> Result<bool, StoreError> {
    let other: Option<Key> = on!(db, |conn| role_grants::table
        .inner_join(principals::table)
        .filter(role_grants::role.eq(OWNER))
        .filter(principals::status.eq("active"))
        .filter(principals::password.is_not_null())
        .filter(principals::id.ne(Key(than)))
        .select(principals::id)
        .first(conn)
        .optional())?;
    Ok(other.is_some())
}
