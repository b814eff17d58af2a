//! Turns for tests of those who work on them.

use super::{begin, new};
use crate::app::App;
use crate::store::Priority;
use entities::{ConversationId, MessageId};
use std::time::Duration;

/// A turn that this message of a customer begins, or makes longer; it is due at once.
pub(crate) async fn write(app: &App, conversation: ConversationId, message: MessageId) {
    app.db
        .write(Priority::Interactive, move |tx| {
            let row = new(conversation, message, tx.now(), Duration::ZERO);
            Box::pin(async move { begin(tx, vec![row]).await })
        })
        .await
        .expect("the turn can be stored");
}
