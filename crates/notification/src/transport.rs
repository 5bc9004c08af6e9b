//! Where mails go: to a mail server, or into a directory.

mod files;
mod smtp;

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::deliver::{Undelivered, later};
use crate::mail::Mail;
use crate::settings::Server;

use self::files::Files;
use self::smtp::Smtp;

/// Carries mails, so many at a time.
pub(crate) struct Transport {
    way: Way,
    lines: Semaphore,
}

enum Way {
    Files(Files),
    Smtp(Box<Smtp>),
}

impl Transport {
    /// One at a time.
    pub(crate) fn to_files(directory: PathBuf) -> Transport {
        Transport { way: Way::Files(Files::new(directory)), lines: Semaphore::new(1) }
    }

    /// A mail server is mostly waited for.
    pub(crate) fn to_server(server: Server, hello_name: String) -> Transport {
        let smtp = Smtp::new(server, hello_name);
        Transport { way: Way::Smtp(Box::new(smtp)), lines: Semaphore::new(smtp::CONNECTIONS.into()) }
    }

    /// Mails that are prepared together. They share a deadline, which none should miss by waiting for the others.
    pub(crate) fn at_once(&self) -> usize {
        match self.way {
            Way::Files(_) => 32,
            Way::Smtp(_) => usize::from(2 * smtp::CONNECTIONS),
        }
    }

    /// How long mails that went out wait for others to be noted together. One that is not noted goes out again after a
    /// crash: a file takes its own place then, but people get the mail twice.
    pub(crate) fn gather(&self) -> Duration {
        match self.way {
            Way::Files(_) => Duration::from_millis(200),
            Way::Smtp(_) => Duration::ZERO,
        }
    }

    pub(crate) async fn send(&self, mail: &Mail) -> Result<(), Undelivered> {
        let _line = self.lines.acquire().await.map_err(later)?;
        match &self.way {
            Way::Files(files) => files.send(mail).await,
            Way::Smtp(smtp) => smtp.send(mail).await,
        }
    }
}
