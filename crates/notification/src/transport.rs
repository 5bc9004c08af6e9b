//! Where mails go: to a mail server, or into a directory.

mod files;
mod smtp;

use std::path::PathBuf;

use crate::deliver::Undelivered;
use crate::mail::Mail;
use crate::settings::Server;

use self::files::Files;
use self::smtp::Smtp;

pub(crate) enum Transport {
    Files(Files),
    Smtp(Box<Smtp>),
}

impl Transport {
    pub(crate) fn to_files(directory: PathBuf) -> Transport {
        Transport::Files(Files::new(directory))
    }

    pub(crate) fn to_server(server: Server, hello_name: String) -> Transport {
        Transport::Smtp(Box::new(Smtp::new(server, hello_name)))
    }

    /// Mails that are under way at once. A mail server is mostly waited for; files take the processor and the disk from
    /// those who buy, and nobody waits for them.
    pub(crate) fn concurrency(&self) -> usize {
        match self {
            Transport::Files(_) => 1,
            Transport::Smtp(_) => 4,
        }
    }

    pub(crate) async fn send(&self, mail: &Mail) -> Result<(), Undelivered> {
        match self {
            Transport::Files(files) => files.send(mail).await,
            Transport::Smtp(smtp) => smtp.send(mail).await,
        }
    }
}
