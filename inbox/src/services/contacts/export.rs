//! Taking contacts out, in portions: what a caller may see, and nothing else.

use crate::app::App;
use crate::auth::{Sight, Viewer};
use crate::error::Result;
use crate::services::access::{AuditChange, Subject, record};
use crate::store::contacts::ContactFilter;
use crate::store::page::{Direction, PageRequest, Position, Take};
use crate::store::{Priority, attributes, contacts, tags, users};
use entities::{
    AuditAction, ContactAttributeId, ContactId, IdentityKind, UserId, UserKind, contact, contact_attribute,
};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Contacts read at once.
const PORTION: u64 = 500;

/// A contact as it is taken out.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedContact {
    /// The contact.
    pub row: contact::Model,
    /// The newest number, with its plus.
    pub phone: Option<String>,
    /// Sorted.
    pub tags: Vec<String>,
    /// The owner's e-mail address; none for the guest, and for an address that the caller may not see.
    pub owner: Option<String>,
    /// What is known of it, in stored form.
    pub values: HashMap<ContactAttributeId, String>,
}

/// Begins to take contacts out: writes down who does it, and says which attributes there are, by their keys.
///
/// # Errors
/// If the store cannot do it now.
pub async fn contacts_export(
    app: &App,
    viewer: &Viewer,
    format: &'static str,
    tag: Option<String>,
) -> Result<Vec<contact_attribute::Model>> {
    let attributes = attributes::all(app.db.read(), viewer.reach()).await?;
    let mut fields = vec![AuditChange::shown("format", None, Some(format.to_owned()))];
    fields.extend(tag.map(|tag| AuditChange::shown("tag", None, Some(tag))));
    let held = Arc::new((app.ids.clone(), viewer.actor(), fields));
    let written = app.db.write(Priority::Interactive, move |tx| {
        let held = Arc::clone(&held);
        Box::pin(async move {
            let (ids, actor, fields) = &*held;
            let subject = Subject::ContactsExport(ids.next::<Uuid>());
            record(ids, tx, *actor, AuditAction::ContactsExported, subject, fields.clone()).await
        })
    });
    written.await?;
    Ok(attributes)
}

/// The next portion of the contacts behind a place, oldest first: some statements, however many there are.
///
/// # Errors
/// If the database refuses.
pub async fn export_portion(
    app: &App,
    viewer: &Viewer,
    filter: &ContactFilter,
    after: Option<Position>,
) -> Result<Vec<ExportedContact>> {
    let (db, reach) = (app.db.read(), viewer.reach());
    let request = PageRequest {
        direction: Direction::Ascending,
        after,
        before: None,
        take: Take::First(PORTION),
        wants_previous: false,
        wants_next: false,
    };
    let rows = contacts::page(db, reach, filter, &request).await?.rows;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = || rows.iter().map(|row| row.id);
    let mut phones: HashMap<ContactId, String> = HashMap::new();
    for row in contacts::identities(db, reach, ids()).await? {
        // The newest comes last.
        if row.kind == IdentityKind::Phone {
            phones.insert(row.contact_id, format!("+{}", row.value));
        }
    }
    let mut words: HashMap<ContactId, Vec<String>> = HashMap::new();
    for row in tags::of_contacts(db, reach, ids()).await? {
        words.entry(row.contact_id).or_default().push(row.tag);
    }
    let mut values: HashMap<ContactId, HashMap<ContactAttributeId, String>> = HashMap::new();
    for row in attributes::values(db, reach, ids()).await? {
        values.entry(row.contact_id).or_default().insert(row.attribute_id, row.value);
    }
    let owners = owners(app, viewer, rows.iter().map(|row| row.owner_id)).await?;
    let exported = rows.into_iter().map(|row| ExportedContact {
        phone: phones.remove(&row.id),
        tags: words.remove(&row.id).unwrap_or_default(),
        owner: owners.get(&row.owner_id).cloned(),
        values: values.remove(&row.id).unwrap_or_default(),
        row,
    });
    Ok(exported.collect())
}

/// The addresses of those of these users whose address the caller may see.
async fn owners(
    app: &App,
    viewer: &Viewer,
    ids: impl Iterator<Item = UserId>,
) -> Result<HashMap<UserId, String>> {
    let seen = |id: &UserId| viewer.sight() == Sight::Full || viewer.user_id() == Some(*id);
    let mut ids: Vec<UserId> = ids.filter(seen).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = users::by_ids(app.db.read(), viewer.sight(), ids).await?;
    let people = found.into_iter().filter(|user| user.kind == UserKind::Person);
    Ok(people.filter_map(|user| Some((user.id, user.email?))).collect())
}
