//! What a portion of webhooks speaks of, read in a few statements. Rows that will be changed are locked in the order of
//! their ids, so that two writers never wait for each other.

use crate::domain::settings::SettingName;
use crate::error::Result;
use crate::store::Tx;
use entities::{
    ContactId, ContactIdentityId, ConversationId, Direction, IdentityKind, MessageId, Timestamp, UserId,
    UserKind, channel, contact, contact_identity, conversation, message, message_update, message_version,
    outbox, provider_update, reaction, role, setting, user,
};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Expr, Func, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::{BTreeMap, BTreeSet};

fn locked<E: EntityTrait>(tx: &Tx, query: Select<E>) -> Select<E> {
    if tx.has_row_locks() { query.lock_exclusive() } else { query }
}

/// All channels; there are few.
pub(crate) async fn channels(tx: &Tx) -> Result<Vec<channel::Model>> {
    Ok(channel::Entity::find().all(tx.conn()).await?)
}

/// Identities by what look-ups compare.
pub(crate) async fn identities(
    tx: &Tx,
    keys: BTreeSet<(IdentityKind, String)>,
) -> Result<Vec<contact_identity::Model>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: BTreeSet<&str> = keys.iter().map(|(_, key)| key.as_str()).collect();
    let found = contact_identity::Entity::find()
        .filter(contact_identity::Column::MatchKey.is_in(wanted))
        .all(tx.conn())
        .await?;
    Ok(found.into_iter().filter(|row| keys.contains(&(row.kind, row.match_key.clone()))).collect())
}

/// Contacts by id. Not locked: a portion writes only what the provider says of them, see [`save_contacts`].
pub(crate) async fn contacts(tx: &Tx, ids: BTreeSet<ContactId>) -> Result<Vec<contact::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(contact::Entity::find().filter(contact::Column::Id.is_in(ids)).all(tx.conn()).await?)
}

/// Writes what the provider says of known contacts; what people say of them stays as it is by now. A name from the
/// business's address book counts only while nobody gave one here.
pub(crate) async fn save_contacts<C: ConnectionTrait>(
    connection: &C,
    rows: Vec<contact::Model>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let given_here = Expr::col((contact::Entity, contact::Column::Name));
    let given_there = Expr::col((Alias::new("excluded"), contact::Column::Name));
    let write_over = OnConflict::column(contact::Column::Id)
        .update_columns([contact::Column::ProfileName, contact::Column::Username, contact::Column::UpdatedAt])
        .value(contact::Column::Name, Func::coalesce([given_here, given_there]))
        .to_owned();
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    contact::Entity::insert_many(rows).on_conflict(write_over).exec_without_returning(connection).await?;
    Ok(())
}

/// Names that a contact does not have any more.
pub(crate) async fn remove_identities<C: ConnectionTrait>(
    connection: &C,
    ids: Vec<ContactIdentityId>,
) -> Result<()> {
    if !ids.is_empty() {
        let gone = contact_identity::Column::Id.is_in(ids);
        contact_identity::Entity::delete_many().filter(gone).exec(connection).await?;
    }
    Ok(())
}

/// The conversations of these contacts and those with these ids, locked.
pub(crate) async fn conversations(
    tx: &Tx,
    contacts: BTreeSet<ContactId>,
    ids: BTreeSet<ConversationId>,
) -> Result<Vec<conversation::Model>> {
    if contacts.is_empty() && ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted = Condition::any();
    if !contacts.is_empty() {
        wanted = wanted.add(conversation::Column::ContactId.is_in(contacts));
    }
    if !ids.is_empty() {
        wanted = wanted.add(conversation::Column::Id.is_in(ids));
    }
    let query = conversation::Entity::find().filter(wanted).order_by_asc(conversation::Column::Id);
    Ok(locked(tx, query).all(tx.conn()).await?)
}

/// Messages by the provider's ids or by ours, not locked: their conversations are to be locked before them.
pub(crate) async fn find_messages(
    tx: &Tx,
    wamids: BTreeSet<&str>,
    ids: BTreeSet<MessageId>,
) -> Result<Vec<message::Model>> {
    if wamids.is_empty() && ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted = Condition::any();
    if !wamids.is_empty() {
        wanted = wanted.add(message::Column::Wamid.is_in(wamids));
    }
    if !ids.is_empty() {
        wanted = wanted.add(message::Column::Id.is_in(ids));
    }
    Ok(message::Entity::find().filter(wanted).all(tx.conn()).await?)
}

/// Messages as they are now, locked.
pub(crate) async fn lock_messages(tx: &Tx, ids: BTreeSet<MessageId>) -> Result<Vec<message::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query =
        message::Entity::find().filter(message::Column::Id.is_in(ids)).order_by_asc(message::Column::Id);
    Ok(locked(tx, query).all(tx.conn()).await?)
}

/// What is known to have happened to the messages with these ids, parked things included.
pub(crate) async fn message_updates(tx: &Tx, wamids: BTreeSet<&str>) -> Result<Vec<message_update::Model>> {
    if wamids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(message_update::Entity::find()
        .filter(message_update::Column::Wamid.is_in(wamids))
        .order_by_asc(message_update::Column::Id)
        .all(tx.conn())
        .await?)
}

