//! Background work: started once, seen to be alive, told to stop.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// A worker that has not been heard of for this long is taken for dead.
const SILENCE: Duration = Duration::from_secs(10);

/// The background tasks of one process. Cheap to clone.
#[derive(Clone)]
pub struct Workers {
    shared: Arc<Shared>,
}

struct Shared {
    runtime: Handle,
    born: Instant,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<Task>>,
}

struct Task {
    name: &'static str,
    beat: Beat,
    handle: JoinHandle<()>,
}

/// What a worker holds: it shows that it lives, and learns that it should stop.
#[derive(Clone)]
pub struct Beat {
    born: Instant,
    last_millis: Arc<AtomicU64>,
    stop: watch::Receiver<bool>,
}

impl Workers {
    pub fn new(runtime: Handle) -> Workers {
        let (stop, _) = watch::channel(false);
        Workers { shared: Arc::new(Shared { runtime, born: Instant::now(), stop, tasks: Mutex::default() }) }
    }

    /// Starts a worker. It runs until [`Workers::stop`]: it is dropped at the first `await` after that.
    pub fn spawn<F, W>(&self, name: &'static str, work: W)
    where
        F: Future<Output = ()> + Send + 'static,
        W: FnOnce(Beat) -> F,
    {
        let mut stop = self.shared.stop.subscribe();
        let beat = Beat { born: self.shared.born, last_millis: Arc::default(), stop: stop.clone() };
        beat.show();
        let running = work(beat.clone());
        let handle = self.shared.runtime.spawn(async move {
            tokio::select! {
                () = running => tracing::error!(worker = name, "a background worker ended by itself"),
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
        self.lock().push(Task { name, beat, handle });
    }

    /// Names of workers that are dead or silent.
    pub fn silent(&self) -> Vec<&'static str> {
        let dead = |task: &&Task| task.handle.is_finished() || task.beat.silence() > SILENCE;
        self.lock().iter().filter(dead).map(|task| task.name).collect()
    }

    /// Stops all workers and waits until each has let go of what it held.
    pub async fn stop(&self) {
        self.shared.stop.send_replace(true);
        let tasks: Vec<Task> = self.lock().drain(..).collect();
        for task in tasks {
            if let Err(error) = task.handle.await {
                tracing::error!(worker = task.name, %error, "a background worker did not end well");
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Task>> {
        self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Beat {
    /// Says that the worker lives.
    pub fn show(&self) {
        let millis = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_millis.store(millis, Ordering::Relaxed);
    }

    /// Whether the process is shutting down.
    pub fn stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Shows a beat and waits: until `bell` rings, or `at_most` has passed.
    pub async fn pause(&self, at_most: Duration, bell: &Notify) {
        self.show();
        // Running out of time is the ordinary case.
        let _ = tokio::time::timeout(at_most, bell.notified()).await;
        self.show();
    }

    /// Waits for `period`, showing beats meanwhile.
    pub async fn rest(&self, period: Duration) {
        let end = Instant::now() + period;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.show();
            tokio::time::sleep(left.min(SILENCE / 4)).await;
        }
        self.show();
    }

    fn silence(&self) -> Duration {
        self.born.elapsed().saturating_sub(Duration::from_millis(self.last_millis.load(Ordering::Relaxed)))
    }
}
