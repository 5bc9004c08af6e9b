//! The real binary, killed and stopped.

mod clerk;
mod crash;
mod shutdown;
mod startup;
