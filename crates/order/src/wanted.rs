//! Lines as a request names them.

use kernel::Sku;
use order_api::NewLine;

/// A SKU that a request names, once, with all it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Of the line that named it first.
    pub position: i32,
    pub sku: Sku,
    pub quantity: i64,
}

/// Each SKU once, at the place where it was first named.
pub(crate) fn add_up(lines: &[NewLine]) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::with_capacity(lines.len());
    for (line, position) in lines.iter().zip(0..) {
        match wanted.iter_mut().find(|wanted| wanted.sku == line.sku) {
            Some(named) => named.quantity = named.quantity.saturating_add(line.quantity),
            None => wanted.push(Wanted { position, sku: line.sku.clone(), quantity: line.quantity }),
        }
    }
    wanted
}
