//! REST rows: products, variants, prices.

use actix_web::{get, patch, post, put, web};
use catalog_api::{NewProduct, NewVariant, Product, ProductId, ProductStatus, Variant};
use kernel::Permission;
use kernel::permission::ProductsWrite;
use kernel::{Page, Sku};
use platform::http::{
    FieldError, IfMatch, JsonBody, Keyable, May, Params, PathSegment, Problem, Problems, Reply, Visitor,
    kinds, page_request, parse_path,
};
use platform::store::{StoreError, Tx};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::module::CatalogModule;
use crate::product::ProductPatch;
use crate::request::{PatchRequest, Prices, ProductRequest, VariantRequest};
use crate::show::Sight;
use crate::store::Filter;
use crate::{add_variant, create, set_prices, update};
use platform::Change;

const LONGEST_QUERY: usize = 200;

type Catalog = web::Data<CatalogModule>;

pub(crate) fn routes(module: &CatalogModule, config: &mut ServiceConfig<'_>) {
    config
        .app_data(web::Data::new(module.clone()))
        .service(create_product)
        .service(list_products)
        .service(get_product)
        .service(update_product)
        .service(add_product_variant)
        .service(set_variant_prices);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductParams {
    /// Part of the title, the description, the handle or a SKU, in any case.
    #[param(max_length = 200)]
    q: Option<String>,
    /// Of exactly this category: not of those below it.
    category: Option<String>,
    /// Without `products:read` only active products are shown: another status gives an empty list.
    #[param(inline)]
    status: Option<ProductStatus>,
    /// The product that has this variant.
    #[param(inline)]
    sku: Option<Sku>,
    /// Products on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Create a product
///
/// With its variants and their prices. The handle is made from the title if it is left out. A taken handle or SKU, or a
/// category or tax category that is not there, is refused: 409 `handle-taken`, `sku-taken`, `unknown-category`,
/// `unknown-tax-category`.
#[utoipa::path(tag = "catalog", operation_id = "create_product", security(("bearer" = ["products:write"])),
    params(("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = ProductRequest,
    responses(
        (status = 201, description = "The product", body = Product,
            headers(("Location" = String), ("ETag" = String))),
        Problems))]
#[post("/v1/products")]
async fn create_product(
    caller: May<ProductsWrite>,
    request: Keyable<ProductRequest>,
    catalog: Catalog,
) -> Result<Reply, Problem> {
    let (Keyable { body, key }, cx) = (request, caller.cx.clone());
    let new = NewProduct::from(body);
    let work = async move {
        catalog.learn_category(&cx, new.category.as_deref()).await?;
        catalog.learn_tax_category(&cx, new.tax_category.as_deref()).await?;
        catalog
            .reply(
                cx,
                "catalog.create_product",
                key,
                move |tx, change| create::create_product(tx, change, &new),
                created,
            )
            .await
    };
    caller.detach(work).await
}

/// List products
///
/// Newest first.
#[utoipa::path(tag = "catalog", operation_id = "list_products", security((), ("bearer" = ["products:read"])),
    params(ProductParams),
    responses((status = 200, description = "A page of products", body = Page<Product>), Problems))]
#[get("/v1/products")]
async fn list_products(
    visitor: Visitor,
    params: Params<ProductParams>,
    catalog: Catalog,
) -> Result<Reply, Problem> {
    let ProductParams { q, category, status, sku, limit, cursor } = params.0;
    if q.as_ref().is_some_and(|text| text.chars().count() > LONGEST_QUERY) {
        let too_long =
            FieldError::new("q", "parameter").detail(format!("is longer than {LONGEST_QUERY} characters"));
        return Err(Problem::of(&kinds::VALIDATION).errors([too_long]));
    }
    let page = page_request(limit, cursor.as_deref())?;
    let filter = Filter { text: q.filter(|text| !text.is_empty()), category, status, sku };
    Ok(Reply::ok(&catalog.list(&visitor.cx, sight(&visitor), filter, page).await?)?)
}

/// Show a product
///
/// By id or by handle. Without `products:read` only an active one is found.
#[utoipa::path(tag = "catalog", operation_id = "get_product", security((), ("bearer" = ["products:read"])),
    params(("product" = String, Path, description = "An id, or a handle", example = "desk-lamp")),
    responses((status = 200, description = "The product", body = Product, headers(("ETag" = String))), Problems))]
