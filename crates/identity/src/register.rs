//! Registering: an account is asked for, its address is confirmed by a letter, and then it is made. Nobody learns on the way
//! whether there was one already, but whoever reads the mails.

use std::net::IpAddr;
use std::sync::Arc;

use customer_api::{CustomerError, CustomerId, EnrolCustomer};
use identity_api::{Credential, LetterKind, PrincipalEvent, PrincipalKind, Purpose};
use kernel::{ApiError, CallCtx};
use platform::Change;
use platform::store::{StoreError, Tx};
use serde_json::json;
use uuid::Uuid;

use crate::account::Account;
use crate::audit::{self, Act};
use crate::error::Error;
use crate::hashing::{Password, Phc};
use crate::letter::{Letter, NewAccount, WAITS};
use crate::module::IdentityModule;
use crate::password;
use crate::request_letter;
use crate::store::{accounts, attempts, letters};
use crate::throttle::Limits;

/// An account that somebody asks for.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub email: String,
    pub name: String,
    pub phone: Option<String>,
    pub address: Option<IpAddr>,
}

impl IdentityModule {
    /// Asks for an account; a letter goes out.
    pub(crate) async fn register(&self, cx: &CallCtx, asked: Registration) -> Result<(), Error> {
        let Registration { email, name, phone, address } = asked;
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            let account = accounts::find_by_email(tx, PrincipalKind::Customer, &email)?;
            let (purpose, account) = match account {
                Some(_) => (Purpose::AlreadyRegistered, None),
                None => {
                    let (name, phone) = (name.clone(), phone.clone());
                    (Purpose::Confirmation, Some(NewAccount { name, phone }))
                }
            };
            let letter = Letter {
                id: change.ids.next(change.now),
                purpose,
                email: email.clone(),
                principal_id: None,
                account,
                digest: None,
                expires_at: change.now.saturating_add(WAITS),
            };
            let limits = Limits::of_letters(purpose, PrincipalKind::Customer, &email, address);
            request_letter::request(tx, change, &letter, &limits)
        };
        self.foundation.write(cx, "identity.register", work).await
    }

    /// Makes the account whose address a token confirms, and its customer, unless there is a customer with that address: then
    /// the account is theirs. Its password is chosen now, by whoever reads the mail: a stranger who asked for the account has
    /// chosen nothing.
    pub(crate) async fn confirm(
        &self,
        cx: &CallCtx,
        token: &str,
        password: Password,
        address: Option<IpAddr>,
    ) -> Result<CustomerId, Error> {
        let shown: Credential<LetterKind> = token.parse().map_err(|_| Error::TokenInvalid)?;
        let (now, id, digest) = (self.foundation.clock.now(), shown.id, shown.digest);
        let letter: Result<_, StoreError> =
            self.foundation.store.read(cx, move |db| letters::find(db, id)).await;
        let letter = letter?.filter(|letter| letter.is_proven(&digest, now)).ok_or(Error::TokenInvalid)?;
        let account = letter.account.ok_or(Error::TokenInvalid)?;
        password::admit(&password, "/password", &[&letter.email, &account.name])?;
        let hashed = self.hasher.place()?.hash(password).await?;
        // Under the letter's own key: whatever happens, it is one customer.
        let keyed = cx.with_key(Arc::<str>::from(format!("identity:confirm:{id}")));
        let NewAccount { name, phone } = account;
        let enrol = EnrolCustomer { email: letter.email, name, phone };
        let enrolled = match self.customers.enrol(&keyed, enrol.clone()).await {
            // Somebody was faster by a moment: now it is found.
            Err(ApiError::Domain(CustomerError::EmailTaken)) => self.customers.enrol(&keyed, enrol).await,
            enrolled => enrolled,
        };
        let customer = enrolled?.id;
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            let letter = letters::lock(tx, id)?.filter(|letter| letter.is_proven(&digest, change.now));
            let letter = letter.ok_or(Error::TokenInvalid)?;
            letters::remove(tx, id)?;
            make(tx, change, (customer, letter.email, hashed.clone()), address)
        };
        self.foundation.write(cx, "identity.confirm", work).await?;
        Ok(customer)
    }

    /// Somebody's account.
    pub(crate) async fn account(&self, cx: &CallCtx, id: Uuid) -> Result<Option<Account>, Error> {
        self.foundation.store.read(cx, move |db| Ok(accounts::find(db, id)?)).await
    }
}

fn make(
    tx: &mut Tx<'_>,
    change: &Change,
    (customer, email, password): (CustomerId, String, Phc),
    address: Option<IpAddr>,
) -> Result<(), Error> {
    if accounts::find(tx, customer.uuid())?.is_some() {
        return Err(Error::AccountTaken);
    }
    let account = Account::of_customer(customer, email, password, change.now);
    accounts::insert(tx, &account).map_err(|error| match error {
        StoreError::Duplicate(_) => Error::AccountTaken,
        other => other.into(),
    })?;
    attempts::forgive(
        tx,
        &Limits::of_letters(Purpose::Confirmation, account.kind, &account.email, None),
        change.now,
    )?;
    let principal = account.principal();
    let event = PrincipalEvent::Created { principal: principal.clone(), kind: account.kind };
    change.append(tx, &principal, account.version, &event)?;
    let (target, actor) = (principal.to_string(), Some(principal));
    let act = Act { action: "account.created", target, detail: json!({}), actor, address };
    Ok(audit::note(tx, change, act)?)
}
