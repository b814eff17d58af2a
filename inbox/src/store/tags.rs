//! The words that people put on contacts and conversations.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::reach;
use entities::{ContactId, ConversationId, contact_tag, conversation_tag};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
};

/// The tags of these contacts, each contact's in their order.
///
/// # Errors
/// If the database refuses.
pub async fn of_contacts<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    contacts: impl IntoIterator<Item = ContactId>,
) -> Result<Vec<contact_tag::Model>> {
    Ok(contact_tag::Entity::find()
        .filter(reach::of_contact(reach, contact_tag::Column::ContactId))
        .filter(contact_tag::Column::ContactId.is_in(contacts))
        .order_by_asc(contact_tag::Column::Tag)
        .all(db)
        .await?)
}

/// The tags of these conversations, each conversation's in their order.
///
/// # Errors
/// If the database refuses.
pub async fn of_conversations<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Result<Vec<conversation_tag::Model>> {
    Ok(conversation_tag::Entity::find()
        .filter(reach::of_conversation(reach, conversation_tag::Column::ConversationId))
        .filter(conversation_tag::Column::ConversationId.is_in(conversations))
        .order_by_asc(conversation_tag::Column::Tag)
        .all(db)
        .await?)
}

/// Gives a contact these tags and no others. They must be in their normal form, each once.
///
/// # Errors
/// If the database refuses.
pub async fn set_of_contact<C: ConnectionTrait>(db: &C, contact: ContactId, tags: &[String]) -> Result<()> {
    contact_tag::Entity::delete_many().filter(contact_tag::Column::ContactId.eq(contact)).exec(db).await?;
    if tags.is_empty() {
        return Ok(());
    }
    let rows =
        tags.iter().map(|tag| contact_tag::ActiveModel { contact_id: Set(contact), tag: Set(tag.clone()) });
    contact_tag::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Gives a conversation these tags and no others, as [`set_of_contact`].
///
/// # Errors
/// If the database refuses.
pub async fn set_of_conversation<C: ConnectionTrait>(
    db: &C,
    conversation: ConversationId,
    tags: &[String],
) -> Result<()> {
    conversation_tag::Entity::delete_many()
        .filter(conversation_tag::Column::ConversationId.eq(conversation))
        .exec(db)
        .await?;
    if tags.is_empty() {
        return Ok(());
    }
    let row = |tag: &String| conversation_tag::ActiveModel {
        conversation_id: Set(conversation),
        tag: Set(tag.clone()),
    };
    conversation_tag::Entity::insert_many(tags.iter().map(row)).exec_without_returning(db).await?;
    Ok(())
}

/// The contacts with a tag.
pub(super) fn contacts_with(tag: &str) -> SelectStatement {
    contact_tag::Entity::find()
        .select_only()
        .column(contact_tag::Column::ContactId)
        .filter(contact_tag::Column::Tag.eq(tag))
        .into_query()
}

/// The conversations with a tag.
pub(super) fn conversations_with(tag: &str) -> SelectStatement {
    conversation_tag::Entity::find()
        .select_only()
        .column(conversation_tag::Column::ConversationId)
        .filter(conversation_tag::Column::Tag.eq(tag))
        .into_query()
}
