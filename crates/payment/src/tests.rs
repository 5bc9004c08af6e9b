//! The use cases on both engines, against a gateway that misbehaves on command.

mod authorising;
mod checking;
mod finishing;
mod following;
mod moving;
mod over_rest;
mod till;
mod under_keys;
mod voiding;
mod webhooks;
