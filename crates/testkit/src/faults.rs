use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kernel::{ApiError, Around, CallCtx, MethodMeta};
use platform::telemetry::Measured;

/// What goes wrong with a call between modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The callee is not reached.
    Before,
    /// The callee acts, and its answer is lost.
    After,
    /// The caller dies, and the callee is not reached.
    AbortBefore,
    /// The callee acts, and the caller dies.
    AbortAfter,
    /// The callee answers that it has a bug.
    Broken,
}

impl Fault {
    /// Those that leave the outcome unknown.
    pub const LOST: [Fault; 4] = [Fault::Before, Fault::After, Fault::AbortBefore, Fault::AbortAfter];
}

/// Faults that wait for their calls. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    waiting: Arc<Mutex<Vec<(&'static str, Fault)>>>,
    away: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl Faults {
    /// Befalls the next calls of a method, such as `inventory.reserve`, one after the other.
    ///
    /// # Panics
    /// When a test has panicked in the middle of this.
    pub fn befall(&self, method: &'static str, faults: impl IntoIterator<Item = Fault>) {
        self.waiting.lock().unwrap().extend(faults.into_iter().map(|fault| (method, fault)));
    }

    /// No call reaches the module any more.
    ///
    /// # Panics
    /// When a test has panicked in the middle of this.
    pub fn leave(&self, module: &'static str) {
        self.away.lock().unwrap().insert(module);
    }

    /// Calls reach the module again.
    ///
    /// # Panics
    /// When a test has panicked in the middle of this.
    pub fn come_back(&self, module: &'static str) {
        self.away.lock().unwrap().remove(module);
    }

    /// Whether every fault has found its call.
    ///
    /// # Panics
    /// When a test has panicked in the middle of this.
    pub fn are_spent(&self) -> bool {
        self.waiting.lock().unwrap().is_empty()
    }

    /// The next fault of a method, if it is one of these.
    fn take(&self, meta: &MethodMeta, of: &[Fault]) -> Option<Fault> {
        let name = format!("{}.{}", meta.module, meta.method);
        let mut waiting = self.waiting.lock().unwrap();
        let next = waiting.iter().position(|(method, _)| *method == name)?;
        of.contains(&waiting[next].1).then(|| waiting.remove(next).1)
    }
}

fn strike(fault: Option<Fault>) -> Result<(), ApiError<Infallible>> {
    match fault {
        None => Ok(()),
        Some(Fault::Before | Fault::After) => Err(ApiError::Unavailable("a fault of the test".to_owned())),
        Some(Fault::Broken) => Err(ApiError::Internal("a bug of the test".to_owned())),
        Some(Fault::AbortBefore | Fault::AbortAfter) => panic!("an abort of the test"),
    }
}

impl Around for Faults {
    fn before(&self, method: &'static MethodMeta, cx: &CallCtx) -> Result<(), ApiError<Infallible>> {
        let away = self.away.lock().unwrap().contains(method.module);
        strike(away.then_some(Fault::Before))?;
        strike(self.take(method, &[Fault::Before, Fault::AbortBefore, Fault::Broken]))?;
        Measured.before(method, cx)
    }

    fn after(
        &self,
        method: &'static MethodMeta,
        cx: &CallCtx,
        elapsed: Duration,
        failed: Option<&'static str>,
    ) -> Result<(), ApiError<Infallible>> {
        strike(self.take(method, &[Fault::After, Fault::AbortAfter]))?;
        Measured.after(method, cx, elapsed, failed)
    }
}
