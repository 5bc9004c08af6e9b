//! The words of each mail, by language.

mod english;
mod german;

use kernel::Sku;
use notification_api::Template;
use order_api::{Order, Shipment};

use crate::letter::{Item, Letter, PostalAddress, Proof, Sum};
use crate::locale::Locale;
use crate::message::Facts;

/// What differs by language. `number` is what people call the order by.
struct Words {
    greeting: fn(name: &str) -> String,
    order_confirmation: fn(number: &str, day: &str) -> Said,
    order_cancellation: fn(number: &str) -> Said,
    order_shipment: fn(number: &str) -> Said,
    carried_by: fn(carrier: &str) -> String,
    tracked_by: fn(tracking: &str) -> String,
    refund: fn(number: &str, amount: &str) -> Said,
    low_stock: fn(sku: &str, available: i64, threshold: i64) -> Said,
    /// Instead of the greeting, where there is no name.
    nameless: &'static str,
    account_confirmation: Notice,
    account_exists: Notice,
    password_reset: Notice,
    invitation: Notice,
    open_page: &'static str,
    enter_code: &'static str,
    good_until: fn(moment: &str) -> String,
    subtotal: &'static str,
    shipping: &'static str,
    tax: &'static str,
    total: &'static str,
    ships_to: &'static str,
    closing: &'static str,
}

/// About an account: what it is about, and what becomes of it if the reader is not concerned.
struct Notice {
    subject: &'static str,
    about: &'static str,
    otherwise: &'static str,
}

/// A subject, and the paragraphs under it.
struct Said {
    subject: String,
    paragraphs: Vec<String>,
}

fn words(locale: Locale) -> &'static Words {
    match locale {
        Locale::English => &english::WORDS,
        Locale::German => &german::WORDS,
    }
}

/// A letter about an order; `None` if it has facts that are not for such a one.
pub(crate) fn to_customer(
    locale: Locale,
    template: Template,
    name: &str,
    order: &Order,
    facts: &Facts,
) -> Option<Letter> {
    let words = words(locale);
    let number = order.number.as_deref().unwrap_or_default();
    let greeting = (words.greeting)(name);
    match (template, facts) {
        (Template::OrderConfirmation, Facts::Order) => {
            let day = locale.day(order.placed_at.unwrap_or(order.created_at));
            let said = (words.order_confirmation)(number, &day);
            let address = Some(postal_address(words, order));
            let (items, sums) = (items(locale, order), sums(words, locale, order));
            Some(Letter { items, sums, address, ..letter(words, locale, greeting, said) })
        }
        (Template::OrderCancellation, Facts::Order) => {
            let said = (words.order_cancellation)(number);
            Some(Letter { items: items(locale, order), ..letter(words, locale, greeting, said) })
        }
        (Template::OrderShipment, Facts::Shipment { id }) => {
            let shipment = order.shipments.iter().find(|shipment| shipment.id == *id)?;
            let mut said = (words.order_shipment)(number);
            said.paragraphs.extend(journey(words, shipment));
            let (items, address) = (contents(order, shipment), Some(postal_address(words, order)));
            Some(Letter { items, address, ..letter(words, locale, greeting, said) })
        }
        (Template::Refund, Facts::Refund { amount }) => {
            let said = (words.refund)(number, &locale.money(*amount));
            Some(letter(words, locale, greeting, said))
        }
        _ => None,
    }
}

/// A letter to the shop itself.
pub(crate) fn low_stock(locale: Locale, sku: &Sku, available: i64, threshold: i64) -> Letter {
    let words = words(locale);
    let said = (words.low_stock)(sku.as_str(), available, threshold);
    letter(words, locale, words.nameless.to_owned(), said)
}

