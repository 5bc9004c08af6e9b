//! What stands for other modules in the tests of one: logs and answers that a test scripts.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "doubles are used in tests, where a fault is a panic"
)]

mod answers;
mod reference;
mod script;

pub use self::answers::Answers;
pub use self::reference::{Reference, category, country, tax_category};
pub use self::script::{NOW, Script};
