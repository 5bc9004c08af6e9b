//! Those who hear of what the others do: mails and reports.

use std::time::Duration;

use analytics_api::{AnalyticsError, By, Day, Days, FindProducts, FindSales, analytics_rpc};
use kernel::{ApiError, Clock};
use notification_api::{FindMessages, MessageStatus, notification_rpc};
use testkit::{CardShop, holdfast_test};

use super::scene::{Scene, command, query, too_much};
use super::the_same_however_called;
use super::trade::purchase;

const SENT_WITHIN: Duration = Duration::from_secs(30);

#[holdfast_test]
async fn mails(shop: CardShop) {
    the_same_however_called(shop, &notification_rpc::CONTRACT, mailing).await;
}

async fn mailing(scene: &mut Scene) {
    let wanted = purchase(scene, 1).await;
    let order = command!(scene, orders.place(wanted.clone())).unwrap().id;
    scene.shop.settle().await;
    let about = FindMessages { orders: vec![order] };
    let sent = async { while !is_sent(scene, &about).await {} };
    tokio::time::timeout(SENT_WITHIN, sent).await.expect("the mail is sent");
    let found = query!(scene, notification.find_messages(about.clone())).unwrap();
    let statuses: Vec<MessageStatus> = found.messages.iter().map(|message| message.status).collect();
    assert_eq!(statuses, [MessageStatus::Sent]);
    let unknown = scene.order();
    let none = query!(scene, notification.find_messages(FindMessages { orders: vec![unknown] })).unwrap();
    assert!(none.messages.is_empty());
    too_much!(scene, notification.find_messages(FindMessages { orders: vec![order; 101] }));
}

async fn is_sent(scene: &Scene, about: &FindMessages) -> bool {
    let found = scene.apis.notification.find_messages(&scene.cx(), about.clone()).await.unwrap();
    found.messages.iter().all(|message| message.status == MessageStatus::Sent)
}

#[holdfast_test]
async fn reports(shop: CardShop) {
    the_same_however_called(shop, &analytics_rpc::CONTRACT, reporting).await;
}

async fn reporting(scene: &mut Scene) {
    let wanted = purchase(scene, 3).await;
    command!(scene, orders.place(wanted.clone())).unwrap();
    scene.shop.settle().await;
    let today: Day = scene.shop.clock().now().to_string()[..10].parse().unwrap();
    let (before, long_before): (Day, Day) = ("2020-01-01".parse().unwrap(), "2000-01-01".parse().unwrap());
    let days = Days { from: today, to: today };
    for by in [By::Category, By::Country, By::Currency, By::PaymentMethod, By::CustomerGroup] {
        let sales = query!(scene, analytics.sales(FindSales { days, by })).unwrap();
        assert!(matches!(&sales.data[..], [row] if row.units == 3), "{by:?}: {sales:?}");
    }
    let backwards = FindSales { days: Days { from: today, to: before }, by: By::Day };
    let backwards = query!(scene, analytics.sales(backwards)).unwrap_err();
    assert_eq!(backwards, ApiError::Domain(AnalyticsError::Backwards { from: today, to: before }));
    let long = FindSales { days: Days { from: long_before, to: before }, by: By::Day };
    let long = query!(scene, analytics.sales(long)).unwrap_err();
    assert!(matches!(long, ApiError::Domain(AnalyticsError::TooLong(_))), "{long:?}");
    let sold = query!(scene, analytics.products(FindProducts { days, limit: 10 })).unwrap();
    assert!(matches!(&sold.data[..], [row] if row.sku == wanted.lines[0].sku && row.units == 3));
    too_much!(scene, analytics.products(FindProducts { days, limit: 101 }));
}
