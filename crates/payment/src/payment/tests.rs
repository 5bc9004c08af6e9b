use kernel::{Currency, Ids};
use payment_api::PaymentStatus;
use proptest::prelude::*;

use super::*;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn now() -> Timestamp {
    Timestamp::from_micros(1)
}

fn pending() -> Payment {
    let ids = Ids::new();
    let terms = Terms {
        order_id: ids.next(now()),
        method: PayMethod::Card,
        provider: "http",
        amount: eur(100),
        token: Some(Token("tok_1".into())),
        return_url: None,
    };
    Payment::new(terms, now())
}

fn authorised() -> Payment {
    let mut payment = pending();
    assert!(payment.authorised(Some("pi_1".into())).is_some());
    payment
}

fn captured(minor: i64) -> Payment {
    let mut payment = authorised();
    let amount = payment.begin_capture(Some(eur(minor))).unwrap();
    payment.captured(amount).unwrap();
    payment
}

#[test]
fn an_authorisation_is_decided_once_and_forgets_the_token() {
    let mut payment = pending();
    payment.unclear();
    assert_eq!(payment.status(), PaymentStatus::Unknown);
    let event = payment.authorised(Some("pi_1".into())).unwrap();
    assert_eq!((event.facts().authorised, event.facts().status), (eur(100), PaymentStatus::Authorised));
    assert_eq!((&payment.token, payment.reference.as_deref()), (&None, Some("pi_1")));
    let before = payment.clone();
    assert_eq!(payment.authorised(Some("pi_2".into())), None);
    assert_eq!(payment.declined("late"), None);
    payment.unclear();
    payment.action_required("pi_1", "https://late");
    assert_eq!(payment, before);
}

#[test]
fn a_decline_stays_one() {
    let mut payment = pending();
    let event = payment.declined("insufficient_funds").unwrap();
    assert_eq!(event.facts().reason.as_deref(), Some("insufficient_funds"));
    assert_eq!(payment.authorised(None), None);
    assert_eq!(payment.begin_capture(None), Err(PaymentError::NotCapturable(PaymentStatus::Declined)));
    assert_eq!(payment.begin_void(), Ok(Reversal::Nothing));
}

#[test]
fn captures_are_bounded_by_the_authorisation_those_under_way_included() {
    let mut payment = authorised();
    assert_eq!(payment.begin_capture(Some(eur(60))), Ok(eur(60)));
    assert_eq!(payment.begin_capture(Some(eur(41))), Err(PaymentError::AmountExceedsAuthorised(eur(40))));
    assert_eq!(payment.begin_capture(None), Ok(eur(40)));
    assert_eq!(payment.begin_capture(None), Err(PaymentError::NotCapturable(PaymentStatus::Authorised)));
    payment.captured(eur(60)).unwrap();
    assert_eq!(payment.status(), PaymentStatus::PartiallyCaptured);
    payment.capture_failed(eur(40)).unwrap();
    assert_eq!(payment.begin_capture(None), Ok(eur(40)));
    payment.captured(eur(40)).unwrap();
    assert_eq!(payment.status(), PaymentStatus::Captured);
}

#[test]
fn refunds_are_bounded_by_the_captures_those_under_way_included() {
    let mut payment = captured(60);
    assert_eq!(payment.begin_refund(Some(eur(50))), Ok(eur(50)));
    assert_eq!(payment.begin_refund(Some(eur(11))), Err(PaymentError::AmountExceedsCaptured(eur(10))));
    payment.refund_failed(eur(50)).unwrap();
    assert_eq!(payment.refunded, eur(0));
    assert_eq!(payment.begin_refund(None), Ok(eur(60)));
    payment.refunded(eur(60)).unwrap();
    assert_eq!(payment.status(), PaymentStatus::Refunded);
    assert_eq!(payment.begin_refund(None), Err(PaymentError::NotRefundable(PaymentStatus::Refunded)));
    assert_eq!(authorised().begin_refund(None), Err(PaymentError::NotRefundable(PaymentStatus::Authorised)));
}

#[test]
fn amounts_are_above_zero_and_in_the_currency_of_the_payment() {
    for wrong in [eur(0), eur(-1), Money::new(1, Currency::JPY)] {
        assert_eq!(authorised().begin_capture(Some(wrong)), Err(PaymentError::WrongAmount), "{wrong}");
        assert_eq!(captured(60).begin_refund(Some(wrong)), Err(PaymentError::WrongAmount), "{wrong}");
    }
}

#[test]
fn what_is_void_cannot_be_captured() {
    let mut payment = authorised();
    assert_eq!(payment.begin_void(), Ok(Reversal::Void));
    assert_eq!(payment.begin_capture(None), Err(PaymentError::NotCapturable(PaymentStatus::Voiding)));
    assert_eq!(payment.begin_void(), Ok(Reversal::UnderWay));
    assert!(payment.voided().is_some());
    assert_eq!(payment.voided(), None);
    assert_eq!(payment.status(), PaymentStatus::Voided);
    assert!(!payment.status().is_live());
}

#[test]
fn what_was_captured_cannot_be_voided() {
    assert_eq!(captured(60).begin_void(), Err(PaymentError::NotVoidable(PaymentStatus::PartiallyCaptured)));
    let mut under_way = authorised();
    under_way.begin_capture(None).unwrap();
    assert_eq!(under_way.begin_void(), Err(PaymentError::NotVoidable(PaymentStatus::Authorised)));
}

#[test]
fn a_wish_to_void_waits_for_what_there_is() {
    let mut payment = pending();
    payment.unclear();
    assert_eq!(payment.begin_void(), Ok(Reversal::Noted));
    assert!(payment.unwanted && payment.token.is_some());
    payment.authorised(None).unwrap();
    assert_eq!(payment.begin_void(), Ok(Reversal::Void));
}

