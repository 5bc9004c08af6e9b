//! The shop in trouble: the real binary killed and stopped, its database lost, its feeds silent, the network between its
//! processes failing.

mod absence;
mod clerk;
mod crash;
mod journal;
mod ledger;
mod network;
mod outage;
mod shift;
mod shutdown;
mod standstill;
mod startup;
