use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use kernel::{ApiError, BoxFut, CallCtx};
use reference_api::{
    AddressRules, Categories, Category, Countries, Country, FindCategories, FindCountries, FindTaxCategories,
    ReferenceApi, ReferenceError, TaxCategories, TaxCategory, WalkCodes, WalkedCategories, WalkedCategory,
};

use crate::{NOW, Script};

/// The reference module, as a test scripts it: what it answers, and what its log tells. What it answers its log does not
/// tell by itself.
#[derive(Debug)]
pub struct Reference {
    has: Mutex<Codes>,
    away: Mutex<bool>,
    pub log: Arc<Script>,
}

#[derive(Debug, Default)]
struct Codes {
    categories: BTreeMap<String, WalkedCategory>,
    countries: BTreeMap<String, Country>,
    tax_categories: BTreeMap<String, TaxCategory>,
}

pub fn category(code: &str, version: i64) -> Category {
    Category {
        code: code.to_owned(),
        title: code.to_owned(),
        parent: None,
        position: 0,
        version,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub fn tax_category(code: &str, version: i64) -> TaxCategory {
    let title = code.to_owned();
    TaxCategory { code: code.to_owned(), title, version, created_at: NOW, updated_at: NOW }
}

/// One with postal codes of five digits.
pub fn country(code: &str, version: i64) -> Country {
    Country {
        code: code.to_owned(),
        alpha3: format!("{code}X"),
        name: code.to_owned(),
        address: AddressRules {
            postal_code_required: true,
            postal_code_forms: vec!["#####".to_owned()],
            region_required: code == "US",
        },
        enabled: true,
        version,
        updated_at: NOW,
    }
}

impl Default for Reference {
    /// It has nothing.
    fn default() -> Reference {
        Reference { has: Mutex::default(), away: Mutex::default(), log: Script::new("reference") }
    }
}

impl Reference {
    fn has(&self) -> MutexGuard<'_, Codes> {
        self.has.lock().unwrap()
    }

    /// It has the category like this from now on.
    pub fn has_category(&self, category: Category) {
        let walked = WalkedCategory { category, removed: false };
        self.has().categories.insert(walked.category.code.clone(), walked);
    }

    /// It has removed the category, which became this.
    pub fn has_removed(&self, category: Category) {
        let walked = WalkedCategory { category, removed: true };
        self.has().categories.insert(walked.category.code.clone(), walked);
    }

    pub fn has_country(&self, country: Country) {
        self.has().countries.insert(country.code.clone(), country);
    }

    pub fn has_tax_category(&self, tax_category: TaxCategory) {
        self.has().tax_categories.insert(tax_category.code.clone(), tax_category);
    }

    /// It answers no more.
    pub fn goes_away(&self) {
        *self.away.lock().unwrap() = true;
    }

    fn answer<'a, R: Send + 'a>(&self, answer: impl FnOnce(&Codes) -> R) -> Reply<'a, R> {
        let answer = match *self.away.lock().unwrap() {
            true => Err(ApiError::Unavailable("away".to_owned())),
            false => Ok(answer(&self.has())),
        };
        Box::pin(std::future::ready(answer))
    }
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<ReferenceError>>>;

fn found<T: Clone>(all: &BTreeMap<String, T>, codes: &[String]) -> Vec<T> {
    codes.iter().filter_map(|code| all.get(code)).cloned().collect()
}

fn walked<T: Clone>(all: &BTreeMap<String, T>, walk: &WalkCodes) -> Vec<T> {
    let after = all.iter().filter(|(code, _)| walk.after.as_ref().is_none_or(|after| *code > after));
    after.map(|(_, one)| one.clone()).take(usize::try_from(walk.limit).unwrap()).collect()
}

impl ReferenceApi for Reference {
    fn find_categories<'a>(&'a self, _: &'a CallCtx, find: FindCategories) -> Reply<'a, Categories> {
        self.answer(|has| {
            let there = found(&has.categories, &find.codes).into_iter().filter(|one| !one.removed);
            Categories { categories: there.map(|one| one.category).collect() }
        })
    }

    fn find_countries<'a>(&'a self, _: &'a CallCtx, find: FindCountries) -> Reply<'a, Countries> {
        self.answer(|has| Countries { countries: found(&has.countries, &find.codes) })
    }

    fn find_tax_categories<'a>(
        &'a self,
        _: &'a CallCtx,
        find: FindTaxCategories,
    ) -> Reply<'a, TaxCategories> {
        self.answer(|has| TaxCategories { tax_categories: found(&has.tax_categories, &find.codes) })
    }

    fn walk_categories<'a>(&'a self, _: &'a CallCtx, walk: WalkCodes) -> Reply<'a, WalkedCategories> {
        self.answer(|has| WalkedCategories { categories: walked(&has.categories, &walk) })
    }

    fn walk_countries<'a>(&'a self, _: &'a CallCtx, walk: WalkCodes) -> Reply<'a, Countries> {
        self.answer(|has| Countries { countries: walked(&has.countries, &walk) })
    }

    fn walk_tax_categories<'a>(&'a self, _: &'a CallCtx, walk: WalkCodes) -> Reply<'a, TaxCategories> {
        self.answer(|has| TaxCategories { tax_categories: walked(&has.tax_categories, &walk) })
    }
}
