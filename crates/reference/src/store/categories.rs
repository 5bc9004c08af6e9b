use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use platform::store::{Db, Moment, StoreError, Time, Tx, by_bytes, one_of};
use platform::{insert_all, on};
use reference_api::{Category, WalkCodes, WalkedCategory};

use crate::schema::categories;
use crate::tree::{Node, Tree};

#[derive(Queryable, Selectable)]
#[diesel(table_name = categories)]
struct CategoryRow {
    code: String,
    title: String,
    parent: Option<String>,
    position: i32,
    removed: bool,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

impl CategoryRow {
    fn of(category: &Category, removed: bool) -> CategoryRow {
        CategoryRow {
            code: category.code.clone(),
            title: category.title.clone(),
            parent: category.parent.clone(),
            position: category.position,
            removed,
            version: category.version,
            created_at: category.created_at.into(),
            updated_at: category.updated_at.into(),
        }
    }
}

impl From<CategoryRow> for Node {
    fn from(row: CategoryRow) -> Node {
        let category = Category {
            code: row.code,
            title: row.title,
            parent: row.parent,
            position: row.position,
            version: row.version,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        };
        Node { category, removed: row.removed }
    }
}

/// All that there ever were: their number has a bound.
pub(crate) fn tree(db: &mut Db<'_>) -> Result<Tree, StoreError> {
    let rows: Vec<CategoryRow> =
        on!(db, |conn| categories::table.select(CategoryRow::as_select()).load(conn))?;
    Ok(Tree::of(rows.into_iter().map(Node::from).collect()))
}

/// Those that are there.
pub(crate) fn find(db: &mut Db<'_>, codes: &[String]) -> Result<Vec<Category>, StoreError> {
    let rows: Vec<CategoryRow> = on!(db, |conn| categories::table
        .filter(one_of(categories::code, codes))
        .filter(categories::removed.eq(false))
        .select(CategoryRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(|row| Node::from(row).category).collect())
}

/// Those that there ever were, in the order of their codes.
pub(crate) fn walk(db: &mut Db<'_>, walk: &WalkCodes) -> Result<Vec<WalkedCategory>, StoreError> {
    let after = walk.after.as_deref().unwrap_or_default();
    let rows: Vec<CategoryRow> = on!(db, |conn| categories::table
        .filter(by_bytes(categories::code).gt(after))
        .order(by_bytes(categories::code))
        .limit(walk.limit.into())
        .select(CategoryRow::as_select())
        .load(conn))?;
    let walked = |row: CategoryRow| {
        let Node { category, removed } = row.into();
        WalkedCategory { category, removed }
    };
    Ok(rows.into_iter().map(walked).collect())
}

/// Writes categories as they are now, parents before their children.
pub(crate) fn save(tx: &mut Tx<'_>, all: &[Category], removed: bool) -> Result<(), StoreError> {
    let rows: Vec<CategoryRow> = all.iter().map(|category| CategoryRow::of(category, removed)).collect();
    Ok(insert_all!(tx, categories, &rows, {
        code: Text, title: Text, parent: Nullable<Text>, position: Integer, removed: Bool, version: BigInt,
        created_at: Moment, updated_at: Moment
    }, "ON CONFLICT (code) DO UPDATE SET title = excluded.title, parent = excluded.parent, \
        position = excluded.position, removed = excluded.removed, version = excluded.version, \
        created_at = excluded.created_at, updated_at = excluded.updated_at")?)
}
