mod edges;
mod holds;
mod stockroom;
