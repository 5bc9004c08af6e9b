use std::sync::Arc;

use futures_util::future::join_all;
use platform::http::{Problem, Reply, kinds};
use platform::idempotency::{Claim, Outcome, RequestKey, claim, claim_all, once, once_call, settle};
use platform::store::{Store, StoreError};

use crate::fixture::{Error, NOW, add, cx, on_both, value};

impl From<&Error> for Problem {
    fn from(error: &Error) -> Problem {
        match error {
            Error::Refused => Problem::of(&kinds::CONFLICT),
            Error::Storage(error) => error.into(),
        }
    }
}

fn key(name: &str, body: &str) -> RequestKey {
    RequestKey::new(&[name.as_bytes()], &[body.as_bytes()], Arc::from("request-1"), "/v1/counters".to_owned())
}

async fn add_once(store: &Store, name: &'static str, body: &'static str) -> Result<Reply, Outcome<Error>> {
    store
        .write(&cx(), "add", move |tx| {
            once(tx, Some(&key(name, body)), NOW, |tx| {
                let value = add(tx, "a", 1)?;
                if body == "refused" {
                    Err(Error::Refused)
                } else {
                    Ok(Reply::created(&value)?.tagged(value))
                }
            })
        })
        .await
}

#[test]
fn the_work_is_done_once_and_the_reply_is_given_again() {
    on_both(|store| async move {
        let first = add_once(&store, "k", "body").await.unwrap();
        let again = add_once(&store, "k", "body").await.unwrap();
        assert_eq!(
            (first.status(), first.body(), first.version()),
            (again.status(), again.body(), again.version())
        );
        assert_ne!(first, again, "a replay says so");
        assert_eq!(value(&store, "a").await, Some(1));
    });
}

#[test]
fn of_many_at_once_one_does_the_work() {
    on_both(|store| async move {
        let copies = join_all((0..20).map(|_| add_once(&store, "k", "body"))).await;
        assert!(copies.iter().all(|copy| copy.as_ref().is_ok_and(|reply| reply.body().as_ref() == b"1")));
        assert_eq!(value(&store, "a").await, Some(1));
    });
}

#[test]
fn a_refusal_is_stored_and_its_change_is_not() {
    on_both(|store| async move {
        let first = add_once(&store, "k", "refused").await.unwrap();
        let again = add_once(&store, "k", "refused").await.unwrap();
        assert_eq!((first.status(), first.body()), (409, again.body()));
        assert_eq!(value(&store, "a").await, None);
    });
}

#[test]
fn another_request_under_the_key_is_refused() {
    on_both(|store| async move {
        add_once(&store, "k", "body").await.unwrap();
        let other = add_once(&store, "k", "other body").await;
        assert!(
            matches!(other, Err(Outcome::Refused(problem)) if problem.code() == "idempotency-key-reused")
        );
        assert_eq!(value(&store, "a").await, Some(1));
    });
}

#[test]
fn a_batch_may_name_a_key_twice_and_one_without_an_outcome_is_running() {
    on_both(|store| async move {
        let claims = store
            .write(&cx(), "claim", |tx| {
                claim_all(tx, &[&key("k", "a"), &key("k", "a"), &key("k", "b"), &key("l", "a")], NOW)
            })
            .await
            .unwrap();
        assert!(
            matches!(claims.as_slice(), [Claim::New, Claim::Running, Claim::Reused, Claim::New]),
            "{claims:?}"
        );
        let later = store.write(&cx(), "claim", |tx| claim(tx, &key("k", "a"), NOW)).await.unwrap();
        assert!(matches!(later, Claim::Running), "{later:?}");
        let settled =
            store.write(&cx(), "settle", |tx| settle(tx, &key("k", "a").scope, &Reply::no_content())).await;
        settled.unwrap();
        let done = store.write(&cx(), "claim", |tx| claim(tx, &key("k", "a"), NOW)).await.unwrap();
        assert!(matches!(done, Claim::Done(reply) if reply.status() == 204));
    });
}

#[test]
fn a_call_is_carried_out_once_per_key() {
    on_both(|store| async move {
        let call = cx().with_key("call-1");
        for _ in 0..2 {
            let call = call.clone();
            let reply: Result<i64, StoreError> = store
                .write(&cx(), "call", move |tx| once_call(tx, &call, "add", NOW, |tx| add(tx, "a", 1)))
                .await;
            assert_eq!(reply, Ok(1));
        }
        assert_eq!(value(&store, "a").await, Some(1));
    });
}
