//! Core NATS: one subject a topic. At most once, which is all that a hint needs.

use super::{Bus, Topic};
use crate::error::{Error, Result};
use futures_util::StreamExt;

const PREFIX: &str = "recado.";

pub(super) async fn connect(bus: Bus, url: &str) -> Result<Bus> {
    let unavailable = |error: String| Error::Unavailable(format!("the bus cannot reach NATS: {error}"));
    let here = bus.clone();
    let client = async_nats::ConnectOptions::new()
        .event_callback(move |event| {
            let here = here.clone();
            async move {
                if matches!(event, async_nats::Event::Connected) {
                    here.wake_all_local();
                }
            }
        })
        .connect(url)
        .await
        .map_err(|error| unavailable(error.to_string()))?;
    let mut messages =
        client.subscribe(format!("{PREFIX}*")).await.map_err(|error| unavailable(error.to_string()))?;

    let here = bus.clone();
    tokio::spawn(async move {
        while let Some(message) = messages.next().await {
            if let Some(topic) = message.subject.strip_prefix(PREFIX).and_then(Topic::parse) {
                here.wake_local(topic);
            }
        }
    });

    Ok(bus.forward(move |topic| {
        let client = client.clone();
        async move {
            if let Err(error) = client.publish(format!("{PREFIX}{}", topic.name()), "".into()).await {
                tracing::warn!(%error, topic = topic.name(), "a wake-up was not sent; the other nodes look by themselves");
            }
        }
    }))
}
