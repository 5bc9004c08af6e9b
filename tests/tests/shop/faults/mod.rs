//! The shop in trouble: the real binary killed and stopped, its database lost, its feeds silent.

mod absence;
mod clerk;
mod crash;
mod journal;
mod ledger;
mod outage;
mod shutdown;
mod standstill;
mod startup;
