use diesel::prelude::*;
use platform::on;
use platform::store::{StoreError, Tx};
use serde_json::json;

use super::desk::{Desk, on_both};
use crate::audit::{self, Act};
use crate::schema::audit_log;

impl Desk {
    async fn note(&self, target: &str) {
        let (foundation, cx, target) = (self.foundation.clone(), self.cx.clone(), target.to_owned());
        let note = move |tx: &mut Tx<'_>| {
            let (target, address) = (target.clone(), "192.0.2.7".parse().ok());
            let act = Act { action: "role.updated", target, detail: json!({"a": 1}), actor: None, address };
            audit::note(tx, &foundation.change(&cx), act)
        };
        self.foundation.store.write(&self.cx, "test", note).await.unwrap();
    }

    async fn tamper(&self, with: impl Fn(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static) {
        self.foundation.store.write(&self.cx, "test", with).await.unwrap();
    }

    async fn verify(&self) -> (Vec<String>, i64) {
        let (faults, end) = self.foundation.store.read(&self.cx, audit::verify).await.unwrap();
        (faults, end.seq)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_touched_is_as_it_was_written() {
    on_both(async |desk: Desk| {
        assert_eq!(desk.verify().await, (vec![], 0));
        let all = ["support", "finance", "zoë \"quoted\""].map(|role| desk.note(role));
        for note in all {
            note.await;
        }
        assert_eq!(desk.verify().await, (vec![], 3));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_at_once_writes_one_chain() {
    on_both(async |desk: Desk| {
        let writers: Vec<_> = (0..20)
            .map(|n| {
                let desk = desk.clone();
                tokio::spawn(async move { desk.note(&format!("role-{n}")).await })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(desk.verify().await, (vec![], 20));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_was_changed_is_named() {
    on_both(async |desk: Desk| {
        for role in ["support", "finance", "owner"] {
            desk.note(role).await;
        }
        desk.tamper(|tx| {
            on!(tx, |conn| diesel::update(audit_log::table.find(2_i64))
                .set(audit_log::actor.eq("staff:somebody-else"))
                .execute(conn))?;
            Ok(())
        })
        .await;
        assert_eq!(desk.verify().await.0, ["entry 2 is not as it was written"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_were_removed_are_missed_at_the_end_too() {
    on_both(async |desk: Desk| {
        for role in ["support", "finance", "owner"] {
            desk.note(role).await;
        }
        let remove = |seq: i64| {
            desk.tamper(move |tx| {
                on!(tx, |conn| diesel::delete(audit_log::table.find(seq)).execute(conn))?;
                Ok(())
            })
        };
        remove(3).await;
        assert_eq!(desk.verify().await.0, ["the log ends at 2, and ended at 3 when it was written to last"]);
        remove(1).await;
        let faults = desk.verify().await.0;
        assert!(faults.contains(&"entries between 0 and 2 are gone".to_owned()), "{faults:?}");
    })
    .await;
}
