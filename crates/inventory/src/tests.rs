mod backorders;
mod edges;
mod holds;
mod races;
mod sequences;
mod stockroom;
