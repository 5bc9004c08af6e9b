use std::sync::Arc;

use testkit::{BinaryShop, Database, Engine, holdfast_test};

#[holdfast_test(postgres)]
async fn two_start_at_once_on_one_empty_database(engine: Engine) {
    for _ in 0..3 {
        let database = Arc::new(Database::empty(engine).await);
        let mut first = BinaryShop::spawn(Arc::clone(&database)).await;
        let mut second = BinaryShop::spawn(database).await;
        first.ready().await;
        second.ready().await;
        let lamp = first.product("lamp").stock(3).create().await;
        assert_eq!(second.available(&lamp).await, 3);
        let alice = second.customer("alice").await;
        let order = alice.place([(&lamp, 2)]).await;
        assert_eq!(first.get(&format!("/v1/orders/{}", order.id)).await.assert_ok().body, order.body);
        let checked = first.check().await;
        assert!(checked.clean, "{}", checked.output);
    }
}

#[holdfast_test]
async fn a_shop_keeps_what_it_has(engine: Engine) {
    let mut shop = BinaryShop::start(engine).await;
    let lamp = shop.product("lamp").stock(3).create().await;
    let order = shop.customer("alice").await.place([(&lamp, 2)]).await;
    shop.sigterm().await;
    assert!(shop.stopped().await.success(), "{}", shop.log());
    shop.restart().await;
    assert_eq!(shop.get(&format!("/v1/orders/{}", order.id)).await.assert_ok().body, order.body);
    assert_eq!(shop.available(&lamp).await, 1);
    let checked = shop.check().await;
    assert!(checked.clean, "{}", checked.output);
}
