use diesel::prelude::*;
use kernel::{ApiError, PageRequest};
use platform::Module;
use platform::http::IfMatch;
use platform::on;
use reference_api::{FindCategories, FindCountries, ReferenceApi, ReferenceError};

use super::library::{Library, on_both};
use crate::category::CategoryPatch;
use crate::schema::{countries, currencies};
use crate::tax_category::{create_tax_category, update_tax_category};
use crate::update_country::update_country;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_shop_has_the_world_and_a_taxonomy() {
    on_both(async |library: Library| {
        let all = library.categories().await;
        assert!(all.len() > 100, "{}", all.len());
        let lighting = all.iter().position(|one| one.category.code == "lighting").unwrap();
        assert_eq!(all[lighting + 1].path, ["lighting", "home-lighting"]);
        assert_eq!((all[lighting].depth, all[lighting + 1].depth), (0, 1));
        let country = library.module.get_country(&library.cx, "DE".into()).await.unwrap();
        assert!((country.enabled, country.version) == (true, 1) && country.address.postal_code_required);
        let events = library.log().await;
        let count = |wanted: &str| events.iter().filter(|(_, event, _)| event == wanted).count();
        assert_eq!((count("country.added"), count("category.created")), (249, all.len()));
        assert_eq!(count("tax_category.added"), 5);
        assert!(count("currency.added") > 150);
        library.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_again_changes_nothing_however_many_do() {
    on_both(async |library: Library| {
        let before = (library.categories().await, library.log().await);
        let mut starts = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let instance = library.another_instance();
            starts.spawn(async move { instance.module.prepare().await });
        }
        for started in starts.join_all().await {
            started.unwrap();
        }
        assert_eq!((library.categories().await, library.log().await), before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_shop_made_of_it_stays_and_what_is_wrong_is_mended() {
    on_both(async |library: Library| {
        library.remove("bulbs").await.unwrap();
        let renamed = CategoryPatch { title: Some("House".into()), ..CategoryPatch::default() };
        library.update("home", renamed).await.unwrap();
        let disable = |tx: &mut platform::store::Tx<'_>, change: &platform::Change| {
            update_country(tx, change, "FR", &IfMatch::Any, Some(false))
        };
        library.change(disable).await.unwrap();
        let store = &library.module.foundation.store;
        let damage = |tx: &mut platform::store::Tx<'_>| -> Result<(), platform::store::StoreError> {
            let euro = currencies::table.find("EUR");
            on!(tx, |conn| diesel::update(euro).set(currencies::name.eq("Ecu")).execute(conn))?;
            let france = countries::table.find("FR");
            on!(tx, |conn| diesel::update(france).set(countries::name.eq("Gaul")).execute(conn))?;
            Ok(())
        };
        store.write(&library.cx, "test", damage).await.unwrap();

        library.module.prepare().await.unwrap();
        let categories = library.categories().await;
        assert!(!categories.iter().any(|one| one.category.code == "bulbs"));
        assert!(categories.iter().any(|one| one.category.title == "House"));
        let france = library.module.get_country(&library.cx, "FR".into()).await.unwrap();
        assert_eq!((france.name.as_str(), france.enabled, france.version), ("France", false, 3));
        let page = PageRequest { after: Some("ETB".parse().unwrap()), ..PageRequest::default() };
        let currencies = library.module.list_currencies(&library.cx, page).await.unwrap();
        let euro = &currencies.data[0];
        assert_eq!((euro.code.code(), euro.name.as_str(), euro.version), ("EUR", "Euro", 2));
        let updated = |version| ("country.updated".to_owned(), version);
        assert_eq!(library.events("FR").await[1..], [updated(2), updated(3)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_find_what_is_there() {
    on_both(async |library: Library| {
        library.remove("bulbs").await.unwrap();
        let find = FindCategories { codes: ["home", "bulbs", "nothing"].map(str::to_owned).into() };
        let module = &library.module;
        let found = ReferenceApi::find_categories(module, &library.cx, find).await.unwrap();
        assert_eq!(found.categories.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(), ["home"]);
        let find = FindCountries { codes: ["DE", "XX"].map(str::to_owned).into() };
        let found: Result<_, ApiError<ReferenceError>> =
            ReferenceApi::find_countries(module, &library.cx, find).await;
        assert_eq!(found.unwrap().countries.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(), ["DE"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tax_category_is_added_once_and_renamed() {
    on_both(async |library: Library| {
        let add = || library.change(|tx, change| create_tax_category(tx, change, "books", "Books"));
        let mut rivals = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let library = library.clone();
            rivals.spawn(async move {
                library.change(|tx, change| create_tax_category(tx, change, "books", "Books")).await
            });
        }
        let added = rivals.join_all().await.into_iter().filter(Result::is_ok).count();
        assert_eq!(added, 1);
        assert_eq!(add().await.unwrap_err().code(), "tax-category-taken");
        let rename = |title: &'static str| {
            library.change(move |tx, change| {
                update_tax_category(tx, change, "books", &IfMatch::Any, Some(title))
            })
        };
        rename("Books and journals").await.unwrap();
        rename("Books and journals").await.unwrap();
        let shown = library.module.get_tax_category(&library.cx, "books".into()).await.unwrap();
        assert_eq!((shown.title.as_str(), shown.version), ("Books and journals", 2));
        let event = |of: &str, version| (format!("tax_category.{of}"), version);
        assert_eq!(
            library.events("tax:books").await.last_chunk(),
            Some(&[event("added", 1), event("updated", 2)])
        );
    })
    .await;
}