/// Messages that are known although something is parked for them, among the newest thousand parked changes since then.
pub(crate) async fn stranded<C: ConnectionTrait>(
    connection: &C,
    since: Timestamp,
) -> Result<Vec<message::Model>> {
    let parked: Vec<String> = message_update::Entity::find()
        .select_only()
        .column(message_update::Column::Wamid)
        .filter(message_update::Column::MessageId.is_null())
        .filter(message_update::Column::CreatedAt.gte(since))
        .order_by_desc(message_update::Column::CreatedAt)
        .limit(1000)
        .into_tuple()
        .all(connection)
        .await?;
    if parked.is_empty() {
        return Ok(Vec::new());
    }
    Ok(message::Entity::find().filter(message::Column::Wamid.is_in(parked)).all(connection).await?)
}

/// Which of these announcements are known.
pub(crate) async fn known_announcements(tx: &Tx, hashes: BTreeSet<&str>) -> Result<Vec<String>> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    Ok(provider_update::Entity::find()
        .select_only()
        .column(provider_update::Column::ContentHash)
        .filter(provider_update::Column::ContentHash.is_in(hashes))
        .into_tuple()
        .all(tx.conn())
        .await?)
}

/// What the assignment of new contacts looks at.
#[derive(Debug)]
pub(crate) struct AssignmentRows {
    pub(crate) settings: Vec<setting::Model>,
    pub(crate) roles: Vec<role::Model>,
    /// The guest, the users with one of the phones, those who may be named as owners, and the one whom the settings name.
    pub(crate) users: Vec<user::Model>,
}

/// Reads what the assignment of new contacts looks at, if they have one of these phones or get one of these owners.
pub(crate) async fn assignment(
    tx: &Tx,
    phones: BTreeSet<&str>,
    owners: impl IntoIterator<Item = UserId>,
) -> Result<AssignmentRows> {
    let settings = setting::Entity::find()
        .filter(
            setting::Column::Name
                .is_in([SettingName::DefaultAnswerUser.as_str(), SettingName::DefaultAssistant.as_str()]),
        )
        .all(tx.conn())
        .await?;
    let roles = role::Entity::find().all(tx.conn()).await?;
    let named = settings
        .iter()
        .find(|row| row.name == SettingName::DefaultAnswerUser.as_str())
        .and_then(|row| serde_json::from_str::<UserId>(&row.value).ok());
    let mut wanted = Condition::any().add(user::Column::Kind.eq(UserKind::Guest));
    if !phones.is_empty() {
        wanted = wanted.add(user::Column::PhoneMatchKey.is_in(phones));
    }
    let owners: Vec<UserId> = owners.into_iter().chain(named).collect();
    if !owners.is_empty() {
        wanted = wanted.add(user::Column::Id.is_in(owners));
    }
    let users = user::Entity::find()
        .filter(wanted)
        .filter(user::Column::DeactivatedAt.is_null())
        .order_by_asc(user::Column::Id)
        .all(tx.conn())
        .await?;
    Ok(AssignmentRows { settings, roles, users })
}

/// The sends of these messages are over: a status named them.
pub(crate) async fn settle_sends(tx: &Tx, messages: Vec<MessageId>) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    outbox::Entity::delete_many().filter(outbox::Column::MessageId.is_in(messages)).exec(tx.conn()).await?;
    Ok(())
}

/// Puts an edit that came late between the versions of its message: `edit` holds what the message said from then on. What
/// it said until then is what the next edit was thought to have replaced.
pub(crate) async fn insert_between<C: ConnectionTrait>(db: &C, edit: message_version::Model) -> Result<()> {
    use message_version::{ActiveModel, Column, Entity};
    let next = Entity::find()
        .filter(Column::MessageId.eq(edit.message_id))
        .filter(Column::ReplacedAt.gt(edit.replaced_at))
        .order_by_asc(Column::ReplacedAt)
        .order_by_asc(Column::Id);
    let Some(next) = next.one(db).await? else { return Ok(()) };
    Entity::update_many()
        .set(ActiveModel { content: Set(edit.content), ..Default::default() })
        .filter(Column::Id.eq(next.id))
        .exec(db)
        .await?;
    let before = message_version::Model { content: next.content, ..edit };
    Entity::insert(before.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Each side's newest reaction to a message; older ones that come late change nothing.
pub(crate) async fn save_reactions<C: ConnectionTrait>(
    connection: &C,
    rows: Vec<reaction::Model>,
) -> Result<()> {
    // One statement cannot write the same row twice: the newest of a portion speaks for it.
    let mut newest: BTreeMap<(MessageId, Direction), reaction::Model> = BTreeMap::new();
    for row in rows {
        let known = newest.entry((row.message_id, row.sender)).or_insert_with(|| row.clone());
        if known.reacted_at <= row.reacted_at {
            *known = row;
        }
    }
    if newest.is_empty() {
        return Ok(());
    }
    let only_newer = Expr::col((reaction::Entity, reaction::Column::ReactedAt))
        .lte(Expr::col((Alias::new("excluded"), reaction::Column::ReactedAt)));
    let write_over = OnConflict::columns([reaction::Column::MessageId, reaction::Column::Sender])
        .update_columns([
            reaction::Column::Emoji,
            reaction::Column::ReactedAt,
            reaction::Column::State,
            reaction::Column::Error,
        ])
        .action_and_where(only_newer)
        .to_owned();
    let rows = newest.into_values().map(|row| row.into_active_model().reset_all());
    reaction::Entity::insert_many(rows).on_conflict(write_over).exec_without_returning(connection).await?;
    Ok(())
}
