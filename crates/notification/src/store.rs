//! Rows and queries.

pub(crate) mod messages;
pub(crate) mod preferences;
