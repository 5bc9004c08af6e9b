use std::io::Cursor;
use std::time::Duration;

use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb};
use reqwest::Method;
use testkit::{Connection, Request, TestCustomer, TestShop, holdfast_test};

fn picture(customer: &TestCustomer) -> String {
    format!("/v1/customers/{}/profile/picture", customer.id)
}

fn drawn(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image: DynamicImage = ImageBuffer::from_pixel(width, height, Rgb([200_u8, 90, 30])).into();
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn put(shop: &TestShop, customer: &TestCustomer, kind: &str, bytes: Vec<u8>) -> Request {
    shop.request(Method::PUT, &picture(customer)).raw(bytes).header("content-type", kind)
}

/// Names of what is in the shop's directory.
fn kept(shop: &TestShop) -> Vec<String> {
    let files = std::fs::read_dir(shop.picture_directory()).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

async fn until(so: impl Fn() -> bool) {
    let looking = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looking).await.expect("it comes to that");
}

#[holdfast_test]
async fn a_picture_is_kept_small_and_shown(shop: TestShop) {
    let alice = shop.customer("alice").await;
    shop.get(&picture(&alice)).await.assert_problem(404, "picture-not-found");
    for (kind, format) in [
        ("image/png", ImageFormat::Png),
        ("image/jpeg", ImageFormat::Jpeg),
        ("image/webp", ImageFormat::WebP),
    ] {
        let profile = put(&shop, &alice, kind, drawn(1024, 600, format)).await;
        assert_eq!(profile.assert_ok().header("etag"), None, "what is kept is not what was sent");
        let described = profile["picture"].clone();
        let shown = shop.get(&picture(&alice)).await;
        shown.assert_ok();
        for (header, value) in [
            ("content-type", "image/jpeg"),
            ("etag", &format!("\"{}\"", profile.number("version"))),
            ("cache-control", "private, no-cache"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(shown.header(header), Some(value), "{header}");
        }
        let image = image::load_from_memory_with_format(&shown.bytes, ImageFormat::Jpeg).unwrap();
        assert_eq!((image.width(), image.height()), (512, 300));
        assert_eq!((&described["width"], &described["height"]), (&512.into(), &300.into()));
        assert_eq!(described["bytes"], shown.bytes.len());
        let again = shop.get(&picture(&alice)).header("if-none-match", shown.header("etag").unwrap()).await;
        assert!(again.status == 304 && again.bytes.is_empty(), "{}", again.exchange());
    }
    let profile = shop.get(&format!("/v1/customers/{}/profile", alice.id)).await;
    assert_eq!((profile.number("version"), &profile["picture"]["version"]), (3, &3.into()));
    until(|| kept(&shop).len() == 1).await;
}

#[holdfast_test]
async fn a_picture_that_is_taken_away_is_gone(shop: TestShop) {
    let (alice, bob) = (shop.customer("alice").await, shop.customer("bob").await);
    shop.delete(&picture(&alice)).await.assert_problem(404, "picture-not-found");
    put(&shop, &alice, "image/png", drawn(9, 9, ImageFormat::Png)).await.assert_ok();
    put(&shop, &bob, "image/png", drawn(9, 9, ImageFormat::Png)).await.assert_ok();
    shop.delete(&picture(&alice)).if_match(7).await.assert_problem(412, "stale");
    let unseen = put(&shop, &alice, "image/png", drawn(9, 9, ImageFormat::Png)).if_match(7).await;
    unseen.assert_problem(412, "stale");
    shop.delete(&picture(&alice)).if_match(1).await.assert_status(204);
    shop.get(&picture(&alice)).await.assert_problem(404, "picture-not-found");
    shop.get(&picture(&bob)).await.assert_ok();
    // Bob's, and the one that was refused, which is removed when its upload is known to have failed.
    until(|| kept(&shop).len() == 2).await;
}

#[holdfast_test]
async fn what_is_no_picture_is_refused(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let png = drawn(9, 9, ImageFormat::Png);
    for kind in ["image/gif", "image/svg+xml", "application/json", "text/plain", ""] {
        put(&shop, &alice, kind, png.clone()).await.assert_problem(415, "unsupported-media-type");
    }
    let packed = put(&shop, &alice, "image/png", png.clone()).header("content-encoding", "gzip").await;
    packed.assert_problem(415, "unsupported-media-type");
    for (kind, bytes) in [
        ("image/png", Vec::new()),
        ("image/png", b"<svg/>".to_vec()),
        ("image/png", png[..40].to_vec()),
        ("image/jpeg", png.clone()),
    ] {
        put(&shop, &alice, kind, bytes).await.assert_problem(422, "picture-invalid");
    }
    put(&shop, &alice, "image/png", vec![0; 5 * 1024 * 1024]).await.assert_problem(422, "picture-invalid");
    put(&shop, &alice, "image/png", vec![0; 5 * 1024 * 1024 + 1]).await.assert_problem(413, "too-large");
    put(&shop, &alice, "image/png", png).anonymous().await.assert_problem(401, "unauthorized");
    shop.get(&picture(&alice)).await.assert_problem(404, "picture-not-found");
    assert_eq!(kept(&shop), [""; 0]);
}

#[holdfast_test]
async fn other_rows_take_no_more_than_before(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let path = format!("/v1/customers/{}/addresses", alice.id);
    let mut connection = Connection::open(shop.address()).await.unwrap();
    let padded = format!("{{\"padding\": \"{}\"}}", "x".repeat(70 * 1024));
    assert_eq!(connection.post_chunked(&path, &padded).await.unwrap().status, 413);
}
