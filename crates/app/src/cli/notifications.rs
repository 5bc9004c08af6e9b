//! `holdfast notifications`: the mails that the shop writes.

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use notification::{Form, Locale, preview};
use notification_api::Template;

use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Notifications {
    /// Print a mail about made-up news
    Preview {
        /// Such as order_confirmation
        #[arg(value_parser = template)]
        template: Template,
        /// In this language, instead of the shop's own
        #[arg(long, value_parser = locale)]
        locale: Option<Locale>,
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    Html,
    Text,
}

fn template(name: &str) -> Result<Template, String> {
    let names = || Template::ALL.iter().map(|template| template.name()).collect::<Vec<_>>().join(", ");
    Template::parse(name).ok_or_else(|| format!("there is no such mail; there are {}", names()))
}

fn locale(tag: &str) -> Result<Locale, String> {
    Locale::parse(tag).ok_or_else(|| "mails are written in en and de".to_owned())
}

pub(super) fn run(config: &Config, command: &Notifications) -> anyhow::Result<ExitCode> {
    let Notifications::Preview { template, locale, format } = *command;
    let form = match format {
        Format::Html => Form::Html,
        Format::Text => Form::Text,
    };
    let (subject, body) =
        preview(&config.mails()?, template, locale, form).map_err(|error| anyhow::anyhow!(error))?;
    // HTML is for a browser, in which the subject is the title.
    if form == Form::Text {
        println!("Subject: {subject}\n");
    }
    print!("{body}");
    Ok(ExitCode::SUCCESS)
}
