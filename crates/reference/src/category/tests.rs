use super::*;
use crate::tree::Node;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const LATER: Timestamp = Timestamp::from_micros(1_700_000_000_000_001);

fn new(code: &str, parent: Option<&str>) -> NewCategory {
    NewCategory {
        code: code.to_owned(),
        title: code.to_owned(),
        parent: parent.map(str::to_owned),
        position: None,
    }
}

/// A tree that was made step by step.
fn tree(steps: &[(&str, Option<&str>)]) -> Tree {
    let mut nodes: Vec<Node> = Vec::new();
    for (code, parent) in steps {
        let category = create(&Tree::of(nodes.clone()), &new(code, *parent), NOW).unwrap();
        nodes.push(Node { category, removed: false });
    }
    Tree::of(nodes)
}

fn home() -> Tree {
    tree(&[("home", None), ("bath", Some("home")), ("towels", Some("bath")), ("garden", None)])
}

fn move_to(tree: &Tree, code: &str, parent: Option<&str>) -> Result<Category, Error> {
    let mut category = tree.get(code).unwrap().clone();
    let patch = CategoryPatch { parent: Some(parent.map(str::to_owned)), ..CategoryPatch::default() };
    update(tree, &mut category, &patch, LATER).map(|_| category)
}

#[test]
fn a_new_category_comes_behind_its_siblings() {
    let tree = home();
    assert_eq!(create(&tree, &new("bedroom", Some("home")), NOW).unwrap().position, 1);
    assert_eq!(create(&tree, &new("toys", None), NOW).unwrap().position, 2);
    assert!(matches!(create(&tree, &new("bath", None), NOW), Err(Error::CategoryTaken(_))));
    assert!(matches!(create(&tree, &new("toys", Some("attic")), NOW), Err(Error::UnknownParent(_))));
    assert!(matches!(create(&tree, &new("toys", Some("toys")), NOW), Err(Error::UnknownParent(_))));
}

#[test]
fn a_code_that_was_removed_comes_back_with_a_greater_version() {
    let mut gone = home().get("garden").unwrap().clone();
    let removed = remove(&home(), &mut gone, LATER).unwrap();
    assert!(matches!(removed, CategoryEvent::Removed { category } if category.version == 2));
    let tree = Tree::of(vec![Node { category: gone, removed: true }]);
    assert!(matches!(create(&tree, &new("pots", Some("garden")), NOW), Err(Error::UnknownParent(_))));
    assert_eq!(create(&tree, &new("garden", None), LATER).unwrap().version, 3);
}

#[test]
fn a_category_never_comes_to_be_below_itself() {
    let tree = home();
    for parent in ["home", "bath", "towels"] {
        let moved = move_to(&tree, "home", Some(parent));
        assert!(matches!(moved, Err(Error::CategoryCycle { .. })), "{parent}: {moved:?}");
    }
    let moved = move_to(&tree, "bath", Some("garden")).unwrap();
    assert_eq!((moved.parent.as_deref(), moved.version), (Some("garden"), 2));
    assert_eq!(move_to(&tree, "bath", Some("home")).unwrap().version, 1, "it is there already");
    assert_eq!(move_to(&tree, "bath", None).unwrap().position, 2, "behind those at the top");
}

#[test]
fn a_name_and_a_place_are_two_versions() {
    let tree = home();
    let mut bath = tree.get("bath").unwrap().clone();
    let patch = CategoryPatch { title: Some("Baths".into()), parent: Some(None), position: Some(0) };
    let events = update(&tree, &mut bath, &patch, LATER).unwrap();
    let renamed = CategoryEvent::Renamed {
        category: Category {
            title: "Baths".into(),
            version: 2,
            updated_at: LATER,
            ..tree.get("bath").unwrap().clone()
        },
    };
    assert_eq!(events, [renamed, CategoryEvent::Moved { category: bath.clone() }]);
    assert_eq!((bath.version, bath.parent.clone(), bath.position), (3, None, 0));
    let again = Tree::of(vec![Node { category: bath.clone(), removed: false }]);
    assert_eq!(update(&again, &mut bath, &patch, LATER).unwrap(), [], "the same again changes nothing");
}

#[test]
fn the_tree_has_a_bottom() {
    let codes: Vec<String> = (0..MOST_LEVELS).map(|level| format!("level-{level}")).collect();
    let mut steps: Vec<(&str, Option<&str>)> = vec![(&codes[0], None)];
    steps.extend(codes.windows(2).map(|pair| (pair[1].as_str(), Some(pair[0].as_str()))));
    steps.extend([("pair", None), ("of", Some("pair"))]);
    let tree = tree(&steps);
    let (last, before) = (codes.last().map(String::as_str), Some(codes[MOST_LEVELS - 2].as_str()));
    assert!(matches!(create(&tree, &new("deeper", last), NOW), Err(Error::CategoryTooDeep)));
    assert!(create(&tree, &new("as-deep", before), NOW).is_ok());
    assert!(matches!(move_to(&tree, "pair", before), Err(Error::CategoryTooDeep)));
    assert!(move_to(&tree, "of", before).is_ok());
}

#[test]
fn what_has_others_below_it_stays() {
    let mut bath = home().get("bath").unwrap().clone();
    let refused = remove(&home(), &mut bath, LATER);
    assert!(matches!(refused, Err(Error::CategoryHasChildren { child, .. }) if child == "towels"));
    assert_eq!(bath.version, 1);
}
