//! `recado bench`: the project's own load figures, measured from outside on a server process of its own.
//!
//! Every run checks the database afterwards, so that speed without storage cannot count.

mod database;
mod fanout;
mod ingest;
mod load;
mod query;
mod report;
mod server;
mod socket;
mod webhook;

use anyhow::Result;
use clap::{Args, Subcommand};

/// What to measure.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Webhooks in: durable acknowledgements, applied rate, and the way to a subscriber's socket.
    Ingest(ingest::Ingest),
    /// One event to many subscribers.
    Fanout(fanout::Fanout),
    /// A page of the inbox: over HTTP, and what the way there costs beside the execution itself.
    Query(query::Query),
}

/// On which store, and how to print.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The store.
    #[arg(long, value_enum, default_value = "both")]
    store: database::Store,
    /// A PostgreSQL server on which databases may be made; the one for the run is dropped afterwards.
    #[arg(long, env = "RECADO_BENCH_POSTGRES_URL", default_value = "postgres://postgres@127.0.0.1:5432")]
    postgres_url: url::Url,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

impl Bench {
    /// Measures and prints.
    ///
    /// # Errors
    /// If something could not be started, or what was measured is not what the database holds.
    pub(crate) async fn run(self) -> Result<()> {
        match self {
            Self::Ingest(ingest) => ingest.run().await,
            Self::Fanout(fanout) => fanout.run().await,
            Self::Query(query) => query.run().await,
        }
    }
}
