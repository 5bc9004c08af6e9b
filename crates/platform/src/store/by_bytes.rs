use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;

/// A column of text, compared and ordered by its bytes, as Rust does it, whatever the collation of the database: for a walk
/// whose order others rely on. On PostgreSQL an index of the column's own serves only where that is the database's order too.
pub fn by_bytes<C: Expression<SqlType = Text>>(column: C) -> ByBytes<C> {
    ByBytes { column }
}

/// See [`by_bytes`].
#[derive(Clone, Copy, Debug, QueryId)]
pub struct ByBytes<C> {
    column: C,
}

impl<C: Expression<SqlType = Text>> Expression for ByBytes<C> {
    type SqlType = Text;
}

impl<Source, C> AppearsOnTable<Source> for ByBytes<C>
where
    C: AppearsOnTable<Source>,
    Self: Expression,
{
}

impl<Source, C> SelectableExpression<Source> for ByBytes<C>
where
    C: SelectableExpression<Source>,
    Self: AppearsOnTable<Source>,
{
}

impl<C> ValidGrouping<()> for ByBytes<C> {
    type IsAggregate = is_aggregate::No;
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for ByBytes<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" COLLATE \"C\"");
        Ok(())
    }
}

/// SQLite compares by bytes unless it is told otherwise.
impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for ByBytes<C> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out)
    }
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;
    use diesel::{debug_query, pg::Pg, sqlite::Sqlite};

    use super::by_bytes;

    diesel::table! {
        codes (code) {
            code -> Text,
        }
    }

    #[test]
    fn each_engine_is_told_to_go_by_bytes() {
        let walk = || codes::table.filter(by_bytes(codes::code).gt("a")).order(by_bytes(codes::code));
        let postgres = debug_query::<Pg, _>(&walk()).to_string();
        assert!(postgres.contains(r#""code" COLLATE "C" > $1"#), "{postgres}");
        assert!(postgres.contains(r#"ORDER BY "codes"."code" COLLATE "C""#), "{postgres}");
        let sqlite = debug_query::<Sqlite, _>(&walk()).to_string();
        assert!(!sqlite.contains("COLLATE"), "{sqlite}");
    }
}
