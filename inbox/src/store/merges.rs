//! Two contacts becoming one: everything that hangs on one is hung on the other.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::{Tx, assistants, marketing_holds, reach, timeline, tool_servers, turns};
use entities::{
    ContactId, ConversationId, MessageId, contact, contact_attribute_value, contact_block, contact_identity,
    contact_merge, contact_tag, conversation, conversation_tag, marketing_preference, message, outbox,
};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{HashMap, HashSet};

/// Two contacts, locked in the order of their ids until commit.
pub(crate) async fn lock_contacts(tx: &Tx, ids: [ContactId; 2]) -> Result<Vec<contact::Model>> {
    let query =
        contact::Entity::find().filter(contact::Column::Id.is_in(ids)).order_by_asc(contact::Column::Id);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.all(tx.conn()).await?)
}

/// Moves all messages of a conversation, with their places in the queue, into another.
pub(crate) async fn move_messages(tx: &Tx, from: ConversationId, to: ConversationId) -> Result<()> {
    if tx.has_row_locks() {
        let of_this = message::Entity::find().filter(message::Column::ConversationId.eq(from));
        let ids = of_this.select_only().column(message::Column::Id).order_by_asc(message::Column::Id);
        ids.lock_exclusive().into_tuple::<MessageId>().all(tx.conn()).await?;
    }
    message::Entity::update_many()
        .set(message::ActiveModel { conversation_id: Set(to), ..Default::default() })
        .filter(message::Column::ConversationId.eq(from))
        .exec(tx.conn())
        .await?;
    timeline::hand_over(tx.conn(), from, to).await?;
    assistants::hand_over(tx.conn(), from, to).await?;
    turns::remove(tx.conn(), [from]).await?;
    tool_servers::remove_calls(tx.conn(), [from]).await?;
    outbox::Entity::update_many()
        .set(outbox::ActiveModel { conversation_id: Set(to), ..Default::default() })
        .filter(outbox::Column::ConversationId.eq(from))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Writes a conversation over.
pub(crate) async fn save_conversation<C: ConnectionTrait>(db: &C, row: conversation::Model) -> Result<()> {
    row.into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// Removes a conversation whose messages were moved; its tags go over to the other.
pub(crate) async fn remove_conversation<C: ConnectionTrait>(
    db: &C,
    id: ConversationId,
    tags_to: ConversationId,
) -> Result<()> {
    use conversation_tag::{ActiveModel, Column, Entity};
    let tags = Entity::find().filter(Column::ConversationId.eq(id)).all(db).await?;
    Entity::delete_many().filter(Column::ConversationId.eq(id)).exec(db).await?;
    if !tags.is_empty() {
        let rows =
            tags.into_iter().map(|row| ActiveModel { conversation_id: Set(tags_to), tag: Set(row.tag) });
        let known = OnConflict::columns([Column::ConversationId, Column::Tag]).do_nothing().to_owned();
        Entity::insert_many(rows).on_conflict(known).exec_without_returning(db).await?;
    }
    conversation::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// The names of a contact, oldest first.
pub(crate) async fn identities<C: ConnectionTrait>(
    db: &C,
    id: ContactId,
) -> Result<Vec<contact_identity::Model>> {
    Ok(contact_identity::Entity::find()
        .filter(contact_identity::Column::ContactId.eq(id))
        .order_by_asc(contact_identity::Column::CreatedAt)
        .order_by_asc(contact_identity::Column::Id)
        .all(db)
        .await?)
}

/// Hangs on another contact what hangs on this one: names, tags, attributes, preferences, earlier merges. Of an attribute
/// that both have, the other's value stays. Then the contact itself is removed.
pub(crate) async fn hand_over<C: ConnectionTrait>(db: &C, from: ContactId, to: ContactId) -> Result<()> {
    contact_identity::Entity::update_many()
        .set(contact_identity::ActiveModel { contact_id: Set(to), ..Default::default() })
        .filter(contact_identity::Column::ContactId.eq(from))
        .exec(db)
        .await?;
    contact_merge::Entity::update_many()
        .set(contact_merge::ActiveModel { contact_id: Set(to), ..Default::default() })
        .filter(contact_merge::Column::ContactId.eq(from))
        .exec(db)
        .await?;
    contact_block::Entity::delete_many().filter(contact_block::Column::ContactId.eq(from)).exec(db).await?;
    hand_over_tags(db, from, to).await?;
    hand_over_attributes(db, from, to).await?;
    hand_over_preferences(db, from, to).await?;
    marketing_holds::hand_over(db, from, to).await?;
    contact::Entity::delete_by_id(from).exec(db).await?;
    Ok(())
}

async fn hand_over_tags<C: ConnectionTrait>(db: &C, from: ContactId, to: ContactId) -> Result<()> {
    use contact_tag::{ActiveModel, Column, Entity};
    let tags = Entity::find().filter(Column::ContactId.eq(from)).all(db).await?;
    Entity::delete_many().filter(Column::ContactId.eq(from)).exec(db).await?;
    if tags.is_empty() {
        return Ok(());
    }
    let rows = tags.into_iter().map(|row| ActiveModel { contact_id: Set(to), tag: Set(row.tag) });
    let known = OnConflict::columns([Column::ContactId, Column::Tag]).do_nothing().to_owned();
    Entity::insert_many(rows).on_conflict(known).exec_without_returning(db).await?;
    Ok(())
}

async fn hand_over_attributes<C: ConnectionTrait>(db: &C, from: ContactId, to: ContactId) -> Result<()> {
    use contact_attribute_value::{Column, Entity};
    let all = Entity::find().filter(Column::ContactId.is_in([from, to])).all(db).await?;
    let known: HashSet<_> =
        all.iter().filter(|row| row.contact_id == to).map(|row| row.attribute_id).collect();
    Entity::delete_many().filter(Column::ContactId.eq(from)).exec(db).await?;
    for mut row in all {
        if row.contact_id == from && !known.contains(&row.attribute_id) {
            row.contact_id = to;
            Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await?;
        }
    }
    Ok(())
}

async fn hand_over_preferences<C: ConnectionTrait>(db: &C, from: ContactId, to: ContactId) -> Result<()> {
    use marketing_preference::{Column, Entity};
    let rows = Entity::find().filter(Column::ContactId.eq(from)).all(db).await?;
    Entity::delete_many().filter(Column::ContactId.eq(from)).exec(db).await?;
    let same = [Column::ContactId, Column::OccurredAt, Column::Source, Column::Value];
    for mut row in rows {
        row.contact_id = to;
        Entity::insert(row.into_active_model().reset_all())
            .on_conflict(OnConflict::columns(same).do_nothing().to_owned())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Writes down that it happened.
pub(crate) async fn record<C: ConnectionTrait>(db: &C, row: contact_merge::Model) -> Result<()> {
    contact_merge::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Where those of these ids lead whose contacts became a part of another: a contact that took in others and was taken in
/// itself has handed them over, so one step is enough.
///
/// # Errors
/// If the database refuses.
pub async fn survivors<C: ConnectionTrait>(
    db: &C,
    ids: impl IntoIterator<Item = ContactId>,
) -> Result<HashMap<ContactId, ContactId>> {
    let found = contact_merge::Entity::find()
        .select_only()
        .column(contact_merge::Column::SourceId)
        .column(contact_merge::Column::ContactId)
        .filter(contact_merge::Column::SourceId.is_in(ids));
    Ok(found.into_tuple::<(ContactId, ContactId)>().all(db).await?.into_iter().collect())
}

/// The contact that an id leads to by now: its own, or the one that it became a part of.
pub(crate) async fn current<C: ConnectionTrait>(db: &C, id: ContactId) -> Result<ContactId> {
    Ok(survivors(db, [id]).await?.remove(&id).unwrap_or(id))
}

/// Who became one with these contacts, the newest first.
///
/// # Errors
/// If the database refuses.
pub async fn of_contacts<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    contacts: impl IntoIterator<Item = ContactId>,
) -> Result<Vec<contact_merge::Model>> {
    Ok(contact_merge::Entity::find()
        .filter(reach::of_contact(reach, contact_merge::Column::ContactId))
        .filter(contact_merge::Column::ContactId.is_in(contacts))
        .order_by_desc(contact_merge::Column::MergedAt)
        .order_by_desc(contact_merge::Column::Id)
        .all(db)
        .await?)
}
