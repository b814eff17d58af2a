//! Removing everything that is kept of a person, in portions.

use crate::error::Result;
use crate::store::{Tx, assistants, marketing_holds, provider_tasks, timeline, tool_servers, turns};
use entities::{
    ContactId, ConversationId, ErasureId, ErasureState, MessageId, ReceiptState, WebhookReceiptId, contact,
    contact_attribute_value, contact_block, contact_erasure, contact_identity, contact_merge, contact_tag,
    conversation, conversation_tag, idempotency_key, marketing_preference, media, message, message_retry,
    message_update, message_version, outbox, provider_update, reaction, scheduled_message, webhook_receipt,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

/// What stands where something was that spoke of an erased person.
pub(crate) const ERASED: &str = r#"{"erased":true}"#;

/// Writes an erasure over, or adds it.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, row: contact_erasure::Model) -> Result<()> {
    contact_erasure::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes an erasure over.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, row: contact_erasure::Model) -> Result<()> {
    row.into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// An erasure.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    ids: impl IntoIterator<Item = ErasureId>,
) -> Result<Vec<contact_erasure::Model>> {
    Ok(contact_erasure::Entity::find().filter(contact_erasure::Column::Id.is_in(ids)).all(db).await?)
}

/// The oldest erasure that is not done.
pub(crate) async fn running<C: ConnectionTrait>(db: &C) -> Result<Option<contact_erasure::Model>> {
    Ok(contact_erasure::Entity::find()
        .filter(contact_erasure::Column::State.eq(ErasureState::Running))
        .order_by_asc(contact_erasure::Column::Id)
        .one(db)
        .await?)
}

/// Removes what hangs on a contact but its conversations. Returns how many names, tags, attributes, preferences and
/// merges.
pub(crate) async fn remove_details<C: ConnectionTrait>(db: &C, id: ContactId) -> Result<[u64; 5]> {
    let names = contact_identity::Entity::delete_many().filter(contact_identity::Column::ContactId.eq(id));
    let tags = contact_tag::Entity::delete_many().filter(contact_tag::Column::ContactId.eq(id));
    let values = contact_attribute_value::Entity::delete_many()
        .filter(contact_attribute_value::Column::ContactId.eq(id));
    let words =
        marketing_preference::Entity::delete_many().filter(marketing_preference::Column::ContactId.eq(id));
    let merges = contact_merge::Entity::delete_many().filter(contact_merge::Column::ContactId.eq(id));
    let blocks = contact_block::Entity::delete_many().filter(contact_block::Column::ContactId.eq(id));
    blocks.exec(db).await?;
    Ok([
        names.exec(db).await?.rows_affected,
        tags.exec(db).await?.rows_affected,
        values.exec(db).await?.rows_affected,
        words.exec(db).await?.rows_affected,
        merges.exec(db).await?.rows_affected,
    ])
}

