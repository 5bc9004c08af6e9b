//! Invariants 1 and 2, read in one snapshot.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use platform::store::{Db, StoreError};
use platform::{Violation, on};

#[derive(diesel::QueryableByName)]
struct Mismatch {
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = BigInt)]
    stored: i64,
    #[diesel(sql_type = BigInt)]
    summed: i64,
}

const OUT_OF_BOUNDS: &str = "\
    SELECT sku_key || ' at ' || location AS subject, on_hand AS stored, reserved AS summed FROM stock_levels \
    WHERE on_hand < reserved OR reserved < 0";

const RESERVED: &str = "\
    SELECT l.sku_key || ' at ' || l.location AS subject, l.reserved AS stored, \
        CAST(COALESCE(h.quantity, 0) AS BIGINT) AS summed \
    FROM stock_levels l LEFT JOIN ( \
        SELECT hl.sku_key, hl.location, SUM(hl.quantity) AS quantity \
        FROM hold_lines hl JOIN holds ON holds.order_id = hl.order_id AND holds.state IN ('held', 'confirmed') \
        GROUP BY hl.sku_key, hl.location \
    ) h ON h.sku_key = l.sku_key AND h.location = l.location \
    WHERE l.reserved <> COALESCE(h.quantity, 0)";

const ON_HAND: &str = "\
    SELECT l.sku_key || ' at ' || l.location AS subject, l.on_hand AS stored, \
        CAST(COALESCE(m.moved, 0) AS BIGINT) AS summed \
    FROM stock_levels l LEFT JOIN ( \
        SELECT sku_key, location, SUM(on_hand_delta) AS moved FROM stock_ledger GROUP BY sku_key, location \
    ) m ON m.sku_key = l.sku_key AND m.location = l.location \
    WHERE l.on_hand <> COALESCE(m.moved, 0)";

const IN_LEDGER: &str = "\
    SELECT l.sku_key || ' at ' || l.location AS subject, l.reserved AS stored, \
        CAST(COALESCE(m.moved, 0) AS BIGINT) AS summed \
    FROM stock_levels l LEFT JOIN ( \
        SELECT sku_key, location, SUM(reserved_delta) AS moved FROM stock_ledger GROUP BY sku_key, location \
    ) m ON m.sku_key = l.sku_key AND m.location = l.location \
    WHERE l.reserved <> COALESCE(m.moved, 0)";

const SHIPPED: &str = "\
    SELECT l.sku_key || ' at ' || l.location AS subject, CAST(COALESCE(s.quantity, 0) AS BIGINT) AS stored, \
        CAST(COALESCE(m.moved, 0) AS BIGINT) AS summed \
    FROM stock_levels l LEFT JOIN ( \
        SELECT sku_key, location, SUM(quantity) AS quantity FROM shipped_lines GROUP BY sku_key, location \
    ) s ON s.sku_key = l.sku_key AND s.location = l.location LEFT JOIN ( \
        SELECT sku_key, location, SUM(-on_hand_delta) AS moved FROM stock_ledger WHERE kind = 'shipped' \
        GROUP BY sku_key, location \
    ) m ON m.sku_key = l.sku_key AND m.location = l.location \
    WHERE COALESCE(s.quantity, 0) <> COALESCE(m.moved, 0)";

const BACKORDERED: &str = "\
    SELECT i.sku_key AS subject, i.backordered AS stored, CAST(COALESCE(b.quantity, 0) AS BIGINT) AS summed \
    FROM stock_items i LEFT JOIN ( \
        SELECT b.sku_key, SUM(b.quantity) AS quantity \
        FROM backorders b JOIN holds ON holds.order_id = b.order_id AND holds.state IN ('held', 'confirmed') \
        GROUP BY b.sku_key \
    ) b ON b.sku_key = i.sku_key \
    WHERE i.backordered <> COALESCE(b.quantity, 0)";

/// Their goods would go to nobody.
const WAITING_DEAD: &str = "\
    SELECT b.sku_key AS subject, CAST(SUM(b.quantity) AS BIGINT) AS stored, CAST(0 AS BIGINT) AS summed \
    FROM backorders b LEFT JOIN holds ON holds.order_id = b.order_id AND holds.state IN ('held', 'confirmed') \
    WHERE holds.order_id IS NULL GROUP BY b.sku_key";

const PASSED_OVER: &str = "\
    SELECT i.sku_key AS subject, CAST(SUM(l.on_hand - l.reserved) AS BIGINT) AS stored, i.backordered AS summed \
    FROM stock_items i JOIN stock_levels l ON l.sku_key = i.sku_key \
    WHERE i.backordered > 0 GROUP BY i.sku_key, i.backordered HAVING SUM(l.on_hand - l.reserved) > 0";

/// Invariant, what breaks it, and the names of the two figures.
const RULES: [(u8, &str, &str, &str); 8] = [
    (1, OUT_OF_BOUNDS, "on hand", "reserved"),
    (2, RESERVED, "reserved", "the sum of its live holds"),
    (2, ON_HAND, "on hand", "the sum of its ledger"),
    (2, IN_LEDGER, "reserved", "the sum of its ledger"),
    (2, SHIPPED, "what shipments took", "what its ledger says of them"),
    (2, BACKORDERED, "backordered", "the sum that its live holds wait for"),
    (2, WAITING_DEAD, "what ended holds wait for", "what they may wait for"),
    (2, PASSED_OVER, "available", "what its holds wait for"),
];

pub(crate) fn check(db: &mut Db<'_>) -> Result<Vec<Violation>, StoreError> {
    db.plan_for_whole_tables()?;
    let mut violations = Vec::new();
    for (invariant, sql, stored, summed) in RULES {
        let mismatches: Vec<Mismatch> = on!(db, |conn| diesel::sql_query(sql).load(conn))?;
        violations.extend(mismatches.into_iter().map(|row| Violation {
            invariant,
            subject: row.subject,
            detail: format!("{stored} is {}, {summed} is {}", row.stored, row.summed),
        }));
    }
    Ok(violations)
}
