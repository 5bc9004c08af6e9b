use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

/// SQL of one's own around a list of binds, prepared once per connection: Diesel prepares `sql_query` anew each time,
/// which on PostgreSQL is a round trip and a plan.
///
/// `Site` names the statement: two statements must not share one.
pub struct Prepared<Site, Binds> {
    before: &'static str,
    binds: Binds,
    after: &'static str,
    site: PhantomData<fn() -> Site>,
}

impl<Site, Binds> Prepared<Site, Binds> {
    /// `before`, the binds separated by commas, `after`.
    pub fn new(before: &'static str, binds: Binds, after: &'static str) -> Self {
        Prepared { before, binds, after, site: PhantomData }
    }
}

impl<Site: 'static, Binds> QueryId for Prepared<Site, Binds> {
    type QueryId = Prepared<Site, ()>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Site, Binds: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Prepared<Site, Binds> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.before);
        self.binds.walk_ast(out.reborrow())?;
        out.push_sql(self.after);
        Ok(())
    }
}

impl<Site, Binds, Conn> diesel::RunQueryDsl<Conn> for Prepared<Site, Binds> {}

/// Inserts rows: as one prepared statement over arrays on PostgreSQL, where a round trip is dear; row by row with one
/// prepared statement on SQLite, where it is not. Each column of the table is named with its SQL type, in the order
/// of the row's fields.
///
/// `insert_all!(db, hold_lines, rows, { order_id: Uid, quantity: BigInt })?`
#[macro_export]
macro_rules! insert_all {
    ($db:expr, $table:ident, $rows:expr, { $first:ident: $First:ty $(, $column:ident: $Type:ty)* $(,)? }) => {{
        let rows = $rows;
        match ($db).arms() {
            _ if rows.is_empty() => Ok(()),
            $crate::store::Db::Postgres(conn) => {
                use diesel::IntoSql;
                use diesel::sql_types::Array;
                enum Insert {}
                let binds = (
                    rows.iter().map(|row| &row.$first).collect::<Vec<_>>().into_sql::<Array<$First>>(),
                    $(rows.iter().map(|row| &row.$column).collect::<Vec<_>>().into_sql::<Array<$Type>>(),)*
                );
                const INSERT: &str = concat!(
                    "INSERT INTO ", stringify!($table), " (", stringify!($first), $(", ", stringify!($column),)*
                    ") SELECT * FROM unnest("
                );
                let insert = $crate::store::Prepared::<Insert, _>::new(INSERT, binds, ")");
                diesel::RunQueryDsl::execute(insert, &mut **conn).map(drop)
            }
            $crate::store::Db::Sqlite(conn) => rows.iter().try_for_each(|row| {
                diesel::RunQueryDsl::execute(diesel::insert_into($table::table).values(row), &mut **conn).map(drop)
            }),
        }
    }};
}
