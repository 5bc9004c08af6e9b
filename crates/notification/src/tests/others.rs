//! The other modules: scripts of what they say, and owners who answer what they are asked.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use customer_api::{
    AddAddress, Address, AddressFields, Customer, CustomerApi, CustomerError, CustomerId, CustomerSnapshots,
    Customers, Destination, EnrolCustomer, FindCustomers, FindDestination, FindPaymentToken, FindSnapshots,
    Memberships, PaymentToken, Profile, RegisterCustomer, UpdateProfile, WalkSnapshots,
};
use identity_api::{IdentityApi, IdentityError, Letter, LetterId, Verified, Verify, WriteLetter, issue};
use kernel::{ApiError, BoxFut, CallCtx, Currency, Envelope, Event, Ids, Money, Sku, Timestamp};
use order_api::{
    CancelOrder, FindOrders, Order, OrderApi, OrderError, OrderId, OrderLine, OrderStatus, Orders, Payment,
    PaymentMethod, PlaceOrder, ShipOrder, WalkOrders,
};
use platform::events::feed::{Ahead, Feed, Heard, Logged};
use platform::store::StoreError;

type Reply<'a, R, E> = BoxFut<'a, Result<R, ApiError<E>>>;

/// The log of a module that says what it is told to say.
#[derive(Default)]
pub(super) struct Script {
    events: Mutex<Vec<Logged>>,
}

impl Script {
    /// It happened at `now`, and is in the log.
    pub(super) fn say<E: Event>(&self, event: &E, ids: &Ids, now: Timestamp) {
        let mut events = self.events.lock().unwrap();
        let event = Envelope {
            event_id: ids.next(now),
            event_type: event.event_type().to_owned(),
            schema_version: 1,
            occurred_at: now,
            aggregate_type: E::AGGREGATE.to_owned(),
            aggregate_id: format!("{}", events.len()),
            aggregate_version: 1,
            correlation_id: "test".to_owned(),
            causation_id: None,
            traceparent: None,
            actor: "test".to_owned(),
            data: event.data().unwrap(),
        };
        let seq = i64::try_from(events.len()).unwrap() + 1;
        events.push(Logged::new(seq, event));
    }
}

impl Feed for Script {
    fn source(&self) -> &'static str {
        "script"
    }

    fn read<'a>(&'a self, _: &'a CallCtx, after: i64, limit: i64) -> BoxFut<'a, Result<Heard, StoreError>> {
        let events = self.events.lock().unwrap().clone();
        let events = events.into_iter().filter(|logged| logged.seq > after);
        let events = events.take(usize::try_from(limit).unwrap()).collect();
        // There is no more to wait for.
        let complete_until = Some(Timestamp::from_micros(0));
        let heard = Heard { log_id: Default::default(), events, complete_until, generation: 0 };
        Box::pin(std::future::ready(Ok(heard)))
    }

    fn wait(&self, _: u64) -> BoxFut<'static, ()> {
        Box::pin(std::future::pending())
    }

    fn ahead<'a>(&'a self, _: &'a CallCtx, _: i64) -> BoxFut<'a, Result<Ahead, StoreError>> {
        let first = i64::from(!self.events.lock().unwrap().is_empty());
        Box::pin(std::future::ready(Ok(Ahead { first, ..Ahead::default() })))
    }
}

/// The owners of customers, orders and accounts.
#[derive(Default)]
pub(super) struct Owners {
    pub customers: Mutex<HashMap<CustomerId, Customer>>,
    pub orders: Mutex<HashMap<OrderId, Order>>,
    /// Those that are wanted. The secret is made when one is written.
    pub letters: Mutex<HashMap<LetterId, Letter>>,
    /// Under which keys letters were written.
    pub written: Mutex<Vec<String>>,
    pub away: AtomicBool,
}

impl Owners {
    fn answer<R: Send + 'static, E: Send + 'static>(&self, reply: R) -> BoxFut<'_, Result<R, ApiError<E>>> {
        let away = self.away.load(Ordering::Relaxed);
        let answer = if away { Err(ApiError::Unavailable("on strike".to_owned())) } else { Ok(reply) };
        Box::pin(std::future::ready(answer))
    }
}

impl CustomerApi for Owners {
    fn find<'a>(&'a self, _: &'a CallCtx, request: FindCustomers) -> Reply<'a, Customers, CustomerError> {
        let known = self.customers.lock().unwrap();
        let customers = request.ids.iter().filter_map(|id| known.get(id).cloned()).collect();
        self.answer(Customers { customers })
    }

