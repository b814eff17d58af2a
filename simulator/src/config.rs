//! How a simulator is set up: where it listens, the business it plays, its speed limits.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Serialize;

/// How a simulator is set up. `Config::default()` is what a test wants.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes any free one. There is no access control on the control API, so
    /// anything but a loopback address opens it to the network.
    pub listen: SocketAddr,
    /// Where the webhooks go. While there is none, updates wait; see [`Simulator::set_webhook_url`].
    ///
    /// [`Simulator::set_webhook_url`]: crate::Simulator::set_webhook_url
    pub webhook_url: Option<String>,
    /// The business whose number and tokens exist.
    pub business: Business,
    /// Where all ids and random choices come from: the same seed and the same calls give the same ids.
    pub seed: u64,
    /// How many webhooks are posted at the same time. One keeps them in order; Meta does not.
    pub webhook_workers: usize,
    /// How a webhook that was not answered 200 is tried again.
    pub retry: Retry,
    /// How fast the business may send.
    pub limits: Limits,
    /// How long after `sent` the `delivered` status goes out, in real time.
    pub delivered_after: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            webhook_url: None,
            business: Business::default(),
            seed: 1,
            webhook_workers: 4,
            retry: Retry::default(),
            limits: Limits::default(),
            delivered_after: Duration::ZERO,
        }
    }
}

/// The waits between two posts of the same webhook body. Meta goes on for days; a simulator that serves tests
/// starts quickly and never gives up.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// The wait before the second attempt; it doubles with every attempt.
    pub first: Duration,
    /// The longest wait.
    pub max: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first: Duration::from_millis(50), max: Duration::from_secs(2) }
    }
}

/// How fast the business may send. The defaults are Meta's for a number that was never upgraded.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Messages a second for the whole number; more is refused with 130429. Only sends count here (Meta counts
    /// what comes in as well), so that a test may flood the inbox without starving the sender.
    pub messages_per_second: u32,
    /// Messages to one customer that may go out at once; more is refused with 131056.
    pub pair_burst: u32,
    /// How long one message to one customer takes off that burst.
    pub pair_interval: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { messages_per_second: 80, pair_burst: 45, pair_interval: Duration::from_secs(6) }
    }
}

/// The one business that the simulator knows. Ids are numeric strings, as Meta's are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Business {
    /// The Meta app.
    pub app_id: String,
    /// The app's secret: signs webhooks and, with the app id, makes the app's own token.
    pub app_secret: String,
    /// The token that Graph calls carry.
    pub access_token: String,
    /// The WhatsApp business account (WABA).
    pub business_account_id: String,
    /// The id of the number, which is not the number.
    pub phone_number_id: String,
    /// The number, digits only, as webhooks write it.
    pub display_phone_number: String,
    /// The token of the webhook handshake.
    pub verify_token: String,
}

impl Default for Business {
    fn default() -> Self {
        Self {
            app_id: "670843887433847".into(),
            app_secret: "5f2b8c1e9d3a47608b7c6d5e4f3a2b1c".into(),
            access_token: "EAAsimulatedAccessTokenOfTheSystemUser".into(),
            business_account_id: "102290129340398".into(),
            phone_number_id: "106540352242922".into(),
            display_phone_number: "15550783881".into(),
            verify_token: "simulated-verify-token".into(),
        }
    }
}

impl Business {
    /// The app's own token, as `debug_token` and the app's subscriptions ask for.
    pub fn app_token(&self) -> String {
        format!("{}|{}", self.app_id, self.app_secret)
    }
}
