//! How long things are kept that are of no use for ever.

use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long each kind is kept; none for ever. Messages, files and what people wrote down are never deleted by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Bodies of webhooks that were applied or had nothing for us. Those that failed stay: somebody has to look at them.
    pub webhook_receipts: Option<Duration>,
    /// The change log. Who resumes behind an older place must read everything anew.
    pub events: Option<Duration>,
    /// Runs of jobs, but for the newest of each.
    pub job_runs: Option<Duration>,
    /// What the provider announced about account, number and templates.
    pub provider_updates: Option<Duration>,
    /// Keys by which a send that is repeated is known.
    pub idempotency_keys: Option<Duration>,
    /// What people were told about new messages.
    pub notifications: Option<Duration>,
    /// What assistants did step by step, with what customers wrote and tools told. Their runs stay, with tokens and cost.
    pub assistant_run_steps: Option<Duration>,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days: u32| Some(DAY * days);
        Self {
            webhook_receipts: days(30),
            events: days(30),
            job_runs: days(90),
            provider_updates: days(90),
            idempotency_keys: days(7),
            notifications: days(30),
            assistant_run_steps: days(30),
        }
    }
}
