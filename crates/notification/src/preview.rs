//! Mails about made-up news, for people who want to see how they look.

use identity_api::Purpose;
use kernel::{Currency, Id, Money, Sku, Timestamp, Token};
use notification_api::Template;
use order_api::{Order, OrderLine, OrderStatus, Payment, PaymentMethod, Shipment, ShippedLine};

use crate::letter::Letter;
use crate::locale::Locale;
use crate::mail::sender_name;
use crate::message::Facts;
use crate::settings::Settings;
use crate::words;

/// Which form of a mail is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Html,
    Text,
}

/// Thursday, 15 January 2026.
const DAY: Timestamp = Timestamp::from_micros(1_768_478_400_000_000);

/// What a mail would look like: its subject, and its body in the form that is wanted. In the shop's own language unless
/// another one is asked for.
///
/// # Errors
/// A text for people, when the sample cannot be made.
pub fn preview(
    settings: &Settings,
    template: Template,
    locale: Option<Locale>,
    form: Form,
) -> Result<(String, String), String> {
    let letter = sample(settings, template, locale.unwrap_or(settings.locale))
        .ok_or("there is no sample of this mail")?;
    let (html, text) = letter.render(sender_name(&settings.from)).map_err(|error| error.to_string())?;
    Ok((letter.subject, if form == Form::Html { html } else { text }))
}

fn sample(settings: &Settings, template: Template, locale: Locale) -> Option<Letter> {
    let to_account = |purpose| {
        words::to_account(locale, template, &about_account(purpose), settings.account_link.as_deref())
    };
    let facts = match template {
        Template::AccountConfirmation => return to_account(Purpose::Confirmation),
        Template::AccountExists => return to_account(Purpose::AlreadyRegistered),
        Template::PasswordReset => return to_account(Purpose::PasswordReset),
        Template::Invitation => return to_account(Purpose::Invitation),
        Template::LowStock => {
            return Some(words::low_stock(locale, &Sku::parse("LAMP-BLK").ok()?, 2, 3));
        }
        Template::OrderConfirmation | Template::OrderCancellation => Facts::Order,
        Template::OrderShipment => Facts::Shipment { id: shipment()?.id },
        Template::Refund => Facts::Refund { amount: Money::new(2599, Currency::EUR) },
    };
    words::to_customer(locale, template, "Ada Lovelace", &order()?, &facts)
}

/// Half an hour is left.
fn about_account(purpose: Purpose) -> identity_api::Letter {
    identity_api::Letter {
        purpose,
        email: "ada@lamps.example".to_owned(),
        name: Some("Ada Lovelace".to_owned()),
        token: Some(Token(format!("ltr_{}_{}", "0".repeat(26), "0123456789abcdef".repeat(4)))),
        expires_at: Timestamp::from_micros(DAY.micros().saturating_add(30 * 60 * 1_000_000)),
    }
}

fn shipment() -> Option<Shipment> {
    Some(Shipment {
        id: Id::from_uuid(Default::default()),
        lines: vec![ShippedLine { sku: Sku::parse("LAMP-BLK").ok()?, quantity: 1 }],
        carrier: Some("Parcel & Co".to_owned()),
        tracking: Some("PC123456789".to_owned()),
        shipped_at: DAY,
    })
}

