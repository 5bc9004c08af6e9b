//! What happens in the demo shop, and when: from its opening to today.
//!
//! What is bought on a day depends on the date alone, so that a seeding that was cut short can be finished on
//! the next day without ordering twice.

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::Timestamp;
use order_api::Means;

use super::dice::Dice;
use super::goods::{self, Form, Item, SHELVES};
use super::people::{PEOPLE, Person};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Days since the shop opened.
const OPEN_FOR: i64 = 100;
/// Days since the first order.
const SELLS_FOR: i64 = 42;
/// Customers who registered before the first order.
const FOUNDERS: usize = 26;
/// Times of a day at which orders come in: those of one moment are placed at once.
const MOMENTS: usize = 6;

/// Something that somebody does.
#[derive(Clone, Debug)]
pub(super) enum Step {
    PutUp { category: &'static str, item: &'static Item },
    Stock(&'static Item),
    Recall(&'static str),
    Join(&'static Person),
    Buy(Purchase),
    Cancel { purchase: String, reason: &'static str },
    Ship { purchase: String, lines: Vec<(&'static str, i64)> },
    Collect { purchase: String },
}

/// An order to be placed.
#[derive(Clone, Debug)]
pub(super) struct Purchase {
    /// Unique.
    pub name: String,
    pub buyer: &'static Person,
    pub lines: Vec<(&'static str, i64)>,
    pub payment: Means,
}

/// All steps in the order of their times; those of one time may be done together.
pub(super) fn plan(today: Timestamp) -> BTreeMap<Timestamp, Vec<Step>> {
    let mut plan = Plan { today, steps: BTreeMap::new() };
    let day = today.micros().div_euclid(DAY);
    plan.open(day - OPEN_FOR);
    plan.register(day);
    for date in day - SELLS_FOR..=day {
        plan.sell(date, day - date);
    }
    plan.add(today, Step::PutUp { category: goods::LAST_CATEGORY, item: &goods::LAST });
    plan.steps
}

struct Plan {
    today: Timestamp,
    steps: BTreeMap<Timestamp, Vec<Step>>,
}

impl Plan {
    /// What lies in the future does not happen.
    fn add(&mut self, at: Timestamp, step: Step) {
        if at <= self.today {
            self.steps.entry(at).or_default().push(step);
        }
    }

    fn open(&mut self, date: i64) {
        for (shelf, place) in SHELVES.iter().zip(0..) {
            for item in shelf.items {
                self.add(time(date, 8 * 60 + place * 47), Step::PutUp { category: shelf.category, item });
                self.add(time(date, 8 * 60 + place * 47 + 23), Step::Stock(item));
            }
        }
        self.add(time(date + 20, 11 * 60), Step::Recall(goods::RECALLED));
    }

    fn register(&mut self, day: i64) {
        for (person, place) in PEOPLE.iter().zip(0..) {
            self.add(joins(day, place), Step::Join(person));
        }
    }

    /// The orders of a date that is `age` days ago.
    fn sell(&mut self, date: i64, age: i64) {
        let mut dice = Dice::new(date.unsigned_abs());
        let moments = [(); MOMENTS].map(|()| moment(&mut dice, date));
        for number in 0..demand(date, age) {
            let Some(&at) = dice.pick(&moments, |_| 1) else { continue };
            let Some(buyer) = buyer(&mut dice, at, date + age) else { continue };
            let name = format!("{date}:{number}:{}", buyer.email);
            let lines = basket(&mut dice);
            let payment = if dice.one_in(5) { Means::Manual } else { Means::Invoice };
            let regret = regret(&mut dice);
            let purchase = Purchase { name, buyer, lines, payment };
            self.add(at, Step::Buy(purchase.clone()));
            match regret {
                Some((after, reason)) => {
                    self.add(at.saturating_add(after), Step::Cancel { purchase: purchase.name, reason });
                }
                None => self.fulfil(date, number, purchase),
            }
        }
    }

    /// Most purchases of a date leave within three days, some in two parts, and most are paid for some days later, by
    /// arrangement on the next day. A few wait, and a few are never paid for.
    fn fulfil(&mut self, date: i64, number: u64, Purchase { name, mut lines, payment, .. }: Purchase) {
        // Its own dice, so that it changes nothing about what is bought.
        let mut dice = Dice::new(date.unsigned_abs().wrapping_mul(1_000).wrapping_add(number));
        let leaves = date + 1 + dice.up_to(2);
        let paid = if payment == Means::Manual { date + 1 } else { leaves + 3 + dice.up_to(11) };
        if !dice.one_in(9) {
            self.add(time(paid, 9 * 60 + 40), Step::Collect { purchase: name.clone() });
        }
        if dice.one_in(20) {
            return;
        }
        if lines.len() > 1 && dice.one_in(6) {
            let rest = lines.split_off(1);
            let step = Step::Ship { purchase: name.clone(), lines: rest };
            self.add(time(leaves + 6, 15 * 60 + 20), step);
        }
        self.add(time(leaves, 15 * 60 + 20), Step::Ship { purchase: name, lines });
    }
}

fn time(date: i64, minutes: i64) -> Timestamp {
    Timestamp::from_micros(date * DAY + minutes * MINUTE)
}

/// Founders come every other day from the opening on, the others every third day since the first order.
fn joins(day: i64, place: i64) -> Timestamp {
    let minutes = 9 * 60 + place * 137 % 660;
    match place - signed(FOUNDERS) {
        newer if newer >= 0 => time(day - SELLS_FOR + 1 + newer * 3, minutes),
        _ => time(day - OPEN_FOR + 2 + place * 2, minutes),
    }
}

/// How many orders a date brings: more on weekends, and more from week to week.
fn demand(date: i64, age: i64) -> u64 {
    // The first of January 1970 was a Thursday.
    let tenths = match (date + 3).rem_euclid(7) {
        0..=2 => 53,
        3 => 60,
        4 => 80,
        5 => 105,
        _ => 95,
    };
    let percent = 75 + 60 * (SELLS_FOR - age) / SELLS_FOR;
    // Its own dice, so that the count of a date changes nothing about its orders.
    let chance = Dice::new(date.unsigned_abs().wrapping_mul(31)).below(3);
    u64::try_from(tenths * percent / 1000).unwrap_or(0).saturating_add(chance).saturating_sub(1)
}

/// Around noon or in the evening, to the second.
fn moment(dice: &mut Dice, date: i64) -> Timestamp {
    const HOURS: [(i64, u64); 15] = [
        (6, 1),
        (7, 2),
        (8, 3),
        (9, 4),
        (10, 5),
        (11, 7),
        (12, 7),
        (13, 5),
        (14, 4),
        (15, 4),
        (16, 5),
        (17, 6),
        (18, 8),
        (19, 9),
        (20, 7),
    ];
    let hour = dice.pick(&HOURS, |(_, weight)| *weight).map_or(12, |(hour, _)| *hour);
    let within = Duration::from_millis(dice.below(3_600_000));
    time(date, hour * 60).saturating_add(within)
}

/// The first are the most faithful. Who has not registered by then leaves the purchase to a founder, so that
/// a date has the same buyers whenever the plan is made.
fn buyer(dice: &mut Dice, at: Timestamp, day: i64) -> Option<&'static Person> {
    let people: Vec<(i64, &'static Person)> = (0..).zip(PEOPLE).collect();
    let (place, person) = *dice.pick(&people, |(place, _)| 600 / (5 + place.unsigned_abs()))?;
    if joins(day, place) < at { Some(person) } else { PEOPLE.iter().rev().nth(usize::try_from(place).ok()?) }
}

/// One to four lines, each SKU once.
fn basket(dice: &mut Dice) -> Vec<(&'static str, i64)> {
    const LINES: [(u64, u64); 4] = [(1, 45), (2, 30), (3, 17), (4, 8)];
    let items: Vec<&'static Item> =
        SHELVES.iter().flat_map(|shelf| shelf.items).filter(|item| item.is_bought()).collect();
    let many = dice.pick(&LINES, |(_, weight)| *weight).map_or(1, |(lines, _)| *lines);
    let mut lines: Vec<(&'static str, i64)> = Vec::new();
    for _ in 0..many {
        let Some(item) = dice.pick(&items, |item| item.pull) else { continue };
        let on_shelf = |form: &Form| u64::from(form.sku != goods::RECALLED);
        let Some(form) = dice.pick(item.forms, on_shelf) else { continue };
        let quantity = quantity(dice, form);
        if lines.iter().all(|(sku, _)| *sku != form.sku) {
            lines.push((form.sku, quantity));
        }
    }
    lines
}

/// Of what is dear, one.
fn quantity(dice: &mut Dice, form: &Form) -> i64 {
    const PIECES: [(i64, u64); 4] = [(1, 66), (2, 24), (3, 6), (4, 4)];
    let pieces = dice.pick(&PIECES, |(_, weight)| *weight).map_or(1, |(pieces, _)| *pieces);
    if form.cents_eur > 5000 { 1 } else { pieces }
}

/// Now and then somebody changes their mind, within two days.
fn regret(dice: &mut Dice) -> Option<(Duration, &'static str)> {
    const REASONS: [&str; 4] =
        ["ordered twice", "found a better size", "the present has to arrive sooner", "changed my mind"];
    let (regrets, hours) = (dice.one_in(25), 1 + dice.below(47));
    let reason = dice.pick(&REASONS, |_| 1)?;
    regrets.then_some((Duration::from_secs(hours * 3600), *reason))
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purchases(today: &str) -> Vec<(Timestamp, Purchase)> {
        let buys = |(at, steps): (Timestamp, Vec<Step>)| {
            steps.into_iter().filter_map(move |step| match step {
                Step::Buy(purchase) => Some((at, purchase)),
                _ => None,
            })
        };
        plan(today.parse().unwrap()).into_iter().flat_map(buys).collect()
    }

    fn weekday(at: Timestamp) -> i64 {
        (at.micros().div_euclid(DAY) + 3).rem_euclid(7)
    }

    #[test]
    fn some_three_hundred_orders_more_on_weekends_and_more_each_week() {
        for today in ["2026-11-23T18:00:00Z", "2027-02-28T00:00:01Z", "2028-07-07T23:59:59Z"] {
            let all = purchases(today);
            assert!((260..=340).contains(&all.len()), "{}", all.len());
            let on_weekends = all.iter().filter(|(at, _)| weekday(*at) >= 5).count();
            assert!(on_weekends * 3 > all.len(), "{on_weekends} of {}", all.len());
            let half = all[0].0.micros() + 21 * DAY;
            let early = all.iter().filter(|(at, _)| at.micros() < half).count();
            assert!(early * 10 < all.len() * 48 / 10, "{early} of {}", all.len());
            assert!(all.iter().all(|(_, purchase)| (1..=4).contains(&purchase.lines.len())));
        }
    }

    #[test]
    fn on_the_next_day_the_same_dates_have_the_same_orders() {
        let (today, tomorrow) = (purchases("2026-11-23T18:00:00Z"), purchases("2026-11-24T18:00:00Z"));
        let known: BTreeMap<&str, &Purchase> =
            tomorrow.iter().map(|(_, purchase)| (purchase.name.as_str(), purchase)).collect();
        let again =
            today.iter().filter_map(|(_, purchase)| Some((purchase, known.get(purchase.name.as_str())?)));
        let again: Vec<_> = again.collect();
        assert!(again.len() * 10 > today.len() * 9, "{} of {}", again.len(), today.len());
        assert!(again.iter().all(|(one, other)| one.lines == other.lines && one.payment == other.payment));
    }

    #[test]
    fn nobody_buys_before_the_goods_are_there_and_they_are_known() {
        let mut seen: Vec<&str> = Vec::new();
        for step in plan("2026-11-23T18:00:00Z".parse().unwrap()).into_values().flatten() {
            match step {
                Step::Stock(item) => seen.extend(item.forms.iter().map(|form| form.sku)),
                Step::Join(person) => seen.push(person.email),
                Step::Buy(purchase) => {
                    assert!(seen.contains(&purchase.buyer.email));
                    assert!(purchase.lines.iter().all(|(sku, _)| seen.contains(sku)));
                }
                _ => {}
            }
        }
    }
}
