//! Reports as CSV, RFC 4180: a header, a row each, amounts in minor units.

use analytics_api::{ProductRow, SalesRow};
use kernel::Money;

const SALES: &str = "key,currency,orders,units,gross,refunds,net";
const PRODUCTS: &str = "sku,title,currency,orders,units,gross,refunds,net";

pub(crate) fn sales(rows: &[SalesRow]) -> String {
    table(
        SALES,
        rows.iter().map(|row| {
            let key = row.key.as_deref().unwrap_or_default();
            let figures = [row.gross, row.refunds, row.net];
            fields(&[key, row.currency.code()], [row.orders, row.units], figures)
        }),
    )
}

pub(crate) fn products(rows: &[ProductRow]) -> String {
    table(
        PRODUCTS,
        rows.iter().map(|row| {
            let title = row.title.as_deref().unwrap_or_default();
            let figures = [row.gross, row.refunds, row.net];
            fields(&[row.sku.as_str(), title, row.currency.code()], [row.orders, row.units], figures)
        }),
    )
}

fn table(header: &str, rows: impl Iterator<Item = String>) -> String {
    let mut text = format!("{header}\r\n");
    for row in rows {
        text.push_str(&row);
        text.push_str("\r\n");
    }
    text
}

fn fields(texts: &[&str], counts: [i64; 2], amounts: [Money; 3]) -> String {
    let texts = texts.iter().map(|text| quoted(text));
    let numbers = counts.into_iter().chain(amounts.map(|amount| amount.minor()));
    texts.chain(numbers.map(|number| number.to_string())).collect::<Vec<_>>().join(",")
}

/// A spreadsheet takes text that begins like a formula for one: an apostrophe keeps it text.
fn quoted(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Currency;

    fn row(key: Option<&str>) -> SalesRow {
        let money = |minor| Money::new(minor, Currency::EUR);
        SalesRow {
            key: key.map(str::to_owned),
            currency: Currency::EUR,
            orders: 1,
            units: 2,
            gross: money(300),
            refunds: money(100),
            net: money(200),
        }
    }

    #[test]
    fn a_row_has_a_field_for_each_name_in_the_header() {
        let text = sales(&[row(Some("lights")), row(None)]);
        assert_eq!(text, format!("{SALES}\r\nlights,EUR,1,2,300,100,200\r\n,EUR,1,2,300,100,200\r\n"));
        for line in text.lines() {
            assert_eq!(line.split(',').count(), SALES.split(',').count(), "{line}");
        }
    }

    #[test]
    fn text_stays_in_its_field_and_is_no_formula() {
        assert_eq!(quoted("Lamp, \"black\""), "\"Lamp, \"\"black\"\"\"");
        assert_eq!(quoted("two\nlines"), "\"two\nlines\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("lamp-black"), "lamp-black");
    }
}
