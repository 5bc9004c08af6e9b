//! What the reports say. They add up what is kept; no order is looked at.

use std::sync::Arc;

use analytics_api::{By, Day, FindProducts, FindSales, ProductRow, ProductsReport, SalesReport, SalesRow};
use futures_util::future::join_all;
use kernel::{CallCtx, Freshness, Money, Sku, Timestamp};
use platform::events::subscription::{heard_until, place};
use platform::store::{Db, StoreError, corrupt};

use crate::error::Error;
use crate::module::AnalyticsModule;
use crate::remembered::Remembered;
use crate::store::generation::{self, Generation};
use crate::store::products::{self, Title};
use crate::store::sheets::{self, Edition};
use crate::store::sums::Sum;
use crate::stretch::{Span, Stretch};
use crate::sums::{Dimension, Figures};

/// How far the logs were heard, all in the snapshot that the sums were read from.
struct Standing {
    as_of: Option<Timestamp>,
    places: Vec<i64>,
}

impl AnalyticsModule {
    pub(crate) async fn find_sales(&self, cx: &CallCtx, find: FindSales) -> Result<SalesReport, Error> {
        find.days.check()?;
        let (names, remembered) = (self.names(), Arc::clone(&self.remembered));
        let read = move |db: &mut Db<'_>| {
            let serving = generation::serving(db)?;
            Ok::<_, StoreError>((sales(db, &remembered, serving, find)?, standing(db, &names)?))
        };
        let (data, standing) = self.foundation.store.read(cx, read).await?;
        let lag_events = self.lag(cx, &standing.places).await;
        Ok(SalesReport { as_of: standing.as_of, lag_events, data })
    }

    pub(crate) async fn find_products(
        &self,
        cx: &CallCtx,
        find: FindProducts,
    ) -> Result<ProductsReport, Error> {
        find.days.check()?;
        let (names, remembered) = (self.names(), Arc::clone(&self.remembered));
        let read = move |db: &mut Db<'_>| {
            let serving = generation::serving(db)?;
            Ok::<_, StoreError>((best(db, &remembered, serving, find)?, standing(db, &names)?))
        };
        let (data, standing) = self.foundation.store.read(cx, read).await?;
        let lag_events = self.lag(cx, &standing.places).await;
        Ok(ProductsReport { as_of: standing.as_of, lag_events, data })
    }

    fn names(&self) -> Vec<&'static str> {
        self.sources.iter().map(|source| source.name()).collect()
    }

    /// Events after these places, over all logs; `None` while one of them is silent.
    pub(crate) async fn lag(&self, cx: &CallCtx, places: &[i64]) -> Option<i64> {
        let ahead = self.sources.iter().zip(places).map(|(source, place)| source.feed.ahead(cx, *place));
        let mut lag = 0_i64;
        for (ahead, source) in join_all(ahead).await.into_iter().zip(self.sources.iter()) {
            match ahead {
                Ok(ahead) => lag = lag.saturating_add(ahead.events),
                Err(error) => {
                    tracing::warn!(subscription = source.name(), %error, "cannot tell how far a report lags");
                    return None;
                }
            }
        }
        Some(lag)
    }

    /// The same, from where the subscriptions are now.
    pub(crate) async fn lag_now(&self, cx: &CallCtx) -> Result<Option<i64>, StoreError> {
        let names = self.names();
        let standing = self.foundation.store.read(cx, move |db| standing(db, &names)).await?;
        Ok(self.lag(cx, &standing.places).await)
    }
}

fn standing(db: &mut Db<'_>, names: &[&'static str]) -> Result<Standing, StoreError> {
    let (mut places, mut all) = (Vec::with_capacity(names.len()), Vec::with_capacity(names.len()));
    for name in names {
        places.push(place(db, name)?.unwrap_or(0));
        all.push(heard_until(db, name)?);
    }
    let as_of = all.into_iter().collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min());
    Ok(Standing { as_of, places })
}

