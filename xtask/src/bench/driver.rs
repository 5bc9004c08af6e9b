//! A closed-loop HTTP client: each connection sends its next request when it has the last one's reply. It shares the
//! machine with what it measures, so it does as little as it can: one task per connection that also drives the
//! connection's input and output, prepared bodies, no redirects, no pool, no parsing of replies.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::figure::Latency;

/// Makes the request of a ticket. Every request of a load has its own ticket, counted from 0.
pub(super) type Source = Arc<dyn Fn(u64) -> Request<Full<Bytes>> + Send + Sync>;

/// What to send, where, and until when.
pub(super) struct Load {
    pub(super) server: SocketAddr,
    pub(super) connections: usize,
    pub(super) until: Until,
    pub(super) expected: StatusCode,
    pub(super) source: Source,
}

#[derive(Clone, Copy)]
pub(super) enum Until {
    Elapsed(Duration),
    Requests(u64),
}

/// What came back.
pub(super) struct Outcome {
    pub(super) expected: u64,
    pub(super) unexpected: BTreeMap<u16, u64>,
    elapsed: Duration,
    /// Of the expected replies, in microseconds.
    latencies: Histogram<u64>,
}

impl Outcome {
    /// Expected replies in a second.
    pub(super) fn rate(&self) -> f64 {
        // A count of requests is far below 2^52, up to which an f64 is exact.
        let expected = f64::from(u32::try_from(self.expected).unwrap_or(u32::MAX));
        expected / self.elapsed.as_secs_f64()
    }

    pub(super) fn latency(&self) -> Latency {
        Latency::of(&self.latencies)
    }

    /// For set-up, where every request has to succeed.
    pub(super) fn all_expected(self, what: &str) -> Result<()> {
        if !self.unexpected.is_empty() {
            bail!("{what}: unexpected replies, by status: {:?}", self.unexpected);
        }
        Ok(())
    }
}

/// Drives the load to its end.
pub(super) async fn drive(load: Load) -> Result<Outcome> {
    let tickets = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let load = Arc::new(load);
    let connections: Vec<_> = (0..load.connections)
        .map(|_| tokio::spawn(connection(Arc::clone(&load), Arc::clone(&tickets), start)))
        .collect();
    let mut total = Tally::new()?;
    for connection in connections {
        total.add(&connection.await??)?;
    }
    let Tally { expected, unexpected, latencies } = total;
    Ok(Outcome { expected, unexpected, elapsed: start.elapsed(), latencies })
}

struct Tally {
    expected: u64,
    unexpected: BTreeMap<u16, u64>,
    latencies: Histogram<u64>,
}

impl Tally {
    fn new() -> Result<Tally> {
        // Up to a minute, to three digits.
        let latencies = Histogram::new_with_bounds(1, 60_000_000, 3)?;
        Ok(Tally { expected: 0, unexpected: BTreeMap::new(), latencies })
    }

    fn count(&mut self, status: StatusCode, expected: StatusCode, took: Duration) {
        if status == expected {
            self.expected += 1;
            self.latencies.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        } else {
            *self.unexpected.entry(status.as_u16()).or_default() += 1;
        }
    }

    fn add(&mut self, other: &Tally) -> Result<()> {
        self.expected += other.expected;
        for (status, count) in &other.unexpected {
            *self.unexpected.entry(*status).or_default() += count;
        }
        self.latencies.add(&other.latencies).context("latencies of different bounds")
    }
}

async fn connection(load: Arc<Load>, tickets: Arc<AtomicU64>, start: Instant) -> Result<Tally> {
    let mut tally = Tally::new()?;
    let mut finished = false;
    // A server may close a connection after a reply, for example when it refuses for overload.
    while !finished {
        let stream = TcpStream::connect(load.server).await.context("no connection to the server")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Joined, not raced: a server that closes after a reply must not cost us the reply. The exchange owns the
        // sender, so the connection ends with it.
        let exchange = exchange(&load, &tickets, start, sender, &mut tally);
        let (exchanged, closed) = tokio::join!(exchange, connection);
        finished = exchanged?;
        closed.context("the server broke a connection")?;
    }
    Ok(tally)
}

/// Sends request after request; `false` when the connection was closed before the load was finished.
async fn exchange(
    load: &Load,
    tickets: &AtomicU64,
    start: Instant,
    mut sender: SendRequest<Full<Bytes>>,
    tally: &mut Tally,
) -> Result<bool> {
    loop {
        if sender.ready().await.is_err() {
            return Ok(false);
        }
        let ticket = tickets.fetch_add(1, Ordering::Relaxed);
        let sent = Instant::now();
        let finished = match load.until {
            Until::Elapsed(limit) => sent.duration_since(start) >= limit,
            Until::Requests(count) => ticket >= count,
        };
        if finished {
            return Ok(true);
        }
        let reply = sender.send_request((load.source)(ticket)).await.context("a request got no reply")?;
        let status = reply.status();
        let mut body = reply.into_body();
        while let Some(frame) = body.frame().await {
            frame.context("a reply broke off")?;
        }
        tally.count(status, load.expected, sent.elapsed());
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
