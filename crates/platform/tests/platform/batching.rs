use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use kernel::CallCtx;
use platform::batch::{Batch, Batcher, Limits};
use platform::store::StoreError;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::fixture::{Error, cx};

const ONE_AT_A_TIME: Limits = Limits { size: 8, concurrency: 1 };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_while_a_batch_runs_becomes_the_next_one() {
    let (runs, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let (counted, held) = (Arc::clone(&runs), Arc::clone(&gate));
    let batcher = Batcher::start(&Handle::current(), ONE_AT_A_TIME, move |batch: Batch<usize>| {
        let (runs, gate) = (Arc::clone(&counted), Arc::clone(&held));
        async move {
            runs.fetch_add(1, Ordering::Relaxed);
            gate.acquire().await.map_err(|_| Error::Refused)?.forget();
            Ok::<_, Error>(batch.iter().map(|asked| asked.request * 10).collect())
        }
    });
    gate.add_permits(9);
    let cx = cx();
    let replies = join_all((0..9).map(|n| batcher.call(&cx, n))).await;
    let replies: Vec<usize> = replies.into_iter().map(Result::unwrap).collect();
    assert_eq!(replies, (0..9).map(|n| n * 10).collect::<Vec<_>>());
    assert!(runs.load(Ordering::Relaxed) < 9, "{runs:?} batches for 9 requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_request_at_fault_fails() {
    let (open, runs) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (gate, counted) = (Arc::clone(&open), Arc::clone(&runs));
    let batcher = Batcher::start(&Handle::current(), ONE_AT_A_TIME, move |batch: Batch<i64>| {
        let (gate, runs) = (Arc::clone(&gate), Arc::clone(&counted));
        async move {
            if runs.fetch_add(1, Ordering::Relaxed) == 0 {
                gate.acquire().await.map_err(|_| Error::Refused)?.forget();
            }
            let batch: Vec<i64> = batch.iter().map(|asked| asked.request).collect();
            if batch.contains(&3) { Err(Error::Refused) } else { Ok(batch) }
        }
    });
    open.add_permits(1);
    let cx = cx();
    let replies = join_all((0..6).map(|n| batcher.call(&cx, n))).await;
    let expected: Vec<Result<i64, Error>> =
        (0..6).map(|n| if n == 3 { Err(Error::Refused) } else { Ok(n) }).collect();
    assert_eq!(replies, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_fails_the_whole_batch_at_once() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let batcher: Batcher<i64, i64, Error> =
        Batcher::start(&Handle::current(), ONE_AT_A_TIME, move |_: Batch<i64>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async { Err(StoreError::Unavailable("gone".to_owned()).into()) }
        });
    let cx = cx();
    let replies = join_all((0..8).map(|n| batcher.call(&cx, n))).await;
    assert!(replies.iter().all(|reply| matches!(reply, Err(Error::Storage(StoreError::Unavailable(_))))));
    assert!(runs.load(Ordering::Relaxed) <= 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_beyond_their_deadline() {
    let batcher: Batcher<i64, i64, Error> =
        Batcher::start(&Handle::current(), ONE_AT_A_TIME, |_: Batch<i64>| std::future::pending());
    let hurried = CallCtx::system("test", Duration::from_millis(20));
    assert_eq!(batcher.call(&hurried, 1).await, Err(Error::Storage(StoreError::Timeout)));
}