/// A letter about an account; `None` if it lacks what it is sent for. `link` is a page that takes its token.
pub(crate) fn to_account(
    locale: Locale,
    template: Template,
    written: &identity_api::Letter,
    link: Option<&str>,
) -> Option<Letter> {
    let words = words(locale);
    let notice = match template {
        Template::AccountConfirmation => &words.account_confirmation,
        Template::AccountExists => &words.account_exists,
        Template::PasswordReset => &words.password_reset,
        Template::Invitation => &words.invitation,
        _ => return None,
    };
    let greeting = written.name.as_deref().map_or_else(|| words.nameless.to_owned(), words.greeting);
    let (mut paragraphs, mut notes) = (vec![notice.about.to_owned()], vec![notice.otherwise.to_owned()]);
    let mut proof = None;
    if template != Template::AccountExists {
        let page = link.map(|link| link.replace("{purpose}", written.purpose.name()));
        paragraphs.push(if page.is_some() { words.open_page } else { words.enter_code }.to_owned());
        notes.insert(0, (words.good_until)(&locale.minute(written.expires_at)));
        proof = Some(Proof { token: written.token.clone()?, page });
    }
    let said = Said { subject: notice.subject.to_owned(), paragraphs };
    Some(Letter { proof, notes, ..letter(words, locale, greeting, said) })
}

fn letter(words: &Words, locale: Locale, greeting: String, said: Said) -> Letter {
    Letter {
        locale,
        subject: said.subject,
        greeting,
        paragraphs: said.paragraphs,
        proof: None,
        notes: Vec::new(),
        items: Vec::new(),
        sums: Vec::new(),
        address: None,
        closing: words.closing.to_owned(),
    }
}

fn items(locale: Locale, order: &Order) -> Vec<Item> {
    let item = |line: &order_api::OrderLine| Item {
        quantity: line.quantity,
        title: line.title.clone(),
        sku: line.sku.as_str().to_owned(),
        total: Some(locale.money(line.total)),
    };
    order.lines.iter().map(item).collect()
}

/// What has left, which was paid for as part of the order.
fn contents(order: &Order, shipment: &Shipment) -> Vec<Item> {
    let title = |sku: &Sku| order.lines.iter().find(|line| line.sku == *sku).map(|line| line.title.clone());
    let item = |line: &order_api::ShippedLine| Item {
        quantity: line.quantity,
        title: title(&line.sku).unwrap_or_default(),
        sku: line.sku.as_str().to_owned(),
        total: None,
    };
    shipment.lines.iter().map(item).collect()
}

fn journey(words: &Words, shipment: &Shipment) -> Option<String> {
    let carrier = shipment.carrier.as_deref().map(words.carried_by);
    let tracking = shipment.tracking.as_deref().map(words.tracked_by);
    let known: Vec<String> = [carrier, tracking].into_iter().flatten().collect();
    if known.is_empty() { None } else { Some(known.join(" ")) }
}

/// Shipping and tax are left out where there is none.
fn sums(words: &Words, locale: Locale, order: &Order) -> Vec<Sum> {
    let parts = [(words.subtotal, order.subtotal), (words.shipping, order.shipping), (words.tax, order.tax)];
    let mut sums: Vec<_> = parts.into_iter().filter(|(_, amount)| amount.minor() != 0).collect();
    // A subtotal that is the total says nothing.
    if sums.len() == 1 {
        sums.clear();
    }
    sums.push((words.total, order.total));
    sums.into_iter().map(|(what, amount)| Sum { what, amount: locale.money(amount) }).collect()
}

fn postal_address(words: &Words, order: &Order) -> PostalAddress {
    let address = &order.shipping_address;
    let city = format!("{} {}", address.postal_code, address.city).trim().to_owned();
    let lines = [
        Some(&address.name),
        Some(&address.line1),
        address.line2.as_ref(),
        Some(&city),
        address.region.as_ref(),
        Some(&address.country),
    ];
    let lines = lines.into_iter().flatten().filter(|line| !line.is_empty()).cloned().collect();
    PostalAddress { heading: words.ships_to, lines }
}
