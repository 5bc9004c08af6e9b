//! Invariant 5, read in one snapshot: refunded ≤ captured ≤ authorised, one successful authorisation per order at most,
//! and every sum is that of its transactions.

use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use payment_api::PaymentKind;
use platform::store::{Db, Key, StoreError, Uid};
use platform::{Violation, on};

#[derive(diesel::QueryableByName)]
struct Finding {
    #[diesel(sql_type = Uid)]
    id: Key,
    #[diesel(sql_type = Text)]
    detail: String,
}

const OUT_OF_BOUNDS: &str = "\
    SELECT id, 'refunded ≤ captured ≤ authorised ≤ amount does not hold' AS detail FROM payments \
    WHERE authorised NOT BETWEEN 0 AND amount OR captured < 0 OR capturing < 0 OR captured + capturing > authorised \
       OR refunded < 0 OR refunding < 0 OR refunded + refunding > captured";

const SEVERAL_AUTHORISATIONS: &str = "\
    SELECT p.id, 'its order has several successful authorisations' AS detail FROM payments p \
    WHERE (SELECT COUNT(*) FROM payment_transactions t \
           WHERE t.payment_id = p.id AND t.kind = 'authorise' AND t.state = 'succeeded') > 1";

const SUMS: &str = "\
    SELECT p.id, 'its amounts are not the sums of its transactions' AS detail FROM payments p LEFT JOIN ( \
        SELECT payment_id, \
            SUM(CASE WHEN kind = 'authorise' AND state = 'succeeded' THEN amount ELSE 0 END) AS authorised, \
            SUM(CASE WHEN kind = 'capture' AND state = 'succeeded' THEN amount ELSE 0 END) AS captured, \
            SUM(CASE WHEN kind = 'capture' AND state IN ('started', 'unknown') THEN amount ELSE 0 END) AS capturing, \
            SUM(CASE WHEN kind = 'refund' AND state = 'succeeded' THEN amount ELSE 0 END) AS refunded, \
            SUM(CASE WHEN kind = 'refund' AND state IN ('started', 'unknown') THEN amount ELSE 0 END) AS refunding \
        FROM payment_transactions GROUP BY payment_id \
    ) t ON t.payment_id = p.id \
    WHERE p.captured <> COALESCE(t.captured, 0) OR p.capturing <> COALESCE(t.capturing, 0) \
       OR p.refunded <> COALESCE(t.refunded, 0) OR p.refunding <> COALESCE(t.refunding, 0) \
       OR (p.authorised <> COALESCE(t.authorised, 0) AND p.state <> 'voided' AND p.method = 'card')";

pub(crate) fn check(db: &mut Db<'_>) -> Result<Vec<Violation>, StoreError> {
    db.plan_for_whole_tables()?;
    let mut violations = Vec::new();
    for sql in [OUT_OF_BOUNDS, SEVERAL_AUTHORISATIONS, SUMS] {
        let findings: Vec<Finding> = on!(db, |conn| diesel::sql_query(sql).load(conn))?;
        violations.extend(findings.into_iter().map(|finding| Violation {
            invariant: 5,
            subject: finding.id.id::<PaymentKind>().to_string(),
            detail: finding.detail,
        }));
    }
    Ok(violations)
}
