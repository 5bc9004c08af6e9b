//! How the gateway misbehaves: as a script says, as a token says, or by chance from a seed.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    Authorise,
    Capture,
    Void,
    Refund,
    Lookup,
}

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The bank says no; only for authorisations.
    Decline { code: String },
    /// The customer must authenticate; only for authorisations.
    RequireAction,
    /// Acts and answers later, even if nobody waits any more.
    Delay { millis: u64 },
    /// Neither acts nor answers.
    TimeOutBefore,
    /// Acts and does not answer.
    TimeOutAfter,
    /// Does not act, and breaks the connection in the middle of an answer.
    DropBefore,
    /// Acts, and breaks the connection in the middle of the answer.
    DropAfter,
    /// Does not act, and answers 500.
    FailBefore,
    /// Acts, and answers 500.
    FailAfter,
}

impl Fault {
    /// Whether it is the bank that speaks.
    pub(crate) fn is_verdict(&self) -> bool {
        matches!(self, Fault::Decline { .. } | Fault::RequireAction)
    }
}

/// A request to misbehave: `POST /behaviour`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    pub operation: Operation,
    pub fault: Fault,
    /// How many requests it befalls.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// What becomes of webhooks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Webhooks {
    #[default]
    Normal,
    /// Each is sent twice.
    Duplicate,
    /// Each second one overtakes the one before it.
    Reorder,
    Drop,
}

/// Misfortune in percent of the authorisations; the same seed, the same misfortune.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chances {
    pub seed: u64,
    pub decline_percent: u32,
    /// Half of them before acting, half after.
    pub timeout_percent: u32,
}

pub(crate) struct Script {
    steps: VecDeque<Behaviour>,
    chances: Chances,
    dice: StdRng,
    /// Keys whose token has had its effect.
    befallen: HashSet<String>,
    pub webhooks: Webhooks,
}

impl Script {
    pub(crate) fn new(chances: Chances) -> Script {
        Script {
            steps: VecDeque::new(),
            chances,
            dice: StdRng::seed_from_u64(chances.seed),
            befallen: HashSet::new(),
            webhooks: Webhooks::Normal,
        }
    }

    pub(crate) fn add(&mut self, behaviour: Behaviour) {
        self.steps.push_back(behaviour);
    }

    /// What befalls this request. A token's word counts for the first request under a key; so does chance.
    pub(crate) fn next(
        &mut self,
        operation: Operation,
        token: Option<&str>,
        key: Option<&str>,
    ) -> Option<Fault> {
        if let Some(step) = self.steps.iter_mut().find(|step| step.operation == operation && step.times > 0) {
            step.times = step.times.saturating_sub(1);
            let fault = step.fault.clone();
            self.steps.retain(|step| step.times > 0);
            return Some(fault);
        }
        if operation != Operation::Authorise {
            return None;
        }
        let verdict = token.and_then(verdict_of);
        let first = key.is_none_or(|key| self.befallen.insert(key.to_owned()));
        match token.and_then(accident_of) {
            Some(accident) if first => Some(accident),
            _ if first => verdict.or_else(|| self.chance()),
            _ => verdict,
        }
    }

    fn chance(&mut self) -> Option<Fault> {
        let (decline, timeout) = (self.chances.decline_percent, self.chances.timeout_percent);
        let roll = self.dice.random_range(0..200_u32);
        if roll < decline * 2 {
            return Some(Fault::Decline { code: "insufficient_funds".to_owned() });
        }
        match roll - decline * 2 {
            rest if rest < timeout => Some(Fault::TimeOutBefore),
            rest if rest < timeout * 2 => Some(Fault::TimeOutAfter),
            _ => None,
        }
    }
}

/// `tok_decline`, `tok_decline_<code>`, `tok_action…`.
pub(crate) fn verdict_of(token: &str) -> Option<Fault> {
    if let Some(code) = token.strip_prefix("tok_decline") {
        let code = code.strip_prefix('_').filter(|code| !code.is_empty()).unwrap_or("generic_decline");
        return Some(Fault::Decline { code: code.to_owned() });
    }
    token.starts_with("tok_action").then_some(Fault::RequireAction)
}

/// `tok_slow_<ms>`, `tok_timeout_before…`, `tok_timeout_after…`, `tok_drop_before…`, `tok_drop_after…`.
fn accident_of(token: &str) -> Option<Fault> {
    if let Some(millis) = token.strip_prefix("tok_slow_") {
        return Some(Fault::Delay { millis: millis.parse().unwrap_or(1_000) });
    }
    let known = [
        ("tok_timeout_before", Fault::TimeOutBefore),
        ("tok_timeout_after", Fault::TimeOutAfter),
        ("tok_drop_before", Fault::DropBefore),
        ("tok_drop_after", Fault::DropAfter),
    ];
    known.into_iter().find(|(prefix, _)| token.starts_with(prefix)).map(|(_, fault)| fault)
}

/// Longer than any client waits.
pub(crate) const FOREVER: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_comes_before_the_token_and_the_token_before_chance() {
        let chances = Chances { seed: 1, decline_percent: 100, timeout_percent: 0 };
        let mut script = Script::new(chances);
        script.add(Behaviour { operation: Operation::Authorise, fault: Fault::FailAfter, times: 1 });
        let mut next = |token, key| script.next(Operation::Authorise, Some(token), Some(key));
        assert_eq!(next("tok_timeout_after", "k1"), Some(Fault::FailAfter));
        assert_eq!(next("tok_timeout_after", "k1"), Some(Fault::TimeOutAfter));
        assert_eq!(next("tok_timeout_after", "k1"), None);
        assert_eq!(next("tok_visa", "k2"), Some(Fault::Decline { code: "insufficient_funds".into() }));
        assert_eq!(next("tok_action", "k3"), Some(Fault::RequireAction));
    }

    #[test]
    fn the_same_seed_is_the_same_misfortune() {
        let chances = Chances { seed: 7, decline_percent: 20, timeout_percent: 20 };
        let fate = || {
            let mut script = Script::new(chances);
            (0..50)
                .map(|n| script.next(Operation::Authorise, Some("tok_visa"), Some(&n.to_string())))
                .collect::<Vec<_>>()
        };
        assert_eq!(fate(), fate());
        assert!(fate().iter().any(Option::is_some) && fate().iter().any(Option::is_none));
    }
}