fn sales(
    db: &mut Db<'_>,
    remembered: &Remembered,
    of: Generation,
    FindSales { days, by }: FindSales,
) -> Result<Vec<SalesRow>, StoreError> {
    let dimension = match by {
        By::Day => {
            let days = daily(db, remembered, of, days.into())?;
            let rows = days
                .iter()
                .flat_map(|(day, sums)| sums.iter().map(move |sum| row(Some(day.to_string()), sum)));
            return rows.collect();
        }
        By::Currency => Dimension::Total,
        By::Category => Dimension::Category,
        By::Country => Dimension::Country,
        By::PaymentMethod => Dimension::PaymentMethod,
        By::CustomerGroup => Dimension::CustomerGroup,
    };
    let mut all = over(db, remembered, of, dimension, days.into(), usize::MAX)?;
    all.sort_by(|one, other| (&one.key, one.currency).cmp(&(&other.key, other.currency)));
    let key = |sum: &Sum| match by {
        By::Currency => Some(sum.currency.code().to_owned()),
        _ => Some(sum.key.clone()).filter(|key| !key.is_empty()),
    };
    all.iter().map(|sum| row(key(sum), sum)).collect()
}

/// The sums over a stretch; those with most units, and `limit` at most.
fn over(
    db: &mut Db<'_>,
    remembered: &Remembered,
    of: Generation,
    dimension: Dimension,
    days: Stretch,
    limit: usize,
) -> Result<Vec<Sum>, StoreError> {
    let mut editions = Vec::new();
    for (span, starts) in days.parts() {
        editions.extend(sheets::of(db, of, dimension, span, starts)?.into_iter().map(|(_, edition)| edition));
    }
    remembered.add_up(&editions, limit, |missing| sheets::read(db, missing))
}

/// The sums of each day, over everything.
fn daily(
    db: &mut Db<'_>,
    remembered: &Remembered,
    of: Generation,
    days: Stretch,
) -> Result<Vec<(Day, Vec<Sum>)>, StoreError> {
    let (days, editions): (Vec<Day>, Vec<Edition>) =
        sheets::of(db, of, Dimension::Total, Span::Day, days)?.into_iter().unzip();
    let said = remembered.each(&editions, |missing| sheets::read(db, missing))?;
    Ok(days.into_iter().zip(said).collect())
}

fn row(key: Option<String>, sum: &Sum) -> Result<SalesRow, StoreError> {
    let Figures { orders, units, .. } = sum.figures;
    let [gross, refunds, net] = amounts(sum)?;
    Ok(SalesRow { key, currency: sum.currency, orders, units, gross, refunds, net })
}

/// Gross, refunds and net.
fn amounts(sum: &Sum) -> Result<[Money; 3], StoreError> {
    let money = |minor| Money::new(minor, sum.currency);
    let (gross, refunds) = (money(sum.figures.gross), money(sum.figures.refunds));
    let net = gross.checked_sub(refunds).map_err(|error| corrupt("sums", "gross", &sum.key, error))?;
    Ok([gross, refunds, net])
}

fn best(
    db: &mut Db<'_>,
    remembered: &Remembered,
    of: Generation,
    FindProducts { days, limit }: FindProducts,
) -> Result<Vec<ProductRow>, StoreError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let best = over(db, remembered, of, Dimension::Sku, days.into(), limit)?;
    let skus: Vec<String> = best.iter().map(|sum| sum.key.clone()).collect();
    let titles = products::titles(db, of, &skus)?;
    best.iter().map(|sum| product_row(sum, titles.get(&sum.key))).collect()
}

fn product_row(sum: &Sum, title: Option<&Title>) -> Result<ProductRow, StoreError> {
    let Figures { orders, units, .. } = sum.figures;
    let [gross, refunds, net] = amounts(sum)?;
    let freshness = title.map(|title| Freshness {
        source: "catalog".to_owned(),
        source_version: title.version,
        as_of: title.since,
    });
    Ok(ProductRow {
        sku: Sku::parse(&sum.key).map_err(|error| corrupt("sums", "key", &sum.key, error))?,
        title: title.map(words),
        freshness,
        currency: sum.currency,
        orders,
        units,
        gross,
        refunds,
        net,
    })
}

/// As an order line has it.
fn words(Title { product, variant, .. }: &Title) -> String {
    match variant.as_str() {
        "" | "Default" => product.clone(),
        variant => format!("{product}, {variant}"),
    }
}
