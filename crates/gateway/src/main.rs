//! The simulator as a process of its own, for demonstrations.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Parser;
use gateway_simulator::{Chances, Hook, Settings, Simulator};
use kernel::SystemClock;

/// A card gateway that is none: it keeps a ledger in memory, and misbehaves when told to.
#[derive(Parser)]
struct Arguments {
    #[arg(long, env = "GATEWAY_LISTEN", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// What merchants must show as `Authorization: Bearer …`.
    #[arg(long, env = "GATEWAY_SECRET", hide_env_values = true)]
    secret: String,
    /// Where events are sent, such as <http://127.0.0.1:8080/v1/payments/webhooks/http>.
    #[arg(long, env = "GATEWAY_WEBHOOK_URL")]
    webhook_url: Option<String>,
    /// Signs events.
    #[arg(long, env = "GATEWAY_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: String,
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Of the authorisations.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    decline_percent: u32,
    /// Of the authorisations: half of these before acting, half after.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    timeout_percent: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let simulator = Simulator::start(Settings {
        listen: arguments.listen,
        secret: arguments.secret,
        hook: Hook { url: arguments.webhook_url, secret: arguments.webhook_secret },
        chances: Chances {
            seed: arguments.seed,
            decline_percent: arguments.decline_percent,
            timeout_percent: arguments.timeout_percent,
        },
        clock: Arc::new(SystemClock),
    })?;
    tracing::info!("the gateway simulator listens on {}", simulator.url());
    tokio::signal::ctrl_c().await?;
    simulator.stop().await;
    Ok(())
}
