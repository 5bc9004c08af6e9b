//! Many rows at a time, in statements that are prepared once: one over arrays on PostgreSQL, where a round trip is dear;
//! one for each row on SQLite, where it is not. Each column is named with its SQL type, and the rows' fields are named
//! like the columns: that is all they need to have in common.

/// Inserts rows, or changes those that are there, as the text after the values says.
///
/// `insert_all!(db, hold_lines, rows, { order_id: Uid, quantity: BigInt })?`
/// `insert_all!(db, sums, rows, { day: Date, net: BigInt }, "ON CONFLICT (day) DO UPDATE SET net = excluded.net")?`
#[macro_export]
macro_rules! insert_all {
    ($db:expr, $table:ident, $rows:expr, { $($column:ident: $Type:ty),+ $(,)? } $(, $conflict:literal)?) => {
        $crate::write_rows!(
            $db, $rows, { $($column: $Type),+ },
            concat!("INSERT INTO ", stringify!($table), " (", $crate::column_list!($($column),+), ") "),
            "", concat!(" " $(, $conflict)?)
        )
        .map(drop)
    };
}

/// Runs a statement that knows the rows as the table `given`, and says how many rows it changed.
///
/// `with_rows!(db, rows, { id: Uid, status: Text }, "UPDATE orders SET status = given.status FROM given WHERE orders.id = given.id")?`
#[macro_export]
macro_rules! with_rows {
    ($db:expr, $rows:expr, { $($column:ident: $Type:ty),+ $(,)? }, $statement:literal) => {
        $crate::write_rows!(
            $db, $rows, { $($column: $Type),+ },
            concat!("WITH given (", $crate::column_list!($($column),+), ") AS "), "(", concat!(") ", $statement)
        )
    };
}

/// What [`insert_all!`] and [`with_rows!`] have in common: a text, the rows, and another text.
#[doc(hidden)]
#[macro_export]
macro_rules! write_rows {
    ($db:expr, $rows:expr, { $($column:ident: $Type:ty),+ }, $before:expr, $open:literal, $after:expr) => {{
        let rows = $rows;
        match ($db).arms() {
            _ if rows.is_empty() => Ok(0),
            $crate::store::Db::Postgres(conn) => $crate::write_arrays!(
                conn, rows, { $($column: $Type),+ }, concat!($before, $open, "SELECT * FROM unnest("), concat!(")", $after)
            ),
            $crate::store::Db::Sqlite(conn) => {
                use diesel::IntoSql;
                enum Statement {}
                rows.iter().try_fold(0_usize, |written, row| {
                    let binds = ($((&row.$column).into_sql::<$Type>(),)+);
                    let before = concat!($before, $open, "VALUES (");
                    let write = $crate::store::Prepared::<Statement, _>::new(before, binds, concat!(")", $after));
                    diesel::RunQueryDsl::execute(write, &mut **conn).map(|rows| written.saturating_add(rows))
                })
            }
        }
    }};
}

/// The PostgreSQL half: a text, the columns as arrays, and another text.
#[doc(hidden)]
#[macro_export]
macro_rules! write_arrays {
    ($conn:expr, $rows:expr, { $($column:ident: $Type:ty),+ }, $before:expr, $after:expr) => {{
        use diesel::IntoSql;
        use diesel::sql_types::Array;
        enum Statement {}
        let rows = $rows;
        let binds = ($(rows.iter().map(|row| &row.$column).collect::<Vec<_>>().into_sql::<Array<$Type>>(),)+);
        diesel::RunQueryDsl::execute(
            $crate::store::Prepared::<Statement, _>::new($before, binds, $after),
            &mut **$conn,
        )
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! column_list {
    ($first:ident $(, $column:ident)*) => {
        concat!(stringify!($first) $(, ", ", stringify!($column))*)
    };
}
