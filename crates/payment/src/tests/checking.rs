use diesel::RunQueryDsl;
use platform::on;
use platform::store::StoreError;

use super::till::{Till, on_both};

impl Till {
    async fn sql(&self, sql: &'static str) -> Result<(), StoreError> {
        let store = &self.module.foundation.store;
        store
            .write(&self.cx, "test", move |tx| {
                on!(tx, |conn| diesel::sql_query(sql).execute(conn).map(drop))?;
                Ok(())
            })
            .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_that_are_not_those_of_the_transactions_are_found() {
    on_both(async |till: Till| {
        let payment = till.captured().await;
        for (spoil, mend) in [
            ("UPDATE payments SET captured = 99", "UPDATE payments SET captured = 100"),
            ("UPDATE payments SET refunded = 1", "UPDATE payments SET refunded = 0"),
            (
                "UPDATE payment_transactions SET state = 'failed' WHERE kind = 'authorise'",
                "UPDATE payment_transactions SET state = 'succeeded' WHERE kind = 'authorise'",
            ),
        ] {
            till.sql(spoil).await.unwrap();
            let [found] = till.check().await.try_into().unwrap();
            assert_eq!((found.invariant, found.subject), (5, payment.id.to_string()), "{spoil}");
            till.sql(mend).await.unwrap();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_what_the_rules_would() {
    on_both(async |till: Till| {
        till.captured().await;
        for (sql, constraint) in [
            ("UPDATE payments SET captured = 101", "payments_captured_bounds"),
            ("UPDATE payments SET capturing = 1", "payments_captured_bounds"),
            ("UPDATE payments SET refunded = 60, refunding = 41", "payments_refunded_bounds"),
            ("UPDATE payments SET authorised = 101", "payments_authorised_bounds"),
        ] {
            assert_eq!(till.sql(sql).await, Err(StoreError::Check(constraint.to_owned())), "{sql}");
        }
    })
    .await;
}
