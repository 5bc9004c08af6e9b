//! `holdfast check`: the audit log is as it was written.

use kernel::CallCtx;
use platform::Violation;
use platform::store::StoreError;

use crate::audit::{self, AuditEnd};
use crate::module::IdentityModule;
use crate::store::audit as rows;

/// Of this module alone, so it has no number in the documentation.
const OWN: u8 = 0;

impl IdentityModule {
    pub(crate) async fn check_all(&self, cx: &CallCtx) -> Result<Vec<Violation>, StoreError> {
        let (faults, _) = self.verify_audit_log(cx).await?;
        let violation = |detail| Violation { invariant: OWN, subject: "audit log".to_owned(), detail };
        Ok(faults.into_iter().map(violation).collect())
    }

    /// The digest of an entry of the audit log, in hexadecimal digits; `None` if there is no such entry.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn audit_digest(&self, cx: &CallCtx, seq: i64) -> Result<Option<String>, StoreError> {
        let entry =
            self.foundation.store.read(cx, move |db| rows::after(db, seq.saturating_sub(1), 1)).await?;
        Ok(entry.first().filter(|entry| entry.seq == seq).map(|entry| hex::encode(&entry.digest)))
    }

    /// What is wrong with the audit log, if anything, and where it ends. Whoever keeps the end elsewhere can tell later that
    /// nothing before it was changed.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn verify_audit_log(&self, cx: &CallCtx) -> Result<(Vec<String>, AuditEnd), StoreError> {
        self.foundation.store.read(cx, audit::verify).await
    }
}
