//! Reference data and customers.

use customer_api::{
    AddAddress, AddressFields, AddressId, Customer, CustomerError, CustomerId, EnrolCustomer, FindCustomers,
    FindDestination, FindPaymentToken, FindSnapshots, PaymentMethodId, RegisterCustomer, UpdateProfile,
    WalkSnapshots, customer_rpc,
};
use kernel::ApiError;
use reference_api::{FindCategories, FindCountries, FindTaxCategories, WalkCodes, reference_rpc};
use serde_json::json;
use testkit::{CardShop, holdfast_test};

use super::scene::{Scene, command, query, too_much};
use super::the_same_however_called;

#[holdfast_test]
async fn reference_data(shop: CardShop) {
    the_same_however_called(shop, &reference_rpc::CONTRACT, reference).await;
}

async fn reference(scene: &mut Scene) {
    let code = scene.name("desk-lamps");
    let parent = scene.name("lamps");
    // Without siblings, it has the same place in each way.
    for (code, parent) in [(&parent, json!(null)), (&code, json!(parent))] {
        let category = json!({"code": code, "title": "Lamps", "parent": parent});
        scene.shop.post("/v1/categories", category).await.assert_status(201);
    }
    let taxed = json!({"code": code, "title": "Lamps"});
    scene.shop.post("/v1/tax-categories", taxed).await.assert_status(201);
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    let known =
        query!(scene, reference.find_categories(FindCategories { codes: codes(&[&code, "no-such"]) }));
    assert_eq!(known.unwrap().categories.len(), 1);
    let known = query!(scene, reference.find_countries(FindCountries { codes: codes(&["DE", "XX"]) }));
    assert_eq!(known.unwrap().countries.len(), 1);
    let taxed = FindTaxCategories { codes: codes(&[&code, "no-such"]) };
    assert_eq!(query!(scene, reference.find_tax_categories(taxed)).unwrap().tax_categories.len(), 1);
    too_much!(scene, reference.find_countries(FindCountries { codes: vec!["DE".to_owned(); 101] }));

    let walk = |after: &str, limit| WalkCodes { after: Some(after.to_owned()), limit };
    let from = &code[..code.len() - 1];
    assert_eq!(query!(scene, reference.walk_categories(walk(from, 1))).unwrap().categories.len(), 1);
    assert_eq!(query!(scene, reference.walk_tax_categories(walk(from, 1))).unwrap().tax_categories.len(), 1);
    assert_eq!(query!(scene, reference.walk_countries(walk("DE", 3))).unwrap().countries.len(), 3);
    too_much!(scene, reference.walk_countries(walk("DE", 101)));
}

pub(super) fn home() -> AddressFields {
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

/// One of the group `friends`, with an address.
pub(super) async fn customer(scene: &mut Scene, name: &str) -> (Customer, AddressId) {
    let register = RegisterCustomer {
        email: format!("{}@example.com", scene.name(name)),
        name: name.to_owned(),
        phone: None,
        group: Some("friends".to_owned()),
    };
    let made = command!(scene, customers.register(register)).unwrap();
    let address = AddAddress { customer_id: made.id, address: home() };
    let address = command!(scene, customers.add_address(address)).unwrap();
    (made, address.id)
}

#[holdfast_test]
async fn customers(shop: CardShop) {
    the_same_however_called(shop, &customer_rpc::CONTRACT, registry).await;
}

async fn registry(scene: &mut Scene) {
    let (alice, home_of_alice) = customer(scene, "alice").await;
    let (bob, _) = customer(scene, "bob").await;
    let nobody = CustomerId::from_uuid(home_of_alice.uuid());
    let again =
        RegisterCustomer { email: alice.email.clone(), name: "x".to_owned(), phone: None, group: None };
    let taken = command!(scene, customers.register(again)).unwrap_err();
    assert_eq!(taken, ApiError::Domain(CustomerError::EmailTaken));
    let proven = |email: String| EnrolCustomer { email, name: "Carol".to_owned(), phone: None };
    let known = command!(scene, customers.enrol(proven(alice.email.to_uppercase()))).unwrap();
    assert_eq!(known, command!(scene, customers.enrol(proven(alice.email.clone()))).unwrap());
    let new = proven(format!("{}@example.com", scene.name("carol")));
    assert_eq!(command!(scene, customers.enrol(new)).unwrap().name, "Carol");
    let stray = AddAddress { customer_id: nobody, address: home() };
    let unknown = command!(scene, customers.add_address(stray)).unwrap_err();
    assert_eq!(unknown, ApiError::Domain(CustomerError::UnknownCustomer(nobody)));
    let profile = |customer_id| UpdateProfile {
        customer_id,
        display_name: Some("Alice".to_owned()),
        bio: Some("Lamps.".to_owned()),
        locale: Some("de".to_owned()),
    };
    assert_eq!(command!(scene, customers.update_profile(profile(alice.id))).unwrap().version, 1);
    command!(scene, customers.update_profile(profile(nobody))).unwrap_err();

    let to = |customer_id| FindDestination { customer_id, address_id: home_of_alice };
    assert_eq!(query!(scene, customers.find_destination(to(alice.id))).unwrap().address, home());
    let elsewhere = query!(scene, customers.find_destination(to(bob.id))).unwrap_err();
    assert_eq!(elsewhere, ApiError::Domain(CustomerError::UnknownAddress(home_of_alice)));

    let path = format!("/v1/customers/{}/payment-methods", alice.id);
    let card = json!({"provider": "http", "token": "tok_visa", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030});
    let kept = scene.shop.post(&path, card).await;
    let kept: PaymentMethodId = kept.assert_status(201).text("id").parse().unwrap();
    let token = |payment_method_id| FindPaymentToken { customer_id: alice.id, payment_method_id };
    assert_eq!(query!(scene, customers.find_payment_token(token(kept))).unwrap().token.0, "tok_visa");
    let unknown = PaymentMethodId::from_uuid(bob.id.uuid());
    query!(scene, customers.find_payment_token(token(unknown))).unwrap_err();

    let ids = vec![bob.id, nobody, alice.id];
    assert_eq!(query!(scene, customers.find(FindCustomers { ids: ids.clone() })).unwrap().customers.len(), 2);
    let found = query!(scene, customers.find_snapshots(FindSnapshots { ids })).unwrap();
    assert_eq!(found.customers.len(), 2);
    too_much!(scene, customers.find(FindCustomers { ids: vec![nobody; 101] }));
    let walk = WalkSnapshots { after: Some(alice.id), limit: 10 };
    assert_eq!(query!(scene, customers.walk_snapshots(walk)).unwrap().customers.len(), 2);
    assert_eq!(query!(scene, customers.walk_memberships(walk)).unwrap().memberships.len(), 2);
    too_much!(scene, customers.walk_snapshots(WalkSnapshots { after: None, limit: 101 }));
}
