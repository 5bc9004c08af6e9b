//! Reads what databases say about themselves.

pub mod postgres;
pub mod sqlite;

use diesel::sql_types::Text;

use crate::{Place, Reference};

#[derive(diesel::QueryableByName)]
struct PlaceRow {
    #[diesel(sql_type = Text)]
    home: String,
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(diesel::QueryableByName)]
struct CodeRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    home: String,
    #[diesel(sql_type = Text)]
    name: String,
}

/// A reference of either engine: `from` needs `to`.
#[derive(diesel::QueryableByName)]
struct ReferenceRow {
    #[diesel(sql_type = Text)]
    from_home: String,
    #[diesel(sql_type = Text)]
    from_name: String,
    #[diesel(sql_type = Text)]
    to_home: String,
    #[diesel(sql_type = Text)]
    to_name: String,
}

impl From<PlaceRow> for Place {
    fn from(row: PlaceRow) -> Place {
        Place { home: row.home, table: row.name }
    }
}

impl ReferenceRow {
    fn into_reference(self, kind: &'static str) -> Reference {
        let from = Place { home: self.from_home, table: self.from_name };
        Reference { kind, from, to: Place { home: self.to_home, table: self.to_name } }
    }
}
