use std::sync::Arc;

use futures_util::future::join_all;
use kernel::Ids;
use platform::Change;
use platform::http::{Problem, Reply, kinds};
use platform::idempotency::{Claim, Outcome, RequestKey, claim, claim_all, once, once_call, settle};
use platform::store::{Store, StoreError, Tx};

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
    let id = Ids::new().uuid(NOW);
    RequestKey::new(
        &[name.as_bytes()],
        &[body.as_bytes()],
        id,
        Arc::from("request-1"),
        "/v1/counters".to_owned(),
    )
}

async fn add_once(store: &Store, name: &'static str, body: &'static str) -> Result<Reply, Outcome<Error>> {
    store
        .write(&cx(), "add", move |tx| {
            once(tx, Some(&key(name, body)), |tx| {
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
fn what_was_not_done_leaves_its_key_free() {
    on_both(|store| async move {
        let failed: Result<Reply, Outcome<Error>> = store
            .write(&cx(), "add", |tx| {
                once(tx, Some(&key("k", "body")), |tx| {
                    add(tx, "a", 1)?;
                    Err(Error::Storage(StoreError::Query("a bug".to_owned())))
                })
            })
            .await;
        assert!(matches!(failed, Err(Outcome::Failed(Error::Storage(_)))), "{failed:?}");
        assert_eq!(add_once(&store, "k", "body").await.unwrap().status(), 201);
        assert_eq!(value(&store, "a").await, Some(1));
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
        let first = key("k", "a");
        let asked = [first.clone(), key("k", "a"), key("k", "b"), key("l", "a")];
        let claims = store.write(&cx(), "claim", move |tx| claim_all(tx, &asked.each_ref())).await.unwrap();
        assert!(
            matches!(claims.as_slice(), [Claim::New, Claim::Running, Claim::Reused, Claim::New]),
            "{claims:?}"
        );
        let later = store.write(&cx(), "claim", |tx| claim(tx, &key("k", "a"))).await.unwrap();
        assert!(matches!(later, Claim::Running), "{later:?}");
        let record = first.record;
        store.write(&cx(), "settle", move |tx| settle(tx, record, &Reply::no_content())).await.unwrap();
        let done = store.write(&cx(), "claim", |tx| claim(tx, &key("k", "a"))).await.unwrap();
        assert!(matches!(done, Claim::Done(reply) if reply.status() == 204));
    });
}

async fn add_by_call(store: &Store, delta: i64) -> Result<i64, StoreError> {
    let change = Change { cx: cx().with_key("call-1"), ids: Ids::new(), now: NOW };
    let call = move |tx: &mut Tx<'_>| once_call(tx, &change, "add", &delta, |tx| add(tx, "a", delta));
    store.write(&cx(), "call", call).await
}

#[test]
fn a_call_is_carried_out_once_per_key() {
    on_both(|store| async move {
        for _ in 0..2 {
            assert_eq!(add_by_call(&store, 1).await, Ok(1));
        }
        assert_eq!(value(&store, "a").await, Some(1));
    });
}

#[test]
fn a_call_under_the_key_of_another_is_refused() {
    on_both(|store| async move {
        add_by_call(&store, 1).await.unwrap();
        assert!(matches!(add_by_call(&store, 2).await, Err(StoreError::Query(_))));
        assert_eq!(value(&store, "a").await, Some(1));
    });
}
