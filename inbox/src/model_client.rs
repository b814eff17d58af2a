//! The way to models and tools: public addresses, and hosts of the configuration.

use crate::media::{Guard, public_client};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Longer than any answer may take: the engine has its own deadline.
const PATIENCE: Duration = Duration::from_secs(90);

/// Connects with models at public addresses, and at hosts of the configuration.
#[derive(Clone, Debug)]
pub struct ModelClient {
    http: reqwest::Client,
    guard: Arc<Guard>,
}

impl ModelClient {
    /// A client that may also talk to these hosts.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(private_hosts: &[String]) -> reqwest::Result<Self> {
        let (http, guard) = public_client(private_hosts.to_vec(), PATIENCE)?;
        Ok(Self { http, guard })
    }

    /// For the calls themselves; show the address to [`ModelClient::may_call`] before.
    pub(crate) fn http(&self) -> reqwest::Client {
        self.http.clone()
    }

    /// Whether an address may be talked to, as far as it says itself; what a name stands for is looked at when it is called.
    #[must_use]
    pub fn may_call(&self, url: &Url) -> bool {
        self.guard.check(url).is_ok()
    }

    /// Whether the configuration names its host.
    #[must_use]
    pub fn trusts(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| self.guard.trusts(host))
    }
}
