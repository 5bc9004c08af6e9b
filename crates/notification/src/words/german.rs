use super::{Notice, Said, Words};

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
    nameless: "Guten Tag,",
    account_confirmation: Notice {
        subject: "Bestätigen Sie Ihre Adresse",
        about: "jemand, vermutlich Sie, möchte ein Konto mit dieser Adresse. Es entsteht, sobald Sie bestätigen, dass die \
                Adresse Ihnen gehört.",
        otherwise: "Falls Sie das nicht waren, ignorieren Sie diese Mail: Es entsteht kein Konto.",
    },
    account_exists: Notice {
        subject: "Sie haben schon ein Konto",
        about: "jemand, vermutlich Sie, möchte ein Konto mit dieser Adresse. Es gibt schon eines: Melden Sie sich mit Ihrem \
                Passwort an, oder lassen Sie es zurücksetzen, falls Sie es vergessen haben.",
        otherwise: "Falls Sie das nicht waren, ignorieren Sie diese Mail: Es hat sich nichts geändert.",
    },
    password_reset: Notice {
        subject: "Wählen Sie ein neues Passwort",
        about: "jemand, vermutlich Sie, hat das Passwort zum Konto mit dieser Adresse vergessen. Sie können ein neues wählen.",
        otherwise: "Falls Sie das nicht waren, ignorieren Sie diese Mail: Das Passwort bleibt, wie es ist.",
    },
    invitation: Notice {
        subject: "Wählen Sie Ihr Passwort",
        about: "Sie haben ein Konto für die Arbeit im Shop bekommen. Sie können sich anmelden, sobald Sie ein Passwort gewählt \
                haben.",
        otherwise: "Falls das nicht für Sie bestimmt ist, ignorieren Sie diese Mail: Ohne sie kann sich niemand anmelden.",
    },
    open_page: "Öffnen Sie dazu diese Seite:",
    enter_code: "Geben Sie dazu im Shop diesen Code ein:",
    good_until: |moment| format!("Das geht einmal, bis {moment}."),
    subtotal: "Zwischensumme",
    shipping: "Versand",
    tax: "Steuern",
    total: "Gesamtsumme",
    ships_to: "Lieferadresse",
    closing: "Mit freundlichen Grüßen",
};
