use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

/// Every measured figure, in the order in which it was first measured.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) all: Vec<Figure>,
}

/// One figure over the rounds.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) unit: &'static str,
    pub(super) aim: Aim,
    pub(super) values: Vec<f64>,
    /// What the values are divided by, one for each, where the aim is a ratio.
    pub(super) references: Vec<f64>,
    pub(super) latencies: Vec<Latency>,
    /// Replies other than the expected one, by status.
    pub(super) unexpected: BTreeMap<u16, u64>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Aim {
    None,
    AtMost(f64),
    AtLeast(f64),
    RatioAtLeast(f64),
}

/// In milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Latency {
    pub(super) median: f64,
    pub(super) p99: f64,
}

impl Latency {
    /// Of microseconds.
    pub(super) fn of(micros: &Histogram<u64>) -> Latency {
        let at = |quantile| Duration::from_micros(micros.value_at_quantile(quantile)).as_secs_f64() * 1000.0;
        Latency { median: at(0.5), p99: at(0.99) }
    }
}

impl Figures {
    /// The figure of that name, for another value; its unit and aim are those of the first time.
    pub(super) fn figure(&mut self, name: &str, unit: &'static str, aim: Aim) -> &mut Figure {
        if !self.all.iter().any(|figure| figure.name == name) {
            self.all.push(Figure::new(name, unit, aim));
        }
        let found = self.all.iter_mut().find(|figure| figure.name == name);
        found.unwrap_or_else(|| unreachable!("it was just added"))
    }
}

impl Figure {
    fn new(name: &str, unit: &'static str, aim: Aim) -> Figure {
        Figure {
            name: name.to_owned(),
            unit,
            aim,
            values: Vec::new(),
            references: Vec::new(),
            latencies: Vec::new(),
            unexpected: BTreeMap::new(),
        }
    }

    /// The value of each round divided by the reference of the same round.
    pub(super) fn ratios(&self) -> Vec<f64> {
        self.values.iter().zip(&self.references).map(|(value, reference)| value / reference).collect()
    }

    /// What the aim is about, and by which factor it is missed (1.25: a quarter too little or too much).
    pub(super) fn verdict(&self) -> Verdict {
        match self.aim {
            Aim::None => Verdict::NoAim,
            Aim::AtMost(limit) => Verdict::of(median(&self.values) / limit),
            Aim::AtLeast(least) => Verdict::of(least / median(&self.values)),
            Aim::RatioAtLeast(least) => Verdict::of(least / median(&self.ratios())),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    NoAim,
    Met,
    MissedByFactor(f64),
}

impl Verdict {
    fn of(factor: f64) -> Verdict {
        if factor <= 1.0 { Verdict::Met } else { Verdict::MissedByFactor(factor) }
    }
}

/// The middle value; of an even number, the mean of the middle two. Nothing measured is NaN, which meets no aim.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let high = sorted.get(middle).copied().unwrap_or(f64::NAN);
    if sorted.len() % 2 == 1 {
        return high;
    }
    let low = middle.checked_sub(1).and_then(|low| sorted.get(low)).copied().unwrap_or(f64::NAN);
    f64::midpoint(low, high)
}

/// The smallest and the largest value.
pub(super) fn spread(values: &[f64]) -> (f64, f64) {
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    (smallest, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
        assert_eq!(spread(&[3.0, 1.0, 2.0]), (1.0, 3.0));
    }

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        let mut figures = Figures::default();
        for (value, reference) in [(30.0, 10.0), (40.0, 20.0), (10.0, 10.0)] {
            let figure = figures.figure("orders", "orders/s", Aim::RatioAtLeast(2.0));
            figure.values.push(value);
            figure.references.push(reference);
        }
        assert_eq!(figures.all.len(), 1);
        assert_eq!((figures.all[0].ratios(), figures.all[0].verdict()), (vec![3.0, 2.0, 1.0], Verdict::Met));
    }

    #[test]
    fn a_miss_says_by_how_much() {
        let mut figure = Figure::new("start", "ms", Aim::AtMost(300.0));
        assert_ne!(figure.verdict(), Verdict::Met, "nothing was measured");
        figure.values.push(450.0);
        assert_eq!(figure.verdict(), Verdict::MissedByFactor(1.5));
    }
}
