use std::future::Future;

use platform::Module;
use reference_api::{FindTaxCategories, ReferenceApi, WalkCodes};

use super::library::{Library, on_both};

/// All codes, from pages of seven.
async fn all<F: Future<Output = Vec<String>>>(page: impl Fn(WalkCodes) -> F) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    loop {
        let walk = WalkCodes { after: codes.last().cloned(), limit: 7 };
        let next = page(walk).await;
        assert!(next.len() <= 7);
        match next.is_empty() {
            true => return codes,
            false => codes.extend(next),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_meets_every_code_once_in_the_order_of_its_bytes() {
    on_both(async |library: Library| {
        for code in ["quill", "quill-cases", "quill2", "quills"] {
            library.create(code, None).await.unwrap();
        }
        library.remove("quill2").await.unwrap();
        let (module, cx) = (&library.module, &library.cx);
        let categories = all(async |walk| {
            let walked = ReferenceApi::walk_categories(module, cx, walk).await.unwrap().categories;
            walked.into_iter().map(|one| one.category.code).collect()
        });
        let categories = categories.await;
        assert!(categories.is_sorted());
        let quills: Vec<&String> = categories.iter().filter(|code| code.starts_with("quill")).collect();
        assert_eq!(quills, ["quill", "quill-cases", "quill2", "quills"]);
        assert_eq!(categories.len(), library.categories().await.len() + 1, "what was removed is among them");
        let removed = WalkCodes { after: Some("quill-cases".to_owned()), limit: 1 };
        let removed = ReferenceApi::walk_categories(module, cx, removed).await.unwrap().categories;
        assert_eq!((removed[0].removed, removed[0].category.version), (true, 2));

        let countries = all(async |walk| {
            let walked = ReferenceApi::walk_countries(module, cx, walk).await.unwrap().countries;
            walked.into_iter().map(|one| one.code).collect()
        });
        let countries = countries.await;
        assert!(countries.is_sorted() && countries.len() > 200, "{countries:?}");
        let tax_categories = all(async |walk| {
            let walked = ReferenceApi::walk_tax_categories(module, cx, walk).await.unwrap().tax_categories;
            walked.into_iter().map(|one| one.code).collect()
        });
        let codes = tax_categories.await;
        assert!(codes.is_sorted() && codes.len() > 1, "{codes:?}");
        let asked = FindTaxCategories { codes: vec![codes[0].clone(), "none".to_owned()] };
        let found = ReferenceApi::find_tax_categories(module, cx, asked).await.unwrap().tax_categories;
        assert_eq!(found.into_iter().map(|one| one.code).collect::<Vec<_>>(), codes[..1]);
        assert_eq!(library.module.check(cx).await.unwrap(), []);
    })
    .await;
}
