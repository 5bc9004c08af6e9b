//! A real PostgreSQL server for the time of a test run or a benchmark.
//!
//! [`Cluster::start`] makes a cluster in a fresh temporary directory, on a free loopback port, and takes it away
//! again when the [`Cluster`] is dropped, and just as surely when its process is killed. It touches no cluster
//! that is installed on the machine: only the server *programs* are borrowed.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use testkit_pg::{Cluster, Durability};
//!
//! let cluster = Cluster::start(Durability::Off)?;
//! cluster.create_database("template_shop")?;
//! cluster.create_database_from("shop_1", "template_shop")?;
//! assert_eq!(cluster.psql("shop_1", "SELECT 6 * 7")?, "42");
//! # Ok(())
//! # }
//! ```

mod cluster;
mod programs;
mod watchdog;

pub use cluster::{Cluster, Durability};
pub use programs::Programs;