#[get("/v1/products/{product}")]
async fn get_product(visitor: Visitor, product: PathSegment, catalog: Catalog) -> Result<Reply, Problem> {
    let shown = catalog.show(&visitor.cx, sight(&visitor), &product).await?;
    Ok(Reply::prepared(200, shown.body).tagged(shown.version))
}

/// Change a product
///
/// What is left out stays, null takes a description, category or tax category away. What changes nothing keeps the version.
/// A category that is not there is refused with 409 `unknown-category`, unless the product has it already; a tax category
/// with 409 `unknown-tax-category`.
#[utoipa::path(tag = "catalog", operation_id = "update_product", security(("bearer" = ["products:write"])),
    params(("product" = ProductId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = PatchRequest,
    responses(
        (status = 200, description = "The product after the change", body = Product, headers(("ETag" = String))),
        Problems))]
#[patch("/v1/products/{product}")]
async fn update_product(
    caller: May<ProductsWrite>,
    product: PathSegment,
    expected: IfMatch,
    request: JsonBody<PatchRequest>,
    catalog: Catalog,
) -> Result<Reply, Problem> {
    let (id, cx): (ProductId, _) = (parse_path(&product)?, caller.cx.clone());
    let patch = ProductPatch::from(request.0);
    let work = async move {
        catalog.learn_category(&cx, patch.category.as_ref().and_then(Option::as_deref)).await?;
        catalog.learn_tax_category(&cx, patch.tax_category.as_ref().and_then(Option::as_deref)).await?;
        let work =
            move |tx: &mut Tx<'_>, change: &Change| update::update_product(tx, change, id, &expected, &patch);
        catalog.reply(cx, "catalog.update_product", None, work, shown).await
    };
    caller.detach(work).await
}

/// Add a variant
///
/// To a product; the reply is the product. Refused with 409 `sku-taken` or `too-many-variants`.
#[utoipa::path(tag = "catalog", operation_id = "add_variant", security(("bearer" = ["products:write"])),
    params(("product" = ProductId, Path),
        ("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = VariantRequest,
    responses(
        (status = 201, description = "The product with its new variant", body = Product,
            headers(("Location" = String), ("ETag" = String))),
        Problems))]
#[post("/v1/products/{product}/variants")]
async fn add_product_variant(
    caller: May<ProductsWrite>,
    product: PathSegment,
    request: Keyable<VariantRequest>,
    catalog: Catalog,
) -> Result<Reply, Problem> {
    let (id, cx): (ProductId, _) = (parse_path(&product)?, caller.cx.clone());
    let Keyable { body, key } = request;
    let new = NewVariant::from(body);
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| add_variant::add_variant(tx, change, id, &new);
        catalog.reply(cx, "catalog.add_variant", key, work, created).await
    };
    caller.detach(work).await
}

/// Set the prices of a variant
///
/// Replaces all of them: a currency that is not named has no price any more. The ETag, and the version that If-Match
/// is compared with, are the product's.
#[utoipa::path(tag = "catalog", operation_id = "set_prices", security(("bearer" = ["products:write"])),
    params(("sku" = Sku, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = Prices,
    responses((status = 200, description = "The variant", body = Variant, headers(("ETag" = String))), Problems))]
#[put("/v1/variants/{sku}/prices")]
async fn set_variant_prices(
    caller: May<ProductsWrite>,
    sku: PathSegment,
    expected: IfMatch,
    request: JsonBody<Prices>,
    catalog: Catalog,
) -> Result<Reply, Problem> {
    let (sku, cx): (Sku, _) = (parse_path(&sku)?, caller.cx.clone());
    let wanted = request.0.of(sku);
    let work = async move {
        let work =
            move |tx: &mut Tx<'_>, change: &Change| set_prices::set_prices(tx, change, &expected, &wanted);
        catalog
            .reply(cx, "catalog.set_prices", None, work, |priced| {
                Ok(Reply::ok(&priced.variant)?.tagged(priced.version))
            })
            .await
    };
    caller.detach(work).await
}

fn sight(visitor: &Visitor) -> Sight {
    if visitor.may(Permission::ProductsRead) { Sight::All } else { Sight::ForSale }
}

fn shown(product: &Product) -> Result<Reply, StoreError> {
    Ok(Reply::ok(product)?.tagged(product.version))
}

fn created(product: &Product) -> Result<Reply, StoreError> {
    Ok(Reply::created(product)?.at(format!("/v1/products/{}", product.id)).tagged(product.version))
}
