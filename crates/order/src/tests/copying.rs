//! Events come late, twice and out of order, or never: a copy has the newest version that it has heard, or a gap that can be
//! seen, and never an older one.

use catalog_api::{CatalogEvent, Product, ProductStatus, Products};
use customer_api::{CustomerEvent, CustomerSnapshot, CustomerSnapshots};
use kernel::{Currency, Id, Money};
use payment_api::{PayMethod, Payment, PaymentEvent, PaymentFacts, PaymentStatus, Payments, payment_of};
use platform::copies::At;
use platform::store::Key;
use testkit_doubles::NOW;

use super::office::{Office, on_both};
use crate::store::{customer_copies, payments, product_copies};

/// Each version once or twice, in orders that put older ones after newer ones, and several into one batch.
const TOLD: [&[i64]; 4] = [&[1, 3, 2], &[2], &[5, 4, 5], &[1]];

const ONE: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0001;

fn id<K: kernel::IdKind>() -> Id<K> {
    Id::from_uuid(uuid::Uuid::from_u128(ONE))
}

fn product(version: i64) -> Product {
    Product {
        id: id(),
        title: format!("Lamp {version}"),
        handle: "lamp".to_owned(),
        description: None,
        category: None,
        tax_category: None,
        status: ProductStatus::Active,
        variants: Vec::new(),
        version,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn customer(version: i64) -> CustomerSnapshot {
    let name = format!("Alice {version}");
    CustomerSnapshot { id: id(), version, updated_at: NOW, name, addresses: Vec::new() }
}

fn payment(version: i64) -> Payment {
    let (status, captured) = match version {
        1 => (PaymentStatus::Authorised, 0),
        version => (PaymentStatus::PartiallyCaptured, version * 10),
    };
    let euros = |minor| Money::new(minor, Currency::EUR);
    Payment {
        id: payment_of(id()),
        order_id: id(),
        method: PayMethod::Card,
        provider: "http".to_owned(),
        status,
        amount: euros(1_000),
        authorised: euros(1_000),
        captured: euros(captured),
        refunded: euros(0),
        decline_reason: None,
        redirect_url: None,
        version,
        created_at: NOW,
        updated_at: NOW,
    }
}

impl Office {
    fn tell_product(&self, version: i64) {
        let event = CatalogEvent::Updated { product: product(version) };
        self.catalog.tell(&product(version).id.to_string(), version, &event);
    }

    fn tell_customer(&self, version: i64) {
        let event = CustomerEvent::Updated { customer_id: id(), changed: vec!["name".into()], group: None };
        self.customers.tell(&customer(version).id.to_string(), version, &event);
    }

    fn tell_payment(&self, version: i64) {
        let Payment { id, order_id, method, status, authorised, captured, refunded, .. } = payment(version);
        let facts = PaymentFacts {
            payment_id: id,
            order_id,
            method,
            status,
            amount: captured,
            authorised,
            captured,
            refunded,
            reason: None,
        };
        self.payments.tell(&id.to_string(), version, &PaymentEvent::Captured(facts));
    }

    async fn product_copy(&self) -> Option<(i64, String)> {
        let kept = self.read(|db| product_copies::page(db, Key(Default::default()))).await;
        kept.into_iter().next().map(|kept| (kept.at.version, kept.fact.title))
    }

    async fn customer_copy(&self) -> Option<(At, String)> {
        let kept = self.read(|db| customer_copies::page(db, Key(Default::default()))).await;
        kept.into_iter().next().map(|kept| (kept.at, kept.fact.name))
    }

    async fn payment_copy(&self) -> Option<(i64, i64)> {
        let kept = self.read(|db| payments::page(db, Key(Default::default()))).await;
        kept.into_iter().next().map(|kept| (kept.at.version, kept.fact.captured))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_counts_in_whatever_order_it_is_heard() {
    on_both(async |office: Office| {
        let mut newest = 0;
        for batch in TOLD {
            for version in batch {
                office.tell_product(*version);
                office.tell_customer(*version);
                office.tell_payment(*version);
                newest = newest.max(*version);
            }
            office.hear().await;
            assert_eq!(office.product_copy().await, Some((newest, format!("Lamp {newest}"))));
            assert_eq!(office.payment_copy().await, Some((newest, newest * 10)));
            let gap = At { version: 0, heard: newest };
            assert_eq!(office.customer_copy().await, Some((gap, String::new())), "nothing is made up");
        }
        // Its owner had only got as far as this when it answered.
        office.of_customers.answer("find_snapshots", &CustomerSnapshots { customers: vec![customer(4)] });
        office.module.fill_copies().await.unwrap();
        let behind = At { version: 4, heard: 5 };
        assert_eq!(office.customer_copy().await, Some((behind, "Alice 4".to_owned())), "the gap is seen");
        for (answered, copied) in [(5, 5), (3, 5)] {
            let customers = vec![customer(answered)];
            office.of_customers.answer("find_snapshots", &CustomerSnapshots { customers });
            office.module.fill_copies().await.unwrap();
            let filled = (At::told(copied), format!("Alice {copied}"));
            assert_eq!(office.customer_copy().await, Some(filled), "answered in version {answered}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_told_is_found_and_never_made_older() {
    on_both(async |office: Office| {
        for version in [1, 2] {
            office.tell_product(version);
            office.tell_customer(version);
            office.tell_payment(version);
        }
        office.hear().await;
        office.of_customers.answer("find_snapshots", &CustomerSnapshots { customers: vec![customer(2)] });
        office.module.fill_copies().await.unwrap();
        // The events of version 3 are lost.
        let owners = |version| {
            office.of_catalog.answer("walk", &Products { products: vec![product(version)] });
            office
                .of_customers
                .answer("walk_snapshots", &CustomerSnapshots { customers: vec![customer(version)] });
            office.of_payments.answer("walk", &Payments { payments: vec![payment(version)] });
        };
        let kinds = ["order.product_copies", "order.customer_copies", "order.order_payments"];
        owners(3);
        for kind in kinds {
            let lost = "is from version 2, its owner has 3, and nothing is on the way";
            assert_eq!(office.drift(kind, true).await, [lost], "{kind}");
            assert_eq!(office.drift(kind, false).await, [""; 0], "{kind}");
        }
        let titles = (office.product_copy().await, office.payment_copy().await);
        assert_eq!(titles, (Some((3, "Lamp 3".to_owned())), Some((3, 30))));
        // They turn up after all, and so does what came after them; an owner that answers from a backup is not believed
        // in silence.
        for version in [3, 4] {
            office.tell_product(version);
            office.tell_payment(version);
        }
        office.hear().await;
        for kind in [kinds[0], kinds[2]] {
            let ahead = "is from version 4 and has heard of 4, and its owner has 3";
            assert_eq!(office.drift(kind, false).await, [ahead], "{kind}");
        }
        assert_eq!(office.payment_copy().await, Some((4, 40)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_of_a_payment_that_are_not_told_are_not_missed() {
    on_both(async |office: Office| {
        office.hear().await;
        let owner_has = |version, status| {
            let one = Payment { status, captured: Money::zero(Currency::EUR), ..payment(version) };
            office.of_payments.answer("walk", &Payments { payments: vec![one] });
        };
        let between = [
            PaymentStatus::Pending,
            PaymentStatus::RequiresAction,
            PaymentStatus::Unknown,
            PaymentStatus::Voiding,
        ];
        for status in between {
            owner_has(2, status);
            assert_eq!(office.drift("order.order_payments", false).await, [""; 0], "{status:?}");
        }
        owner_has(1, PaymentStatus::Voided);
        assert_eq!(office.drift("order.order_payments", false).await, [""; 0], "a mark, of no payment");
        owner_has(2, PaymentStatus::Voided);
        let missing = "is not copied; its owner has version 2";
        assert_eq!(office.drift("order.order_payments", false).await, [missing]);

        office.tell_payment(1);
        office.hear().await;
        for (version, status) in
            [(1, PaymentStatus::Voiding), (4, PaymentStatus::Voiding), (5, PaymentStatus::Authorised)]
        {
            owner_has(version, status);
            assert_eq!(office.drift("order.order_payments", false).await, [""; 0], "{status:?}");
        }
        owner_has(6, PaymentStatus::Voided);
        let lost = "is from version 1, its owner has 6, and nothing is on the way";
        assert_eq!(office.drift("order.order_payments", true).await, [lost]);
        assert_eq!(office.drift("order.order_payments", false).await, [""; 0]);
    })
    .await;
}
