//! A letter as it travels: RFC 5322 and MIME.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use notification_api::{Message, MessageId};

use crate::deliver::Undelivered;
use crate::letter::Letter;

/// Somebody with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Party {
    pub name: Option<String>,
    pub email: String,
}

/// A mail that is ready to be sent.
pub(crate) struct Mail {
    pub id: MessageId,
    pub envelope: Envelope,
    pub bytes: Vec<u8>,
}

/// No robot is to answer, RFC 3834.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<AutoSubmitted, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Mail {
    /// Mails with the same `name`, which is made into the Message-ID, are the same mail to whoever gets them.
    pub(crate) fn compose(
        message: &Message,
        name: &str,
        from: &Mailbox,
        to: &Party,
        letter: &Letter,
    ) -> Result<Mail, Undelivered> {
        let never = |error: &dyn std::fmt::Display| Undelivered::Never(error.to_string());
        let address: Address = to
            .email
            .parse()
            .map_err(|_| Undelivered::Never("mail cannot be sent to this address".to_owned()))?;
        let (html, text) = letter.render(sender_name(from)).map_err(|error| never(&error))?;
        let since = Duration::from_micros(u64::try_from(message.created_at.micros()).unwrap_or(0));
        let mail = lettre::Message::builder()
            .message_id(Some(format!("<{name}@{}>", from.email.domain())))
            .date(UNIX_EPOCH + since)
            .from(from.clone())
            .to(Mailbox::new(to.name.clone(), address))
            .subject(letter.subject.as_str())
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(text, html))
            .map_err(|error| never(&error))?;
        Ok(Mail { id: message.id, envelope: mail.envelope().clone(), bytes: mail.formatted() })
    }
}

/// What mails are signed with.
pub(crate) fn sender_name(from: &Mailbox) -> &str {
    from.name.as_deref().unwrap_or_else(|| from.email.domain())
}