    fn find_destination<'a>(
        &'a self,
        _: &'a CallCtx,
        _: FindDestination,
    ) -> Reply<'a, Destination, CustomerError> {
        panic!("nobody asks this")
    }

    fn find_snapshots<'a>(
        &'a self,
        _: &'a CallCtx,
        _: FindSnapshots,
    ) -> Reply<'a, CustomerSnapshots, CustomerError> {
        panic!("nobody asks this")
    }

    fn walk_snapshots<'a>(
        &'a self,
        _: &'a CallCtx,
        _: WalkSnapshots,
    ) -> Reply<'a, CustomerSnapshots, CustomerError> {
        panic!("nobody asks this")
    }

    fn walk_memberships<'a>(
        &'a self,
        _: &'a CallCtx,
        _: WalkSnapshots,
    ) -> Reply<'a, Memberships, CustomerError> {
        panic!("nobody asks this")
    }

    fn find_payment_token<'a>(
        &'a self,
        _: &'a CallCtx,
        _: FindPaymentToken,
    ) -> Reply<'a, PaymentToken, CustomerError> {
        panic!("nobody asks this")
    }

    fn register<'a>(&'a self, _: &'a CallCtx, _: RegisterCustomer) -> Reply<'a, Customer, CustomerError> {
        panic!("nobody asks this")
    }

    fn enrol<'a>(&'a self, _: &'a CallCtx, _: EnrolCustomer) -> Reply<'a, Customer, CustomerError> {
        panic!("nobody asks this")
    }

    fn add_address<'a>(&'a self, _: &'a CallCtx, _: AddAddress) -> Reply<'a, Address, CustomerError> {
        panic!("nobody asks this")
    }

    fn update_profile<'a>(&'a self, _: &'a CallCtx, _: UpdateProfile) -> Reply<'a, Profile, CustomerError> {
        panic!("nobody asks this")
    }
}

impl OrderApi for Owners {
    fn find<'a>(&'a self, _: &'a CallCtx, request: FindOrders) -> Reply<'a, Orders, OrderError> {
        let known = self.orders.lock().unwrap();
        let orders = request.ids.iter().filter_map(|id| known.get(id).cloned()).collect();
        self.answer(Orders { orders })
    }

    fn place<'a>(&'a self, _: &'a CallCtx, _: PlaceOrder) -> Reply<'a, Order, OrderError> {
        panic!("nobody asks this")
    }

    fn cancel<'a>(&'a self, _: &'a CallCtx, _: CancelOrder) -> Reply<'a, Order, OrderError> {
        panic!("nobody asks this")
    }

    fn ship<'a>(&'a self, _: &'a CallCtx, _: ShipOrder) -> Reply<'a, Order, OrderError> {
        panic!("nobody asks this")
    }

    fn walk<'a>(&'a self, _: &'a CallCtx, _: WalkOrders) -> Reply<'a, Orders, OrderError> {
        panic!("nobody asks this")
    }
}

impl IdentityApi for Owners {
    fn verify<'a>(&'a self, _: &'a CallCtx, _: Verify) -> Reply<'a, Verified, IdentityError> {
        panic!("nobody asks this")
    }

    fn write_letter<'a>(&'a self, cx: &'a CallCtx, request: WriteLetter) -> Reply<'a, Letter, IdentityError> {
        let known = self.letters.lock().unwrap().get(&request.id).cloned();
        let Some(letter) = known else {
            return Box::pin(std::future::ready(Err(ApiError::Domain(IdentityError::UnknownLetter))));
        };
        let mut written = self.written.lock().unwrap();
        written.push(cx.idempotency_key.as_deref().unwrap().to_owned());
        let secret = [u8::try_from(written.len()).unwrap(); 32];
        let token = letter.token.map(|_| issue(request.id, secret).0);
        self.answer(Letter { token, ..letter })
    }
}

pub(super) fn two_lamps(id: OrderId, customer_id: CustomerId, now: Timestamp) -> Order {
    let eur = |minor| Money::new(minor, Currency::EUR);
    let line = OrderLine {
        sku: Sku::parse("LAMP").unwrap(),
        title: "Lamp".to_owned(),
        quantity: 2,
        shipped: 0,
        unit_price: eur(4999),
        total: eur(9998),
    };
    let payment = Payment {
        id: None,
        method: PaymentMethod::Invoice,
        status: "pending".to_owned(),
        redirect_url: None,
        freshness: None,
    };
    Order {
        id,
        number: Some("1000001".to_owned()),
        status: OrderStatus::Placed,
        customer_id,
        currency: Currency::EUR,
        lines: vec![line],
        subtotal: eur(9998),
        shipping: eur(0),
        tax: eur(0),
        total: eur(9998),
        review: None,
        shipping_address: home(),
        payment,
        shipments: Vec::new(),
        reason: None,
        placed_at: Some(now),
        cancelled_at: None,
        version: 2,
        created_at: now,
    }
}

fn home() -> AddressFields {
    AddressFields {
        name: "A. Buyer".to_owned(),
        line1: "1 Main St".to_owned(),
        line2: None,
        city: "Berlin".to_owned(),
        region: None,
        postal_code: "10115".to_owned(),
        country: "DE".to_owned(),
        phone: None,
    }
}
