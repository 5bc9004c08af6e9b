use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Bounded;

/// How many rows a page holds at most: 1 to 100, 20 unless said. A number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Limit(u8);

/// The number is no page size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a limit is 1 to {max}, not {0}", max = Limit::MAX)]
pub struct LimitError(pub u32);

impl Limit {
    pub const MAX: u32 = 100;
    pub const DEFAULT: Limit = Limit(20);

    pub fn try_new(limit: u32) -> Result<Limit, LimitError> {
        match u8::try_from(limit) {
            Ok(rows @ 1..=100) => Ok(Limit(rows)),
            _ => Err(LimitError(limit)),
        }
    }

    /// Rows to show.
    pub fn get(&self) -> i64 {
        i64::from(self.0)
    }

    /// Rows to fetch: the one more tells [`Page::cut`] whether there is a next page.
    pub fn plus_one(&self) -> i64 {
        self.get() + 1
    }

    fn rows(&self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Limit {
        Limit::DEFAULT
    }
}

impl TryFrom<u32> for Limit {
    type Error = LimitError;

    fn try_from(limit: u32) -> Result<Limit, LimitError> {
        Limit::try_new(limit)
    }
}

impl From<Limit> for u32 {
    fn from(limit: Limit) -> u32 {
        u32::from(limit.0)
    }
}

/// Which page is wanted: `limit` rows after the one that `after` points at, or from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRequest<C> {
    #[serde(default)]
    pub limit: Limit,
    pub after: Option<C>,
}

impl<C> Default for PageRequest<C> {
    fn default() -> PageRequest<C> {
        PageRequest { limit: Limit::DEFAULT, after: None }
    }
}

impl<C> Bounded for PageRequest<C> {
    const MAX_ITEMS: usize = 100;

    fn items(&self) -> usize {
        self.limit.rows()
    }
}

/// One page of a list: `{"data": […], "next_cursor": "…" | null}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub data: Vec<T>,
    /// Pass it as `cursor` to get the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of rows that were fetched with [`Limit::plus_one`]: keeps `limit` of them, and points after
    /// the last one kept if there were more.
    pub fn cut(mut rows: Vec<T>, limit: Limit, cursor_of: impl Fn(&T) -> String) -> Page<T> {
        let more = rows.len() > limit.rows();
        rows.truncate(limit.rows());
        let next_cursor = rows.last().filter(|_| more).map(cursor_of);
        Page { data: rows, next_cursor }
    }

    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn following_the_cursors_visits_every_row_once(rows in 0..300_usize, limit in 1..=100_u32) {
            let limit = Limit::try_new(limit)?;
            let fetch = usize::try_from(limit.plus_one())?;
            let (mut seen, mut next) = (Vec::new(), Some("0".to_owned()));
            while let Some(cursor) = next {
                let fetched = (cursor.parse()?..rows).take(fetch).collect();
                let page = Page::cut(fetched, limit, |row| (row + 1).to_string());
                prop_assert!(page.data.len() <= limit.rows());
                seen.extend(page.data);
                next = page.next_cursor;
                prop_assert!(next.is_none() || seen.len() < rows, "a last page without a cursor");
            }
            prop_assert_eq!(seen, (0..rows).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_limit_is_1_to_100() {
        assert_eq!(Limit::default().get(), 20);
        assert_eq!(Limit::try_new(100).unwrap().plus_one(), 101);
        for odd in [0, 101, 257, u32::MAX] {
            assert_eq!(Limit::try_new(odd), Err(LimitError(odd)));
            assert!(serde_json::from_value::<Limit>(odd.into()).is_err());
        }
    }

    #[test]
    fn the_last_page_says_null() {
        let page = Page::cut(vec![1, 2], Limit::try_new(2).unwrap(), i32::to_string).map(|row| row * 10);
        assert_eq!(serde_json::to_string(&page).unwrap(), r#"{"data":[10,20],"next_cursor":null}"#);
    }

    #[test]
    fn a_request_may_say_nothing() {
        let request: PageRequest<String> = serde_json::from_str("{}").unwrap();
        assert_eq!(request, PageRequest::default());
    }
}
