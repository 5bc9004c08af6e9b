mod backorders;
mod edges;
mod holds;
mod locks;
mod races;
mod sequences;
mod shipping;
mod stockroom;
