//! A load of prepared HTTP requests over keep-alive connections, with as little work as can be in the generator.

use anyhow::{Context, Result, bail, ensure};
use hdrhistogram::Histogram;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(super) struct Outcome {
    pub(super) elapsed: Duration,
    /// Microseconds from sending to the answer.
    pub(super) latency: Histogram<u64>,
}

/// Sends all requests over so many connections, each as soon as the one before is answered; with a `rate` (requests a
/// second over all connections) not before its time. Every answer must be 200.
pub(super) async fn run(
    target: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    connections: usize,
    rate: Option<f64>,
) -> Result<Outcome> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut streams = Vec::with_capacity(connections);
    for _ in 0..connections {
        let stream = TcpStream::connect(target).await.context("the server takes no connection")?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let begin = Instant::now();
    let workers: Vec<_> = streams
        .into_iter()
        .map(|stream| tokio::spawn(work(stream, Arc::clone(&requests), Arc::clone(&next), begin, rate)))
        .collect();
    let mut latency = histogram();
    for worker in workers {
        latency.add(worker.await??)?;
    }
    Ok(Outcome { elapsed: begin.elapsed(), latency })
}

pub(super) fn histogram() -> Histogram<u64> {
    // Three significant digits up to a minute, in microseconds; the bounds are constants, so this cannot fail.
    Histogram::new_with_bounds(1, 60_000_000, 3).unwrap_or_else(|_| unreachable!("constant bounds"))
}

async fn work(
    mut stream: TcpStream,
    requests: Arc<Vec<Vec<u8>>>,
    next: Arc<AtomicUsize>,
    begin: Instant,
    rate: Option<f64>,
) -> Result<Histogram<u64>> {
    let mut latency = histogram();
    let mut buffer = Vec::with_capacity(1024);
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(request) = requests.get(index) else { return Ok(latency) };
        let mut sent = Instant::now();
        if let Some(rate) = rate {
            let due = begin + Duration::from_secs_f64(index as f64 / rate);
            tokio::time::sleep_until(due.into()).await;
            // From when it was due: a server that stalls must not slow its own measurement down.
            sent = due;
        }
        stream.write_all(request).await?;
        answer(&mut stream, &mut buffer).await.with_context(|| format!("request {index}"))?;
        latency.saturating_record(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
}

/// Reads one answer; it must be 200.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await?;
        ensure!(read > 0, "the server closed the connection");
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..end]).context("the answer's head is not text")?;
        if !head.starts_with("HTTP/1.1 200") {
            bail!("the server answered {}", head.lines().next().unwrap_or_default());
        }
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(Ok(0), |(_, value)| value.trim().parse::<usize>())?;
        while buffer.len() < end + 4 + length {
            ensure!(stream.read_buf(buffer).await? > 0, "the server closed the connection");
        }
        return Ok(());
    }
}
