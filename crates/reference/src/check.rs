//! `holdfast check`: every category can be reached from the top, and those above it are there.

use platform::Violation;
use platform::store::{Db, StoreError};

use crate::category::MOST_LEVELS;
use crate::store::categories;
use crate::tree::{Node, Tree};

/// Of this module alone, so it has no number in the documentation.
const OWN: u8 = 0;

pub(crate) fn check(db: &mut Db<'_>) -> Result<Vec<Violation>, StoreError> {
    Ok(broken(&categories::tree(db)?))
}

fn broken(tree: &Tree) -> Vec<Violation> {
    let violation = |code: &str, detail: String| Violation {
        invariant: OWN,
        subject: format!("category {code}"),
        detail,
    };
    let reached = tree.in_order();
    let mut found: Vec<Violation> =
        reached.iter().filter_map(|node| Some(violation(&node.category.code, fault(tree, node)?))).collect();
    if reached.len() < tree.len() {
        let lost = tree.len().saturating_sub(reached.len());
        found.push(violation("tree", format!("no way leads from the top to {lost} categories")));
    }
    found
}

fn fault(tree: &Tree, node: &Node) -> Option<String> {
    if node.removed {
        return None;
    }
    let parent = node.category.parent.as_deref();
    if let Some(parent) = parent.filter(|parent| tree.get(parent).is_none()) {
        return Some(format!("is below {parent}, which is not there"));
    }
    let level = tree.path(&node.category.code).len();
    (level > MOST_LEVELS).then(|| format!("is on level {level}"))
}