/// The conversations of a contact.
pub(crate) async fn conversations<C: ConnectionTrait>(db: &C, id: ContactId) -> Result<Vec<ConversationId>> {
    Ok(conversation::Entity::find()
        .select_only()
        .column(conversation::Column::Id)
        .filter(conversation::Column::ContactId.eq(id))
        .order_by_asc(conversation::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}

/// The provider's ids of all messages of a contact.
pub(crate) async fn wamids<C: ConnectionTrait>(
    db: &C,
    conversations: &[ConversationId],
) -> Result<Vec<String>> {
    Ok(message::Entity::find()
        .select_only()
        .column(message::Column::Wamid)
        .filter(message::Column::ConversationId.is_in(conversations.iter().copied()))
        .filter(message::Column::Wamid.is_not_null())
        .into_tuple()
        .all(db)
        .await?)
}

/// A portion of the applied webhook bodies up to `last`, in their order behind `after`.
pub(crate) async fn receipts<C: ConnectionTrait>(
    db: &C,
    after: WebhookReceiptId,
    last: WebhookReceiptId,
    limit: u64,
) -> Result<Vec<webhook_receipt::Model>> {
    use webhook_receipt::Column;
    Ok(webhook_receipt::Entity::find()
        .filter(Column::Id.gt(after))
        .filter(Column::Id.lte(last))
        .filter(Column::State.ne(ReceiptState::Received))
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Empties webhook bodies: that they came stays known.
pub(crate) async fn empty_receipts<C: ConnectionTrait>(db: &C, ids: Vec<WebhookReceiptId>) -> Result<()> {
    webhook_receipt::Entity::update_many()
        .set(webhook_receipt::ActiveModel {
            body: Set(ERASED.as_bytes().to_vec()),
            error: Set(None),
            ..Default::default()
        })
        .filter(webhook_receipt::Column::Id.is_in(ids))
        .exec(db)
        .await?;
    Ok(())
}

/// All that the provider announced and that came with these bodies.
pub(crate) async fn announcements<C: ConnectionTrait>(
    db: &C,
    receipts: &[WebhookReceiptId],
) -> Result<Vec<provider_update::Model>> {
    Ok(provider_update::Entity::find()
        .filter(provider_update::Column::ReceiptId.is_in(receipts.iter().copied()))
        .all(db)
        .await?)
}

/// Empties an announcement.
pub(crate) async fn empty_announcement<C: ConnectionTrait>(
    db: &C,
    row: provider_update::Model,
) -> Result<()> {
    let emptied = provider_update::Model { value: ERASED.to_owned(), ..row };
    emptied.into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// A portion of the messages of these conversations, locked: ids and the provider's ids.
pub(crate) async fn messages(
    tx: &Tx,
    conversations: &[ConversationId],
    limit: u64,
) -> Result<Vec<(MessageId, Option<String>)>> {
    let query = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .column(message::Column::Wamid)
        .filter(message::Column::ConversationId.is_in(conversations.iter().copied()))
        .order_by_asc(message::Column::Id)
        .limit(limit);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.into_tuple().all(tx.conn()).await?)
}

/// How many files these messages have.
pub(crate) async fn count_files<C: ConnectionTrait>(
    db: &C,
    rows: &[(MessageId, Option<String>)],
) -> Result<u64> {
    let of_these = media::Column::MessageId.is_in(rows.iter().map(|(id, _)| *id));
    Ok(media::Entity::find().filter(of_these).count(db).await?)
}

/// Removes messages whose files were removed, with what hangs on them. Returns how many versions, updates, reactions,
/// queued sends and idempotency keys.
pub(crate) async fn remove_messages<C: ConnectionTrait>(
    db: &C,
    rows: &[(MessageId, Option<String>)],
) -> Result<[u64; 5]> {
    let ids: Vec<MessageId> = rows.iter().map(|(id, _)| *id).collect();
    let wamids: Vec<&str> = rows.iter().filter_map(|(_, wamid)| wamid.as_deref()).collect();
    let (of_ids, these) = (ids.iter().copied(), || ids.iter().copied());
    let versions = message_version::Entity::delete_many()
        .filter(message_version::Column::MessageId.is_in(of_ids))
        .exec(db)
        .await?;
    let updates = message_update::Entity::delete_many()
        .filter(message_update::Column::Wamid.is_in(wamids))
        .exec(db)
        .await?;
    let reactions =
        reaction::Entity::delete_many().filter(reaction::Column::MessageId.is_in(these())).exec(db).await?;
    let queued =
        outbox::Entity::delete_many().filter(outbox::Column::MessageId.is_in(these())).exec(db).await?;
    let keys = idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::MessageId.is_in(these()))
        .exec(db)
        .await?;
    scheduled_message::Entity::delete_many()
        .filter(scheduled_message::Column::MessageId.is_in(these()))
        .exec(db)
        .await?;
    let again = Condition::any()
        .add(message_retry::Column::MessageId.is_in(these()))
        .add(message_retry::Column::RetryId.is_in(these()));
    message_retry::Entity::delete_many().filter(again).exec(db).await?;
    let tasks = ids.iter().map(|id| provider_tasks::of_message(*id));
    provider_tasks::forget(db, tasks).await?;
    message::Entity::delete_many().filter(message::Column::Id.is_in(these())).exec(db).await?;
    Ok([
        versions.rows_affected,
        updates.rows_affected,
        reactions.rows_affected,
        queued.rows_affected,
        keys.rows_affected,
    ])
}

/// Removes conversations without messages, then their contact.
pub(crate) async fn remove_contact<C: ConnectionTrait>(
    db: &C,
    id: ContactId,
    conversations: &[ConversationId],
) -> Result<()> {
    let these = || conversations.iter().copied();
    let tasks = these().map(provider_tasks::of_conversation);
    provider_tasks::forget(db, tasks.chain([provider_tasks::of_contact(id)])).await?;
    marketing_holds::remove(db, id).await?;
    conversation_tag::Entity::delete_many()
        .filter(conversation_tag::Column::ConversationId.is_in(these()))
        .exec(db)
        .await?;
    timeline::remove(db, these()).await?;
    assistants::remove(db, these()).await?;
    tool_servers::remove_calls(db, these()).await?;
    turns::remove(db, these()).await?;
    conversation::Entity::delete_many().filter(conversation::Column::Id.is_in(these())).exec(db).await?;
    contact::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// The erasure of a contact.
pub(crate) async fn of_contact<C: ConnectionTrait>(
    db: &C,
    id: ContactId,
) -> Result<Option<contact_erasure::Model>> {
    Ok(contact_erasure::Entity::find().filter(contact_erasure::Column::ContactId.eq(id)).one(db).await?)
}

/// Whether one of these contacts is being erased.
pub(crate) async fn any_of_contacts<C: ConnectionTrait>(db: &C, ids: [ContactId; 2]) -> Result<bool> {
    let found = contact_erasure::Entity::find().filter(contact_erasure::Column::ContactId.is_in(ids));
    Ok(found.one(db).await?.is_some())
}
