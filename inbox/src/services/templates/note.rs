//! Changes of templates as they are written down: the row, its history, the event.

use crate::clock::Ids;
use crate::domain::templates::{self, Noted};
use crate::error::Result;
use crate::store::db::NewEvent;
use crate::store::provider_tasks::{self, ProviderTask};
use crate::store::{Tx, bulk, channels, templates as store};
use entities::{
    ChannelId, EventKind, TemplateChangeSource, TemplateId, Timestamp, channel, message, template,
    template_change,
};
use providers::content::Content;
use providers::meta::ListedTemplate;
use providers::template::TemplateUpdate;
use sea_orm::EntityTrait;
use std::collections::{BTreeMap, BTreeSet};

/// Templates in memory while they change; the rows are locked.
#[derive(Debug, Default)]
pub(crate) struct Book {
    rows: BTreeMap<TemplateId, template::Model>,
    new: BTreeSet<TemplateId>,
    changed: BTreeSet<TemplateId>,
    history: Vec<template_change::Model>,
}

impl Book {
    pub(crate) fn new(rows: Vec<template::Model>) -> Self {
        Self { rows: rows.into_iter().map(|row| (row.id, row)).collect(), ..Self::default() }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &template::Model> {
        self.rows.values()
    }

    pub(super) fn find(&self, account: &str, name: &str, language: &str) -> Option<TemplateId> {
        let same = |row: &&template::Model| {
            row.business_account_id == account && row.name == name && row.language == language
        };
        self.rows.values().find(same).map(|row| row.id)
    }

    /// Begins a row; it says nothing until something is applied to it.
    pub(super) fn begin(
        &mut self,
        ids: &Ids,
        account: &str,
        listed: (&str, &str, &str),
        now: Timestamp,
    ) -> TemplateId {
        let (provider_id, name, language) = listed;
        let row = template::Model {
            id: ids.next(),
            business_account_id: account.to_owned(),
            provider_id: provider_id.to_owned(),
            name: name.to_owned(),
            language: language.to_owned(),
            status: String::new(),
            status_reason: None,
            status_at: None,
            category: None,
            previous_category: None,
            correct_category: None,
            category_change_at: None,
            quality: None,
            parameter_format: None,
            components: "[]".to_owned(),
            needs_sync: true,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        let id = row.id;
        self.new.insert(id);
        self.rows.insert(id, row);
        id
    }

    /// Changes a row, and remembers what changed. Whether anything did that people see.
    pub(super) fn change(
        &mut self,
        ids: &Ids,
        id: TemplateId,
        source: TemplateChangeSource,
        (at, now): (Timestamp, Timestamp),
        change: impl FnOnce(&mut template::Model) -> Vec<Noted>,
    ) -> bool {
        let Some(row) = self.rows.get_mut(&id) else { return false };
        let before = row.clone();
        let noted = change(row);
        if *row == before && noted.is_empty() {
            return false;
        }
        row.updated_at = now;
        self.changed.insert(id);
        let seen = !noted.is_empty();
        self.history.extend(noted.into_iter().map(|noted| template_change::Model {
            id: ids.next(),
            template_id: id,
            property: noted.property,
            old_value: noted.old,
            new_value: noted.new,
            reason: noted.reason,
            source,
            occurred_at: at,
        }));
        seen
    }

    /// Applies what a listing shows of a template that the account has. Whether it was new, and whether it changed.
    pub(super) fn list(
        &mut self,
        ids: &Ids,
        account: &str,
        listed: &ListedTemplate,
        now: Timestamp,
    ) -> (bool, bool) {
        let known = self.find(account, &listed.name, &listed.language);
        let key = (listed.id.as_str(), listed.name.as_str(), listed.language.as_str());
        let id = known.unwrap_or_else(|| self.begin(ids, account, key, now));
        let source = TemplateChangeSource::Sync;
        let changed = self.change(ids, id, source, (now, now), |row| {
            let mut noted = templates::listed(row, listed, now);
            // Of a template that is seen for the first time, only its state is news.
            noted.retain(|one| known.is_some() || one.property == entities::TemplateProperty::Status);
            noted
        });
        (known.is_none(), changed)
    }

    /// Applies an announcement. A template that nobody knows yet is begun with what the announcement tells. Whether
    /// anything changed.
    pub(crate) fn announce(
        &mut self,
        ids: &Ids,
        account: &str,
        update: &TemplateUpdate,
        (at, now): (Timestamp, Timestamp),
    ) -> bool {
        let by_id = self.rows.values().find(|row| row.provider_id == update.provider_id).map(|row| row.id);
        let names = update.name.as_deref().zip(update.language.as_deref());
        let by_name = || self.find(account, names?.0, names?.1);
        let known = by_id.or_else(by_name);
        let id = match (known, names) {
            (Some(id), _) => id,
            (None, Some((name, language))) => {
                self.begin(ids, account, (&update.provider_id, name, language), now)
            }
            (None, None) => return false,
        };
        self.change(ids, id, TemplateChangeSource::Webhook, (at, now), |row| {
            if row.provider_id != update.provider_id {
                // Made anew under its old name.
                row.provider_id.clone_from(&update.provider_id);
                (row.deleted_at, row.status_at, row.needs_sync) = (None, None, true);
            }
            let noted = templates::announce(row, &update.change, at);
            if row.status.is_empty() {
                // An announcement of something else than a status came first.
                "UNKNOWN".clone_into(&mut row.status);
            }
            noted
        })
    }

    /// Writes everything, and tells of it. Of what Meta has more to tell, it asks that somebody look.
    pub(crate) async fn save(mut self, tx: &Tx, ids: &Ids) -> Result<()> {
        let told: Vec<TemplateId> = self.changed.iter().copied().collect();
        let marked = told.iter().filter_map(|id| self.rows.get(id));
        let marked = marked.filter(|row| row.needs_sync && row.deleted_at.is_none());
        let accounts: BTreeSet<String> = marked.map(|row| row.business_account_id.clone()).collect();
        let new: Vec<_> = self.new.iter().filter_map(|id| self.rows.remove(id)).collect();
        let changed: Vec<_> = self.changed.iter().filter_map(|id| self.rows.remove(id)).collect();
        bulk::insert_all::<template::Entity, _>(tx.conn(), new).await?;
        bulk::save_all::<template::Entity, _>(tx.conn(), changed).await?;
        bulk::insert_all::<template_change::Entity, _>(tx.conn(), self.history).await?;
        for id in told {
            tx.emit(NewEvent { subject_id: Some(id.0), ..NewEvent::new(EventKind::TemplateUpdated) });
        }
        for account in accounts {
            if let Some(channel) = channels::of_account(tx.conn(), &account).await? {
                provider_tasks::put(tx, ids, channel, &ProviderTask::Templates { account }).await?;
            }
        }
        Ok(())
    }
}

/// Applies what a refused message proves of its template. Locks the template; conversation, message and queue must be
/// locked before.
pub(crate) async fn message_refused(
    tx: &Tx,
    ids: &Ids,
    message: &message::Model,
    code: Option<i64>,
) -> Result<()> {
    let Some(code) = code.filter(|code| is_about_template(*code)) else { return Ok(()) };
    let Ok(Content::Template(sent)) = serde_json::from_str(&message.content) else { return Ok(()) };
    let Some(account) = account_of(tx, message.channel_id).await? else { return Ok(()) };
    let Some(row) = store::lock_by_name(tx, &account, &sent.name, &sent.language).await? else {
        return Ok(());
    };
    let (id, now) = (row.id, tx.now());
    let mut book = Book::new(vec![row]);
    book.change(ids, id, TemplateChangeSource::Send, (now, now), |row| templates::refused(row, code));
    book.save(tx, ids).await
}

fn is_about_template(code: i64) -> bool {
    [templates::UNKNOWN_TEMPLATE, templates::PAUSED_TEMPLATE, templates::DISABLED_TEMPLATE].contains(&code)
}

async fn account_of(tx: &Tx, id: ChannelId) -> Result<Option<String>> {
    let channel = channel::Entity::find_by_id(id).one(tx.conn()).await?;
    Ok(channel.and_then(|channel| channel.business_account_id))
}
