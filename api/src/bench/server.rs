//! The server under measurement: this very binary, as a process of its own.

use super::database::Fresh;
use super::webhook::{APP_SECRET, PHONE_NUMBER_ID};
use anyhow::{Context, Result, bail};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(super) const SECRET_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(super) const ADMIN_EMAIL: &str = "bench@example.com";
pub(super) const ADMIN_PASSWORD: &str = "bench-password-for-one-run";

pub(super) struct Server {
    process: Child,
    pub(super) address: SocketAddr,
    /// From the start of the process to its first answer.
    pub(super) ready_after: Duration,
}

impl Server {
    pub(super) async fn start(database: &Fresh) -> Result<Self> {
        // A port that was free a moment ago; nobody else runs benchmarks here.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let begin = Instant::now();
        let process = Command::new(std::env::current_exe()?)
            .arg("serve")
            .current_dir(database.directory())
            .env("RECADO_LISTEN", address.to_string())
            .env("RECADO_DATABASE_URL", &database.url)
            .env("RECADO_SECRET_KEY", SECRET_KEY)
            .env("RECADO_ADMIN_EMAIL", ADMIN_EMAIL)
            .env("RECADO_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .env("RECADO_WHATSAPP_APP_SECRET", APP_SECRET)
            .env("RECADO_WHATSAPP_PHONE_NUMBER_ID", PHONE_NUMBER_ID)
            .env("RECADO_WHATSAPP_BUSINESS_ACCOUNT_ID", "102290129340398")
            .env("RECADO_WHATSAPP_VERIFY_TOKEN", "bench")
            // One caller sends everything.
            .env("RECADO_GRAPHQL_BUDGET", "1000000000000")
            .env("RECADO_LOG", std::env::var("RECADO_LOG").unwrap_or_else(|_| "warn".to_owned()))
            .stdout(Stdio::null())
            .spawn()
            .context("the server could not be started")?;
        let mut server = Self { process, address, ready_after: Duration::ZERO };
        server.wait_until_ready(begin).await?;
        Ok(server)
    }

    async fn wait_until_ready(&mut self, begin: Instant) -> Result<()> {
        let url = format!("http://{}/readyz", self.address);
        let client = reqwest::Client::builder().build()?;
        while begin.elapsed() < Duration::from_secs(60) {
            if let Some(status) = self.process.try_wait()? {
                bail!("the server ended at once: {status}");
            }
            if client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                self.ready_after = begin.elapsed();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bail!("the server was not ready within a minute")
    }

    /// Resident memory in bytes, where the system tells.
    pub(super) fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
    }

    /// Processor time used so far, where the system tells.
    pub(super) fn processor_time(&self) -> Option<Duration> {
        processor_time(self.process.id())
    }
}

/// Processor time that a process has used so far, where the system tells.
pub(super) fn processor_time(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    // utime and stime, in ticks of a hundredth of a second (proc(5), fields 14 and 15).
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
