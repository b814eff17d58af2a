//! Connects the number that the configuration names, so that a deployment that is set up by its environment needs no
//! first mutation.

use crate::app::App;
use crate::error::Result;
use crate::store::{Priority, connect};
use entities::{ChannelId, ChannelState, Provider, channel};

/// Messages a second that Meta lets a number send which was never upgraded.
const MESSAGES_PER_SECOND: i32 = 80;

/// Makes a channel for the configured phone number id, unless there is none configured or a channel has it. The first
/// channel is the default one. Nodes may start together: one of them makes it.
///
/// # Errors
/// If the database refuses.
pub async fn configured_number(app: &App) -> Result<Option<ChannelId>> {
    let whatsapp = app.whatsapp();
    if whatsapp.phone_number_id.is_empty() {
        return Ok(None);
    }
    let (id, now) = (app.ids.next(), app.clock.now());
    let row = channel::Model {
        id,
        name: "WhatsApp".to_owned(),
        provider: Provider::Meta,
        state: ChannelState::Active,
        is_default: true,
        phone_number_id: Some(whatsapp.phone_number_id.clone()),
        business_account_id: Some(whatsapp.business_account_id.clone()).filter(|id| !id.is_empty()),
        app_id: None,
        display_phone_number: None,
        messages_per_second: MESSAGES_PER_SECOND,
        read_receipts: entities::ReadReceipts::OnOpen,
        created_at: now,
        updated_at: now,
    };
    let write = app.db.write(Priority::Interactive, move |tx| {
        let mut row = row.clone();
        Box::pin(async move {
            row.is_default = !connect::any_default(tx.conn()).await?;
            connect::insert_if_absent(tx.conn(), row).await
        })
    });
    Ok(write.await?.then_some(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{another_node, for_each_store};
    use sea_orm::EntityTrait;

    #[tokio::test]
    async fn nodes_that_start_together_connect_the_number_once() {
        for_each_store(async |app| {
            let other = another_node(&app).await;
            let (here, there) = tokio::join!(configured_number(&app), configured_number(&other));
            assert_eq!([here.unwrap(), there.unwrap()].iter().flatten().count(), 1);
            assert_eq!(configured_number(&app).await.unwrap(), None);
            let channels = channel::Entity::find().all(app.db.read()).await.unwrap();
            assert_eq!(channels.len(), 1);
            assert!(channels[0].is_default);
            assert_eq!(channels[0].phone_number_id.as_deref(), Some(&*app.config.whatsapp.phone_number_id));
        })
        .await;
    }
}
