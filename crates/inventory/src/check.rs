//! Invariants 1 and 2, read in one snapshot.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use platform::store::{Db, StoreError};
use platform::{Violation, on};

#[derive(diesel::QueryableByName)]
struct Mismatch {
    #[diesel(sql_type = Text)]
    sku_key: String,
    #[diesel(sql_type = Text)]
    location: String,
    #[diesel(sql_type = BigInt)]
    stored: i64,
    #[diesel(sql_type = BigInt)]
    summed: i64,
}

const OUT_OF_BOUNDS: &str = "\
    SELECT sku_key, location, on_hand AS stored, reserved AS summed FROM stock_levels \
    WHERE on_hand < reserved OR reserved < 0";

const RESERVED: &str = "\
    SELECT l.sku_key, l.location, l.reserved AS stored, CAST(COALESCE(h.quantity, 0) AS BIGINT) AS summed \
    FROM stock_levels l LEFT JOIN ( \
        SELECT hl.sku_key, hl.location, SUM(hl.quantity) AS quantity \
        FROM hold_lines hl JOIN holds ON holds.order_id = hl.order_id AND holds.state IN ('held', 'confirmed') \
        GROUP BY hl.sku_key, hl.location \
    ) h ON h.sku_key = l.sku_key AND h.location = l.location \
    WHERE l.reserved <> COALESCE(h.quantity, 0)";

const ON_HAND: &str = "\
    SELECT l.sku_key, l.location, l.on_hand AS stored, CAST(COALESCE(m.moved, 0) AS BIGINT) AS summed \
    FROM stock_levels l LEFT JOIN ( \
        SELECT sku_key, location, SUM(on_hand_delta) AS moved FROM stock_ledger GROUP BY sku_key, location \
    ) m ON m.sku_key = l.sku_key AND m.location = l.location \
    WHERE l.on_hand <> COALESCE(m.moved, 0)";

pub(crate) fn check(db: &mut Db<'_>) -> Result<Vec<Violation>, StoreError> {
    let rules: [(u8, &str, &str, &str); 3] = [
        (1, OUT_OF_BOUNDS, "on hand", "reserved"),
        (2, RESERVED, "reserved", "the sum of its live holds"),
        (2, ON_HAND, "on hand", "the sum of its ledger"),
    ];
    db.plan_for_whole_tables()?;
    let mut violations = Vec::new();
    for (invariant, sql, stored, summed) in rules {
        let mismatches: Vec<Mismatch> = on!(db, |conn| diesel::sql_query(sql).load(conn))?;
        violations.extend(mismatches.into_iter().map(|row| Violation {
            invariant,
            subject: format!("{} at {}", row.sku_key, row.location),
            detail: format!("{stored} is {}, {summed} is {}", row.stored, row.summed),
        }));
    }
    Ok(violations)
}
