//! Nothing of its own: the tests of the whole shop are in `tests/shop/`, one binary, so that they share one
//! PostgreSQL and are linked once.

pub mod boundaries;
