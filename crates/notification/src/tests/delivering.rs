use std::os::unix::fs::PermissionsExt;

use notification_api::FindMessages;
use notification_api::MessageStatus::{Queued, Sent};
use notification_api::NotificationApi;
use testkit_mail::{Mail, MailServer, PASSWORD, USER};
use tokio::runtime::Handle;

use super::office::{Office, START, empty_database, of_way, on_both, settings};
use crate::Way;
use crate::preferences::Choices;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_says_what_was_ordered_in_both_forms() {
    on_both(async |office: Office| {
        let order = office.placed("Zoë <b> & Co").await;
        let [message] = office.stand(&[Sent]).await.try_into().unwrap();
        assert_eq!((message.attempts, message.sent_at, message.next_attempt_at), (1, Some(START), None));
        let [mail] = office.mails().try_into().unwrap();
        assert_eq!(mail.message_id, format!("{}@lamps.example", message.id));
        assert_eq!(
            (mail.from.as_str(), mail.subject.as_str()),
            ("orders@lamps.example", "Your order 1000001")
        );
        for part in ["Hello Zoë <b> & Co,", "15 January 2026", "2 × Lamp (LAMP): 99.98 EUR", "10115 Berlin"]
        {
            assert!(mail.text.contains(part), "{part}: {}", mail.text);
        }
        assert!(mail.html.contains("Zoë") && !mail.html.contains("<b>"), "{}", mail.html);
        for header in ["Auto-Submitted: auto-generated", "Date: Thu, 15 Jan 2026 12:00:00 +0000", "To: "] {
            assert!(mail.raw.contains(header), "{header}: {}", mail.raw);
        }
        let wanted = FindMessages { orders: vec![order.id] };
        let found = office.module.find_messages(&office.cx(), wanted).await.unwrap();
        assert_eq!(found.messages, [message]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_written_to_in_their_language() {
    on_both(async |office: Office| {
        for (name, locale, subject) in [
            ("Anna", Some("de-AT"), "Ihre Bestellung 1000001"),
            ("Amélie", Some("fr"), "Your order 1000001"),
            ("Alice", None, "Your order 1000001"),
        ] {
            let customer = office.customer(name);
            let choices = Choices { locale: locale.map(str::to_owned), ..Choices::default() };
            office.prefers(customer, choices).await;
            let before = office.mails().len();
            office.hear(&order_api::OrderEvent::Created { order: office.order(customer) }).await;
            office.until(async || office.mails().len() > before).await;
            assert_eq!(office.mails()[before].subject, subject, "{name}");
        }
        office.stand(&[Sent, Sent, Sent]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_hears_what_runs_low() {
    on_both(async |office: Office| {
        office.runs_low("LAMP").await;
        office.stand(&[Sent]).await;
        let [mail] = office.mails().try_into().unwrap();
        assert_eq!(
            (mail.to, mail.subject.as_str()),
            (vec!["keeper@lamps.example".to_owned()], "LAMP is running out")
        );
    })
    .await;
}

/// An office on PostgreSQL that talks to a server with TLS.
async fn guarded(credentials: &str, trusting: bool) -> (Office, std::net::SocketAddr) {
    let server = MailServer::start_with_tls().await;
    let url = format!("smtp://{credentials}localhost:{}?tls=required", server.address().port());
    let settings = settings(&url, trusting.then(|| server.certificate()));
    let address = server.address();
    (Office::closed(&empty_database(), &Handle::current(), server, settings).await, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_tls_gets_the_password_once_it_is_known() {
    let credentials = format!("{USER}:{}@", PASSWORD.replace('@', "%40").replace('/', "%2F"));
    let (office, _) = guarded(&credentials, true).await;
    office.begin_to_send();
    office.placed("Alice").await;
    office.stand(&[Sent]).await;
    assert_eq!(office.mails().len(), 1);
    office.workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nobody_vouches_for_gets_nothing() {
    let (office, _) = guarded(&format!("{USER}:x@"), false).await;
    office.begin_to_send();
    office.placed("Alice").await;
    let [message] = office.tried(1).await.try_into().unwrap();
    assert_eq!((message.status, office.mails()), (Queued, Vec::new()), "{message:?}");
    office.workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_gets_nothing_where_tls_is_wanted() {
    let server = MailServer::start().await;
    let settings = settings(&format!("smtp://{}?tls=required", server.address()), None);
    let office = Office::closed(&empty_database(), &Handle::current(), server, settings).await;
    office.begin_to_send();
    office.placed("Alice").await;
    let [message] = office.tried(1).await.try_into().unwrap();
    assert_eq!((message.status, office.mails()), (Queued, Vec::new()), "{message:?}");
    office.workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_no_fault_of_the_mail() {
    let (office, _) = guarded(&format!("{USER}:geheim@"), true).await;
    office.begin_to_send();
    office.placed("Alice").await;
    let [message] = office.tried(1).await.try_into().unwrap();
    assert_eq!(message.status, Queued);
    let why = message.last_error.unwrap();
    assert!(why.contains("535") && !why.contains("geheim"), "{why}");
    office.workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_each_mail_is_a_file_for_the_owner() {
    let (dir, database) = (tempfile::tempdir().unwrap(), empty_database());
    let mail = dir.path().join("mail");
    let (server, way) = (MailServer::start().await, of_way(Way::Files(mail.clone())));
    let office = Office::closed(&database, &Handle::current(), server, way).await;
    office.begin_to_send();
    office.placed("Alice").await;
    let [message] = office.stand(&[Sent]).await.try_into().unwrap();
    let files: Vec<_> = std::fs::read_dir(&mail).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files, [mail.join(format!("{}.eml", message.id))]);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&mail), mode(&files[0])), (0o700, 0o600));
    let written = Mail::read("", &[], &std::fs::read(&files[0]).unwrap());
    assert_eq!(written.message_id, format!("{}@lamps.example", message.id));
    office.workers.stop().await;
}
