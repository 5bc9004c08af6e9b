//! Unknown routes (404) and known routes with another method (405), told apart by the routes' own document.

use actix_web::dev::ResourceDef;
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::openapi::path::{PathItem, Paths};

use super::{Edge, Problem, kinds};

/// Every path of the API with its methods, as the OpenAPI document has them.
#[derive(Default)]
pub struct Routes(Vec<(ResourceDef, String)>);

impl Routes {
    pub fn of(paths: &Paths) -> Routes {
        Routes(
            paths.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item))).collect(),
        )
    }

    /// Value of `Allow` for a path that exists.
    fn allow(&self, path: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(route, _)| route.is_match(path));
        // A literal path is listed beside a pattern that also matches it: the literal one wins in the router.
        let first = found.next()?;
        let literal = std::iter::once(first).chain(found).find(|(route, _)| route.pattern() == Some(path));
        Some(literal.unwrap_or(first).1.as_str())
    }
}

fn methods(item: &PathItem) -> String {
    let known = [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    let names: Vec<&str> = known.into_iter().filter_map(|(name, there)| there.then_some(name)).collect();
    names.join(", ")
}

/// The application's default service.
///
/// # Errors
/// Always: 404 or 405.
pub async fn not_routed(request: HttpRequest, edge: web::Data<Edge>) -> Result<HttpResponse, Problem> {
    match edge.routes.allow(request.path()) {
        Some(methods) => Err(Problem::of(&kinds::METHOD_NOT_ALLOWED).allow(methods.to_owned())),
        None => Err(Problem::of(&kinds::NOT_FOUND)),
    }
}
