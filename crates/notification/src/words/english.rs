use super::{Notice, Said, Words};

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
    nameless: "Hello,",
    account_confirmation: Notice {
        subject: "Confirm your address",
        about: "somebody, most likely you, wants an account with this address. There is one once you confirm that the \
                address is yours.",
        otherwise: "If this was not you, ignore this mail: there will be no account.",
    },
    account_exists: Notice {
        subject: "You have an account already",
        about: "somebody, most likely you, wants an account with this address. There is one already: log in with your \
                password, or have it reset if you have forgotten it.",
        otherwise: "If this was not you, ignore this mail: nothing has changed.",
    },
    password_reset: Notice {
        subject: "Choose a new password",
        about: "somebody, most likely you, has forgotten the password of the account with this address. You can choose \
                a new one.",
        otherwise: "If this was not you, ignore this mail: the password stays as it is.",
    },
    invitation: Notice {
        subject: "Choose your password",
        about: "you have been given an account to work for the shop with. You can log in once you have chosen a password.",
        otherwise: "If this is not meant for you, ignore this mail: nobody can log in without it.",
    },
    open_page: "Open this page to do that:",
    enter_code: "Give this code to the shop to do that:",
    good_until: |moment| format!("It can be used once, until {moment}."),
    subtotal: "Subtotal",
    shipping: "Shipping",
    tax: "Tax",
    total: "Total",
    ships_to: "It goes to",
    closing: "Kind regards",
};
