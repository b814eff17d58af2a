//! Saved messages: the draft that was saved, composed anew.

use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::services::send::draft::Draft;
use crate::store::saved_messages;
use entities::SavedMessageId;

/// What was saved; what the caller may not see is not there.
pub(super) async fn draft(app: &App, viewer: &Viewer, id: SavedMessageId) -> Result<Draft> {
    let row = saved_messages::by_ids(app.db.read(), viewer.reach(), [id]).await?.pop();
    let row = row.ok_or(Error::NotFound("saved message"))?;
    serde_json::from_str(&row.draft)
        .map_err(|error| Error::internal(format!("a saved message cannot be read: {error}")))
}
