use notification_api::MessageStatus::{Failed, Queued, Sent};
use platform::effects::EffectState;
use platform::store::Tx;

use super::office::{HOUR, MINUTE, Office, on_both};

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_put_off_is_tried_again() {
    on_both(async |office: Office| {
        office.refuse(451, 2);
        office.placed("Alice").await;
        let [message] = office.tried(1).await.try_into().unwrap();
        assert_eq!((message.status, message.sent_at), (Queued, None));
        assert!(message.next_attempt_at.unwrap() > super::office::START, "{message:?}");
        let why = message.last_error.unwrap();
        assert!(why.contains("451") && !why.contains("alice"), "{why}");
        office.clock.advance(MINUTE);
        office.tried(2).await;
        office.clock.advance(MINUTE);
        let [message] = office.stand(&[Sent]).await.try_into().unwrap();
        assert_eq!((message.attempts, office.mails().len()), (3, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_good_is_final_until_an_operator_thinks_otherwise() {
    on_both(async |office: Office| {
        office.refuse(550, 1);
        office.placed("Alice").await;
        let [message] = office.stand(&[Failed]).await.try_into().unwrap();
        assert_eq!((message.attempts, message.next_attempt_at), (1, None));
        assert!(message.last_error.unwrap().contains("550"));
        office.clock.advance(24 * HOUR);
        let [dead] = office.effects(EffectState::Dead).await.try_into().unwrap();
        assert_eq!((dead.attempts, office.mails().len()), (1, 0));
        let (effects, change) = (
            platform::Module::effects(&office.module).unwrap(),
            office.module.foundation.change(&office.cx()),
        );
        let retry = move |tx: &mut Tx<'_>| effects.retry(tx, &change, dead.id);
        platform::Module::store(&office.module).write(&office.cx(), "retry", retry).await.unwrap();
        let [message] = office.stand(&[Sent]).await.try_into().unwrap();
        assert_eq!((message.attempts, office.mails().len()), (2, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_is_final() {
    on_both(async |office: Office| {
        office.placed("@@").await;
        let [message] = office.stand(&[Failed]).await.try_into().unwrap();
        assert_eq!(message.last_error.as_deref(), Some("mail cannot be sent to this address"));
    })
    .await;
}
