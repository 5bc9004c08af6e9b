use super::{Said, Words};

pub(super) const WORDS: Words = Words {
    greeting: |name| format!("Guten Tag {name},"),
    order_confirmation: |number, day| Said {
        subject: format!("Ihre Bestellung {number}"),
        paragraphs: vec![
            format!(
                "vielen Dank für Ihre Bestellung {number} vom {day}. Sie ist eingegangen, und wir bereiten sie vor."
            ),
            "Das haben Sie bestellt:".to_owned(),
        ],
    },
    order_cancellation: |number| Said {
        subject: format!("Ihre Bestellung {number} ist storniert"),
        paragraphs: vec![
            format!("Ihre Bestellung {number} ist storniert. Nichts davon wird verschickt."),
            "Falls Sie schon bezahlt haben, geht das Geld auf demselben Weg zurück.".to_owned(),
        ],
    },
    order_shipment: |number| Said {
        subject: format!("Ihre Bestellung {number} ist unterwegs"),
        paragraphs: vec![format!("diese Waren Ihrer Bestellung {number} sind zu Ihnen unterwegs.")],
    },
    carried_by: |carrier| format!("Versanddienst: {carrier}."),
    tracked_by: |tracking| format!("Sendungsnummer: {tracking}."),
    refund: |number, amount| Said {
        subject: format!("Erstattung zu Ihrer Bestellung {number}"),
        paragraphs: vec![
            format!("wir haben Ihnen {amount} zu Ihrer Bestellung {number} erstattet."),
            "Das Geld geht auf demselben Weg zurück. Je nach Bank dauert das einige Tage.".to_owned(),
        ],
    },
    low_stock: |sku, available, threshold| Said {
        subject: format!("{sku} geht zur Neige"),
        paragraphs: vec![format!("Von {sku} sind {available} verfügbar; die Schwelle ist {threshold}.")],
    },
    to_the_shop: "Guten Tag,",
    subtotal: "Zwischensumme",
    shipping: "Versand",
    tax: "Steuern",
    total: "Gesamtsumme",
    ships_to: "Lieferadresse",
    closing: "Mit freundlichen Grüßen",
};
