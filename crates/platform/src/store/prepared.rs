use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// SQL of one's own around a list of binds, prepared once per connection: Diesel prepares `sql_query` and every update
/// anew each time, which on PostgreSQL is a round trip and a plan, and on SQLite more work than the update itself.
///
/// `Site` names the statement: two statements must not share one.
pub struct Prepared<Site, Binds, Row = ()> {
    before: &'static str,
    binds: Binds,
    after: &'static str,
    names: PhantomData<fn() -> (Site, Row)>,
}

impl<Site, Binds> Prepared<Site, Binds> {
    /// `before`, the binds separated by commas, `after`.
    pub fn new(before: &'static str, binds: Binds, after: &'static str) -> Self {
        Prepared { before, binds, after, names: PhantomData }
    }

    /// The SQL types of the columns that come back.
    pub fn returning<Row>(self) -> Prepared<Site, Binds, Row> {
        Prepared { before: self.before, binds: self.binds, after: self.after, names: PhantomData }
    }
}

impl<Site: 'static, Binds, Row> QueryId for Prepared<Site, Binds, Row> {
    type QueryId = Prepared<Site, ()>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Site, Binds: QueryFragment<DB>, Row, DB: Backend> QueryFragment<DB> for Prepared<Site, Binds, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.before);
        self.binds.walk_ast(out.reborrow())?;
        out.push_sql(self.after);
        Ok(())
    }
}

impl<Site, Binds, Row> Query for Prepared<Site, Binds, Row> {
    type SqlType = Row;
}

impl<Site, Binds, Row, Conn> diesel::RunQueryDsl<Conn> for Prepared<Site, Binds, Row> {}

/// Inserts rows: as one prepared statement over arrays on PostgreSQL, where a round trip is dear; row by row with one
/// prepared statement on SQLite, where it is not. Each column of the table is named with its SQL type, in the order
/// of the row's fields.
///
/// `insert_all!(db, hold_lines, rows, { order_id: Uid, quantity: BigInt })?`
#[macro_export]
macro_rules! insert_all {
    ($db:expr, $table:ident, $rows:expr, { $($columns:tt)+ }) => {{
        let rows = $rows;
        match ($db).arms() {
            _ if rows.is_empty() => Ok(()),
            $crate::store::Db::Postgres(conn) => {
                $crate::insert_arrays!(conn, $table, rows, { $($columns)+ })
            }
            $crate::store::Db::Sqlite(conn) => rows.iter().try_for_each(|row| {
                diesel::RunQueryDsl::execute(diesel::insert_into($table::table).values(row), &mut **conn).map(drop)
            }),
        }
    }};
}

/// The PostgreSQL half of [`insert_all!`]: the rows' fields are named like the table's columns, and that is all they
/// need to have in common.
#[macro_export]
macro_rules! insert_arrays {
    ($conn:expr, $table:ident, $rows:expr, { $first:ident: $First:ty $(, $column:ident: $Type:ty)* $(,)? }) => {{
        use diesel::IntoSql;
        use diesel::sql_types::Array;
        enum Insert {}
        let rows = $rows;
        let binds = (
            rows.iter().map(|row| &row.$first).collect::<Vec<_>>().into_sql::<Array<$First>>(),
            $(rows.iter().map(|row| &row.$column).collect::<Vec<_>>().into_sql::<Array<$Type>>(),)*
        );
        const INSERT: &str = concat!(
            "INSERT INTO ", stringify!($table), " (", stringify!($first), $(", ", stringify!($column),)*
            ") SELECT * FROM unnest("
        );
        let insert = $crate::store::Prepared::<Insert, _>::new(INSERT, binds, ")");
        diesel::RunQueryDsl::execute(insert, &mut **$conn).map(drop)
    }};
}

/// Inserts rows, or changes those that are there, as `conflict` says: as [`insert_all!`] does, with one text for both
/// engines.
///
/// `upsert_all!(db, sales, rows, { id: Uid, amount: BigInt }, " ON CONFLICT (id) DO UPDATE SET amount = excluded.amount")?`
#[macro_export]
macro_rules! upsert_all {
    ($db:expr, $table:ident, $rows:expr, { $first:ident: $First:ty $(, $column:ident: $Type:ty)* $(,)? }, $conflict:literal) => {{
        use diesel::IntoSql;
        use diesel::sql_types::Array;
        enum Upsert {}
        let rows = $rows;
        match ($db).arms() {
            _ if rows.is_empty() => Ok(()),
            $crate::store::Db::Postgres(conn) => {
                let binds = (
                    rows.iter().map(|row| &row.$first).collect::<Vec<_>>().into_sql::<Array<$First>>(),
                    $(rows.iter().map(|row| &row.$column).collect::<Vec<_>>().into_sql::<Array<$Type>>(),)*
                );
                const BEFORE: &str = concat!(
                    "INSERT INTO ", stringify!($table), " (", stringify!($first), $(", ", stringify!($column),)*
                    ") SELECT * FROM unnest("
                );
                let upsert = $crate::store::Prepared::<Upsert, _>::new(BEFORE, binds, concat!(")", $conflict));
                diesel::RunQueryDsl::execute(upsert, &mut **conn).map(drop)
            }
            $crate::store::Db::Sqlite(conn) => rows.iter().try_for_each(|row| {
                let binds = ((&row.$first).into_sql::<$First>(), $((&row.$column).into_sql::<$Type>(),)*);
                const BEFORE: &str = concat!(
                    "INSERT INTO ", stringify!($table), " (", stringify!($first), $(", ", stringify!($column),)*
                    ") VALUES ("
                );
                let upsert = $crate::store::Prepared::<Upsert, _>::new(BEFORE, binds, concat!(")", $conflict));
                diesel::RunQueryDsl::execute(upsert, &mut **conn).map(drop)
            }),
        }
    }};
}
