//! `recado simulate`: the simulated Meta alone, for those who build a front end or a service of their own.

use super::print;
use super::serve::stop_signals;
use clap::Args;
use simulator::{Config, Simulator};
use std::net::SocketAddr;

#[derive(Args)]
pub(super) struct Simulate {
    /// Address and port. Whoever reaches it can write as any customer
    #[arg(long, default_value = "127.0.0.1:9090")]
    listen: SocketAddr,
    /// Where webhooks go. Not given: they wait until POST /simulator/webhook names an address
    #[arg(long)]
    webhook_url: Option<String>,
    /// So many customers write by themselves
    #[arg(long, default_value_t = 0)]
    crowd: usize,
}

impl Simulate {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        crate::telemetry::log("info");
        let mut signals = stop_signals()?;
        let config = Config { listen: self.listen, webhook_url: self.webhook_url, ..Config::default() };
        let simulator = Simulator::start(config).await?;
        print(&settings(&simulator))?;
        let crowd = (self.crowd > 0).then(|| simulator.start_crowd(self.crowd));
        signals.recv().await;
        drop(crowd);
        simulator.stop().await;
        Ok(())
    }
}

/// What a service needs to know of the simulated business, as its environment.
fn settings(simulator: &Simulator) -> String {
    let business = simulator.business();
    format!(
        "The simulated Meta is at {url}, its web phone as well. A service that uses it needs:\n\n\
         RECADO_GRAPH_URL={url}\n\
         RECADO_WHATSAPP_APP_ID={}\n\
         RECADO_WHATSAPP_APP_SECRET={}\n\
         RECADO_WHATSAPP_ACCESS_TOKEN={}\n\
         RECADO_WHATSAPP_BUSINESS_ACCOUNT_ID={}\n\
         RECADO_WHATSAPP_PHONE_NUMBER_ID={}\n\
         RECADO_WHATSAPP_VERIFY_TOKEN={}\n",
        business.app_id,
        business.app_secret,
        business.access_token,
        business.business_account_id,
        business.phone_number_id,
        business.verify_token,
        url = simulator.url(),
    )
}
