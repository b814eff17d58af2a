//! Accepts connections and speaks HTTP/1.1 on them, until told to stop.

use anyhow::Context;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// A client that takes longer to send its headers is cut off.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// Request line and headers together; queries may come in the request line.
const HEAD_LIMIT: usize = 64 * 1024;
/// How long requests may go on after a stop was asked for.
const DRAIN: Duration = Duration::from_secs(10);
/// After a failed accept (as a rule: no file descriptors left) before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The accepting task and, through it, all connections.
#[derive(Debug)]
pub(crate) struct Server(JoinHandle<()>);

/// Listens on an address.
///
/// # Errors
/// If it is taken, or not an address of this machine.
pub(crate) async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "cannot listen on {address}; stop what uses the port, or set RECADO_LISTEN to another address"
        )
    })
}

impl Server {
    pub(crate) fn start(listener: TcpListener, router: Router, stop: CancellationToken) -> Self {
        Self(tokio::spawn(accept(listener, router, stop)))
    }

    /// Waits until all connections have ended; call it after stopping.
    pub(crate) async fn finish(self) {
        if let Err(error) = self.0.await {
            tracing::error!(%error, "the HTTP server ended early");
        }
    }

    /// Cuts all connections off.
    pub(crate) fn abort(self) {
        self.0.abort();
    }
}

async fn accept(listener: TcpListener, router: Router, stop: CancellationToken) {
    let open = metrics::gauge!("recado_http_connections");
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => open.decrement(1.0),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    open.increment(1.0);
                    connections.spawn(serve(stream, router.clone(), stop.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let drained = tokio::time::timeout(DRAIN, async { while connections.join_next().await.is_some() {} });
    if drained.await.is_err() {
        tracing::warn!(connections = connections.len(), "requests that did not end in time were cut off");
    }
    open.set(0.0);
}

/// One connection. It ends when the client leaves, when it becomes a WebSocket, or with the request in progress after a
/// stop.
async fn serve(stream: TcpStream, router: Router, stop: CancellationToken) {
    // Answers are small and whole: waiting for more to send would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection was gone before its first request");
        return;
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Clients go away at any time.
        tracing::debug!(%error, "a connection ended early");
    }
}
