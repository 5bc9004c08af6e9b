use std::time::Duration;

use identity_api::{Digest, PrincipalKind, Purpose, SessionId};
use platform::store::Tx;
use uuid::Uuid;

use super::desk::{Desk, NOW, on_both};
use crate::account::Account;
use crate::error::Error;
use crate::hashing::Phc;
use crate::letter::Letter;
use crate::session::Session;
use crate::store::{accounts, attempts, letters, sessions};
use crate::throttle::Limits;
use crate::upkeep;

const HOUR: Duration = Duration::from_secs(3600);

impl Desk {
    async fn write<R: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        self.foundation.store.write(&self.cx, "test", work).await
    }
}

fn limits() -> Limits {
    Limits::of_guesses(PrincipalKind::Staff, "ada@example.com", "192.0.2.7".parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_guess_at_once_five_are_counted() {
    on_both(async |desk: Desk| {
        let guesses: Vec<_> = (0..40)
            .map(|_| {
                let desk = desk.clone();
                tokio::spawn(async move { desk.write(|tx| attempts::begin(tx, &limits(), NOW)).await })
            })
            .collect();
        let mut passed = 0;
        for guess in guesses {
            match guess.await.unwrap() {
                Ok(()) => passed += 1,
                Err(Error::TooManyAttempts(wait)) => assert!(wait <= 901, "{wait}"),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(passed, 5);
        desk.write(|tx| Ok(attempts::forgive(tx, &limits(), NOW)?)).await.unwrap();
        desk.write(|tx| attempts::begin(tx, &limits(), NOW)).await.expect("it begins anew");
    })
    .await;
}

/// Rows that are deleted meanwhile are made again, and nobody is refused for it.
#[tokio::test(flavor = "multi_thread")]
async fn right_passwords_at_once_are_all_let_in() {
    on_both(async |desk: Desk| {
        let logins: Vec<_> = (0..16)
            .map(|_| {
                let desk = desk.clone();
                tokio::spawn(async move {
                    for _ in 0..10 {
                        match desk.write(|tx| attempts::begin(tx, &limits(), NOW)).await {
                            // As many may try at once as may guess.
                            Ok(()) | Err(Error::TooManyAttempts(_)) => {}
                            Err(other) => panic!("{other:?}"),
                        }
                        desk.write(|tx| Ok(attempts::forgive(tx, &limits(), NOW)?)).await.unwrap();
                    }
                })
            })
            .collect();
        for login in logins {
            login.await.unwrap();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_is_forgotten_and_nothing_else() {
    on_both(async |desk: Desk| {
        let id = Uuid::from_u128(7);
        desk.write(move |tx| {
            let phc = Phc("$argon2id$".to_owned());
            let id = customer_api::CustomerId::from_uuid(id);
            accounts::insert(tx, &Account::of_customer(id, "ada@example.com".to_owned(), phc, NOW))?;
            for (n, at) in [(1_u8, NOW), (2, NOW.saturating_add(HOUR * 24 * 10))] {
                let session = SessionId::from_uuid(Uuid::from_u128(n.into()));
                let tokens = (Digest([n; 32]), Digest([n + 8; 32]));
                let whose = (id.uuid(), PrincipalKind::Customer);
                sessions::insert(tx, &Session::open(session, whose, tokens, None, at))?;
                sessions::spend(tx, session, &Digest([n + 16; 32]), at)?;
                let letter = Letter {
                    id: identity_api::LetterId::from_uuid(Uuid::from_u128(n.into())),
                    purpose: Purpose::PasswordReset,
                    email: "ada@example.com".to_owned(),
                    principal_id: Some(id.uuid()),
                    account: None,
                    digest: None,
                    expires_at: at.saturating_add(HOUR),
                };
                letters::insert(tx, &letter)?;
            }
            attempts::begin(tx, &limits(), NOW)
        })
        .await
        .unwrap();
        let purge = |later: Duration| upkeep::purge(&desk.foundation.store, NOW.saturating_add(later));
        assert_eq!(purge(Duration::ZERO).await.unwrap(), 0);
        // The attempts on the account and from the address, and the first letter.
        assert_eq!(purge(HOUR * 2).await.unwrap(), 3);
        // The first session, with what was spent of it.
        assert_eq!(purge(HOUR * 24 * 15).await.unwrap(), 2);
        let left = desk.write(move |tx| Ok(sessions::lock_all_of(tx, id)?)).await.unwrap();
        assert_eq!(left, [SessionId::from_uuid(Uuid::from_u128(2))]);
    })
    .await;
}
