//! What people do with contacts.

mod answered;
mod attributes;
mod block;
mod checks;
mod create;
mod erase;
mod export;
mod import;
mod merge;
mod preferences;
mod update;

pub use answered::known_as;
pub use attributes::{
    AttributeCreate, AttributeUpdate, choices_of, contact_attribute_create, contact_attribute_delete,
    contact_attribute_update,
};
pub use block::{contact_block, contact_unblock, show_block};
pub use create::{ContactCreate, Created, Opening, contact_create};
pub use erase::{Removed, contact_erase, removed, step as erase_step};
pub use export::{ExportedContact, contacts_export, export_portion};
pub use import::{ContactsImport, Work, contacts_import, contacts_import_cancel, step as import_step};
pub use merge::{MergedContact, contact_merge};
pub use update::{AttributeChange, ContactUpdate, contact_update};

pub(crate) use checks::{home, valid_tags};
pub(crate) use merge::merge;
pub(crate) use preferences::{entry as preference_entry, refused as marketing_refused};

use crate::store::db::NewEvent;
use entities::{ContactId, EventKind};

/// A change of a contact, for the log.
pub(crate) fn updated(contact_id: ContactId) -> NewEvent {
    NewEvent { contact_id: Some(contact_id), ..NewEvent::new(EventKind::ContactUpdated) }
}
