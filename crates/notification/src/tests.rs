//! The use cases on both engines, with a mail server that misbehaves on command.

mod accounts;
mod deciding;
mod delivering;
mod keeping;
mod office;
mod others;
mod refusing;
mod surviving;
