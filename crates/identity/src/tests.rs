//! Stories on fresh databases of both engines.

mod desk;

mod auditing;
mod forgetting;
