use std::collections::BTreeSet;

use testkit::{TestShop, holdfast_test};

#[holdfast_test]
async fn the_document_is_openapi_3_1(shop: TestShop) {
    let document = shop.get("/openapi.json").anonymous().await;
    document.assert_ok();
    assert_eq!(
        document.header("content-type").map(|kind| kind.split(';').next().unwrap()),
        Some("application/json")
    );
    assert!(document.text("openapi").starts_with("3.1."), "{}", document["openapi"]);
    assert!(!document["info"]["title"].as_str().unwrap().is_empty());
}

#[holdfast_test]
async fn every_operation_is_explained(shop: TestShop) {
    let document = shop.document().await;
    let mut ids = BTreeSet::new();
    for operation in document.operations() {
        let name = format!("{} {}", operation.method, operation.path);
        let id =
            operation.spec["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no operationId"));
        assert!(ids.insert(id), "{name} shares its operationId {id}");
        assert!(operation.spec["summary"].is_string(), "{name} has no summary");
        let parameters = operation.spec["parameters"].as_array().cloned().unwrap_or_default();
        for part in operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let named =
                |parameter: &serde_json::Value| parameter["name"] == part && parameter["in"] == "path";
            assert!(parameters.iter().any(named), "{name} does not explain {part}");
        }
        let key = parameters.iter().find(|parameter| parameter["name"] == "Idempotency-Key");
        match operation.method.as_str() {
            "POST" => assert!(key.is_some(), "{name} takes no Idempotency-Key"),
            _ => assert!(key.is_none(), "{name} takes an Idempotency-Key"),
        }
    }
}

#[holdfast_test]
async fn every_refusal_is_a_problem(shop: TestShop) {
    let document = shop.document().await;
    for operation in document.operations().iter().filter(|operation| operation.path.starts_with("/v1/")) {
        let name = format!("{} {}", operation.method, operation.path);
        for status in [400, 401, 413, 415, 422, 503, 504] {
            let needless = !operation.takes_a_body() && matches!(status, 400 | 413 | 415 | 422)
                || operation.is_open() && status == 401;
            let Some(response) = document.response(operation, status) else {
                assert!(needless, "{name} does not document {status}");
                continue;
            };
            assert!(
                response["content"].get("application/problem+json").is_some(),
                "{name}: {status} is no problem"
            );
        }
    }
}

#[holdfast_test]
async fn modules_do_not_share_a_schema_by_accident(shop: TestShop) {
    let document = shop.document().await;
    let schemas = &document.root["components"]["schemas"];
    assert!(schemas["PaymentMethod"]["properties"]["last4"].is_object(), "{}", schemas["PaymentMethod"]);
    assert!(schemas["Payment"]["properties"]["authorised"].is_object(), "{}", schemas["Payment"]);
    let method = schemas["OrderPayment"]["properties"]["method"].to_string();
    assert!(method.contains("#/components/schemas/OrderPaymentMethod"), "{method}");
}

#[holdfast_test]
async fn the_document_can_be_read_offline(shop: TestShop) {
    let page = shop.get("/docs/").anonymous().await;
    let html = page.assert_ok().body.as_str().unwrap();
    assert!(html.contains("swagger-ui"), "{html}");
    let sources = ["src=\"", "href=\""].into_iter().flat_map(|attribute| html.split(attribute).skip(1));
    let sources: Vec<&str> = sources.map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(!sources.is_empty(), "{html}");
    for source in sources {
        assert!(!source.contains("//"), "{source} is elsewhere");
        let file = format!("/docs/{}", source.trim_start_matches("./").trim_start_matches("/docs/"));
        shop.get(&file).anonymous().await.assert_ok();
    }
    let start = shop.get("/docs/swagger-initializer.js").anonymous().await;
    let script = start.assert_ok().body.as_str().unwrap();
    assert!(script.contains("/openapi.json") && !script.contains("petstore"), "{script}");
    // Left unset, the page sends the document to a validator on the internet.
    assert!(script.contains("validatorUrl"), "{script}");
}
