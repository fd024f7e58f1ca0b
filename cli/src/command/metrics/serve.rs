//! Serves `GET /metrics`. A slow or silent client keeps no other client waiting.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bailiwick_host::Host;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, spawn_blocking};

use crate::failure::Failure;

const PATH: &str = "/metrics";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Connections that are open at the same time. Of those that have not asked yet, the oldest goes when a further one
/// comes.
const CONNECTIONS_MAX: usize = 64;
/// Scrapes that are worked on at the same time; further ones wait. They would read the same entries.
const SCRAPES_MAX: usize = 1;
/// How long a request's header may take.
const HEADER: Duration = Duration::from_secs(10);
/// How long a connection may last. Prometheus opens another.
const CONNECTION: Duration = Duration::from_secs(60);
/// How long to wait when a connection could not be accepted, for example because too many files are open.
const PAUSE: Duration = Duration::from_millis(100);

/// What all connections share.
struct Shared {
    host: Arc<Host>,
    scrapes: Semaphore,
}

/// A connection that is open.
struct Open {
    task: AbortHandle,
    /// Whether it has asked for something.
    asked: Arc<AtomicBool>,
}

pub(super) fn serve(host: Host, address: SocketAddr, json: bool) -> Result<ExitCode, Failure> {
    let failed = |error: std::io::Error| Failure::host(format!("cannot listen on {address}: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(SCRAPES_MAX)
        .build()
        .map_err(failed)?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let url = format!("http://{}{PATH}", listener.local_addr().map_err(failed)?);
        match json {
            true => outln!("{}", json!({ "listening": url })),
            false => outln!("listening on {url}"),
        }
        let shared = Arc::new(Shared { host: Arc::new(host), scrapes: Semaphore::new(SCRAPES_MAX) });
        let mut open = VecDeque::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            make_room(&mut open);
            let asked = Arc::new(AtomicBool::new(false));
            let task = tokio::spawn(connection(shared.clone(), stream, asked.clone())).abort_handle();
            open.push_back(Open { task, asked });
        }
    })
}

/// Forgets connections that have ended. If there are still too many, the oldest that has not asked goes, and if all
/// have, the oldest.
fn make_room(open: &mut VecDeque<Open>) {
    open.retain(|it| !it.task.is_finished());
    if open.len() < CONNECTIONS_MAX {
        return;
    }
    let silent = open.iter().position(|it| !it.asked.load(Ordering::Relaxed));
    if let Some(it) = open.remove(silent.unwrap_or_default()) {
        it.task.abort();
    }
}

/// Serves one connection. The client notices its errors; they are not reported here.
async fn connection(shared: Arc<Shared>, stream: TcpStream, asked: Arc<AtomicBool>) {
    let service = service_fn(|request| {
        asked.store(true, Ordering::Relaxed);
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(answer(&shared, &request).await) }
    });
    let mut server = http1::Builder::new();
    // A connection that waits for its next question would hold a place.
    server.timer(TokioTimer::new()).header_read_timeout(HEADER).keep_alive(false);
    let _ = tokio::time::timeout(CONNECTION, server.serve_connection(TokioIo::new(stream), service)).await;
}

async fn answer(shared: &Shared, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, PATH) => scraped(shared).await,
        (_, PATH) => {
            let mut response = reply(StatusCode::METHOD_NOT_ALLOWED, "expected GET\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            response
        }
        _ => reply(StatusCode::NOT_FOUND, "expected /metrics\n"),
    }
}

/// Reading the log may take long, so it is done beside the thread that accepts.
async fn scraped(shared: &Shared) -> Response<Full<Bytes>> {
    let Ok(_place) = shared.scrapes.acquire().await else {
        return reply(StatusCode::SERVICE_UNAVAILABLE, "io\n");
    };
    let host = shared.host.clone();
    let told = match spawn_blocking(move || host.metrics()).await {
        Ok(Ok(text)) => {
            let mut response = reply(StatusCode::OK, &text);
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
            return response;
        }
        Ok(Err(error)) => Failure::from(error),
        Err(error) => Failure::host(error.to_string()),
    };
    // A client on the network gets only the code; the message goes to the operator who started the command.
    told.print(false);
    reply(StatusCode::INTERNAL_SERVER_ERROR, &format!("{}\n", told.code()))
}

fn reply(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(text.as_bytes())));
    *response.status_mut() = status;
    response
}
