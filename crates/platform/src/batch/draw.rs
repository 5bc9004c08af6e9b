//! The queue of a batcher, and the batches that are drawn from it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kernel::CallCtx;
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};

use super::{Answers, Asked, Batch};

pub(super) struct Waiting<Req, Rep, E> {
    pub asked: Asked<Req>,
    pub answer: oneshot::Sender<Result<Rep, E>>,
}

/// Requests in the order they came.
pub(super) struct Queue<Req, Rep, E> {
    lane: Mutex<Lane<Req, Rep, E>>,
    bell: Notify,
}

struct Lane<Req, Rep, E> {
    waiting: VecDeque<Waiting<Req, Rep, E>>,
    closed: bool,
}

/// What the locks here guard is whole at every step, even if a thread panics while it holds one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<Req, Rep, E> Queue<Req, Rep, E> {
    pub(super) fn new() -> Queue<Req, Rep, E> {
        Queue { lane: Mutex::new(Lane { waiting: VecDeque::new(), closed: false }), bell: Notify::new() }
    }

    /// `false` when as many as `most` wait already.
    pub(super) fn push(&self, request: Waiting<Req, Rep, E>, most: usize) -> bool {
        {
            let mut lane = lock(&self.lane);
            if lane.waiting.len() >= most {
                return false;
            }
            lane.waiting.push_back(request);
        }
        self.bell.notify_one();
        true
    }

    /// Nobody will come any more.
    pub(super) fn close(&self) {
        lock(&self.lane).closed = true;
        self.bell.notify_one();
    }

    /// Waits until somebody waits; `false` when nobody ever will.
    pub(super) async fn rings(&self) -> bool {
        loop {
            {
                let lane = lock(&self.lane);
                if !lane.waiting.is_empty() {
                    return true;
                }
                if lane.closed {
                    return false;
                }
            }
            self.bell.notified().await;
        }
    }

    fn take(&self, size: usize) -> (Batch<Req>, Answers<Rep, E>) {
        let mut lane = lock(&self.lane);
        let many = lane.waiting.len().min(size);
        let (asked, answers): (Vec<_>, Vec<_>) =
            lane.waiting.drain(..many).map(|waiting| (waiting.asked, waiting.answer)).unzip();
        (asked.into(), answers)
    }

    fn last_deadline(&self) -> Option<Instant> {
        lock(&self.lane).waiting.iter().map(|waiting| waiting.asked.cx.deadline).max()
    }
}

/// One batch: what waits at the moment when it is first asked for.
pub(super) struct Draw<Req, Rep, E> {
    queue: Arc<Queue<Req, Rep, E>>,
    size: usize,
    state: Mutex<State<Req, Rep, E>>,
    place: Mutex<Option<OwnedSemaphorePermit>>,
}

enum State<Req, Rep, E> {
    Open,
    Drawn(Batch<Req>, Answers<Rep, E>),
    /// Answered, or given up: a transaction that begins only now has nothing to do.
    Over,
}

impl<Req: Clone, Rep, E> Draw<Req, Rep, E> {
    pub(super) fn new(
        queue: Arc<Queue<Req, Rep, E>>,
        size: usize,
        place: OwnedSemaphorePermit,
    ) -> Draw<Req, Rep, E> {
        Draw { queue, size, state: Mutex::new(State::Open), place: Mutex::new(Some(place)) }
    }

    /// A batch of one, which somebody else answers.
    pub(super) fn of(asked: Asked<Req>) -> Draw<Req, Rep, E> {
        let state = State::Drawn(Arc::new([asked]), Vec::new());
        Draw { queue: Arc::new(Queue::new()), size: 1, state: Mutex::new(state), place: Mutex::new(None) }
    }

    /// The batch; the same again each time.
    pub(super) fn batch(&self) -> Batch<Req> {
        let mut state = lock(&self.state);
        if matches!(*state, State::Open) {
            let (batch, answers) = self.queue.take(self.size);
            *state = State::Drawn(batch, answers);
        }
        match &*state {
            State::Drawn(batch, _) => Arc::clone(batch),
            State::Open | State::Over => Arc::new([]),
        }
    }

    /// Runs the batch, unless there is nothing to do.
    pub(super) fn carry_out(
        &self,
        run: impl FnOnce(&[Asked<Req>]) -> Result<Vec<Rep>, E>,
    ) -> Result<Vec<Rep>, E> {
        let batch = self.batch();
        if batch.is_empty() { Ok(Vec::new()) } else { run(&batch) }
    }

    /// Ends the batch, and says who is to be answered. One that was not drawn is drawn now if `all` that wait are to
    /// hear of its end.
    pub(super) fn end(&self, all: bool) -> (Batch<Req>, Answers<Rep, E>) {
        if all {
            self.batch();
        }
        match std::mem::replace(&mut *lock(&self.state), State::Over) {
            State::Drawn(batch, answers) => (batch, answers),
            State::Open | State::Over => (Arc::new([]), Vec::new()),
        }
    }

    /// Makes room for the next batch.
    pub(super) fn leave(&self) {
        drop(lock(&self.place).take());
    }

    /// One context for the batch: it lasts as long as the most patient of those who wait, or are in it.
    pub(super) fn patience(&self) -> CallCtx {
        let drawn = match &*lock(&self.state) {
            State::Drawn(batch, _) => batch.iter().map(|asked| asked.cx.deadline).max(),
            State::Open | State::Over => None,
        };
        let last = drawn.or_else(|| self.queue.last_deadline());
        let left = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(Instant::now()));
        CallCtx::system("batch", left)
    }
}
