//! What the API's own document knows of a request: whether its route exists (404), whether the route has its method
//! (405), and which query parameters the operation takes (422).

use actix_web::dev::ResourceDef;
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem, Paths};

use super::params::{name_of, parameter};
use super::{Edge, Problem, kinds};

/// Every path of the API with its methods, as the OpenAPI document has them.
#[derive(Default)]
pub struct Routes(Vec<Route>);

struct Route {
    path: ResourceDef,
    /// By method, in capitals.
    operations: Vec<(&'static str, QueryParameters)>,
}

/// Names of what an operation takes after the `?`.
type QueryParameters = Vec<String>;

impl Routes {
    pub fn of(paths: &Paths) -> Routes {
        let route = |(path, item): (&String, &PathItem)| Route {
            path: ResourceDef::new(path.as_str()),
            operations: operations(item),
        };
        Routes(paths.paths.iter().map(route).collect())
    }

    /// Value of `Allow` for a path that exists.
    fn allow(&self, path: &str) -> Option<String> {
        let mut found = self.0.iter().filter(|route| route.path.is_match(path));
        // A literal path is listed beside a pattern that also matches it: the literal one wins in the router.
        let first = found.next()?;
        let literal = std::iter::once(first).chain(found).find(|route| route.path.pattern() == Some(path));
        let methods: Vec<&str> =
            literal.unwrap_or(first).operations.iter().map(|(method, _)| *method).collect();
        Some(methods.join(", "))
    }

    fn query_parameters(&self, pattern: &str, method: &str) -> Option<&QueryParameters> {
        let route = self.0.iter().find(|route| route.path.pattern() == Some(pattern))?;
        route.operations.iter().find(|(known, _)| *known == method).map(|(_, parameters)| parameters)
    }

    /// Refuses query parameters that the request's operation does not have. Nothing to do without a query.
    pub(super) fn refuse_unknown_parameters(&self, request: &HttpRequest) -> Result<(), Problem> {
        if request.query_string().is_empty() {
            return Ok(());
        }
        let pattern = request.match_pattern().unwrap_or_default();
        let Some(known) = self.query_parameters(&pattern, request.method().as_str()) else { return Ok(()) };
        let pairs = request.query_string().split('&').filter(|pair| !pair.is_empty());
        match pairs.map(name_of).find(|name| !known.contains(name)) {
            Some(name) => Err(parameter(&name, "is no parameter of this operation")),
            None => Ok(()),
        }
    }
}

fn operations(item: &PathItem) -> Vec<(&'static str, QueryParameters)> {
    let known = [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    let there = known.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)));
    there.map(|(method, operation)| (method, in_query(operation))).collect()
}

fn in_query(operation: &Operation) -> QueryParameters {
    let name = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
        // utoipa writes every parameter in place.
        RefOr::T(_) | RefOr::Ref(_) => None,
    };
    operation.parameters.iter().flatten().filter_map(name).collect()
}

/// The application's default service.
///
/// # Errors
/// Always: 404 or 405.
pub async fn not_routed(request: HttpRequest, edge: web::Data<Edge>) -> Result<HttpResponse, Problem> {
    match edge.routes.allow(request.path()) {
        Some(methods) => Err(Problem::of(&kinds::METHOD_NOT_ALLOWED).allow(methods)),
        None => Err(Problem::of(&kinds::NOT_FOUND)),
    }
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::HttpMethod;
    use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, PathsBuilder};

    use super::*;

    fn routes() -> Routes {
        let parameter = |name: &str, place| ParameterBuilder::new().name(name).parameter_in(place).build();
        let list = OperationBuilder::new().parameter(parameter("limit", ParameterIn::Query));
        let show = || OperationBuilder::new().parameter(parameter("id", ParameterIn::Path));
        let item = |operation: OperationBuilder| PathItem::new(HttpMethod::Get, operation);
        let mut orders = item(list);
        orders.post = Some(OperationBuilder::new().build());
        let paths = PathsBuilder::new()
            .path("/v1/orders", orders)
            .path("/v1/orders/{id}", item(show()))
            .path("/v1/orders/mine", item(show()));
        Routes::of(&paths.build())
    }

    #[test]
    fn only_documented_query_parameters_are_known() {
        let routes = routes();
        assert_eq!(routes.query_parameters("/v1/orders", "GET"), Some(&vec!["limit".to_owned()]));
        assert_eq!(routes.query_parameters("/v1/orders", "POST"), Some(&vec![]));
        assert_eq!(routes.query_parameters("/v1/orders/{id}", "GET"), Some(&vec![]));
        assert_eq!(routes.query_parameters("/v1/orders/{id}", "DELETE"), None);
        assert_eq!(routes.query_parameters("/docs/{_:.*}", "GET"), None);
    }

    #[actix_web::test]
    async fn a_parameter_that_the_operation_does_not_have_is_refused_by_name() {
        async fn answer(request: HttpRequest, routes: web::Data<Routes>) -> Result<HttpResponse, Problem> {
            routes.refuse_unknown_parameters(&request)?;
            Ok(HttpResponse::Ok().finish())
        }
        use actix_web::test::{TestRequest, call_service, init_service};
        let app = actix_web::App::new()
            .app_data(web::Data::new(routes()))
            .route("/v1/orders", web::get().to(answer))
            .route("/v1/orders", web::post().to(answer))
            .route("/v1/orders/{id}", web::get().to(answer))
            .route("/else", web::get().to(answer));
        let app = init_service(app).await;
        for (request, refused) in [
            (TestRequest::get().uri("/v1/orders?limit=1"), None),
            (TestRequest::get().uri("/v1/orders?&limit"), None),
            (TestRequest::get().uri("/v1/orders?limit=1&Limit=2"), Some("Limit")),
            (TestRequest::post().uri("/v1/orders?limit=1"), Some("limit")),
            (TestRequest::get().uri("/v1/orders/7"), None),
            (TestRequest::get().uri("/v1/orders/7?"), None),
            (TestRequest::get().uri("/v1/orders/7?a%20b=1"), Some("a b")),
            (TestRequest::get().uri("/v1/orders/7?=1"), Some("")),
            (TestRequest::get().uri("/else?a=1"), None),
        ] {
            let response = call_service(&app, request.to_request()).await;
            let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
            let rendered = problem.map(|problem| String::from_utf8(problem.render("", "")).unwrap());
            match refused {
                Some(name) => {
                    let rendered = rendered.unwrap();
                    assert!(rendered.contains(&format!(r#""pointer":"{name}""#)), "{rendered}");
                }
                None => assert_eq!(rendered, None),
            }
        }
    }

    #[test]
    fn a_literal_path_wins_over_a_pattern() {
        assert_eq!(routes().allow("/v1/orders").as_deref(), Some("GET, POST"));
        assert_eq!(routes().allow("/v1/orders/mine").as_deref(), Some("GET"));
        assert_eq!(routes().allow("/v1/nothing"), None);
    }
}
