//! What a mail says, in one language, and its two forms.

use askama::Template as _;
use kernel::Token;

use crate::locale::Locale;

/// A mail before it has a form. Its words are of one language; nothing of it is escaped yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub locale: Locale,
    pub subject: String,
    pub greeting: String,
    pub paragraphs: Vec<String>,
    pub proof: Option<Proof>,
    /// What there is to say after the proof.
    pub notes: Vec<String>,
    pub items: Vec<Item>,
    /// What the items come to: each a word and an amount, the last one the most important.
    pub sums: Vec<Sum>,
    pub address: Option<PostalAddress>,
    pub closing: String,
}

/// What the reader gives back to prove that the mail has arrived. It is in the mail and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    pub token: Token,
    /// The page that takes it, with `{token}` to be filled in; without one it is written as it is.
    pub page: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub quantity: i64,
    pub title: String,
    pub sku: String,
    pub total: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    pub what: &'static str,
    pub amount: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostalAddress {
    pub heading: &'static str,
    pub lines: Vec<String>,
}

#[derive(askama::Template)]
#[template(path = "letter.html")]
struct Html<'a> {
    letter: &'a Letter,
    shop: &'a str,
}

#[derive(askama::Template)]
#[template(path = "letter.txt", escape = "none")]
struct Text<'a> {
    letter: &'a Letter,
    shop: &'a str,
}

impl Proof {
    /// Tokens are letters, digits and underscores, which stand for themselves in a URL.
    fn link(&self) -> Option<String> {
        Some(self.page.as_ref()?.replace("{token}", &self.token.0))
    }
}

impl Letter {
    /// In HTML and as plain text, signed by the shop.
    pub(crate) fn render(&self, shop: &str) -> askama::Result<(String, String)> {
        Ok((Html { letter: self, shop }.render()?, Text { letter: self, shop }.render()?))
    }
}
