use diesel::RunQueryDsl;
use notification_api::MessageStatus::Sent;
use platform::Module;
use platform::on;
use platform::store::{StoreError, Tx};

use super::office::{Office, on_both};

impl Office {
    async fn tamper(&self, sql: &'static str) {
        let change = move |tx: &mut Tx<'_>| {
            on!(tx, |conn| diesel::sql_query(sql).execute(conn))?;
            Ok::<_, StoreError>(())
        };
        self.module.store().write(&self.cx(), "tamper", change).await.unwrap();
    }

    async fn found(&self) -> Vec<String> {
        self.check().await.into_iter().map(|violation| violation.detail).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_messages_is_found() {
    on_both(async |office: Office| {
        office.placed("Alice").await;
        office.stand(&[Sent]).await;
        office.until(async || office.found().await.is_empty()).await;
        office.tamper("UPDATE effect SET state = 'dead'").await;
        assert_eq!(office.found().await, ["the message is sent and its effect is given up"]);
        office.tamper("DELETE FROM effect").await;
        assert_eq!(office.found().await, Vec::<String>::new(), "it may be long ago");
        office
            .tamper("UPDATE messages SET status = 'queued', sent_at = NULL, next_attempt_at = created_at")
            .await;
        assert_eq!(office.found().await, ["the message is queued and nobody is to send it"]);
        office.tamper("DELETE FROM messages").await;
        assert_eq!(office.found().await, ["was heard and has no message"]);
        office.replay().await;
        office.stand(&[Sent]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_kept() {
    on_both(async |office: Office| {
        office.refuse(451, 1);
        let order = office.placed("Alice").await;
        office.tried(1).await;
        let kept = format!("{:?}", office.messages().await).to_lowercase();
        for word in ["alice", "example.com", &order.shipping_address.line1.to_lowercase()] {
            assert!(!kept.contains(word), "{word}: {kept}");
        }
        let waiting = office.effects(platform::effects::EffectState::Waiting).await;
        let payload = format!("{waiting:?}").to_lowercase();
        assert!(!payload.contains("alice"), "{payload}");
    })
    .await;
}
