//! Showing customers and what belongs to them.

use customer_api::{Address, AddressId, Customer, CustomerId, Customers, PaymentMethodId};
use kernel::{CallCtx, Page, PageRequest};
use platform::store::Db;

use crate::error::Error;
use crate::module::CustomerModule;
use crate::payment_method::PaymentMethod;
use crate::profile::{self, Kept};
use crate::store::{addresses, customers, payment_methods, profiles};

impl CustomerModule {
    pub(crate) async fn get(&self, cx: &CallCtx, id: CustomerId) -> Result<Customer, Error> {
        self.read(cx, move |db| customers::find(db, id)?.ok_or(Error::CustomerNotFound(id))).await
    }

    pub(crate) async fn find_all(&self, cx: &CallCtx, ids: Vec<CustomerId>) -> Result<Customers, Error> {
        let find = move |db: &mut Db<'_>| Ok(Customers { customers: customers::find_all(db, &ids)? });
        self.read(cx, find).await
    }

    pub(crate) async fn list(
        &self,
        cx: &CallCtx,
        email: Option<String>,
        page: PageRequest<CustomerId>,
    ) -> Result<Page<Customer>, Error> {
        let limit = page.limit;
        let rows = self.read(cx, move |db| Ok(customers::list(db, email.as_deref(), &page)?)).await?;
        Ok(Page::cut(rows, limit, |customer| customer.id.to_string()))
    }

    pub(crate) async fn get_address(
        &self,
        cx: &CallCtx,
        customer: CustomerId,
        id: AddressId,
    ) -> Result<Address, Error> {
        self.read(cx, move |db| match addresses::find(db, customer, id)? {
            Some(address) => Ok(address),
            None => customers::must_exist(db, customer).and(Err(Error::AddressNotFound(id))),
        })
        .await
    }

    pub(crate) async fn list_addresses(
        &self,
        cx: &CallCtx,
        customer: CustomerId,
        page: PageRequest<AddressId>,
    ) -> Result<Page<Address>, Error> {
        let limit = page.limit;
        let list = move |db: &mut Db<'_>| {
            customers::must_exist(db, customer)?;
            Ok(addresses::list(db, customer, &page)?)
        };
        Ok(Page::cut(self.read(cx, list).await?, limit, |address| address.id.to_string()))
    }

    pub(crate) async fn get_payment_method(
        &self,
        cx: &CallCtx,
        customer: CustomerId,
        id: PaymentMethodId,
    ) -> Result<PaymentMethod, Error> {
        self.read(cx, move |db| match payment_methods::find(db, customer, id)? {
            Some(method) => Ok(method),
            None => customers::must_exist(db, customer).and(Err(Error::PaymentMethodNotFound(id))),
        })
        .await
    }

    pub(crate) async fn list_payment_methods(
        &self,
        cx: &CallCtx,
        customer: CustomerId,
        page: PageRequest<PaymentMethodId>,
    ) -> Result<Page<PaymentMethod>, Error> {
        let limit = page.limit;
        let list = move |db: &mut Db<'_>| {
            customers::must_exist(db, customer)?;
            Ok(payment_methods::list(db, customer, &page)?)
        };
        Ok(Page::cut(self.read(cx, list).await?, limit, |method| method.id.to_string()))
    }

    /// An empty one if nobody has said anything.
    pub(crate) async fn get_profile(&self, cx: &CallCtx, id: CustomerId) -> Result<Kept, Error> {
        self.read(cx, move |db| match profiles::find(db, id)? {
            Some(kept) => Ok(kept),
            None => customers::must_exist(db, id).map(|()| profile::empty(id)),
        })
        .await
    }

    async fn read<R: Send + 'static>(
        &self,
        cx: &CallCtx,
        query: impl FnOnce(&mut Db<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        self.foundation.store.read(cx, query).await
    }
}