#[test]
fn whatever_there_is_goes_back() {
    let mut payment = captured(60);
    assert_eq!(payment.begin_reversal(), Ok(Reversal::Refund(eur(60))));
    assert_eq!(payment.begin_reversal(), Ok(Reversal::UnderWay));
    assert_eq!(
        payment.begin_capture(None),
        Err(PaymentError::NotCapturable(PaymentStatus::PartiallyCaptured))
    );
    payment.refunded(eur(60)).unwrap();
    assert_eq!(payment.begin_reversal(), Ok(Reversal::Nothing));
    assert!(!payment.status().is_live());

    let mut under_way = authorised();
    let amount = under_way.begin_capture(Some(eur(30))).unwrap();
    assert_eq!(under_way.begin_reversal(), Ok(Reversal::Noted));
    under_way.captured(amount).unwrap();
    assert_eq!(under_way.begin_reversal(), Ok(Reversal::Refund(eur(30))));
}

#[test]
fn by_hand_the_money_is_pending_until_somebody_has_it() {
    let terms = Terms {
        order_id: Ids::new().next(now()),
        method: PayMethod::Invoice,
        provider: "invoice",
        amount: eur(100),
        token: None,
        return_url: None,
    };
    let mut payment = Payment::by_hand(terms, now());
    assert_eq!(payment.status(), PaymentStatus::Pending);
    let amount = payment.begin_capture(None).unwrap();
    payment.captured(amount).unwrap();
    assert_eq!(payment.status(), PaymentStatus::Captured);
}

#[test]
fn a_customer_who_authenticates_late_does_not_stop_the_void() {
    let mut payment = pending();
    payment.action_required("pi_1", "https://bank");
    assert_eq!(payment.view().redirect_url.as_deref(), Some("https://bank"));
    assert_eq!(payment.begin_void(), Ok(Reversal::Void));
    assert_eq!(payment.authorised(None), None);
    assert_eq!(payment.status(), PaymentStatus::Voiding);
    payment.void_failed();
    assert_eq!(payment.status(), PaymentStatus::Authorised);
}

#[test]
fn the_token_is_in_no_text() {
    let payment = pending();
    let texts = format!("{payment:?} {}", serde_json::to_string(&payment.view()).unwrap());
    assert!(!texts.contains("tok_1"), "{texts}");
}

#[test]
fn an_event_has_the_name_that_it_travels_under() {
    use kernel::Event;
    let declined = pending().declined("expired_card").unwrap();
    let mut voided = authorised();
    voided.begin_void().unwrap();
    let mut taken = authorised();
    let amount = taken.begin_capture(None).unwrap();
    let captured = taken.captured(amount).unwrap();
    let amount = taken.begin_refund(None).unwrap();
    let refunded = taken.refunded(amount).unwrap();
    let first = pending().authorised(None).unwrap();
    for event in [first, captured, refunded, voided.voided().unwrap(), declined] {
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["type"], event.event_type());
        assert!(PaymentEvent::TYPES.contains(&event.event_type()));
        assert_eq!(serde_json::from_value::<PaymentEvent>(json).unwrap(), event);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Capture(Option<i64>, bool),
    Refund(Option<i64>, bool),
    Void(bool),
    Reverse(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let amount = || prop::option::of(-10..130_i64);
    let step = prop_oneof![
        (amount(), any::<bool>()).prop_map(|(amount, works)| Step::Capture(amount, works)),
        (amount(), any::<bool>()).prop_map(|(amount, works)| Step::Refund(amount, works)),
        any::<bool>().prop_map(Step::Void),
        any::<bool>().prop_map(Step::Reverse),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #[test]
    fn no_sequence_of_commands_breaks_the_bounds(steps in steps()) {
        let mut payment = authorised();
        let (mut captures, mut refunds) = (Vec::new(), Vec::new());
        for (step, settles) in steps.into_iter().zip([true, false, false].into_iter().cycle()) {
            match step {
                Step::Capture(amount, works) => {
                    captures.extend(payment.begin_capture(amount.map(eur)).ok().map(|amount| (amount, works)));
                }
                Step::Refund(amount, works) => {
                    refunds.extend(payment.begin_refund(amount.map(eur)).ok().map(|amount| (amount, works)));
                }
                Step::Void(works) => match payment.begin_void() {
                    Ok(Reversal::Void) if works => drop(payment.voided()),
                    Ok(Reversal::Void) => payment.void_failed(),
                    _ => {}
                },
                Step::Reverse(works) => match payment.begin_reversal() {
                    Ok(Reversal::Void) if works => drop(payment.voided()),
                    Ok(Reversal::Void) => payment.void_failed(),
                    Ok(Reversal::Refund(amount)) => refunds.push((amount, works)),
                    _ => {}
                },
            }
            for (amount, works) in captures.drain(if settles { 0.. } else { captures.len().. }) {
                if works { drop(payment.captured(amount).unwrap()) } else { payment.capture_failed(amount).unwrap() }
            }
            for (amount, works) in refunds.drain(if settles { 0.. } else { refunds.len().. }) {
                if works { drop(payment.refunded(amount).unwrap()) } else { payment.refund_failed(amount).unwrap() }
            }
            let [refunded, refunding, captured, capturing, authorised] =
                [payment.refunded, payment.refunding, payment.captured, payment.capturing, payment.authorised]
                    .map(|money| money.minor());
            prop_assert!(0 <= refunded && 0 <= refunding && refunded + refunding <= captured);
            prop_assert!(0 <= capturing && captured + capturing <= authorised && authorised == 100);
            prop_assert!(payment.state != State::Voided || captured + capturing == 0);
        }
    }
}
