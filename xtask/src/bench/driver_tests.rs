use actix_web::{App, HttpResponse, HttpServer, web};

use super::*;
use crate::bench::requests;

/// Every fourth ticket is refused, and its connection closed.
async fn every_fourth_refused(ticket: web::Path<u64>) -> HttpResponse {
    if ticket.into_inner() % 4 == 3 {
        return HttpResponse::ServiceUnavailable().force_close().finish();
    }
    HttpResponse::Created().body("{}")
}

fn load(server: SocketAddr, until: Until) -> Load {
    let source: Source = Arc::new(|ticket| requests::get(requests::uri(&format!("/{ticket}"))));
    Load { server, connections: 8, until, expected: StatusCode::CREATED, source }
}

#[actix_web::test]
async fn every_request_is_sent_once_and_counted() {
    let app = || App::new().route("/{ticket}", web::get().to(every_fourth_refused));
    let server = HttpServer::new(app).workers(1).bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    let _running = actix_web::rt::spawn(server.run());

    let outcome = drive(load(address, Until::Requests(100))).await.unwrap();
    assert_eq!((outcome.expected, outcome.unexpected.clone()), (75, BTreeMap::from([(503, 25)])));
    assert!(outcome.latency().median > 0.0 && outcome.latency().median <= outcome.latency().p99);
    assert!(outcome.all_expected("refusals").is_err());

    let limit = Duration::from_millis(200);
    let outcome = drive(load(address, Until::Elapsed(limit))).await.unwrap();
    assert!(outcome.elapsed >= limit && outcome.expected > 0 && outcome.rate() > 0.0);
}

#[actix_web::test]
async fn a_server_that_is_not_there_is_an_error() {
    let nobody = super::super::servers::free_address().unwrap();
    assert!(drive(load(nobody, Until::Requests(1))).await.is_err());
}
