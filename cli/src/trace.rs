//! Sends the host's spans and the lines of plugins to standard error, and spans to a collector, if the command line
//! says so.

use bailiwick_host::call::PLUGIN_LOG;
use bailiwick_host::engine::LogLevel;
use tracing::Level;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::arguments::Arguments;
use crate::failure::Failure;

/// Spans on their way to a collector.
pub(crate) struct Sending {
    #[cfg(feature = "opentelemetry")]
    provider: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

/// Only spans of the host: libraries have spans of their own, which nobody has checked for personal data.
fn only_host() -> Targets {
    Targets::new().with_target("bailiwick_host", Level::INFO)
}

/// The lines of plugins that the operator asks for. A collector gets none of them: the text is a plugin's own, and
/// goes only to the operator's screen.
fn plugin_log(arguments: &Arguments) -> Option<(&'static str, Level)> {
    let level = match arguments.plugin_log? {
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Info => Level::INFO,
        LogLevel::Warn => Level::WARN,
        LogLevel::Error => Level::ERROR,
    };
    Some((PLUGIN_LOG, level))
}

/// Begins as the command line asks for.
pub(crate) fn begin(arguments: &Arguments) -> Result<Sending, Failure> {
    // Spans as JSON, a line each when it ends; lines of plugins among them.
    let printed = arguments.trace.then(|| {
        let layer = tracing_subscriber::fmt::layer().json().with_span_events(FmtSpan::CLOSE);
        let filter = only_host().with_targets(plugin_log(arguments));
        layer.with_writer(crate::output::errors).with_filter(filter)
    });
    // Lines of plugins alone: for people, or as JSON.
    let lines = (arguments.plugin_log.is_some() && !arguments.trace).then(|| {
        let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_target(false).without_time();
        let layer = layer.with_writer(crate::output::errors);
        let layer = if arguments.json { layer.json().boxed() } else { layer.boxed() };
        layer.with_filter(Targets::new().with_targets(plugin_log(arguments)))
    });
    #[cfg(feature = "opentelemetry")]
    let (sending, sent) = match &arguments.otlp {
        Some(endpoint) => {
            let provider = otlp::provider(endpoint)?;
            let layer = otlp::layer(&provider).with_filter(only_host());
            (Sending { provider: Some(provider) }, Some(layer))
        }
        None => (Sending { provider: None }, None),
    };
    #[cfg(not(feature = "opentelemetry"))]
    let (sending, sent) = (Sending {}, None::<tracing_subscriber::layer::Identity>);
    if printed.is_some() || lines.is_some() || sent.is_some() {
        tracing_subscriber::registry().with(printed).with(lines).with(sent).init();
    }
    Ok(sending)
}

impl Sending {
    /// Waits until everything is sent, for as long as a collector may take. If sending fails, the command has still
    /// succeeded.
    #[cfg(feature = "opentelemetry")]
    pub(crate) fn end(self) {
        let Some(provider) = self.provider else { return };
        let flushed = provider.force_flush();
        if let Err(error) = flushed.and_then(|()| provider.shutdown()) {
            errln!("bailiwick: the collector did not take all spans: {error}");
        }
    }

    #[cfg(not(feature = "opentelemetry"))]
    pub(crate) fn end(self) {}
}

#[cfg(feature = "opentelemetry")]
mod otlp {
    use std::time::Duration;

    use opentelemetry::trace::TracerProvider;
    use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Tracer};
    use tracing_opentelemetry::OpenTelemetryLayer;

    use crate::failure::Failure;

    /// How long a collector may take to reply.
    const ANSWER: Duration = Duration::from_secs(5);
    /// Spans that wait to be sent; while there are so many, further ones are dropped.
    const WAITING_MAX: usize = 16_384;

    /// Sends in batches, from a thread of its own.
    pub(super) fn provider(endpoint: &str) -> Result<SdkTracerProvider, Failure> {
        let wrong = |error: String| Failure::usage(format!("--otlp {endpoint}: {error}"));
        let url = reqwest::Url::parse(endpoint).map_err(|error| wrong(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("expected an address that begins with http:// or https://".to_owned()));
        }
        let tls = bailiwick_host::tls::config().map_err(|error| Failure::host(format!("TLS: {error}")))?;
        let client = reqwest::blocking::Client::builder().timeout(ANSWER).tls_backend_preconfigured(tls);
        let client = client.build().map_err(|error| Failure::host(format!("a client for HTTP: {error}")))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(ANSWER)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        let resource = Resource::builder().with_service_name("bailiwick").build();
        let config = BatchConfigBuilder::default().with_max_queue_size(WAITING_MAX).build();
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
        Ok(SdkTracerProvider::builder().with_resource(resource).with_span_processor(processor).build())
    }

    /// Names and fields as in docs/watching.md, without places in the source and without the machine's name.
    pub(super) fn layer<S>(provider: &SdkTracerProvider) -> OpenTelemetryLayer<S, Tracer>
    where
        S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("bailiwick"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
    }
}
