use std::sync::atomic::Ordering;

use kernel::Timestamp;
use notification_api::MessageStatus::{Queued, Sent, Suppressed};
use notification_api::{Recipient, Suppression, Template};
use order_api::OrderEvent;
use platform::Module;
use platform::effects::EffectState;
use platform::http::IfMatch;

use super::office::{HOUR, MINUTE, Office, on_both};
use crate::error::Error;
use crate::preferences::{self, Choices, EmailTopics};

const NOTHING: EmailTopics = EmailTopics { orders: false, refunds: false };

#[tokio::test(flavor = "multi_thread")]
async fn each_piece_of_news_is_one_message_however_often_it_is_heard() {
    on_both(async |office: Office| {
        let order = office.placed("Alice").await;
        office.stand(&[Sent]).await;
        office.cancelled(&order).await;
        office.refunded(&order, 9998).await;
        office.runs_low("LAMP").await;
        let all = office.stand(&[Sent, Sent, Sent, Sent]).await;
        let of = all.iter().map(|message| (message.template, message.recipient, message.order_id));
        let (customer, about) = (Recipient::Customer, Some(order.id));
        assert!(of.eq([
            (Template::OrderConfirmation, customer, about),
            (Template::OrderCancellation, customer, about),
            (Template::Refund, customer, about),
            (Template::LowStock, Recipient::Shop, None),
        ]));
        assert!(all[..3].iter().all(|message| message.customer_id == Some(order.customer_id)), "{all:#?}");
        office.replay().await;
        office.runs_low("BULB").await;
        office.stand(&[Sent, Sent, Sent, Sent, Sent]).await;
        assert_eq!(office.mails().len(), 5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipment_says_what_is_on_its_way() {
    on_both(async |office: Office| {
        let order = office.placed("Alice").await;
        let order = office.shipped(&order).await;
        office.tell(&OrderEvent::Completed { order });
        office.catch_up().await;
        let all = office.stand(&[Sent, Sent]).await;
        assert_eq!(all[1].template, Template::OrderShipment);
        // They travel side by side, and either may arrive first.
        let mails = office.mails();
        let shipment = mails.iter().find(|mail| mail.subject.contains("on its way")).unwrap();
        assert!(shipment.text.contains("2 × Lamp (LAMP)") && shipment.text.contains("PC1"), "{mails:#?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_decided_at_once() {
    on_both(async |office: Office| {
        let alice = office.customer("Alice");
        for _ in 0..60 {
            office.tell(&OrderEvent::Created { order: office.order(alice) });
        }
        office.catch_up().await;
        office.stand(&[Sent; 60]).await;
        let mut ids: Vec<String> = office.mails().into_iter().map(|mail| mail.message_id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 60);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_what_happened_long_ago() {
    on_both(async |office: Office| {
        let alice = office.customer("Alice");
        office.tell(&OrderEvent::Created { order: office.order(alice) });
        office.clock.advance(MINUTE);
        office.tell(&OrderEvent::Created { order: office.order(alice) });
        office.clock.advance(24 * HOUR);
        office.catch_up().await;
        let all = office.stand(&[Suppressed, Sent]).await;
        assert_eq!(all[0].suppression, Some(Suppression::TooOld));
        assert_eq!(office.effects(EffectState::Done).await.len(), 1);
        office.clock.advance(HOUR);
        office.replay().await;
        office.stand(&[Suppressed, Sent]).await;
        assert_eq!(office.mails().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_choose_what_they_hear_of_and_confirmations_come_all_the_same() {
    on_both(async |office: Office| {
        let alice = office.customer("Alice");
        office.prefers(alice, Choices { locale: None, email: NOTHING }).await;
        let order = office.order(alice);
        office.hear(&OrderEvent::Created { order: order.clone() }).await;
        office.stand(&[Sent]).await;
        office.cancelled(&order).await;
        office.refunded(&order, 9998).await;
        let all = office.stand(&[Sent, Suppressed, Suppressed]).await;
        assert!(
            all[1..].iter().all(|message| message.suppression == Some(Suppression::OptedOut)),
            "{all:#?}"
        );
        office.prefers(alice, Choices::default()).await;
        office.refunded(&order, 1).await;
        office.stand(&[Sent, Suppressed, Suppressed, Sent]).await;
        assert_eq!(office.mails()[1].subject, "Refund for your order 1000001");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_confirmation_of_an_order_that_is_cancelled_by_then_is_not_sent() {
    on_both(async |office: Office| {
        office.owners.away.store(true, Ordering::Relaxed);
        let order = office.placed("Alice").await;
        let waiting = office.tried(1).await;
        assert_eq!(waiting[0].status, Queued);
        assert!(waiting[0].last_error.as_deref().unwrap().contains("on strike"), "{waiting:?}");
        office.cancelled(&order).await;
        office.owners.away.store(false, Ordering::Relaxed);
        office.clock.advance(MINUTE);
        let all = office.stand(&[Suppressed, Sent]).await;
        assert_eq!(all[0].suppression, Some(Suppression::Superseded));
        assert_eq!(office.mails()[0].subject, "Your order 1000001 is cancelled");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_have_a_version_and_a_precondition() {
    on_both(async |office: Office| {
        let alice = office.customer("Alice");
        let unsaid = office.module.preferences_of(&office.cx(), alice).await.unwrap();
        assert_eq!((unsaid.version, unsaid.email, unsaid.updated_at), (0, Choices::default().email, None));
        let german = Choices { locale: Some("de".to_owned()), email: NOTHING };
        let said = office.prefers(alice, german.clone()).await;
        assert_eq!((said.version, said.email, said.locale.as_deref()), (1, NOTHING, Some("de")));
        assert_eq!(office.prefers(alice, german.clone()).await, said, "the same again changes nothing");
        let change = office.module.foundation.change(&office.cx());
        let stale = move |tx: &mut platform::store::Tx<'_>| {
            preferences::replace(tx, &change, alice, &IfMatch::Versions(vec![0]), &Choices::default())
        };
        let refused = office.module.store().write(&office.cx(), "stale", stale).await;
        assert!(matches!(refused, Err(Error::Stale(1))), "{refused:?}");
        assert_eq!(office.module.preferences_of(&office.cx(), alice).await.unwrap(), said);
        assert!(said.updated_at > Some(Timestamp::from_micros(0)));
    })
    .await;
}
