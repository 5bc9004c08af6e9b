use super::library::{Library, on_both};
use crate::category::CategoryPatch;

#[tokio::test(flavor = "multi_thread")]
async fn a_subtree_moves_as_a_whole() {
    on_both(async |library: Library| {
        library.create("desk-lamps", Some("home-lighting")).await.unwrap();
        library.move_to("home-lighting", Some("home")).await.unwrap();
        assert_eq!(library.path("desk-lamps").await, ["home", "home-lighting", "desk-lamps"]);
        let all = library.categories().await;
        let place = |code: &str| all.iter().position(|one| one.category.code == code).unwrap();
        assert!(place("home") < place("home-lighting") && place("home-lighting") + 1 == place("desk-lamps"));
        assert!(place("desk-lamps") < place("kitchen"), "behind those that were there");
        library.move_to("home-lighting", None).await.unwrap();
        assert_eq!(library.path("desk-lamps").await, ["home-lighting", "desk-lamps"]);
        let event = |of: &str, version| (format!("category.{of}"), version);
        assert_eq!(
            library.events("home-lighting").await,
            [event("created", 1), event("moved", 2), event("moved", 3)]
        );
        assert_eq!(library.events("desk-lamps").await.len(), 1, "what is below keeps its version");
        library.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_break_the_tree_is_refused_and_changes_nothing() {
    on_both(async |library: Library| {
        let before = (library.categories().await, library.log().await);
        for (done, code) in [
            (library.move_to("lighting", Some("home-lighting")).await, "category-cycle"),
            (library.move_to("lighting", Some("lighting")).await, "category-cycle"),
            (library.move_to("lighting", Some("attic")).await, "unknown-parent"),
            (library.create("attic-lamps", Some("attic")).await, "unknown-parent"),
            (library.create("home", None).await, "category-taken"),
            (library.remove("lighting").await, "category-has-children"),
            (library.remove("attic").await, "category-not-found"),
            (library.move_to("attic", None).await, "category-not-found"),
        ] {
            assert_eq!(done.unwrap_err().code(), code);
        }
        let same = CategoryPatch { title: Some("Home".into()), parent: Some(None), position: None };
        library.update("home", same).await.unwrap();
        assert_eq!((library.categories().await, library.log().await), before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_category_leaves_its_code_and_comes_back_under_it() {
    on_both(async |library: Library| {
        for code in ["home-lighting", "office-lighting", "outdoor-lighting", "bulbs", "lighting"] {
            library.remove(code).await.unwrap();
        }
        assert_eq!(library.move_to("tools", Some("lighting")).await.unwrap_err().code(), "unknown-parent");
        assert_eq!(library.create("bulbs", Some("lighting")).await.unwrap_err().code(), "unknown-parent");
        library.create("bulbs", Some("home")).await.unwrap();
        let event = |of: &str, version| (format!("category.{of}"), version);
        assert_eq!(
            library.events("bulbs").await,
            [event("created", 1), event("removed", 2), event("created", 3)]
        );
        assert_eq!(library.path("bulbs").await, ["home", "bulbs"]);
        library.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rivals_that_move_each_below_the_other_make_no_circle() {
    on_both(async |library: Library| {
        for round in 0..8 {
            let (one, other) = (format!("one-{round}"), format!("other-{round}"));
            library.create(&one, None).await.unwrap();
            library.create(&other, None).await.unwrap();
            let (first, second) =
                tokio::join!(library.move_to(&one, Some(&other)), library.move_to(&other, Some(&one)));
            assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        }
        library.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_goes_on_behind_a_category_that_was_removed() {
    on_both(async |library: Library| {
        let all = library.categories().await;
        let place = all.iter().position(|one| one.category.code == "bulbs").unwrap();
        library.remove("bulbs").await.unwrap();
        let page = kernel::PageRequest { after: Some("bulbs".to_owned()), ..Default::default() };
        let next = library.module.list_categories(&library.cx, page).await.unwrap().unwrap();
        assert_eq!(next.data[0], all[place + 1]);
        let page = kernel::PageRequest { after: Some("nothing".to_owned()), ..Default::default() };
        assert!(library.module.list_categories(&library.cx, page).await.unwrap().is_none());
    })
    .await;
}
