//! Sheets that were read are remembered: a report adds up many, of which hardly one has changed since the last report.
//!
//! What is remembered counts for the version in which it was read, and the snapshot of a report says which versions its sheets
//! have. So a report is as its snapshot is, whoever changes sheets meanwhile, in whatever process.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use indexmap::IndexSet;
use kernel::Currency;
use platform::store::StoreError;
use quick_cache::{Weighter, sync::Cache};

use crate::store::sheets::Edition;
use crate::store::sums::Sum;
use crate::sums::{Figures, Overflow};

/// Takes ten years of a shop that sells 10,000 SKUs each month. One that sells more reads its rows each time.
const ROOM: u64 = 64 * 1024 * 1024;
const TYPICAL: usize = 1024;
/// What a sheet takes beside its sums.
const OVERHEAD: usize = 128;

pub(crate) struct Remembered {
    /// By the sheet's id.
    sheets: Cache<i64, Arc<Sheet>, BySize>,
    /// Held by who reads some.
    reading: Mutex<()>,
    /// Keys with their currencies, each under a number. Those that were once sold are never forgotten.
    names: RwLock<IndexSet<Name>>,
}

type Name = (String, Currency);

/// Where a name is among the names.
#[derive(Clone, Copy)]
struct Number(usize);

struct Sheet {
    version: i64,
    sums: Box<[(Number, Figures)]>,
}

#[derive(Clone)]
struct BySize;

