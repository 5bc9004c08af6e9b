use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Args;
use super::figure::{Aim, Figure, Figures, Verdict, median, spread};

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// What stands around the table when the file is first written; afterwards only the table is replaced.
const PAGE: &str = "# Benchmarks\n\n\
    `cargo xtask bench` measures these figures and writes the table below. Read the ratios: each divides a figure by a\n\
    reference that was measured minutes apart on the same machine, so it says something about the program, where the\n\
    absolute figures say more about the machine.\n\n\
    - **Place an order**: `POST /v1/orders`, one line, random SKU and customer, over keep-alive connections. The reference\n\
    \x20 is `pgbench -M prepared -c 32` with one transaction that updates stock and inserts order, line, reservation and event.\n\
    - **Read a product**: `GET /v1/products/{handle}`, random products. The reference is a bare actix handler that returns\n\
    \x20 the same bytes.\n\
    - **Start to ready**: from starting the process to the first 200 of `/health/ready`, the median of 10 starts.\n\
    - **Memory**: resident, as the kernel counts it.\n\
    - **With many orders stored**: the reference is a new shop on the same machine, measured right before.\n\
    - **Reports** (with `--reports 1000000`): a log of two years is written directly, and heard by the reports alone; then\n\
    \x20 reports over all of it are read on 4 connections.\n\n";

/// The table, and what has to be known to read it.
pub(super) fn markdown(figures: &Figures, machine: &str, args: &Args) -> String {
    let mut text = format!(
        "Machine: {machine}. Medians of {} rounds of {} s; the spread over the rounds is in brackets.\n\n\
         | figure | value | p50 / p99 | reference | ratio | aim | |\n|---|---|---|---|---|---|---|\n",
        args.rounds, args.seconds
    );
    for figure in &figures.all {
        text.push_str(&row(figure));
    }
    for figure in figures.all.iter().filter(|figure| !figure.unexpected.is_empty()) {
        let replies = figure.unexpected.iter().map(|(status, count)| format!("{count} × {status}"));
        let replies: Vec<String> = replies.collect();
        text.push_str(&format!("\nUnexpected replies at \"{}\": {}.\n", figure.name, replies.join(", ")));
    }
    text
}

fn row(figure: &Figure) -> String {
    let value = format!("{} {}", with_spread(&figure.values, number), figure.unit);
    let latency =
        |of: fn(&super::figure::Latency) -> f64| median(&figure.latencies.iter().map(of).collect::<Vec<_>>());
    let latency = match figure.latencies.as_slice() {
        [] => "–".to_owned(),
        _ => format!("{:.1} / {:.1} ms", latency(|it| it.median), latency(|it| it.p99)),
    };
    let (reference, ratio) = match figure.references.as_slice() {
        [] => ("–".to_owned(), "–".to_owned()),
        references => {
            (number(median(references)), with_spread(&figure.ratios(), |ratio| format!("{ratio:.2}")))
        }
    };
    let aim = match figure.aim {
        Aim::None => "–".to_owned(),
        Aim::AtMost(limit) => format!("≤ {limit} {}", figure.unit),
        Aim::AtLeast(least) => format!("≥ {least} {}", figure.unit),
        Aim::RatioAtLeast(least) => format!("≥ {least}"),
    };
    format!(
        "| {} | {value} | {latency} | {reference} | {ratio} | {aim} | {} |\n",
        figure.name,
        verdict(figure)
    )
}

fn verdict(figure: &Figure) -> String {
    match (figure.verdict(), figure.aim) {
        (Verdict::NoAim, _) => String::new(),
        (Verdict::Met, _) => "met".to_owned(),
        (Verdict::MissedByFactor(factor), Aim::AtMost(_)) => format!("**missed**: {factor:.2} × too much"),
        (Verdict::MissedByFactor(factor), _) => format!("**missed**: {:.0} % of the aim", 100.0 / factor),
    }
}

fn with_spread(values: &[f64], shown: impl Fn(f64) -> String) -> String {
    let (smallest, largest) = spread(values);
    let middle = shown(median(values));
    if values.len() < 2 { middle } else { format!("{middle} ({}–{})", shown(smallest), shown(largest)) }
}

/// Whole from 100 up, where a decimal would only be noise.
fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.1}");
    }
    format!("{value:.0}").parse().map_or_else(|_| "not measured".to_owned(), thousands)
}

/// `1234567` → `1,234,567`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Replaces what stands between the markers, and leaves what people wrote around them.
pub(super) fn write(path: &Path, report: &str) -> Result<()> {
    let page = fs::read_to_string(path).unwrap_or_else(|_| format!("{PAGE}{BEGIN}\n{END}\n"));
    let page = replaced(&page, report)
        .with_context(|| format!("{} lost its markers {BEGIN} {END}", path.display()))?;
    fs::write(path, page).with_context(|| path.display().to_string())?;
    println!("Written to {}.", path.display());
    Ok(())
}

fn replaced(page: &str, report: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{report}{END}{after}"))
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
