use super::{Said, Words};

pub(super) const WORDS: Words = Words {
    greeting: |name| format!("Hello {name},"),
    order_confirmation: |number, day| Said {
        subject: format!("Your order {number}"),
        paragraphs: vec![
            format!("thank you for your order {number} of {day}. We have received it and will get it ready."),
            "This is what you have ordered:".to_owned(),
        ],
    },
    order_cancellation: |number| Said {
        subject: format!("Your order {number} is cancelled"),
        paragraphs: vec![
            format!("your order {number} is cancelled. Nothing of it will be sent."),
            "If you have paid already, the money goes back the way it came.".to_owned(),
        ],
    },
    order_shipment: |number| Said {
        subject: format!("Your order {number} is on its way"),
        paragraphs: vec![format!("these goods of your order {number} are on their way to you.")],
    },
    carried_by: |carrier| format!("Carrier: {carrier}."),
    tracked_by: |tracking| format!("Tracking number: {tracking}."),
    refund: |number, amount| Said {
        subject: format!("Refund for your order {number}"),
        paragraphs: vec![
            format!("we have refunded {amount} for your order {number}."),
            "The money goes back the way it came. Depending on your bank this takes a few days.".to_owned(),
        ],
    },
    low_stock: |sku, available, threshold| Said {
        subject: format!("{sku} is running out"),
        paragraphs: vec![format!("{available} of {sku} are available; the threshold is {threshold}.")],
    },
    to_the_shop: "Hello,",
    subtotal: "Subtotal",
    shipping: "Shipping",
    tax: "Tax",
    total: "Total",
    ships_to: "It goes to",
    closing: "Kind regards",
};
