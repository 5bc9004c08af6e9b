//! What the server has, and how it behaves.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mailin::{Handler, Response, response};

/// Whom a server with TLS takes mails from.
pub const USER: &str = "shop";
pub const PASSWORD: &str = "p@ss/word";

#[derive(Clone, Debug, Default)]
pub(crate) struct Accepted {
    pub from: String,
    pub to: Vec<String>,
    pub data: Vec<u8>,
}

#[derive(Default)]
pub(crate) struct Shared {
    accepted: Mutex<Vec<Accepted>>,
    /// The code, and how often it is still to be given.
    refusal: Mutex<(u16, u32)>,
    silent: AtomicBool,
}

impl Shared {
    pub(crate) fn accepted(&self) -> MutexGuard<'_, Vec<Accepted>> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn refuse(&self, code: u16, times: u32) {
        *self.refusal.lock().unwrap() = (code, times);
    }

    pub(crate) fn fall_silent(&self) {
        self.silent.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    fn next_refusal(&self) -> Option<u16> {
        let mut refusal = self.refusal.lock().unwrap();
        refusal.1 = refusal.1.checked_sub(1)?;
        Some(refusal.0)
    }
}

/// One session.
pub(crate) struct Desk {
    shared: Arc<Shared>,
    needs_password: bool,
    known: bool,
    mail: Accepted,
}

impl Desk {
    pub(crate) fn new(shared: Arc<Shared>, needs_password: bool) -> Desk {
        Desk { shared, needs_password, known: false, mail: Accepted::default() }
    }
}

impl Handler for Desk {
    fn mail(&mut self, _: IpAddr, _: &str, from: &str) -> Response {
        self.mail = Accepted { from: from.to_owned(), ..Accepted::default() };
        if self.needs_password && !self.known { response::AUTHENTICATION_REQUIRED } else { response::OK }
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.mail.to.push(to.to_owned());
        match self.shared.next_refusal() {
            Some(code) => Response::custom(code, format!("<{to}>: not now, or never")),
            None => response::OK,
        }
    }

    fn data(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.mail.data.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.shared.accepted().push(std::mem::take(&mut self.mail));
        response::OK
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        self.known = (user, password) == (USER, PASSWORD);
        if self.known { response::AUTH_OK } else { response::INVALID_CREDENTIALS }
    }
}
