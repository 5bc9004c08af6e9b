mod desk;
mod world;

mod hearing;
mod rebuilding;