fn order() -> Option<Order> {
    let eur = |minor| Money::new(minor, Currency::EUR);
    let line = |sku, title: &str, quantity, unit: i64, total| {
        Some(OrderLine {
            sku: Sku::parse(sku).ok()?,
            title: title.to_owned(),
            quantity,
            shipped: 0,
            unit_price: eur(unit),
            total: eur(total),
        })
    };
    Some(Order {
        id: Id::from_uuid(Default::default()),
        number: Some("1000001".to_owned()),
        status: OrderStatus::Placed,
        customer_id: Id::from_uuid(Default::default()),
        currency: Currency::EUR,
        lines: vec![
            line("LAMP-BLK", "Desk lamp, Black", 2, 49_999, 99_998)?,
            line("BULB-E27", "Bulb <warm white>", 4, 799, 3196)?,
        ],
        subtotal: eur(103_194),
        shipping: eur(490),
        tax: eur(0),
        total: eur(103_684),
        review: None,
        shipping_address: customer_api::AddressFields {
            name: "Ada Lovelace".to_owned(),
            line1: "12 St James's Square".to_owned(),
            line2: None,
            city: "Berlin".to_owned(),
            region: None,
            postal_code: "10115".to_owned(),
            country: "DE".to_owned(),
            phone: None,
        },
        payment: Payment {
            id: None,
            method: PaymentMethod::Invoice,
            status: "pending".to_owned(),
            redirect_url: None,
            freshness: None,
        },
        shipments: vec![shipment()?],
        reason: None,
        placed_at: Some(DAY),
        cancelled_at: None,
        version: 2,
        created_at: DAY,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::settings::Way;

    fn settings() -> Settings {
        let way = Way::Files("mail".into());
        Settings::try_new(way, "Lamps <a@b.example>", None, "en", Duration::ZERO).unwrap()
    }

    fn shown(template: Template, locale: Locale, form: Form) -> (String, String) {
        preview(&settings(), template, Some(locale), form).unwrap()
    }

    #[test]
    fn every_mail_can_be_seen_in_every_language_and_form() {
        for template in Template::ALL {
            let subjects = [Locale::English, Locale::German].map(|locale| {
                let (subject, html) = shown(*template, locale, Form::Html);
                let (_, text) = shown(*template, locale, Form::Text);
                assert!(html.contains(&format!("lang=\"{}\"", locale.tag())), "{html}");
                assert!(html.contains("Lamps") && text.contains("Lamps"), "{text}");
                assert!(!text.contains("&amp;") && !text.contains("\n\n\n"), "{text}");
                subject
            });
            assert_ne!(subjects[0], subjects[1], "{template:?}");
        }
    }

    #[test]
    fn the_text_of_a_confirmation() {
        let (subject, text) = shown(Template::OrderConfirmation, Locale::German, Form::Text);
        assert_eq!(subject, "Ihre Bestellung 1000001");
        assert_eq!(
            text,
            "\
Guten Tag Ada Lovelace,

vielen Dank für Ihre Bestellung 1000001 vom 15. Januar 2026. Sie ist eingegangen, und wir bereiten sie vor.

Das haben Sie bestellt:

2 × Desk lamp, Black (LAMP-BLK): 999,98 EUR
4 × Bulb <warm white> (BULB-E27): 31,96 EUR

Zwischensumme: 1.031,94 EUR
Versand: 4,90 EUR
Gesamtsumme: 1.036,84 EUR

Lieferadresse:
Ada Lovelace
12 St James's Square
10115 Berlin
DE

Mit freundlichen Grüßen
Lamps
"
        );
    }

    #[test]
    fn the_text_of_a_shipment() {
        let (subject, text) = shown(Template::OrderShipment, Locale::English, Form::Text);
        assert_eq!(subject, "Your order 1000001 is on its way");
        assert_eq!(
            text,
            "\
Hello Ada Lovelace,

these goods of your order 1000001 are on their way to you.

Carrier: Parcel & Co. Tracking number: PC123456789.

1 × Desk lamp, Black (LAMP-BLK)

It goes to:
Ada Lovelace
12 St James's Square
10115 Berlin
DE

Kind regards
Lamps
"
        );
    }

    #[test]
    fn the_text_of_a_confirmation_of_an_address() {
        let (subject, text) = shown(Template::AccountConfirmation, Locale::English, Form::Text);
        assert_eq!(subject, "Confirm your address");
        assert_eq!(
            text,
            "\
Hello Ada Lovelace,

somebody, most likely you, wants an account with this address. There is one once you confirm that the address is yours.

Give this code to the shop to do that:

ltr_00000000000000000000000000_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

It can be used once, until 15 January 2026, 12:30 UTC.

If this was not you, ignore this mail: there will be no account.

Kind regards
Lamps
"
        );
        let (_, known) = shown(Template::AccountExists, Locale::German, Form::Text);
        assert!(!known.contains("ltr_") && known.contains("Falls Sie das nicht waren"), "{known}");
    }

    #[test]
    fn a_page_that_takes_the_token_is_linked_to() {
        let settings = settings().with_account_link("https://lamps.example/{purpose}?a=1&t={token}").unwrap();
        let written =
            |form| preview(&settings, Template::PasswordReset, Some(Locale::German), form).unwrap().1;
        let (html, text) = (written(Form::Html), written(Form::Text));
        let link = format!("https://lamps.example/password_reset?a=1&t=ltr_{}_0123456789", "0".repeat(26));
        assert!(text.contains(&format!("\n{link}")) && text.contains("12:30 Uhr UTC"), "{text}");
        assert!(html.contains("<a href=\"https://lamps.example/password_reset?a=1&#38;t=ltr_"), "{html}");
    }

    #[test]
    fn html_is_escaped_and_text_is_not() {
        let (_, html) = shown(Template::OrderConfirmation, Locale::English, Form::Html);
        assert!(!html.contains("<warm") && html.contains("warm white"), "{html}");
        assert!(html.contains("1,036.84 EUR") && html.contains("15 January 2026"), "{html}");
        let (_, text) = shown(Template::OrderConfirmation, Locale::English, Form::Text);
        assert!(text.contains("Bulb <warm white>"), "{text}");
    }
}
