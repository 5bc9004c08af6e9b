//! What the demo shop sells.

mod bags;
mod bath;
mod bedroom;
mod garden;
mod kitchen;
mod lighting;
mod stationery;
mod table;

use catalog_api::ProductStatus;

/// A product.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub title: &'static str,
    pub description: &'static str,
    pub status: ProductStatus,
    /// How often it is bought, against the others.
    pub pull: u64,
    pub forms: &'static [Form],
}

/// One form of a product.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub sku: &'static str,
    pub options: &'static [(&'static str, &'static str)],
    pub cents_eur: i64,
    pub cents_usd: i64,
    /// What came to the location `main` when the shop opened.
    pub main: i64,
    /// The same of `outlet`.
    pub outlet: i64,
}

/// Products that were put into the shop together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shelf {
    pub category: &'static str,
    pub items: &'static [Item],
}

/// Of all of it: nothing here is food, a book or medicine.
pub(super) const TAX_CATEGORY: &str = "standard";

pub(super) const SHELVES: &[Shelf] = &[
    Shelf { category: "kitchen", items: kitchen::ITEMS },
    Shelf { category: "table", items: table::ITEMS },
    Shelf { category: "home-lighting", items: lighting::ITEMS },
    Shelf { category: "bedroom", items: bedroom::ITEMS },
    Shelf { category: "bath", items: bath::ITEMS },
    Shelf { category: "garden", items: garden::ITEMS },
    Shelf { category: "stationery", items: stationery::ITEMS },
    Shelf { category: "bags", items: bags::ITEMS },
];

/// In the making; the last thing that seeding makes, so whoever finds it finds the whole demo shop.
pub(super) const LAST: Item = item(
    0,
    "Advent candle, 24 days",
    "One mark a day, and a little longer on Sundays. Poured in November; photographs to follow.",
    &[form("ADVENT-CANDLE", &[], [1899, 1999], [0, 0])],
)
.draft();
pub(super) const LAST_CATEGORY: &str = "home-lighting";

/// Was taken off the shelves: the maker called it back, so it is sold out.
pub(super) const RECALLED: &str = "KETTLE-STEEL";

/// `[EUR, USD]`, in cents; `[main, outlet]`.
const fn form(
    sku: &'static str,
    options: &'static [(&'static str, &'static str)],
    [cents_eur, cents_usd]: [i64; 2],
    [main, outlet]: [i64; 2],
) -> Form {
    Form { sku, options, cents_eur, cents_usd, main, outlet }
}

const fn item(pull: u64, title: &'static str, description: &'static str, forms: &'static [Form]) -> Item {
    Item { title, description, status: ProductStatus::Active, pull, forms }
}

impl Item {
    const fn draft(self) -> Item {
        Item { status: ProductStatus::Draft, ..self }
    }

    const fn archived(self) -> Item {
        Item { status: ProductStatus::Archived, ..self }
    }

    /// The name in URLs: `Cast-iron skillet` → `cast-iron-skillet`.
    pub(super) fn handle(&self) -> String {
        let parts =
            self.title.split(|char: char| !char.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
    }

    /// Whether it is for sale, and whether anybody wants it.
    pub(super) fn is_bought(&self) -> bool {
        self.status == ProductStatus::Active && self.pull > 0
    }
}

impl Form {
    /// What sets it apart from its siblings: `Oat, 26 cm`.
    pub(super) fn title(&self) -> String {
        let values = self.options.iter().map(|(_, value)| {
            let mut chars = value.chars();
            chars
                .next()
                .map(|first| first.to_uppercase().chain(chars).collect::<String>())
                .unwrap_or_default()
        });
        values.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn all() -> impl Iterator<Item = &'static Item> {
        SHELVES.iter().flat_map(|shelf| shelf.items).chain([&LAST])
    }

    #[test]
    fn some_sixty_products_each_with_its_own_name_and_skus() {
        let handles: HashSet<String> = all().map(Item::handle).collect();
        let skus: Vec<kernel::Sku> =
            all().flat_map(|item| item.forms).map(|form| kernel::Sku::parse(form.sku).unwrap()).collect();
        assert_eq!(handles.len(), all().count());
        assert!((55..=65).contains(&handles.len()), "{}", handles.len());
        assert_eq!(skus.iter().collect::<HashSet<_>>().len(), skus.len());
        assert!(skus.contains(&kernel::Sku::parse(RECALLED).unwrap()));
        assert!(all().all(|item| (1..=4).contains(&item.forms.len())));
    }

    #[test]
    fn every_price_ends_in_99() {
        for form in all().flat_map(|item| item.forms) {
            assert_eq!((form.cents_eur % 100, form.cents_usd % 100), (99, 99), "{}", form.sku);
        }
    }

    #[test]
    fn names_are_made_of_titles_and_options() {
        let form = form("X", &[("colour", "oat"), ("size", "26 cm")], [99, 99], [0, 0]);
        assert_eq!(form.title(), "Oat, 26 cm");
        assert_eq!(LAST.handle(), "advent-candle-24-days");
    }
}
