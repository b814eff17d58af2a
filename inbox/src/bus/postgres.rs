//! `LISTEN`/`NOTIFY`: every message names a topic.

use super::{Bus, Topic};
use crate::error::{Error, Result};
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::time::Duration;

const CHANNEL: &str = "recado";

pub(super) async fn connect(bus: Bus, url: &str) -> Result<Bus> {
    let unavailable =
        |error: sqlx::Error| Error::Unavailable(format!("the bus cannot reach PostgreSQL: {error}"));
    let pool = PgPoolOptions::new().max_connections(2).connect(url).await.map_err(unavailable)?;
    let mut listener = PgListener::connect_with(&pool).await.map_err(unavailable)?;
    listener.listen(CHANNEL).await.map_err(unavailable)?;

    let here = bus.clone();
    tokio::spawn(async move {
        loop {
            match listener.try_recv().await {
                Ok(Some(message)) => {
                    if let Some(topic) = Topic::parse(message.payload()) {
                        here.wake_local(topic);
                    }
                }
                // The listener reconnects by itself on the next call.
                Ok(None) => here.wake_all_local(),
                Err(error) => {
                    tracing::warn!(%error, "the bus lost PostgreSQL and tries again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    here.wake_all_local();
                }
            }
        }
    });

    Ok(bus.forward(move |topic| {
        let pool = pool.clone();
        async move {
            let sent =
                sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(topic.name()).execute(&pool).await;
            if let Err(error) = sent {
                tracing::warn!(%error, topic = topic.name(), "a wake-up was not sent; the other nodes look by themselves");
            }
        }
    }))
}
