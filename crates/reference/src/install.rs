//! Writes down what a shop has before anybody has told it anything. What is so already is left alone, and instances that
//! start together take turns.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use kernel::{CallCtx, Event, Timestamp};
use platform::Change;
use platform::events::NewEvent;
use platform::store::{Db, StoreError, Tx};
use reference_api::{CategoryEvent, Country, CountryEvent, CurrencyEvent, CurrencyFacts, TaxCategoryEvent};

use crate::builtin;
use crate::module::ReferenceModule;
use crate::store::{categories, countries, currencies, tax_categories, taxonomy};
use crate::tax_category::aggregate;

const BUDGET: Duration = Duration::from_secs(30);

impl ReferenceModule {
    pub(crate) async fn install_all(&self) -> Result<(), StoreError> {
        let cx = CallCtx::system("reference", BUDGET);
        let now = self.foundation.clock.now();
        if self.foundation.store.read(&cx, move |db| is_current(db, now)).await? {
            return Ok(());
        }
        let (foundation, call) = (self.foundation.clone(), cx.clone());
        let work = move |tx: &mut Tx<'_>| install(tx, &foundation.change(&call));
        self.foundation.store.write(&cx, "reference.install", work).await
    }
}

fn is_current(db: &mut Db<'_>, now: Timestamp) -> Result<bool, StoreError> {
    Ok(taxonomy::is_planted(db)?
        && due_countries(countries::all(db)?, now).is_empty()
        && due_currencies(currencies::all(db)?, now).is_empty())
}

pub(crate) fn install(tx: &mut Tx<'_>, change: &Change) -> Result<(), StoreError> {
    let planted = taxonomy::lock(tx)?;
    install_countries(tx, change)?;
    install_currencies(tx, change)?;
    if !planted {
        plant(tx, change)?;
        taxonomy::mark_planted(tx, change.now)?;
    }
    Ok(())
}

fn install_countries(tx: &mut Tx<'_>, change: &Change) -> Result<(), StoreError> {
    let due = due_countries(countries::all(tx)?, change.now);
    countries::save(tx, &due)?;
    append(
        tx,
        change,
        due,
        |country| (country.code.clone(), country.version),
        |country| match country.version {
            1 => CountryEvent::Added { country },
            _ => CountryEvent::Updated { country },
        },
    )
}

fn install_currencies(tx: &mut Tx<'_>, change: &Change) -> Result<(), StoreError> {
    let due = due_currencies(currencies::all(tx)?, change.now);
    currencies::save(tx, &due)?;
    append(
        tx,
        change,
        due,
        |currency| (currency.code.to_string(), currency.version),
        |currency| match currency.version {
            1 => CurrencyEvent::Added { currency },
            _ => CurrencyEvent::Updated { currency },
        },
    )
}

/// What the shop may change later, once.
fn plant(tx: &mut Tx<'_>, change: &Change) -> Result<(), StoreError> {
    let all = builtin::categories(change.now);
    categories::save(tx, &all, false)?;
    append(
        tx,
        change,
        all,
        |category| (category.code.clone(), category.version),
        |category| CategoryEvent::Created { category },
    )?;
    let all: Vec<_> = builtin::tax_categories(change.now).collect();
    tax_categories::save(tx, &all)?;
    append(
        tx,
        change,
        all,
        |one| (aggregate(&one.code), one.version),
        |tax_category| TaxCategoryEvent::Added { tax_category },
    )
}

/// Countries that are missing or no longer as ISO has them; whether one is enabled is the shop's own.
fn due_countries(stored: Vec<Country>, now: Timestamp) -> Vec<Country> {
    let stored = by_key(stored, |country| country.code.clone());
    let due = builtin::countries(now).filter_map(|new| {
        let Some(old) = stored.get(&new.code) else { return Some(new) };
        let now =
            Country { enabled: old.enabled, version: old.version, updated_at: old.updated_at, ..new.clone() };
        let next = || Country { enabled: old.enabled, version: old.version.saturating_add(1), ..new };
        (now != *old).then(next)
    });
    due.collect()
}

fn due_currencies(stored: Vec<CurrencyFacts>, now: Timestamp) -> Vec<CurrencyFacts> {
    let stored = by_key(stored, |currency| currency.code);
    let due = builtin::currencies(now).filter_map(|new| {
        let Some(old) = stored.get(&new.code) else { return Some(new) };
        let now = CurrencyFacts { version: old.version, updated_at: old.updated_at, ..new.clone() };
        let next = || CurrencyFacts { version: old.version.saturating_add(1), ..new };
        (now != *old).then(next)
    });
    due.collect()
}

fn by_key<K: Eq + Hash, T>(all: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, T> {
    all.into_iter().map(|one| (key(&one), one)).collect()
}

/// One event for each, in one batch.
fn append<T, E: Event>(
    tx: &mut Tx<'_>,
    change: &Change,
    all: Vec<T>,
    aggregate: impl Fn(&T) -> (String, i64),
    event: impl Fn(T) -> E,
) -> Result<(), StoreError> {
    let new = |one: T| {
        let (code, version) = aggregate(&one);
        NewEvent::new(change, &code, version, &event(one))
    };
    let events: Vec<NewEvent> = all.into_iter().map(new).collect::<Result<_, _>>()?;
    tx.append(&events)
}
