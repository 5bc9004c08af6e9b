//! Showing sessions, staff, roles, keys, accounts and the audit log.

use customer_api::CustomerId;
use identity_api::{ApiKeyId, PrincipalKind, SessionId, StaffId};
use kernel::{CallCtx, Page, PageRequest};
use platform::store::Db;
use uuid::Uuid;

use crate::account::Account;
use crate::api_key::ApiKey;
use crate::audit::Entry;
use crate::error::Error;
use crate::module::IdentityModule;
use crate::role::Role;
use crate::session::Session;
use crate::staff::Staff;
use crate::store::{accounts, audit, keys, roles, sessions};

impl IdentityModule {
    pub(crate) async fn sessions_of(
        &self,
        cx: &CallCtx,
        whose: Uuid,
        page: PageRequest<SessionId>,
    ) -> Result<Page<Session>, Error> {
        let (now, limit) = (self.foundation.clock.now(), page.limit);
        let rows = self.read(cx, move |db| Ok(sessions::list(db, whose, now, &page)?)).await?;
        Ok(Page::cut(rows, limit, |session| session.id.to_string()))
    }

    pub(crate) async fn get_staff(&self, cx: &CallCtx, id: StaffId) -> Result<Staff, Error> {
        self.read(cx, move |db| {
            let account = accounts::find(db, id.uuid())?;
            let account = account.filter(|account| account.kind == PrincipalKind::Staff);
            let account = account.ok_or(Error::StaffNotFound(id))?;
            let roles = roles::granted_to(db, account.id)?;
            Ok(Staff::of(account, &roles))
        })
        .await
    }

    pub(crate) async fn list_staff(
        &self,
        cx: &CallCtx,
        page: PageRequest<StaffId>,
    ) -> Result<Page<Staff>, Error> {
        let limit = page.limit;
        let list = move |db: &mut Db<'_>| {
            let found = accounts::list_staff(db, &page)?;
            let ids: Vec<Uuid> = found.iter().map(|account| account.id).collect();
            let mut granted = roles::granted(db, &ids)?;
            let staff = |account: Account| {
                let roles = granted.remove(&account.id).unwrap_or_default();
                Staff::of(account, &roles)
            };
            Ok(found.into_iter().map(staff).collect())
        };
        Ok(Page::cut(self.read(cx, list).await?, limit, |staff: &Staff| staff.id.to_string()))
    }

    pub(crate) async fn get_role(&self, cx: &CallCtx, code: String) -> Result<Role, Error> {
        self.read(cx, move |db| {
            let found = roles::find(db, std::slice::from_ref(&code))?.pop();
            found.ok_or(Error::RoleNotFound(code))
        })
        .await
    }

    pub(crate) async fn list_roles(
        &self,
        cx: &CallCtx,
        page: PageRequest<String>,
    ) -> Result<Page<Role>, Error> {
        let limit = page.limit;
        let rows = self.read(cx, move |db| Ok(roles::list(db, &page)?)).await?;
        Ok(Page::cut(rows, limit, |role| role.code.clone()))
    }

    /// What somebody is called here, and their roles.
    pub(crate) async fn account_with_roles(
        &self,
        cx: &CallCtx,
        id: Uuid,
    ) -> Result<Option<(Account, Vec<Role>)>, Error> {
        self.read(cx, move |db| {
            let Some(account) = accounts::find(db, id)? else { return Ok(None) };
            Ok(Some((account, roles::granted_to(db, id)?)))
        })
        .await
    }

    pub(crate) async fn get_key(&self, cx: &CallCtx, id: ApiKeyId) -> Result<ApiKey, Error> {
        self.read(cx, move |db| {
            let found = keys::find(db, id)?;
            found.map(|(key, _)| key).ok_or(Error::ApiKeyNotFound(id))
        })
        .await
    }

    pub(crate) async fn list_keys(
        &self,
        cx: &CallCtx,
        page: PageRequest<ApiKeyId>,
    ) -> Result<Page<ApiKey>, Error> {
        let limit = page.limit;
        let rows = self.read(cx, move |db| Ok(keys::list(db, &page)?)).await?;
        Ok(Page::cut(rows, limit, |key| key.id.to_string()))
    }

    pub(crate) async fn customer_account(&self, cx: &CallCtx, id: CustomerId) -> Result<Account, Error> {
        let account = self.read(cx, move |db| Ok(accounts::find(db, id.uuid())?)).await?;
        let account = account.filter(|account| account.kind == PrincipalKind::Customer);
        account.ok_or(Error::AccountNotFound(id))
    }

    pub(crate) async fn audit_log(&self, cx: &CallCtx, page: PageRequest<i64>) -> Result<Page<Entry>, Error> {
        let limit = page.limit;
        let rows = self.read(cx, move |db| Ok(audit::list(db, &page)?)).await?;
        Ok(Page::cut(rows, limit, |entry| entry.seq.to_string()))
    }

    async fn read<R: Send + 'static>(
        &self,
        cx: &CallCtx,
        query: impl FnOnce(&mut Db<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        self.foundation.store.read(cx, query).await
    }
}
