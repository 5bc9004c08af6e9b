//! Sheets that were read are remembered: a report adds up many, of which hardly one has changed since the last report.
//!
//! What is remembered counts for the version in which it was read, and the snapshot of a report says which versions its sheets
//! have. So a report is as its snapshot is, whoever changes sheets meanwhile, in whatever process.

use std::sync::{Arc, PoisonError, RwLock};

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
    /// Keys with their currencies, each under a number. Those that were once sold are never forgotten.
    names: RwLock<IndexSet<(String, Currency)>>,
}

struct Sheet {
    version: i64,
    /// By the numbers of their names.
    sums: Box<[(u32, Figures)]>,
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
        Remembered { sheets: Cache::with_weighter(TYPICAL, ROOM, BySize), names: RwLock::default() }
    }

    /// The sums of some sheets, added up for each key and currency, in no order. `read` is asked for the sheets that are not
    /// remembered as they are.
    pub(crate) fn add_up(
        &self,
        editions: &[Edition],
        mut read: impl FnMut(i64) -> Result<Vec<Sum>, StoreError>,
    ) -> Result<Vec<Sum>, StoreError> {
        let sheets: Result<Vec<_>, _> =
            editions.iter().map(|edition| self.sheet(*edition, &mut read)).collect();
        let sheets = sheets?;
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let mut totals = vec![Figures::default(); names.len()];
        for (name, figures) in sheets.iter().flat_map(|sheet| &sheet.sums) {
            if let Some(total) = usize::try_from(*name).ok().and_then(|place| totals.get_mut(place)) {
                *total = total.checked_add(*figures).ok_or(Overflow)?;
            }
        }
        let found = names.iter().zip(totals).filter(|(_, figures)| *figures != Figures::default());
        Ok(found
            .map(|((key, currency), figures)| Sum { key: key.clone(), currency: *currency, figures })
            .collect())
    }

    /// Whoever needs a sheet that is being read waits for it.
    fn sheet(
        &self,
        Edition { sheet, version }: Edition,
        read: &mut impl FnMut(i64) -> Result<Vec<Sum>, StoreError>,
    ) -> Result<Arc<Sheet>, StoreError> {
        let mut read = || Ok(Arc::new(Sheet { version, sums: self.number(read(sheet)?) }));
        self.sheets.remove_if(&sheet, |known| known.version < version);
        let known = self.sheets.get_or_insert_with(&sheet, &mut read)?;
        // Otherwise it was read from another snapshot, a moment ago.
        if known.version == version { Ok(known) } else { read() }
    }

    fn number(&self, sums: Vec<Sum>) -> Box<[(u32, Figures)]> {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        let number = |Sum { key, currency, figures }| {
            let (place, _) = names.insert_full((key, currency));
            Some((u32::try_from(place).ok()?, figures))
        };
        sums.into_iter().filter_map(number).collect()
    }
}
