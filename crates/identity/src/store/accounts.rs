use diesel::prelude::*;
use identity_api::PrincipalKind;
use kernel::PageRequest;
use platform::store::{Db, Key, StoreError, Time, Tx, corrupt};
use platform::{on, on_locked};
use uuid::Uuid;

use crate::account::{Account, Status, email_key};
use crate::hashing::Phc;
use crate::schema::principals;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = principals)]
struct AccountRow {
    id: Key,
    kind: String,
    email: String,
    email_key: String,
    name: Option<String>,
    status: String,
    password: Option<String>,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> AccountRow {
        AccountRow {
            id: Key(account.id),
            kind: account.kind.name().to_owned(),
            email: account.email.clone(),
            email_key: email_key(&account.email),
            name: account.name.clone(),
            status: account.status.name().to_owned(),
            password: account.password.as_ref().map(|password| password.0.clone()),
            version: account.version,
            created_at: account.created_at.into(),
            updated_at: account.updated_at.into(),
        }
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Account, StoreError> {
        let kind = match row.kind.as_str() {
            "customer" => PrincipalKind::Customer,
            "staff" => PrincipalKind::Staff,
            other => return Err(corrupt("principals", "kind", row.id.0, other)),
        };
        let status = match row.status.as_str() {
            "active" => Status::Active,
            "disabled" => Status::Disabled,
            other => return Err(corrupt("principals", "status", row.id.0, other)),
        };
        Ok(Account {
            id: row.id.0,
            kind,
            email: row.email,
            name: row.name,
            status,
            password: row.password.map(Phc),
            version: row.version,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

pub(crate) fn find(db: &mut Db<'_>, id: Uuid) -> Result<Option<Account>, StoreError> {
    let row: Option<AccountRow> = on!(db, |conn| principals::table
        .find(Key(id))
        .select(AccountRow::as_select())
        .first(conn)
        .optional())?;
    row.map(Account::try_from).transpose()
}

pub(crate) fn find_by_email(
    db: &mut Db<'_>,
    kind: PrincipalKind,
    email: &str,
) -> Result<Option<Account>, StoreError> {
    let row: Option<AccountRow> = on!(db, |conn| principals::table
        .filter(principals::kind.eq(kind.name()))
        .filter(principals::email_key.eq(email_key(email)))
        .select(AccountRow::as_select())
        .first(conn)
        .optional())?;
    row.map(Account::try_from).transpose()
}

/// An account that the transaction is about to change, or to open a session of.
pub(crate) fn lock(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<Account>, StoreError> {
    let row: Option<AccountRow> =
        on_locked!(tx, principals::table.find(Key(id)).select(AccountRow::as_select()), |query, conn| query
            .first(conn)
            .optional())?;
    row.map(Account::try_from).transpose()
}

/// Staff, newest first; one row more than the page holds, if there are that many.
pub(crate) fn list_staff<K: kernel::IdKind>(
    db: &mut Db<'_>,
    page: &PageRequest<kernel::Id<K>>,
) -> Result<Vec<Account>, StoreError> {
    let rows: Vec<AccountRow> = on!(db, |conn| {
        let mut query = principals::table
            .filter(principals::kind.eq(PrincipalKind::Staff.name()))
            .select(AccountRow::as_select())
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(principals::id.lt(Key::from(after)));
        }
        query.order(principals::id.desc()).limit(page.limit.plus_one()).load(conn)
    })?;
    rows.into_iter().map(Account::try_from).collect()
}

/// [`StoreError::Duplicate`] when the email is taken.
pub(crate) fn insert(tx: &mut Tx<'_>, account: &Account) -> Result<(), StoreError> {
    let row = AccountRow::from(account);
    on!(tx, |conn| diesel::insert_into(principals::table).values(&row).execute(conn))?;
    Ok(())
}

/// Email and kind stay as they are.
pub(crate) fn save(tx: &mut Tx<'_>, account: &Account) -> Result<(), StoreError> {
    let row = AccountRow::from(account);
    on!(tx, |conn| diesel::update(principals::table.find(row.id))
        .set((
            principals::name.eq(&row.name),
            principals::status.eq(&row.status),
            principals::password.eq(&row.password),
            principals::version.eq(row.version),
            principals::updated_at.eq(row.updated_at),
        ))
        .execute(conn))?;
    Ok(())
}
