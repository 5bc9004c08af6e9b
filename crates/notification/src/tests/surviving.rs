use notification_api::MessageStatus::{Queued, Sent};
use platform::store::Database;
use testkit_mail::MailServer;
use tokio::runtime::Runtime;

use super::office::{HOUR, MINUTE, Office, empty_database, on_both, settings};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_for_an_hour_gets_every_mail_once() {
    on_both(async |office: Office| {
        office.leave();
        for minute in 0..60 {
            if minute % 6 == 0 {
                office.placed("Alice").await;
            }
            office.clock.advance(MINUTE);
        }
        let all = office.stand(&[Queued; 10]).await;
        // An attempt that the clock overtook would be made twice, which is allowed and not what this is about.
        office.quiet().await;
        office.come_back().await;
        office.clock.advance(HOUR);
        office.stand(&[Sent; 10]).await;
        let mut got: Vec<String> = office.mails().into_iter().map(|mail| mail.message_id).collect();
        let mut wanted: Vec<String> =
            all.iter().map(|message| format!("{}@lamps.example", message.id)).collect();
        got.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(got, wanted);
    })
    .await;
}

/// The server has the mail, and the process ends before that is written down.
async fn crash_after_sending(database: &Database) {
    let (server, doomed) = (MailServer::start().await, Runtime::new().unwrap());
    let settings = settings(&format!("smtp://{}", server.address()), None);
    server.fall_silent();
    let office = Office::closed(database, doomed.handle(), server, settings.clone()).await;
    office.begin_to_send();
    office.placed("Alice").await;
    office.until(async || office.mails().len() == 1).await;
    let first = office.mails().remove(0);
    doomed.shutdown_background();

    office.leave();
    office.come_back().await;
    let again = office.again(database, settings).await;
    again.stand(&[Queued]).await;
    again.clock.advance(HOUR);
    again.begin_to_send();
    again.stand(&[Sent]).await;
    let [second] = again.mails().try_into().unwrap();
    assert_eq!((second.message_id, second.text), (first.message_id, first.text));
    assert_eq!(again.check().await, []);
    again.workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_sending_repeats_the_same_mail() {
    let dir = tempfile::tempdir().unwrap();
    crash_after_sending(&Database::Sqlite { dir: dir.path().to_owned() }).await;
    crash_after_sending(&empty_database()).await;
}
