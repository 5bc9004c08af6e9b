//! The taxonomy as a whole: who is above whom, and in which order it is shown. Nothing here does I/O.

use std::collections::HashMap;

use reference_api::Category;

/// A category, and whether it was removed. One that was keeps its place, so that its code stays taken and a list that
/// points at it can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub category: Category,
    pub removed: bool,
}

/// All categories that ever were.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    nodes: HashMap<String, Node>,
    /// Codes by parent, in the order in which they are shown.
    children: HashMap<Option<String>, Vec<String>>,
}

impl Tree {
    pub(crate) fn of(mut nodes: Vec<Node>) -> Tree {
        nodes.sort_by(|Node { category: a, .. }, Node { category: b, .. }| {
            (a.position, &a.code).cmp(&(b.position, &b.code))
        });
        let mut tree = Tree::default();
        for node in nodes {
            let (code, parent) = (node.category.code.clone(), node.category.parent.clone());
            tree.children.entry(parent).or_default().push(code.clone());
            tree.nodes.insert(code, node);
        }
        tree
    }

    /// How many codes were ever given.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, code: &str) -> Option<&Node> {
        self.nodes.get(code)
    }

    /// The category, unless it was removed.
    pub(crate) fn get(&self, code: &str) -> Option<&Category> {
        self.nodes.get(code).filter(|node| !node.removed).map(|node| &node.category)
    }

    /// Codes from the top down to this one.
    pub(crate) fn path(&self, code: &str) -> Vec<String> {
        let mut path = Vec::new();
        let mut next = self.nodes.get(code);
        while let Some(node) = next {
            path.push(node.category.code.clone());
            // A circle, which no change makes, must not be endless.
            if path.len() > self.nodes.len() {
                break;
            }
            next = node.category.parent.as_ref().and_then(|parent| self.nodes.get(parent));
        }
        path.reverse();
        path
    }

    /// Levels of the subtree that begins here, without what was removed: 1 if nothing is below.
    pub(crate) fn height(&self, code: &str) -> usize {
        let mut level: Vec<&str> = vec![code];
        let mut height = 0_usize;
        while !level.is_empty() && height <= self.nodes.len() {
            height = height.saturating_add(1);
            level = level.into_iter().flat_map(|code| self.children(Some(code))).collect();
        }
        height
    }

    /// Codes directly below, without what was removed.
    pub(crate) fn children(&self, parent: Option<&str>) -> impl Iterator<Item = &str> {
        let codes = self.children.get(&parent.map(str::to_owned)).into_iter().flatten();
        codes.map(String::as_str).filter(|code| self.get(code).is_some())
    }

    /// The position behind all that are directly below.
    pub(crate) fn end(&self, parent: Option<&str>) -> i32 {
        let positions = self.children(parent).filter_map(|code| Some(self.get(code)?.position));
        positions.max().map_or(0, |last| last.saturating_add(1))
    }

    /// Each before what is below it, siblings in their order; removed ones too. What no way leads to from the top is not
    /// among them.
    pub(crate) fn in_order(&self) -> Vec<&Node> {
        let below = |parent: Option<&str>| {
            self.children.get(&parent.map(str::to_owned)).into_iter().flatten().rev().cloned()
        };
        let mut waiting: Vec<String> = below(None).collect();
        let mut ordered = Vec::with_capacity(self.nodes.len());
        while let Some(code) = waiting.pop() {
            waiting.extend(below(Some(&code)));
            ordered.extend(self.nodes.get(&code));
        }
        ordered
    }
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn node(code: &str, parent: Option<&str>, position: i32) -> Node {
        let category = Category {
            code: code.to_owned(),
            title: code.to_owned(),
            parent: parent.map(str::to_owned),
            position,
            version: 1,
            created_at: NOW,
            updated_at: NOW,
        };
        Node { category, removed: false }
    }

    fn tree() -> Tree {
        Tree::of(vec![
            node("bulbs", Some("lighting"), 1),
            node("lighting", None, 2),
            node("home", None, 0),
            node("led", Some("bulbs"), 0),
            node("lamps", Some("lighting"), 0),
            node("bath", Some("home"), 7),
            Node { removed: true, ..node("gone", Some("home"), 8) },
        ])
    }

    fn codes(tree: &Tree) -> Vec<&str> {
        tree.in_order().into_iter().map(|node| node.category.code.as_str()).collect()
    }

    #[test]
    fn the_order_is_that_of_a_table_of_contents() {
        assert_eq!(codes(&tree()), ["home", "bath", "gone", "lighting", "lamps", "bulbs", "led"]);
        assert_eq!(tree().path("led"), ["lighting", "bulbs", "led"]);
        assert_eq!((tree().height("lighting"), tree().height("led")), (3, 1));
    }

    #[test]
    fn what_was_removed_is_no_child_and_keeps_its_code() {
        let tree = tree();
        assert_eq!(tree.children(Some("home")).collect::<Vec<_>>(), ["bath"]);
        assert_eq!((tree.end(Some("home")), tree.end(Some("led")), tree.end(None)), (8, 0, 3));
        assert!(tree.get("gone").is_none() && tree.node("gone").is_some());
    }

    #[test]
    fn a_circle_is_not_endless_and_in_no_order() {
        let circle = Tree::of(vec![node("a", Some("b"), 0), node("b", Some("a"), 0), node("c", None, 0)]);
        assert_eq!(codes(&circle), ["c"]);
        assert!(circle.path("a").len() <= 4 && circle.height("a") <= 4);
    }
}
