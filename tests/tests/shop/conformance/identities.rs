//! Credentials and letters.

use identity_api::{
    Credential, IdentityError, LetterId, Presented, PrincipalKind, SessionKind, Verify, WriteLetter,
    identity_rpc,
};
use kernel::{ApiError, Permission, Principal, StaffId};
use serde_json::{Value, json};
use testkit::{CardShop, holdfast_test};

use super::scene::{Scene, assert_incompatible, query};
use super::the_same_however_called;

const PASSWORD: &str = "seven lamps on a staircase";

#[holdfast_test]
async fn identities(shop: CardShop) {
    the_same_however_called(shop, &identity_rpc::CONTRACT, identity).await;
}

async fn identity(scene: &mut Scene) {
    let email = format!("{}@example.com", scene.name("grace"));
    let staff = json!({"email": email, "name": "Grace", "roles": ["finance"], "password": PASSWORD});
    let staff = scene.shop.post("/v1/staff", staff).await;
    let id: StaffId = staff.assert_status(201).text("id").parse().unwrap();
    let login = json!({"email": email, "password": PASSWORD, "kind": PrincipalKind::Staff});
    let session = scene.shop.post("/v1/sessions", login).anonymous().await;
    let token = session.assert_status(201).text("access_token").to_owned();
    let Credential::<SessionKind> { id: session, digest } = token.parse().unwrap();
    let verify = |digest| Verify { presented: Presented::Session { id: session, digest } };
    let known = query!(scene, identity.verify(verify(digest))).unwrap();
    assert_eq!(known.principal, Principal::Staff(id));
    assert!(known.permissions.contains(Permission::PaymentsRefund));
    let unknown = query!(scene, identity.verify(verify(identity_api::Digest([0; 32])))).unwrap_err();
    assert_eq!(unknown, ApiError::Domain(IdentityError::UnknownCredential));
    letters(scene, &email).await;
}

/// A letter is another one each time that it is written: its secret is kept nowhere.
async fn letters(scene: &mut Scene, email: &str) {
    let asked = json!({"email": email, "kind": "staff"});
    scene.shop.post("/v1/password-resets", asked).anonymous().await.assert_status(202);
    scene.shop.settle().await;
    let told = scene.shop.all("/v1/admin/events?module=identity&type=letter.requested").await;
    let newest = told.iter().filter_map(|event| event["data"]["letter_id"].as_str()).max().unwrap();
    let write = WriteLetter { id: newest.parse().unwrap() };
    let cx = scene.under_a_key();
    let unkeyed = kernel::CallCtx { idempotency_key: None, ..cx.clone() };
    assert_incompatible("write_letter", &scene.apis.identity.write_letter(&unkeyed, write.clone()).await);
    let first = scene.apis.identity.write_letter(&cx, write.clone()).await.unwrap();
    let second = scene.apis.identity.write_letter(&cx, write).await.unwrap();
    assert_eq!((first.email.as_str(), first.purpose), (email, second.purpose));
    let (first, second) = (first.token.unwrap().0, second.token.unwrap().0);
    assert_ne!(first, second);
    let complete = |token: &str| json!({"token": token, "password": PASSWORD});
    for (token, status) in [(&first, 422), (&second, 204), (&second, 422)] {
        let reply = scene.shop.post("/v1/password-resets/completion", complete(token)).anonymous().await;
        reply.assert_status(status);
    }
    let nobody = WriteLetter { id: LetterId::from_uuid(uuid::Uuid::from_u128(7)) };
    let cx = scene.under_a_key();
    let unknown = scene.apis.identity.write_letter(&cx, nobody).await;
    scene.note("write_letter", &unknown.clone().map(|_| Value::Null));
    assert_eq!(unknown.unwrap_err(), ApiError::Domain(IdentityError::UnknownLetter));
}
