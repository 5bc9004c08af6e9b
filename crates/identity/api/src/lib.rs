//! What other modules may know of who somebody is: whom a credential stands for, and what a letter about it must say.

mod credential;
mod error;
mod events;
mod types;

use kernel::module_api;

pub use kernel::{ApiKeyId, ApiKeyKind, StaffId, StaffKind};

pub use self::credential::{Credential, CredentialError, Digest, Secret, issue};
pub use self::error::IdentityError;
pub use self::events::{ApiKeyEvent, LetterEvent, PrincipalEvent, RoleEvent, SessionEnd, SessionEvent};
pub use self::types::{
    Letter, LetterId, LetterKind, Presented, PrincipalKind, Purpose, RefreshId, RefreshKind, SessionId,
    SessionKind, Verified, Verify, WriteLetter,
};

module_api! {
    /// Who somebody is, and what that allows.
    pub trait IdentityApi = "identity", error IdentityError, adapters identity_rpc,
        contract {
            version: 1,
            events: [PrincipalEvent, SessionEvent, RoleEvent, ApiKeyEvent, LetterEvent],
            blessed: include_str!("../../../../contracts/identity/fingerprints"),
        } {
        /// Whom a credential stands for, and what it allows. Refused with [`IdentityError::UnknownCredential`] if it is none of
        /// ours, has expired, or was revoked.
        query verify(Verify) -> Verified;
        /// What a letter must say. Makes its secret, which replaces any that was made for it before and is kept nowhere: so a
        /// letter is written when it is sent, and one that is written again makes the one before worthless. Refused with
        /// [`IdentityError::UnknownLetter`] once it has served its purpose, or nobody wants it any more.
        command write_letter(WriteLetter) -> Letter;
    }
}
