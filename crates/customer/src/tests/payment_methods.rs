use kernel::{PageRequest, Token};
use platform::http::IfMatch;

use super::registry::{Registry, on_both};
use crate::add_payment_method::add_payment_method;
use crate::payment_method::NewPaymentMethod;
use crate::remove_payment_method::remove_payment_method;

fn card() -> NewPaymentMethod {
    NewPaymentMethod {
        provider: "stripe".into(),
        token: Token("pm_1N3T00Lk".into()),
        brand: "visa".into(),
        last4: "4242".into(),
        exp_month: 12,
        exp_year: 2030,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_method_comes_and_goes_with_a_version_of_its_customer_each() {
    on_both(async |registry: Registry| {
        let (alice, bob) = (registry.customer("alice").await.id, registry.customer("bob").await.id);
        registry.change(move |tx, change| add_payment_method(tx, change, alice, &card())).await.unwrap();
        let page = PageRequest::default();
        let list = registry.module.list_payment_methods(&registry.cx, alice, page).await.unwrap().data;
        let [method] = list.as_slice() else { panic!("{list:?}") };
        assert_eq!((method.token.0.as_str(), method.exp_year, method.version), ("pm_1N3T00Lk", 2030, 1));
        assert_eq!(
            &registry.module.get_payment_method(&registry.cx, alice, method.id).await.unwrap(),
            method
        );
        assert!(registry.module.get_payment_method(&registry.cx, bob, method.id).await.is_err());

        let id = method.id;
        let remove = |customer| {
            registry
                .change(move |tx, change| remove_payment_method(tx, change, (customer, id), &IfMatch::Any))
        };
        assert_eq!(remove(bob).await.unwrap_err().code(), "payment-method-not-found");
        assert!(remove(alice).await.is_ok());
        assert_eq!(remove(alice).await.unwrap_err().code(), "payment-method-not-found");
        assert_eq!((registry.version(alice).await, registry.version(bob).await), (3, 1));
        assert_eq!(registry.events(alice, "customer.updated").await, 2);
    })
    .await;
}
