//! `recado demo`: everything on this machine, with customers that write. Nothing is left behind.

mod business;

use super::print;
use super::serve::{stop_signals, until_stopped};
use crate::{Config, start, telemetry};
use anyhow::Context;
use clap::Args;
use inbox::clock::Clock;
use simulator::Simulator;
use std::net::SocketAddr;
use std::path::Path;

/// Customers that write by themselves.
const CROWD: usize = 12;
/// The demo's login. Known to all, for the database goes with the demo and has nobody's data.
const EMAIL: &str = "admin@localhost";
const PASSWORD: &str = "recado-demo";

const QUERY: &str = include_str!("demo/inbox.graphql");
const SUBSCRIPTION: &str = include_str!("demo/messages.graphql");
/// To the first of the crowd, who writes as soon as the demo runs.
const MUTATION: &str = include_str!("demo/answer.graphql");

#[derive(Args)]
pub(super) struct Demo {
    /// Address and port of the service
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

impl Demo {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        telemetry::log("warn");
        let signals = stop_signals()?;
        let directory = tempfile::tempdir().context("there is no place for a temporary database")?;
        let simulator = Simulator::start(simulator::Config::default()).await?;
        let running = start(config(self.listen, directory.path(), &simulator)?, Clock::default()).await?;

        simulator.set_webhook_url(&format!("{}/api/WhatsApp/Webhook", running.url()));
        simulator.verify_webhook().await.context("the service refused the webhook handshake")?;
        let saved = business::open(running.app()).await.context("the demo's business cannot be set up")?;
        let crowd = simulator.start_crowd(CROWD);
        let business = tokio::spawn(business::run(running.app().clone(), saved));
        print(&introduction(&running.url(), &simulator.url()))?;

        until_stopped(running, signals).await?;
        business.abort();
        drop(crowd);
        simulator.stop().await;
        Ok(())
    }
}

/// The service on a database in this directory, connected with the simulated business.
fn config(listen: SocketAddr, directory: &Path, simulator: &Simulator) -> anyhow::Result<Config> {
    let business = simulator.business();
    let database = format!("sqlite://{}/recado.db", directory.display());
    Ok(Config::with([
        ("listen", listen.to_string().as_str()),
        ("database_url", &database),
        ("admin_email", EMAIL),
        ("admin_password", PASSWORD),
        ("default_country", "ES"),
        ("graph_url", &simulator.url()),
        ("whatsapp_app_id", &business.app_id),
        ("whatsapp_app_secret", &business.app_secret),
        ("whatsapp_access_token", &business.access_token),
        ("whatsapp_business_account_id", &business.business_account_id),
        ("whatsapp_phone_number_id", &business.phone_number_id),
        ("whatsapp_verify_token", &business.verify_token),
    ])?)
}

fn introduction(service: &str, phone: &str) -> String {
    format!(
        "\
Recado runs at       {service}
The customers' phone {phone}
Log in as {EMAIL} with password {PASSWORD}

Open {service} in a browser: it is GraphiQL. Log in at the top, and try its tabs in turn:

{QUERY}
{SUBSCRIPTION}
{MUTATION}
Ctrl+C stops it and removes the database.
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_shows_what_the_demo_prints() {
        let readme = include_str!("../../../README.md");
        for operation in [QUERY, SUBSCRIPTION, MUTATION] {
            assert!(readme.contains(&format!("```graphql\n{operation}```")), "README.md lacks:\n{operation}");
        }
        assert!(readme.contains(&format!("`{EMAIL}`")) && readme.contains(&format!("`{PASSWORD}`")));
    }
}