impl Weighter<i64, Arc<Sheet>> for BySize {
    fn weight(&self, _: &i64, sheet: &Arc<Sheet>) -> u64 {
        let bytes = size_of_val(&*sheet.sums).saturating_add(OVERHEAD);
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl Remembered {
    pub(crate) fn new() -> Remembered {
        let sheets = Cache::with_weighter(TYPICAL, ROOM, BySize);
        Remembered { sheets, reading: Mutex::default(), names: RwLock::default() }
    }

    /// The sums of some sheets, added up for each key and currency: those with most units, `limit` at most. `read` is asked for
    /// the sheets that are not remembered as they are.
    pub(crate) fn add_up(
        &self,
        editions: &[Edition],
        limit: usize,
        read: impl FnOnce(&[i64]) -> Result<HashMap<i64, Vec<Sum>>, StoreError>,
    ) -> Result<Vec<Sum>, StoreError> {
        let sheets = self.sheets(editions, read)?;
        let names = self.names();
        let mut totals = vec![Figures::default(); names.len()];
        for (name, figures) in sheets.iter().flat_map(|sheet| &sheet.sums) {
            if let Some(total) = totals.get_mut(name.0) {
                *total = total.checked_add(*figures).ok_or(Overflow)?;
            }
        }
        let sold = names.iter().zip(totals).filter(|(_, figures)| *figures != Figures::default());
        let mut sold: Vec<(&Name, Figures)> = sold.collect();
        if limit < sold.len() {
            sold.select_nth_unstable_by(limit, most_units_first);
            sold.truncate(limit);
        }
        sold.sort_unstable_by(most_units_first);
        Ok(sold.into_iter().map(|(name, figures)| sum(name, figures)).collect())
    }

    /// What each of the sheets says, one after the other.
    pub(crate) fn each(
        &self,
        editions: &[Edition],
        read: impl FnOnce(&[i64]) -> Result<HashMap<i64, Vec<Sum>>, StoreError>,
    ) -> Result<Vec<Vec<Sum>>, StoreError> {
        let sheets = self.sheets(editions, read)?;
        let names = self.names();
        let said = |sheet: &Sheet| {
            let sums = sheet.sums.iter();
            sums.filter_map(|(name, figures)| Some(sum(names.get_index(name.0)?, *figures))).collect()
        };
        Ok(sheets.iter().map(|sheet| said(sheet)).collect())
    }

    fn names(&self) -> RwLockReadGuard<'_, IndexSet<Name>> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that are not remembered as they are wanted are read together. Whoever misses some meanwhile waits, as they may be
    /// the same.
    fn sheets(
        &self,
        editions: &[Edition],
        read: impl FnOnce(&[i64]) -> Result<HashMap<i64, Vec<Sum>>, StoreError>,
    ) -> Result<Vec<Arc<Sheet>>, StoreError> {
        let known = || editions.iter().map(|edition| self.known(edition));
        if let Some(all) = known().collect() {
            return Ok(all);
        }
        let _turn = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let known: Vec<Option<Arc<Sheet>>> = known().collect();
        let all = || editions.iter().zip(&known);
        let missing: Vec<i64> =
            all().filter(|(_, known)| known.is_none()).map(|(edition, _)| edition.sheet).collect();
        let mut read = if missing.is_empty() { HashMap::new() } else { read(&missing)? };
        let sheet = |(edition, known): (&Edition, &Option<Arc<Sheet>>)| match known {
            Some(sheet) => Arc::clone(sheet),
            None => self.note(*edition, read.remove(&edition.sheet).unwrap_or_default()),
        };
        Ok(all().map(sheet).collect())
    }

    fn known(&self, edition: &Edition) -> Option<Arc<Sheet>> {
        self.sheets.get(&edition.sheet).filter(|sheet| sheet.version == edition.version)
    }

    /// Remembers a sheet, unless a newer version of it is.
    fn note(&self, Edition { sheet: id, version }: Edition, sums: Vec<Sum>) -> Arc<Sheet> {
        let sheet = Arc::new(Sheet { version, sums: self.number(sums) });
        if self.sheets.peek(&id).is_none_or(|known| known.version < version) {
            self.sheets.insert(id, Arc::clone(&sheet));
        }
        sheet
    }

    /// In the order of keys and currencies, which is not the same to every database.
    fn number(&self, mut sums: Vec<Sum>) -> Box<[(Number, Figures)]> {
        sums.sort_unstable_by(|one, other| (&one.key, one.currency).cmp(&(&other.key, other.currency)));
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        let mut number = |name: Name| Number(names.insert_full(name).0);
        sums.into_iter().map(|Sum { key, currency, figures }| (number((key, currency)), figures)).collect()
    }
}

fn sum((key, currency): &Name, figures: Figures) -> Sum {
    Sum { key: key.clone(), currency: *currency, figures }
}

fn most_units_first((name, figures): &(&Name, Figures), (other, others): &(&Name, Figures)) -> Ordering {
    others.units.cmp(&figures.units).then_with(|| name.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(key: &str, orders: i64) -> Sum {
        let figures = Figures { orders, ..Figures::default() };
        Sum { key: key.to_owned(), currency: Currency::EUR, figures }
    }

    fn at(sheet: i64, version: i64) -> Edition {
        Edition { sheet, version }
    }

    /// Adds sheets up; each has a sum of its own and one that all have, and says its version in them.
    fn add_up(remembered: &Remembered, editions: &[Edition]) -> (Vec<(String, i64)>, Vec<i64>) {
        let mut asked = Vec::new();
        let says = |sheet: i64| {
            let version = editions.iter().find(|edition| edition.sheet == sheet).unwrap().version;
            (sheet, vec![sum("all", version), sum(&format!("only {sheet}"), version)])
        };
        let read = |sheets: &[i64]| {
            asked.extend(sheets);
            Ok(sheets.iter().map(|sheet| says(*sheet)).collect())
        };
        let sums = remembered.add_up(editions, usize::MAX, read).unwrap();
        let mut sums: Vec<_> = sums.into_iter().map(|sum| (sum.key, sum.figures.orders)).collect();
        sums.sort();
        (sums, asked)
    }

    fn named(sums: &[(&str, i64)]) -> Vec<(String, i64)> {
        sums.iter().map(|(key, orders)| ((*key).to_owned(), *orders)).collect()
    }

    #[test]
    fn a_sheet_is_read_once_for_each_of_its_versions() {
        let remembered = Remembered::new();
        let (sums, asked) = add_up(&remembered, &[at(1, 10), at(2, 20)]);
        assert_eq!((sums, asked), (named(&[("all", 30), ("only 1", 10), ("only 2", 20)]), vec![1, 2]));
        let (sums, asked) = add_up(&remembered, &[at(1, 10), at(2, 21)]);
        assert_eq!((sums, asked), (named(&[("all", 31), ("only 1", 10), ("only 2", 21)]), vec![2]));
        let (sums, asked) = add_up(&remembered, &[at(2, 21)]);
        assert_eq!((sums, asked), (named(&[("all", 21), ("only 2", 21)]), Vec::<i64>::new()));
    }

    #[test]
    fn an_older_snapshot_is_shown_what_it_has() {
        let remembered = Remembered::new();
        add_up(&remembered, &[at(1, 11)]);
        let (sums, asked) = add_up(&remembered, &[at(1, 10)]);
        assert_eq!((sums, asked), (named(&[("all", 10), ("only 1", 10)]), vec![1]));
        assert_eq!(add_up(&remembered, &[at(1, 11)]).1, Vec::<i64>::new(), "what is newer was forgotten");
    }

    #[test]
    fn a_sheet_that_cannot_be_read_is_not_remembered() {
        let remembered = Remembered::new();
        let away = || StoreError::Unavailable("away".to_owned());
        assert_eq!(
            remembered.add_up(&[at(1, 1)], usize::MAX, |_| Err(away())).unwrap_err().to_string(),
            away().to_string()
        );
        assert_eq!(add_up(&remembered, &[at(1, 1)]).1, vec![1]);
    }

    #[test]
    fn those_with_most_units_come_first() {
        let remembered = Remembered::new();
        let units = |key: &str, units: i64| {
            let mut sum = sum(key, 1);
            sum.figures.units = units;
            sum
        };
        let says = || vec![units("a", 1), units("c", 5), units("b", 5), units("d", 3)];
        let read = |sheets: &[i64]| Ok(sheets.iter().map(|sheet| (*sheet, says())).collect());
        let keys = |limit| -> Vec<String> {
            let sums = remembered.add_up(&[at(1, 1), at(2, 1)], limit, read).unwrap();
            sums.into_iter().map(|sum| sum.key).collect()
        };
        assert_eq!(keys(usize::MAX), ["b", "c", "d", "a"]);
        assert_eq!(keys(3), ["b", "c", "d"]);
        assert_eq!(keys(1), ["b"]);
    }

    #[test]
    fn a_total_never_wraps() {
        let remembered = Remembered::new();
        let full = remembered.add_up(&[at(1, 1), at(2, 1)], usize::MAX, |sheets| {
            Ok(sheets.iter().map(|sheet| (*sheet, vec![sum("all", i64::MAX)])).collect())
        });
        assert!(matches!(full, Err(StoreError::Query(_))), "{full:?}");
    }
}
