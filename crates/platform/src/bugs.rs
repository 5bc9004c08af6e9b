//! Bugs on purpose: what the tests must catch, or they are worth nothing.
//!
//! With the feature `deliberate-bugs`, which no default and no release has, one build carries all of the [`Bug`]s, and the
//! variable `HOLDFAST_BUG` names the one that a process has. Without the feature the [`bug!`](crate::bug) of a site expands
//! to nothing, or to `false`. `cargo xtask faults bugs` sees that each is caught.

#[cfg(feature = "deliberate-bugs")]
mod catalogue;

#[cfg(feature = "deliberate-bugs")]
pub use self::catalogue::{Bug, another_key, as_first_seen, log_at_once};

/// `bug!(Name)` says whether this process has the bug; `bug!(Name => …)` is what goes wrong then.
#[cfg(feature = "deliberate-bugs")]
#[macro_export]
macro_rules! bug {
    ($bug:ident) => { $crate::bugs::Bug::$bug.strikes() };
    ($bug:ident => $($wrong:tt)*) => { if $crate::bugs::Bug::$bug.strikes() { $($wrong)* } };
}

/// No bug is in this build.
#[cfg(not(feature = "deliberate-bugs"))]
#[macro_export]
macro_rules! bug {
    ($bug:ident) => {
        false
    };
    ($bug:ident => $($wrong:tt)*) => {};
}
