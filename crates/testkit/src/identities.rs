use std::collections::BTreeSet;
use std::ops::Deref;
use std::time::Duration;

use serde_json::{Value, json};
use testkit_mail::Mail;

use crate::{Client, Reply, Request, TestShop};

/// Of everybody who has one, until they change it.
pub const PASSWORD: &str = "seven-lanterns-above-Tromso-41";

/// Somebody who has logged in: a client that speaks as them.
#[derive(Clone, Debug)]
pub struct Login {
    client: Client,
    pub email: String,
    /// Of the session.
    pub id: String,
    /// `customer:cus_…` or `staff:usr_…`.
    pub principal: String,
    pub access_token: String,
    pub refresh_token: String,
}

/// A program with an API key: a client that speaks as it.
#[derive(Clone, Debug)]
pub struct Machine {
    client: Client,
    /// Of the key.
    pub id: String,
    pub secret: String,
}

impl Login {
    /// # Panics
    /// When the reply is no session.
    #[track_caller]
    pub fn of(client: &Client, email: &str, reply: &Reply) -> Login {
        let text = |field: &str| reply.text(field).to_owned();
        let access_token = text("access_token");
        Login {
            client: client.bearing(&access_token),
            email: email.to_owned(),
            id: text("id"),
            principal: text("principal"),
            access_token,
            refresh_token: text("refresh_token"),
        }
    }

    /// The id of the customer or of the member of staff.
    pub fn who(&self) -> &str {
        self.principal.split_once(':').map_or("", |(_, id)| id)
    }

    /// Whether the shop still knows the access token.
    ///
    /// # Panics
    /// When the shop answers neither yes nor no.
    pub async fn is_in(&self) -> bool {
        let me = self.get("/v1/me").await;
        if me.status == 200 {
            return true;
        }
        me.assert_problem(401, "unauthorized");
        false
    }

    /// Asks for new tokens; the reply is the caller's to judge.
    pub fn try_refresh(&self) -> Request {
        self.client
            .post("/v1/sessions/current/refresh", json!({"refresh_token": self.refresh_token}))
            .anonymous()
    }

    /// The same session with new tokens.
    ///
    /// # Panics
    /// When the shop refuses.
    pub async fn refresh(&self) -> Login {
        Login::of(&self.client, &self.email, self.try_refresh().await.assert_ok())
    }
}

impl Deref for Login {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Deref for Machine {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Client {
    /// Tries a password of a `customer` or of `staff`; the reply is the caller's to judge.
    pub fn try_log_in(&self, kind: &str, email: &str, password: &str) -> Request {
        let body = json!({"kind": kind, "email": email, "password": password});
        self.post("/v1/sessions", body).anonymous()
    }

    /// # Panics
    /// When the shop refuses.
    pub async fn log_in(&self, kind: &str, email: &str, password: &str) -> Login {
        let reply = self.try_log_in(kind, email, password).await;
        Login::of(self, email, reply.assert_status(201))
    }

    /// Takes on somebody in these roles, who logs in: `bob` becomes <bob@shop.example>.
    ///
    /// # Panics
    /// When the shop refuses.
    pub async fn member_of_staff(&self, name: &str, roles: &[&str]) -> Login {
        let email = format!("{name}@shop.example");
        let body = json!({"email": email, "name": name, "roles": roles, "password": PASSWORD});
        self.post("/v1/staff", body).await.assert_status(201);
        self.log_in("staff", &email, PASSWORD).await
    }

    /// Makes an API key with these scopes.
    ///
    /// # Panics
    /// When the shop refuses.
    pub async fn machine(&self, scopes: &[&str]) -> Machine {
        let key = self.post("/v1/api-keys", json!({"name": "a machine", "scopes": scopes})).await;
        let (id, secret) = (key.assert_status(201).text("id").to_owned(), key.text("secret").to_owned());
        Machine { client: self.bearing(&secret), id, secret }
    }
}

impl TestShop {
    /// Registers <alice@example.com> for `alice`, who may be a customer already, and logs her in.
    ///
    /// # Panics
    /// When the shop refuses, or its mail does not come.
    pub async fn account(&self, name: &str) -> Login {
        let email = format!("{name}@example.com");
        let body = json!({"email": email, "name": name});
        let token = self.token_of(&email, self.post("/v1/accounts", body).anonymous()).await;
        let body = json!({"token": token, "password": PASSWORD});
        let confirmed = self.post("/v1/accounts/confirmation", body).anonymous().await;
        confirmed.assert_status(201);
        self.log_in("customer", &email, PASSWORD).await
    }

    /// The token of the mail that this address gets when the shop is asked so.
    ///
    /// # Panics
    /// When the shop refuses, or no mail with a token comes.
    pub async fn token_of(&self, email: &str, request: Request) -> String {
        let mail = self.next_mail(email, request, |mail| token_in(mail).is_some()).await;
        token_in(&mail).unwrap()
    }

    /// The next mail that this address gets when the shop is asked so.
    ///
    /// # Panics
    /// When the shop refuses, or no mail comes.
    pub async fn mail_of(&self, email: &str, request: Request) -> Mail {
        self.next_mail(email, request, |_| true).await
    }

    async fn next_mail(&self, email: &str, request: Request, is_it: fn(&Mail) -> bool) -> Mail {
        let before: BTreeSet<String> = self.mails_to(email).into_iter().map(|mail| mail.message_id).collect();
        let reply = request.await;
        assert!(reply.status < 300, "{}", reply.exchange());
        let looking = async {
            loop {
                let new = |mail: &Mail| !before.contains(&mail.message_id) && is_it(mail);
                if let Some(mail) = self.mails_to(email).into_iter().find(new) {
                    return mail;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(30), looking).await;
        found.unwrap_or_else(|_| panic!("{email} gets no such mail\n{}", reply.exchange()))
    }

    /// What this address got from a shop without a mail server.
    ///
    /// # Panics
    /// When a mail cannot be read.
    pub fn mails_to(&self, email: &str) -> Vec<Mail> {
        let Ok(directory) = std::fs::read_dir(self.mail_directory()) else { return Vec::new() };
        let paths = directory.map(|entry| entry.unwrap().path());
        let mails = paths.filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
        let mails = mails.map(|path| Mail::read("", &[], &std::fs::read(path).unwrap()));
        mails.filter(|mail| is_to(mail, email)).collect()
    }
}

fn is_to(mail: &Mail, email: &str) -> bool {
    let head = mail.raw.split("\r\n\r\n").next().unwrap_or_default();
    head.lines().any(|line| line.contains(email))
}

/// What a mail gives its reader to prove that it came.
fn token_in(mail: &Mail) -> Option<String> {
    let (_, rest) = mail.text.split_once("ltr_")?;
    let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    Some(format!("ltr_{}", rest.get(..end.unwrap_or(rest.len()))?))
}

impl Reply {
    /// The body without what names the request itself, and without these ids.
    pub fn without_ids<S: AsRef<str>>(&self, ids: &[S]) -> String {
        let mut body = self.body.clone();
        if let Value::Object(fields) = &mut body {
            fields.remove("request_id");
            fields.remove("instance");
        }
        let mut ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
        // Ids may begin with others.
        ids.sort_by_key(|id| std::cmp::Reverse(id.len()));
        ids.iter().fold(body.to_string(), |text, id| text.replace(id, "…"))
    }
}
