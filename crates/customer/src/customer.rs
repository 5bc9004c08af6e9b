//! The rules of a customer and its addresses. Nothing here does I/O: what is new, and when, arrives as an argument.

use customer_api::{Address, AddressFields, AddressId, Customer, CustomerEvent, RegisterCustomer};
use kernel::{Ids, Timestamp};

/// What a PATCH of a customer asks for. An absent field stays; a null one goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct CustomerPatch {
    pub email: Option<String>,
    pub name: Option<String>,
    pub phone: Option<Option<String>>,
    pub group: Option<Option<String>>,
    pub default_shipping_address_id: Option<Option<AddressId>>,
    pub default_billing_address_id: Option<Option<AddressId>>,
}

impl CustomerPatch {
    /// Whether it says what is not a customer's own to say: by what it logs in, and what it is counted among.
    pub(crate) fn is_the_shops(&self) -> bool {
        self.email.is_some() || self.group.is_some()
    }
}

/// What a PATCH of an address asks for. An absent field stays; a null one goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressPatch {
    pub name: Option<String>,
    pub line1: Option<String>,
    pub line2: Option<Option<String>>,
    pub city: Option<String>,
    pub region: Option<Option<String>>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub phone: Option<Option<String>>,
}

pub(crate) fn register(new: &RegisterCustomer, ids: &Ids, now: Timestamp) -> Customer {
    Customer {
        id: ids.next(now),
        email: new.email.clone(),
        name: new.name.clone(),
        phone: new.phone.clone(),
        group: new.group.clone(),
        default_shipping_address_id: None,
        default_billing_address_id: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// What makes two emails the same customer's.
pub(crate) fn email_key(email: &str) -> String {
    email.to_lowercase()
}

/// Applies a patch, whose addresses must be the customer's own. `None` if it asks for what is so already. The event says which fields changed, not to what, as that
/// may be personal; the group is not.
pub(crate) fn update(
    customer: &mut Customer,
    patch: &CustomerPatch,
    now: Timestamp,
) -> Option<CustomerEvent> {
    let fields = [
        ("email", set(&mut customer.email, patch.email.as_ref())),
        ("name", set(&mut customer.name, patch.name.as_ref())),
        ("phone", set(&mut customer.phone, patch.phone.as_ref())),
        ("group", set(&mut customer.group, patch.group.as_ref())),
        (
            "default_shipping_address_id",
            set(&mut customer.default_shipping_address_id, patch.default_shipping_address_id.as_ref()),
        ),
        (
            "default_billing_address_id",
            set(&mut customer.default_billing_address_id, patch.default_billing_address_id.as_ref()),
        ),
    ];
    let changed: Vec<String> =
        fields.into_iter().filter(|&(_, changed)| changed).map(|(field, _)| field.to_owned()).collect();
    if changed.is_empty() {
        return None;
    }
    touch(customer, now);
    let group = customer.group.clone().filter(|_| changed.iter().any(|field| field == "group"));
    Some(CustomerEvent::Updated { customer_id: customer.id, changed, group })
}

/// The first address is for everything, until something else is said.
pub(crate) fn settle_in(customer: &mut Customer, address: AddressId) {
    let Customer { default_shipping_address_id: shipping, default_billing_address_id: billing, .. } =
        customer;
    if shipping.is_none() && billing.is_none() {
        (*shipping, *billing) = (Some(address), Some(address));
    }
}

/// The address is nobody's default any more.
pub(crate) fn move_out(customer: &mut Customer, address: AddressId) {
    let defaults = [&mut customer.default_shipping_address_id, &mut customer.default_billing_address_id];
    for default in defaults {
        default.take_if(|default| *default == address);
    }
}

/// Something of the customer's changed, perhaps an address or a payment method.
pub(crate) fn touch(customer: &mut Customer, now: Timestamp) {
    customer.version = customer.version.saturating_add(1);
    customer.updated_at = now;
}

pub(crate) fn create_address(fields: &AddressFields, ids: &Ids, now: Timestamp) -> Address {
    Address { id: ids.next(now), fields: fields.clone(), version: 1 }
}

/// Applies a patch, and says whether it changed anything.
pub(crate) fn update_address(address: &mut Address, patch: &AddressPatch) -> bool {
    let fields = &mut address.fields;
    let changed = [
        set(&mut fields.name, patch.name.as_ref()),
        set(&mut fields.line1, patch.line1.as_ref()),
        set(&mut fields.line2, patch.line2.as_ref()),
        set(&mut fields.city, patch.city.as_ref()),
        set(&mut fields.region, patch.region.as_ref()),
        set(&mut fields.postal_code, patch.postal_code.as_ref()),
        set(&mut fields.country, patch.country.as_ref()),
        set(&mut fields.phone, patch.phone.as_ref()),
    ]
    .contains(&true);
    if changed {
        address.version = address.version.saturating_add(1);
    }
    changed
}

/// Sets a field that a patch asks for, and says whether that changed it.
pub(crate) fn set<T: PartialEq + Clone>(field: &mut T, to: Option<&T>) -> bool {
    match to {
        Some(to) if to != field => {
            field.clone_from(to);
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
    const LATER: Timestamp = Timestamp::from_micros(1_700_000_000_000_001);

    fn alice() -> Customer {
        let new = RegisterCustomer {
            email: "Alice@example.com".into(),
            name: "Alice".into(),
            phone: None,
            group: None,
        };
        register(&new, &Ids::new(), NOW)
    }

    fn home() -> Address {
        let fields = AddressFields {
            name: "Alice".into(),
            line1: "1 Main St".into(),
            line2: Some("Flat 2".into()),
            city: "Berlin".into(),
            region: None,
            postal_code: "10115".into(),
            country: "DE".into(),
            phone: None,
        };
        create_address(&fields, &Ids::new(), NOW)
    }

    #[test]
    fn a_patch_names_what_it_changed_and_only_the_group_to_what() {
        let mut alice = alice();
        let patch = CustomerPatch {
            email: Some("alice@example.org".into()),
            name: Some("Alice".into()),
            phone: Some(Some("+49 30 1".into())),
            group: Some(Some("wholesale".into())),
            ..CustomerPatch::default()
        };
        let event = update(&mut alice, &patch, LATER).unwrap();
        let json = serde_json::to_string(&event).unwrap();
        assert!(
            matches!(event, CustomerEvent::Updated { changed, .. } if changed == ["email", "phone", "group"])
        );
        assert!(
            !json.contains("example.org") && !json.contains("+49") && json.contains("wholesale"),
            "{json}"
        );
        assert_eq!((alice.version, alice.updated_at, alice.created_at), (2, LATER, NOW));
        assert_eq!(update(&mut alice, &patch, LATER), None, "the same again changes nothing");
        assert_eq!(alice.version, 2);
    }

    #[test]
    fn null_clears_and_absent_stays() {
        let mut home = home();
        let patch =
            AddressPatch { line2: Some(None), city: Some("Hamburg".into()), ..AddressPatch::default() };
        assert!(update_address(&mut home, &patch));
        assert_eq!((home.fields.line2.as_deref(), home.fields.city.as_str()), (None, "Hamburg"));
        assert_eq!((home.fields.line1.as_str(), home.version), ("1 Main St", 2));
        assert!(!update_address(&mut home, &patch));
        assert!(!update_address(&mut home, &AddressPatch::default()));
        assert_eq!(home.version, 2);
    }

    #[test]
    fn emails_are_compared_without_regard_to_case() {
        assert_eq!(email_key("Jörg.ÄB@Example.COM"), email_key("jörg.äb@example.com"));
    }
}
