//! REST rows: the delivery log, and what customers want to hear of.

use actix_web::{get, put, web};
use customer_api::CustomerId;
use garde::Validate;
use kernel::permission::{CustomersRead, CustomersWrite, MessagesRead};
use kernel::{Needed, Page};
use notification_api::{Message, MessageStatus};
use order_api::OrderId;
use platform::Change;
use platform::http::rules::optional;
use platform::http::{
    IfMatch, JsonBody, May, Own, Params, PathSegment, Problem, Problems, Reply, page_request, parse_path,
};
use platform::idempotency::Outcome;
use platform::store::{StoreError, Tx};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::Error;
use crate::module::NotificationModule;
use crate::preferences::{self, Choices, EmailTopics, Preferences};
use crate::store::messages::{self, Filter};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MessageParams {
    /// Messages about this order.
    order_id: Option<OrderId>,
    status: Option<MessageStatus>,
    /// Messages on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a customer wants to hear of; replaces what was said before. What is left out is wanted.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewNotificationPreferences {
    /// The language to write in. Where mails are not written in it, the shop's own.
    #[garde(custom(optional(is_tag)))]
    #[schema(pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", examples("de"))]
    locale: Option<String>,
    #[garde(skip)]
    #[serde(default)]
    email: NewEmailTopics,
}

/// What is wanted by mail. The confirmation of an order is always sent.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct NewEmailTopics {
    /// What becomes of an order, beyond its confirmation.
    #[schema(default = true)]
    orders: bool,
    /// Money that goes back.
    #[schema(default = true)]
    refunds: bool,
}

impl Default for NewEmailTopics {
    fn default() -> NewEmailTopics {
        NewEmailTopics { orders: true, refunds: true }
    }
}

/// BCP 47, as far as it is needed.
fn is_tag(tag: &str, (): &()) -> garde::Result {
    let mut parts = tag.split('-');
    let letters = |part: &str| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic());
    let rest = |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let language = parts.next().is_some_and(letters);
    if language && parts.clone().count() <= 3 && parts.all(rest) {
        return Ok(());
    }
    Err(garde::Error::new("must be the tag of a language, such as de or de-AT"))
}

type Module = web::Data<NotificationModule>;

/// Whose preferences are asked for. To a customer, another one's are as good as absent.
fn whose<P: Needed>(caller: &Own<P>, segment: &str) -> Result<CustomerId, Problem> {
    let id = parse_path(segment)?;
    if caller.includes(id) { Ok(id) } else { Err(Error::CustomerNotFound(id).into()) }
}

/// The delivery log
///
/// Messages and what became of them, newest first.
#[utoipa::path(tag = "notification", operation_id = "list_messages", security(("bearer" = ["messages:read"])),
    params(MessageParams),
    responses((status = 200, description = "A page of messages", body = Page<Message>), Problems))]
#[get("/v1/messages")]
async fn list_messages(
    caller: May<MessagesRead>,
    params: Params<MessageParams>,
    module: Module,
) -> Result<Reply, Problem> {
    let MessageParams { order_id, status, limit, cursor } = params.0;
    let (page, filter) = (page_request(limit, cursor.as_deref())?, Filter { order_id, status });
    let limit = page.limit;
    let list = move |db: &mut platform::store::Db<'_>| messages::list(db, filter, &page);
    let rows: Vec<Message> = module.foundation.store.read::<_, StoreError, _>(&caller.cx, list).await?;
    Ok(Reply::ok(&Page::cut(rows, limit, |message| message.id.to_string()))?)
}

/// What a customer wants to hear of
#[utoipa::path(tag = "notification", operation_id = "get_notification_preferences", security(("bearer" = ["customers:read"])),
    params(("customer" = CustomerId, Path)),
    responses((status = 200, body = Preferences, headers(("ETag" = String))), Problems))]
#[get("/v1/customers/{customer}/notification-preferences")]
async fn get_notification_preferences(
    caller: Own<CustomersRead>,
    customer: PathSegment,
    module: Module,
) -> Result<Reply, Problem> {
    let customer = whose(&caller, &customer)?;
    module.must_exist(&caller.cx, customer).await?;
    Ok(shown(&module.preferences_of(&caller.cx, customer).await?)?)
}

/// Say what a customer wants to hear of
///
/// Replaces what was said before; what is left out is wanted. What changes nothing keeps the version. The confirmation of an
/// order is sent in any case.
#[utoipa::path(tag = "notification", operation_id = "put_notification_preferences", security(("bearer" = ["customers:write"])),
    params(("customer" = CustomerId, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = NewNotificationPreferences,
    responses((status = 200, body = Preferences, headers(("ETag" = String))), Problems))]
#[put("/v1/customers/{customer}/notification-preferences")]
async fn put_notification_preferences(
    caller: Own<CustomersWrite>,
    customer: PathSegment,
    expected: IfMatch,
    request: JsonBody<NewNotificationPreferences>,
    module: Module,
) -> Result<Reply, Problem> {
    let customer = whose(&caller, &customer)?;
    let NewNotificationPreferences { locale, email: NewEmailTopics { orders, refunds } } = request.0;
    let choices = Choices { locale, email: EmailTopics { orders, refunds } };
    let cx = caller.cx.clone();
    let work = async move {
        module.must_exist(&cx, customer).await?;
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            preferences::replace(tx, change, customer, &expected, &choices)
        };
        let done = module.foundation.answer(&cx, "notification.set_preferences", None, work, shown).await;
        done.map_err(|outcome: Outcome<Error>| outcome.into())
    };
    caller.detach(work).await
}

fn shown(preferences: &Preferences) -> Result<Reply, StoreError> {
    Ok(Reply::ok(preferences)?.tagged(preferences.version))
}

pub(crate) fn routes(module: &NotificationModule, config: &mut ServiceConfig<'_>) {
    config
        .app_data(web::Data::new(module.clone()))
        .service(list_messages)
        .service(get_notification_preferences)
        .service(put_notification_preferences);
}

#[cfg(test)]
mod tests {
    use super::is_tag;

    #[test]
    fn a_language_has_a_tag() {
        for tag in ["de", "de-AT", "zh-Hans-CN", "gsw"] {
            assert!(is_tag(tag, &()).is_ok(), "{tag}");
        }
        for tag in ["", "d", "deutsch", "de-", "de_AT", "d1", "de-x", "de-a-b-c-d", "de-AT-de-AT-de"] {
            assert!(is_tag(tag, &()).is_err(), "{tag}");
        }
    }
}
