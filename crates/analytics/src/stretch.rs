//! Days next to each other, and the fewest sheets that have their sums. Pure.

use analytics_api::{Day, Days};

/// How long the time is that a sheet is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Span {
    Day,
    Month,
}

/// Both ends are included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub from: Day,
    pub to: Day,
}

impl Span {
    pub(crate) const ALL: [Span; 2] = [Span::Day, Span::Month];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Span::Day => "day",
            Span::Month => "month",
        }
    }
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

    /// The whole months in it, by their first days, and the days around them.
    pub(crate) fn parts(self) -> impl Iterator<Item = (Span, Stretch)> {
        let [before, months, after] = self.cut().unwrap_or([Some(self), None, None]);
        [(Span::Day, before), (Span::Month, months), (Span::Day, after)]
            .into_iter()
            .filter_map(|(span, starts)| Some((span, starts?)))
    }

    /// `None` if there is no whole month.
    fn cut(self) -> Option<[Option<Stretch>; 3]> {
        let first = if self.from == self.from.month() { self.from } else { self.from.next_month()? };
        // Begins the month that is not whole any more, or is the day after the last.
        let end = self.to.after()?.month();
        let months = Stretch::new(first, end.before()?.month())?;
        Some([Stretch::new(self.from, first.before()?), Some(months), Stretch::new(end, self.to)])
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

    /// Days that a part covers.
    fn covered((span, starts): (Span, Stretch)) -> Vec<Day> {
        match span {
            Span::Day => days(starts).collect(),
            Span::Month => {
                let months = days(starts).filter(|day| *day == day.month());
                months
                    .flat_map(|first| {
                        let last = first.next_month().unwrap().before().unwrap();
                        days(Stretch { from: first, to: last })
                    })
                    .collect()
            }
        }
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
        ] {
            let whole = stretch(from, to);
            let mut all: Vec<Day> = whole.parts().flat_map(covered).collect();
            all.sort_unstable();
            assert_eq!(all, days(whole).collect::<Vec<_>>(), "{from} to {to}");
        }
    }

    #[test]
    fn whole_months_are_read_as_such() {
        let parts: Vec<_> = stretch("2023-11-10", "2024-03-20").parts().collect();
        assert_eq!(
            parts,
            [
                (Span::Day, stretch("2023-11-10", "2023-11-30")),
                (Span::Month, stretch("2023-12-01", "2024-02-01")),
                (Span::Day, stretch("2024-03-01", "2024-03-20")),
            ]
        );
        let year: Vec<_> = stretch("2024-01-01", "2024-12-31").parts().collect();
        assert_eq!(year, [(Span::Month, stretch("2024-01-01", "2024-12-01"))]);
    }
}
