mod desk;
mod world;

mod drifting;
mod hearing;
mod migrating;
mod rebuilding;
