use std::sync::atomic::Ordering;

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use identity_api::{LetterId, Purpose, issue};
use notification_api::MessageStatus::{Queued, Sent, Suppressed};
use notification_api::{Recipient, Suppression, Template};
use platform::Module;
use platform::store::{Db, StoreError};

use super::office::{MINUTE, Office, on_both};

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Text)]
    kept: String,
}

/// All columns of a table, a row each, as text.
fn dump(db: &mut Db<'_>, table: &str) -> Result<Vec<Kept>, StoreError> {
    Ok(match db {
        Db::Postgres(conn) => {
            diesel::sql_query(format!("SELECT {table}::text AS kept FROM {table}")).load(*conn)?
        }
        Db::Sqlite(conn) => {
            let columns = "SELECT group_concat('quote(' || name || ')') AS kept FROM pragma_table_info";
            let columns: Kept = diesel::sql_query(format!("{columns}('{table}')")).get_result(*conn)?;
            let columns = columns.kept;
            diesel::sql_query(format!("SELECT concat_ws(' ', {columns}) AS kept FROM {table}")).load(*conn)?
        }
    })
}

impl Office {
    /// Whatever a mail leaves in the module's tables.
    async fn kept(&self) -> String {
        let read = |db: &mut Db<'_>| {
            let mut kept = String::new();
            for table in ["messages", "effect"] {
                let rows = dump(db, table)?;
                assert_eq!(rows.len(), 1, "{table}");
                kept.extend(rows.into_iter().map(|row| row.kept.to_lowercase()));
            }
            Ok::<_, StoreError>(kept)
        };
        self.module.store().read(&self.cx(), read).await.unwrap()
    }
}

/// What the nth letter that is written has in it.
fn secret(letter: LetterId, nth: u8) -> String {
    issue(letter, [nth; 32]).0.0
}

/// Without the id, which is no secret.
fn bare(secret: &str) -> &str {
    secret.rsplit_once('_').unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_one_mail_with_its_secret_however_often_it_is_heard() {
    on_both(async |office: Office| {
        let letter = office.requested(Purpose::PasswordReset).await;
        office.stand(&[Sent]).await;
        office.replay().await;
        let [message] = office.stand(&[Sent]).await.try_into().unwrap();
        assert_eq!((message.template, message.recipient), (Template::PasswordReset, Recipient::Account));
        assert_eq!((message.customer_id, message.order_id), (None, None));
        let [mail] = office.mails().try_into().unwrap();
        let secret = secret(letter, 1);
        assert_eq!(
            (mail.to, mail.subject.as_str()),
            (vec!["alice@example.com".to_owned()], "Choose a new password")
        );
        assert!(mail.text.lines().any(|line| line == secret), "{}", mail.text);
        assert!(
            mail.text.contains("Hello Alice,") && mail.text.contains("15 January 2026, 12:30 UTC"),
            "{}",
            mail.text
        );
        assert!(mail.html.contains(&secret), "{}", mail.html);
        assert_eq!(office.owners.written.lock().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_purpose_has_its_mail_and_an_account_that_is_there_has_no_secret() {
    on_both(async |office: Office| {
        for purpose in Purpose::ALL {
            office.requested(*purpose).await;
        }
        let all = office.stand(&[Sent; 4]).await;
        assert!(all.iter().map(|message| message.template).eq([
            Template::AccountConfirmation,
            Template::AccountExists,
            Template::PasswordReset,
            Template::Invitation,
        ]));
        for mail in office.mails() {
            let known = mail.subject == "You have an account already";
            assert_eq!(mail.text.contains("ltr_"), !known, "{}", mail.text);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_letter_is_in_its_mail_alone() {
    on_both(async |office: Office| {
        office.refuse(451, 1);
        let letter = office.requested(Purpose::Confirmation).await;
        let [waiting] = office.tried(1).await.try_into().unwrap();
        assert!(waiting.last_error.unwrap().contains("451"));
        let before = office.kept().await;
        office.clock.advance(MINUTE);
        office.stand(&[Sent]).await;
        let [mail] = office.mails().try_into().unwrap();
        assert!(mail.text.contains(&secret(letter, 2)), "{}", mail.text);
        for kept in [before, office.kept().await] {
            assert!(kept.contains("account_confirmation") && kept.contains("notification.mail"), "{kept}");
            for nth in 1..=2 {
                assert!(!kept.contains(bare(&secret(letter, nth))), "{kept}");
            }
            assert!(!kept.contains("alice"), "{kept}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_written_again_is_another_mail() {
    on_both(async |office: Office| {
        office.requested(Purpose::Invitation).await;
        let [message] = office.stand(&[Sent]).await.try_into().unwrap();
        office.requested(Purpose::Invitation).await;
        office.stand(&[Sent, Sent]).await;
        let [first, _] = office.mails().try_into().unwrap();
        let begin = format!("{}.msg_", message.id);
        assert!(first.message_id.starts_with(&begin), "{}", first.message_id);
        let keys = office.owners.written.lock().unwrap().clone();
        assert!(keys[0].starts_with(&format!("{}:invitation:account:", message.event_id)), "{keys:?}");
        assert_ne!(keys[0], keys[1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_nobody_wants_any_more_is_not_sent() {
    on_both(async |office: Office| {
        let id = office.module.foundation.ids.next(super::office::START);
        office.wants(id, Purpose::Confirmation).await;
        let [message] = office.stand(&[Suppressed]).await.try_into().unwrap();
        assert_eq!(message.suppression, Some(Suppression::Superseded));
        assert_eq!(office.mails().len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_waits_for_who_writes_it() {
    on_both(async |office: Office| {
        office.owners.away.store(true, Ordering::Relaxed);
        office.requested(Purpose::PasswordReset).await;
        let [waiting] = office.tried(1).await.try_into().unwrap();
        assert_eq!(waiting.status, Queued);
        assert!(waiting.last_error.as_deref().unwrap().contains("on strike"), "{waiting:?}");
        office.owners.away.store(false, Ordering::Relaxed);
        office.clock.advance(MINUTE);
        office.stand(&[Sent]).await;
        assert_eq!(office.mails().len(), 1);
        let keys = office.owners.written.lock().unwrap().clone();
        assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
    })
    .await;
}
