//! `bailiwick metrics`

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_host::Host;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::failure::Failure;
use crate::home::Home;

const PATH: &str = "/metrics";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Connections that are answered at the same time; further ones wait.
const CONNECTIONS_MAX: usize = 16;
/// How long a connection may last. Prometheus opens another.
const CONNECTION: Duration = Duration::from_secs(60);
/// How long to wait when a connection could not be accepted, for example because too many files are open.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) fn run(
    home: &Home,
    out: Option<&Path>,
    listen: Option<SocketAddr>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    if let Some(address) = listen {
        return serve(host, address, json);
    }
    let text = host.metrics()?;
    match out {
        Some(path) => {
            write(path, &text)
                .map_err(|error| Failure::host(format!("cannot write {}: {error}", path.display())))?;
            if json {
                outln!("{}", json!({ "file": path }));
            }
        }
        None if json => outln!("{}", json!({ "metrics": text })),
        None => out!("{text}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Whoever reads the file finds the old or the new one, whole.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    // A collector of text files takes those that end in .prom, so this one must not.
    let mut part = path.to_owned();
    part.as_mut_os_string().push(format!(".part{}", std::process::id()));
    let written = bailiwick_host::files::create_public(&part)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        // What went wrong is told; that this is left as well would hide it.
        let _ = std::fs::remove_file(&part);
    }
    written
}

fn serve(host: Host, address: SocketAddr, json: bool) -> Result<ExitCode, Failure> {
    let failed = |error: std::io::Error| Failure::host(format!("cannot listen on {address}: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let url = format!("http://{}{PATH}", listener.local_addr().map_err(failed)?);
        match json {
            true => outln!("{}", json!({ "listening": url })),
            false => outln!("listening on {url}"),
        }
        let (host, places) = (Arc::new(host), Arc::new(Semaphore::new(CONNECTIONS_MAX)));
        loop {
            let Ok(place) = places.clone().acquire_owned().await else { return Ok(ExitCode::SUCCESS) };
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let host = host.clone();
            tokio::spawn(async move {
                connection(&host, stream).await;
                drop(place);
            });
        }
    })
}

/// Answers on one connection. Whatever goes wrong with it is the other side's to notice.
async fn connection(host: &Host, stream: TcpStream) {
    let service = service_fn(|request| async move { Ok::<_, Infallible>(answer(host, &request)) });
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let _ = tokio::time::timeout(CONNECTION, served).await;
}

fn answer(host: &Host, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let reply = |status: StatusCode, text: &str| {
        let mut response = Response::new(Full::new(Bytes::copy_from_slice(text.as_bytes())));
        *response.status_mut() = status;
        response
    };
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, PATH) => match host.metrics() {
            Ok(text) => {
                let mut response = reply(StatusCode::OK, &text);
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
                response
            }
            // Whoever asks over the network learns the code; the rest is for whoever started this.
            Err(error) => {
                errln!("bailiwick: {error} [{}]", error.code());
                reply(StatusCode::INTERNAL_SERVER_ERROR, &format!("{}\n", error.code()))
            }
        },
        (_, PATH) => {
            let mut response = reply(StatusCode::METHOD_NOT_ALLOWED, "expected GET\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            response
        }
        _ => reply(StatusCode::NOT_FOUND, "expected /metrics\n"),
    }
}
