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
