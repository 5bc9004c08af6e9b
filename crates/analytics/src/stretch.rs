//! Days next to each other, and the fewest sums that they are made of. Pure.

use analytics_api::{Day, Days};

/// Both ends are included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub from: Day,
    pub to: Day,
}

/// A stretch in as few sums as there are: whole years, whole months around them, and the days around those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Of each, the first days of the spans.
    pub years: Option<Stretch>,
    pub months: [Option<Stretch>; 2],
    pub days: [Option<Stretch>; 2],
}

impl From<Days> for Stretch {
    fn from(Days { from, to }: Days) -> Stretch {
        Stretch { from, to }
    }
}

impl Stretch {
    /// `None` if they are the wrong way round.
    fn new(from: Day, to: Day) -> Option<Stretch> {
        (from <= to).then_some(Stretch { from, to })
    }

    /// The days before the whole spans, the first days of these, and the days after them; `None` if there is no whole span.
    fn cut(self, first: fn(Day) -> Day, next: fn(Day) -> Option<Day>) -> Option<[Option<Stretch>; 3]> {
        let begin = if self.from == first(self.from) { self.from } else { next(self.from)? };
        // Begins the span that is not whole any more, or is the day after the last.
        let end = first(self.to.after()?);
        let whole = Stretch::new(begin, first(end.before()?))?;
        Some([Stretch::new(self.from, begin.before()?), Some(whole), Stretch::new(end, self.to)])
    }

    pub(crate) fn parts(self) -> Parts {
        let by_month = |days: Stretch| days.cut(Day::month, Day::next_month);
        let none = [None, None, None];
        let Some([before, years, after]) = self.cut(Day::year, Day::next_year) else {
            let [before, months, after] = by_month(self).unwrap_or([Some(self), None, None]);
            return Parts { years: None, months: [months, None], days: [before, after] };
        };
        let [first_days, first_months, _] =
            before.map_or(none, |days| by_month(days).unwrap_or([Some(days), None, None]));
        let [_, last_months, last_days] =
            after.map_or(none, |days| by_month(days).unwrap_or([None, None, Some(days)]));
        Parts { years, months: [first_months, last_months], days: [first_days, last_days] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn stretch(from: &str, to: &str) -> Stretch {
        Stretch { from: day(from), to: day(to) }
    }

    fn days(Stretch { from, to }: Stretch) -> impl Iterator<Item = Day> {
        std::iter::successors(Some(from), |day| day.after()).take_while(move |day| *day <= to)
    }

    /// Days that parts cover, each as often as it is covered.
    fn covered(Parts { years, months, days: single }: Parts) -> Vec<Day> {
        let spans = |starts: Option<Stretch>, first: fn(Day) -> Day, next: fn(Day) -> Option<Day>| {
            let firsts = starts.into_iter().flat_map(days).filter(move |day| *day == first(*day));
            firsts.flat_map(move |begin| {
                days(Stretch { from: begin, to: next(begin).unwrap().before().unwrap() })
            })
        };
        let years = spans(years, Day::year, Day::next_year);
        let months = months.into_iter().flat_map(|part| spans(part, Day::month, Day::next_month));
        let single = single.into_iter().flatten().flat_map(days);
        let mut all: Vec<Day> = years.chain(months).chain(single).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn parts_cover_each_day_once() {
        for (from, to) in [
            ("2026-01-01", "2026-01-01"),
            ("2026-01-01", "2026-01-31"),
            ("2026-01-01", "2026-02-01"),
            ("2026-01-02", "2026-02-27"),
            ("2026-01-31", "2026-03-01"),
            ("2026-01-15", "2027-02-28"),
            ("2023-12-31", "2024-02-29"),
            ("2026-05-10", "2026-05-20"),
            ("2023-11-10", "2027-03-20"),
            ("2024-01-01", "2025-12-31"),
            ("2023-12-31", "2025-01-01"),
            ("2024-01-02", "2025-12-30"),
        ] {
            let whole = stretch(from, to);
            assert_eq!(covered(whole.parts()), days(whole).collect::<Vec<_>>(), "{from} to {to}");
        }
    }

    #[test]
    fn as_few_sums_as_there_are_are_added_up() {
        let parts = stretch("2023-11-10", "2027-03-20").parts();
        assert_eq!(parts.years, Some(stretch("2024-01-01", "2026-01-01")));
        assert_eq!(
            parts.months,
            [Some(stretch("2023-12-01", "2023-12-01")), Some(stretch("2027-01-01", "2027-02-01")),]
        );
        assert_eq!(
            parts.days,
            [Some(stretch("2023-11-10", "2023-11-30")), Some(stretch("2027-03-01", "2027-03-20"))]
        );
        let years = stretch("2024-01-01", "2025-12-31").parts();
        assert_eq!(years.years, Some(stretch("2024-01-01", "2025-01-01")));
        assert_eq!((years.months, years.days), ([None, None], [None, None]));
    }
}
