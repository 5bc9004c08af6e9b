use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use kernel::CallCtx;
use platform::store::{Engine, StoreError};

use crate::fixture::{Error, add, cx, label, on_both, value};

#[test]
fn every_answered_change_of_many_at_once_is_there() {
    on_both(|store| async move {
        let cx = cx();
        // A busy machine refuses who waits too long for a connection: that changed nothing, and is asked again.
        let persist = || async {
            loop {
                match store.write(&cx, "add", |tx| add(tx, "a", 1)).await {
                    Err(StoreError::Unavailable(_)) => {}
                    answer => return answer,
                }
            }
        };
        let mut seen: Vec<i64> =
            join_all((0..200).map(|_| persist())).await.into_iter().map(Result::unwrap).collect();
        seen.sort_unstable();
        assert_eq!(seen, (1..=200).collect::<Vec<_>>());
        assert_eq!(value(&store, "a").await, Some(200));
    });
}

#[test]
fn a_refusal_undoes_its_own_change_and_no_one_elses() {
    on_both(|store| async move {
        let cx = cx();
        let keep = store.write(&cx, "keep", |tx| add(tx, "kept", 1).map_err(Error::from));
        let refuse = store.write(&cx, "refuse", |tx| {
            add(tx, "refused", 1)?;
            Err::<i64, _>(Error::Refused)
        });
        let (kept, refused) = futures_util::future::join(keep, refuse).await;
        assert_eq!((kept, refused), (Ok(1), Err(Error::Refused)));
        assert_eq!((value(&store, "kept").await, value(&store, "refused").await), (Some(1), None));
    });
}

#[test]
fn a_panic_reaches_its_caller_and_leaves_the_store_at_work() {
    on_both(|store| async move {
        let cx = cx();
        let change = store.write(&cx, "panic", |tx| {
            add(tx, "half", 1)?;
            assert!(tx.savepoint(|tx| add(tx, "other", 1)).is_err(), "on purpose");
            Ok::<_, StoreError>(())
        });
        assert!(AssertUnwindSafe(change).catch_unwind().await.is_err());
        assert_eq!(store.write(&cx, "add", |tx| add(tx, "after", 1)).await, Ok(1));
        assert_eq!(value(&store, "half").await, None);
    });
}

#[test]
fn a_savepoint_undoes_a_part_and_keeps_the_rest() {
    on_both(|store| async move {
        let done = store
            .write(&cx(), "parts", |tx| {
                add(tx, "whole", 1)?;
                let part = tx.savepoint(|tx| {
                    add(tx, "part", 1)?;
                    Err::<(), _>(Error::Refused)
                });
                assert_eq!(part, Err(Error::Refused));
                add(tx, "whole", 1).map_err(Error::from)
            })
            .await;
        assert_eq!(done, Ok(2));
        assert_eq!(value(&store, "part").await, None);
    });
}

#[test]
fn constraints_have_the_same_names_on_both_engines() {
    on_both(|store| async move {
        let bounds = store.write(&cx(), "below", |tx| add(tx, "a", -1)).await;
        assert_eq!(bounds, Err(StoreError::Check("counters_bounds".to_owned())));
        let twice = store
            .write(&cx(), "twice", |tx| {
                label(tx, "a", "same")?;
                label(tx, "b", "same")
            })
            .await;
        assert_eq!(twice, Err(StoreError::Duplicate("labels_label_key".to_owned())));
    });
}

#[test]
fn readers_cannot_write() {
    on_both(|store| async move {
        let written = store.read(&cx(), |db| add(db, "a", 1)).await;
        assert!(matches!(written, Err(StoreError::Query(_))), "{written:?}");
        assert_eq!(value(&store, "a").await, None);
    });
}

#[test]
fn nothing_is_begun_after_the_deadline() {
    on_both(|store| async move {
        let late = CallCtx::system("late", Duration::ZERO);
        assert_eq!(store.write(&late, "late", |tx| add(tx, "a", 1)).await, Err(StoreError::Timeout));
        assert_eq!(value(&store, "a").await, None);
    });
}

#[test]
fn contended_rows_are_tried_again() {
    on_both(|store| async move {
        if store.engine() == Engine::Sqlite {
            return;
        }
        let attempts = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
        let counted = std::sync::Arc::clone(&attempts);
        let done = store
            .write(&cx(), "contended", move |tx| {
                add(tx, "a", 1)?;
                match counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                    0 | 1 => Err(StoreError::Contended("on purpose".to_owned())),
                    _ => Ok(()),
                }
            })
            .await;
        assert_eq!(done, Ok(()));
        assert_eq!(value(&store, "a").await, Some(1));
    });
}
