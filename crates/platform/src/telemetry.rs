//! Logs and metrics.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::TryInitError;

use std::time::Duration;

use kernel::{ApiError, Around, CallCtx, MethodMeta};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Pretty,
    Json,
}

/// Starts logging to standard error; `filter` is as in `RUST_LOG`, which wins over it.
///
/// # Errors
/// When logging was started before.
pub fn start_logging(format: LogFormat, filter: &str) -> Result<(), TryInitError> {
    use tracing_subscriber::util::SubscriberInitExt;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(filter));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Pretty => lines.compact().finish().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    }
}

/// Starts collecting metrics; the handle renders them as Prometheus text.
///
/// # Errors
/// When metrics were started before.
pub fn start_metrics() -> Result<PrometheusHandle, BuildError> {
    const SECONDS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];
    const COUNTS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), &COUNTS)?
        .install_recorder()
}

/// Measures every call from one module into another.
#[derive(Clone, Copy, Debug)]
pub struct Measured;

impl Around for Measured {
    fn before(&self, _: &'static MethodMeta, cx: &CallCtx) -> Result<(), ApiError<std::convert::Infallible>> {
        if cx.is_expired() { Err(ApiError::DeadlineExceeded) } else { Ok(()) }
    }

    fn after(
        &self,
        method: &'static MethodMeta,
        _: &CallCtx,
        elapsed: Duration,
        failed: Option<&'static str>,
    ) -> Result<(), ApiError<std::convert::Infallible>> {
        metrics::histogram!(
            "holdfast_module_call_seconds",
            "module" => method.module, "method" => method.method, "outcome" => failed.unwrap_or("ok")
        )
        .record(elapsed);
        Ok(())
    }
}
