use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::Principal;

/// The most hops that one request may make from module to module.
pub const MAX_DEPTH: u8 = 8;

/// Longer budgets are cut to this, so that adding one to the present never overflows.
const LONGEST_BUDGET: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What every call into a module carries besides its request. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CallCtx {
    /// After this nobody waits for the reply any more.
    pub deadline: Instant,
    /// On whose behalf the call is made.
    pub principal: Principal,
    /// Of the request from outside that all this is for.
    pub request_id: Arc<str>,
    /// W3C Trace Context, as received.
    pub traceparent: Option<Arc<str>>,
    /// Makes a command safe to repeat: the same key means the same command.
    pub idempotency_key: Option<Arc<str>>,
    /// Hops made so far.
    pub depth: u8,
}

impl CallCtx {
    /// A first call, which must be answered within `budget` from now.
    pub fn new(principal: Principal, request_id: impl Into<Arc<str>>, budget: Duration) -> CallCtx {
        CallCtx {
            deadline: after(budget),
            principal,
            request_id: request_id.into(),
            traceparent: None,
            idempotency_key: None,
            depth: 0,
        }
    }

    /// A first call by a part of Holdfast itself; its name is the request id too.
    pub fn system(name: &'static str, budget: Duration) -> CallCtx {
        CallCtx::new(Principal::System(name.into()), name, budget)
    }

    /// Time left until the deadline; `None` once it has come.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    pub fn is_expired(&self) -> bool {
        self.remaining().is_none()
    }

    /// The same call under another idempotency key.
    #[must_use]
    pub fn with_key(&self, key: impl Into<Arc<str>>) -> CallCtx {
        CallCtx { idempotency_key: Some(key.into()), ..self.clone() }
    }

    /// The same call with at most `budget` from now; never later than the present deadline.
    #[must_use]
    pub fn with_budget(&self, budget: Duration) -> CallCtx {
        CallCtx { deadline: self.deadline.min(after(budget)), ..self.clone() }
    }

    /// One hop deeper; `None` beyond [`MAX_DEPTH`], which only a cycle of calls reaches.
    pub fn descend(&self) -> Option<CallCtx> {
        let depth = self.depth.checked_add(1).filter(|&depth| depth <= MAX_DEPTH)?;
        Some(CallCtx { depth, ..self.clone() })
    }
}

fn after(budget: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(budget.min(LONGEST_BUDGET)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_budget_can_only_shrink() {
        let cx = CallCtx::system("test", MINUTE);
        assert_eq!(cx.with_budget(MINUTE * 2).deadline, cx.deadline);
        assert!(cx.with_budget(MINUTE / 2).deadline < cx.deadline);
        assert!(cx.remaining().is_some_and(|left| left > MINUTE / 2 && left <= MINUTE));
        assert!(!cx.is_expired());
    }

    #[test]
    fn an_expired_call_has_no_time_left() {
        let cx = CallCtx::system("test", MINUTE).with_budget(Duration::ZERO);
        assert!(cx.is_expired());
        assert_eq!(cx.remaining(), None);
    }

    #[test]
    fn an_endless_budget_does_not_overflow() {
        assert!(CallCtx::system("test", Duration::MAX).remaining() > Some(MINUTE));
    }

    #[test]
    fn descending_ends_at_the_greatest_depth() {
        let mut cx = CallCtx::system("test", MINUTE);
        for depth in 1..=MAX_DEPTH {
            cx = cx.descend().expect("not yet too deep");
            assert_eq!(cx.depth, depth);
        }
        assert!(cx.descend().is_none());
        cx.depth = u8::MAX;
        assert!(cx.descend().is_none());
    }

    #[test]
    fn a_key_replaces_the_key_and_nothing_else() {
        let cx = CallCtx::new(Principal::Admin, "req-1", MINUTE).with_key("a").with_key("b");
        assert_eq!(cx.idempotency_key.as_deref(), Some("b"));
        assert_eq!((cx.principal, &*cx.request_id, cx.depth), (Principal::Admin, "req-1", 0));
    }
}
