use super::*;

fn load(toml: &str) -> anyhow::Result<Config> {
    let dir = std::env::temp_dir().join(format!("holdfast-config-{}-{:p}", std::process::id(), toml));
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("holdfast.toml");
    std::fs::write(&file, toml).unwrap();
    let config = Config::load(&file, Vec::new());
    std::fs::remove_dir_all(dir).unwrap();
    config
}

#[test]
fn faults_name_the_key_and_the_fix() {
    for (toml, words) in [
        ("lisen = '127.0.0.1:1'", ["unknown key `lisen`", "listen"]),
        ("listen = 'here'", ["listen", "HOLDFAST_LISTEN"]),
        ("admin_token = 'with blanks'", ["admin_token", "visible"]),
        ("database_url = 'mysql://x'", ["database_url", "postgres://"]),
        ("[modules.stock]\ndatabase_url = 'postgres://x'", ["modules.stock", "inventory"]),
        ("[payment]\nwebhook_secret = 'x'", ["payment.gateway_url", "missing"]),
        ("[payment]\ngateway_url = 'https://x'", ["payment.gateway_secret", "payment.webhook_secret"]),
        (
            "[payment]\ngateway_url = 'http://x'\ngateway_secret = 'a'\nwebhook_secret = 'b'",
            ["payment.gateway_url", "https://"],
        ),
        ("[modules.order]\nport = 1", ["unknown key `port`", "database_url"]),
        ("[modules.order]\nurl = 'http://x'", ["internal_secret", "HOLDFAST_INTERNAL_SECRET"]),
        ("http_threads = 0", ["http_threads", "nonzero"]),
        ("internal_secret = 'short'", ["internal_secret", "32"]),
        ("only = ['stock']", ["only", "inventory"]),
        ("[events]\nkeep = 'a month'", ["events.keep", "30d"]),
        ("[notification]\nsmtp_url = 'mail.example'", ["notification.smtp_url", "smtps://"]),
        ("[notification]\nsmtp_url = 'smtp://u:p@mail.example'", ["notification.smtp_url", "unencrypted"]),
        ("[notification]\nsmtp_ca = 'ca.pem'", ["notification.smtp_ca", "notification.smtp_url"]),
        ("[notification]\nfrom = 'Lamps'", ["notification.from", "orders@"]),
        ("[notification]\nlocale = 'fr'", ["notification.locale", "en or de"]),
        ("[pictures]\nfolder = 'x'", ["unknown key `folder`", "directory"]),
        ("[pictures.s3]\nbucket = 'faces'", ["pictures.s3", "access_key_id"]),
        (
            "[pictures.s3]\nbucket = 'faces'\nendpoint = 'http://s3.example'\naccess_key_id = 'a'\nsecret_access_key = 'b'",
            ["pictures.s3.endpoint", "https://"],
        ),
        (
            "[pictures]\ndirectory = 'x'\n[pictures.s3]\nbucket = 'faces'\naccess_key_id = 'a'\nsecret_access_key = 'b'",
            ["pictures.directory", "pictures.s3"],
        ),
    ] {
        let error = format!("{:#}", load(toml).unwrap_err());
        for word in words {
            assert!(error.contains(word), "{error:?} should say {word:?}");
        }
    }
}

#[test]
fn one_module_may_have_a_database_of_its_own() {
    let config = load("[modules.inventory]\ndatabase_url = 'postgres://elsewhere/stock'").unwrap();
    assert!(matches!(config.database("inventory"), Database::Postgres { .. }));
    assert!(matches!(config.database("order"), Database::Sqlite { .. }));
    assert_eq!(config.engine_name(), "SQLite and PostgreSQL");
}

#[test]
fn connections_are_shared_and_those_that_listen_count() {
    let share = |toml: &str| load(toml).map(|config| config.share("order"));
    assert_eq!(share("database_url = 'postgres://x'").unwrap(), 4);
    assert_eq!(share("database_url = 'postgres://x'\ndatabase_connections = 26").unwrap(), 3);
    let all = load("database_url = 'postgres://x'").unwrap();
    assert_eq!(MODULES.iter().map(|module| all.share(module)).sum::<u32>(), 31, "none is left over");
    let two =
        "database_url = 'postgres://x'\nmodules.order.database_url = 'postgres://y'\ndatabase_connections = ";
    assert_eq!(share(&format!("{two}11")).unwrap(), 1);
    assert!(format!("{:#}", share(&format!("{two}10")).unwrap_err()).contains("at least 11"));
}

#[test]
fn secrets_are_not_in_the_debug_text() {
    let config = Config { database_url: Some("postgres://u:geheim@h/d".to_owned()), ..Config::default() };
    assert!(!format!("{config:?}").contains("geheim"));
    let secret = Some("geheim".to_owned());
    let gateway_url = Some("https://gateway.example".to_owned());
    let payment = PaymentConfig { gateway_url, gateway_secret: secret.clone(), webhook_secret: secret };
    assert!(!format!("{payment:?}").contains("geheim"));
    let config = Config { payment, ..Config::default() };
    assert!(!format!("{config:?} {:?}", config.gateway().unwrap()).contains("geheim"));
    let s3 = "[pictures.s3]\nbucket = 'faces'\naccess_key_id = 'geheim'\nsecret_access_key = 'geheim'";
    let config = load(s3).unwrap();
    let (pictures, settings) = (&config.pictures, config.picture_settings().unwrap());
    assert!(!format!("{config:?} {pictures:?} {settings:?}").contains("geheim"));
    let smtp_url = Some("smtps://u:geheim@mail.example".to_owned());
    let notification = NotificationConfig { smtp_url, ..NotificationConfig::default() };
    assert!(!format!("{notification:?}").contains("geheim"));
    let config = Config { notification, ..Config::default() };
    assert!(!format!("{config:?} {:?}", config.mails().unwrap()).contains("geheim"));
}

const SECRET: &str = "internal_secret = '0123456789abcdef0123456789abcdef'";

#[test]
fn what_only_names_lives_here_whatever_its_url_is() {
    let urls =
        "admin_token = 'a'\nelsewhere = 'http://shop:8080'\n[modules.inventory]\nurl = 'http://stock:8080'";
    let config = |only: &str| load(&format!("{only}\n{SECRET}\n{urls}")).unwrap();
    let (stock, rest) = (config("only = ['inventory']"), config(""));
    assert_eq!(stock.here().collect::<Vec<_>>(), ["inventory"]);
    assert_eq!(stock.place("order"), Place::At("http://shop:8080"));
    assert_eq!(rest.place("inventory"), Place::At("http://stock:8080"));
    assert_eq!(rest.here().count(), MODULES.len() - 1);
    assert!(stock.is_split() && rest.is_split() && !Config::default().is_split());
}

#[test]
fn a_split_shop_says_what_it_lacks() {
    for (toml, words) in [
        ("only = ['order']\nadmin_token = 'a'", ["modules.inventory.url", "elsewhere"]),
        ("elsewhere = 'http://x'\nonly = ['order']", ["admin_token", "HOLDFAST_ADMIN_TOKEN"]),
        ("elsewhere = 'ftp://x'\nonly = ['order']\nadmin_token = 'a'", ["inventory", "http or https"]),
        ("elsewhere = 'http://x/shop'\nonly = ['order']\nadmin_token = 'a'", ["inventory", "without a path"]),
    ] {
        let error = format!("{:#}", load(&format!("{SECRET}\n{toml}")).unwrap_err());
        for word in words {
            assert!(error.contains(word), "{error:?} should say {word:?}");
        }
    }
}
