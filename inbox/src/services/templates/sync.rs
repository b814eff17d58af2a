//! Level with what Meta has: reads the whole list, then writes the differences.

use super::note::Book;
use super::refusal::of_provider;
use super::{TemplateError, TemplateRefusal, TemplateRefusalCode, accounts, client};
use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::domain::templates;
use crate::error::{Error, Result};
use crate::store::{Priority, templates as store};
use entities::{TemplateChangeSource, TemplateId, Timestamp};
use providers::inbound::ProviderError;
use providers::meta::{ListedTemplate, TaskOutcome};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Pages of one account that are read at most: Meta allows 6,000 templates.
const MOST_PAGES: usize = 1000;
/// Beyond so many names the whole list takes fewer calls.
const MOST_NAMES: usize = 5;

/// What a listing changed here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Seen for the first time.
    pub created: u32,
    /// Known, and different by now. Those that are back count here.
    pub updated: u32,
    /// Gone from Meta's list.
    pub removed: u32,
    /// As they were.
    pub unchanged: u32,
}

/// Reads the templates of all connected accounts from Meta and writes down the differences. What changed here while the
/// list was read is newer than the list and stays.
///
/// # Errors
/// [`TemplateError::Refused`] if Meta does not give the list, or no account is connected; accounts that were read before
/// stay level. [`Error::Forbidden`](crate::Error::Forbidden) without [`Permission::Administer`].
pub async fn templates_sync(app: &App, viewer: &Viewer) -> Result<SyncReport, TemplateError> {
    viewer.require(Permission::Administer)?;
    let accounts = accounts(app).await?;
    if accounts.is_empty() {
        let message = "No channel has a WhatsApp Business Account. Connect a number first.";
        return Err(TemplateRefusal::new(TemplateRefusalCode::ChannelNotFound, &[], message).into());
    }
    let mut report = SyncReport::default();
    for account in accounts {
        let one = level(app, &account, None).await?;
        report.created += one.created;
        report.updated += one.updated;
        report.removed += one.removed;
        report.unchanged += one.unchanged;
    }
    Ok(report)
}

/// Looks at the templates of an account that are marked, because somebody told that there is more to be known of them
/// than we do. What changes meanwhile is marked again, and looked at again.
///
/// # Errors
/// If the store cannot do it now.
pub async fn look(app: &App, account: &str) -> Result<TaskOutcome> {
    let marked = store::marked(app.db.read(), account).await?;
    let names: BTreeSet<Option<String>> = if marked.len() > MOST_NAMES {
        BTreeSet::from([None])
    } else {
        marked.into_iter().map(Some).collect()
    };
    for name in names {
        match level(app, account, name.as_deref()).await {
            Ok(_) => {}
            Err(LevelError::Listing(error)) => return Ok(TaskOutcome::Retry { error, after: None }),
            Err(LevelError::Error(error)) => return Err(error),
        }
    }
    Ok(TaskOutcome::Done)
}

/// Why an account was not brought level.
enum LevelError {
    /// Meta did not give the list.
    Listing(ProviderError),
    Error(Error),
}

impl From<LevelError> for TemplateError {
    fn from(error: LevelError) -> Self {
        match error {
            LevelError::Listing(error) => of_provider(&error),
            LevelError::Error(error) => error.into(),
        }
    }
}

/// Brings an account level with Meta's list, or those of its templates that have one name.
async fn level(app: &App, account: &str, name: Option<&str>) -> Result<SyncReport, LevelError> {
    let began = app.clock.now();
    let listed = Arc::new(list(app, account, name).await.map_err(LevelError::Listing)?);
    let (ids, key) = (app.ids.clone(), (account.to_owned(), name.map(str::to_owned)));
    let written = app.db.write(Priority::Background, move |tx| {
        let (listed, ids, (account, name)) = (Arc::clone(&listed), ids.clone(), key.clone());
        Box::pin(async move {
            let mut book = Book::new(store::lock_account(tx, &account, name.as_deref()).await?);
            let report = compare(&mut book, &ids, &account, &listed, began, tx.now());
            book.save(tx, &ids).await?;
            Ok(report)
        })
    });
    written.await.map_err(LevelError::Error)
}

async fn list(app: &App, account: &str, name: Option<&str>) -> Result<Vec<ListedTemplate>, ProviderError> {
    // Exposed to be shown to Meta.
    let (client, whatsapp) = (client(app), app.whatsapp_of_account(account));
    let token = whatsapp.access_token.expose();
    let (mut listed, mut after) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let mut page = client.templates(token, account, name, after.as_deref()).await?;
        // Meta does not say whether it finds parts of names as well.
        page.templates.retain(|one| name.is_none_or(|name| one.name == name));
        listed.extend(page.templates);
        match page.next {
            Some(next) if after.as_ref() != Some(&next) => after = Some(next),
            _ => return Ok(listed),
        }
    }
    let message = format!("its list of templates does not end after {MOST_PAGES} pages");
    Err(ProviderError { message: Some(message), ..ProviderError::default() })
}

pub(super) fn compare(
    book: &mut Book,
    ids: &crate::clock::Ids,
    account: &str,
    listed: &[ListedTemplate],
    began: Timestamp,
    now: Timestamp,
) -> SyncReport {
    let newer: BTreeSet<TemplateId> =
        book.rows().filter(|row| row.updated_at > began).map(|row| row.id).collect();
    let mut report = SyncReport::default();
    let mut seen = BTreeSet::new();
    for one in listed {
        let known = book.find(account, &one.name, &one.language);
        if known.is_some_and(|id| newer.contains(&id)) {
            seen.extend(known);
            report.unchanged += 1;
            continue;
        }
        let (created, changed) = book.list(ids, account, one, now);
        seen.extend(book.find(account, &one.name, &one.language));
        match (created, changed) {
            (true, _) => report.created += 1,
            (false, true) => report.updated += 1,
            (false, false) => report.unchanged += 1,
        }
    }
    let gone: Vec<TemplateId> = book
        .rows()
        .filter(|row| row.deleted_at.is_none() && !seen.contains(&row.id) && !newer.contains(&row.id))
        .map(|row| row.id)
        .collect();
    for id in gone {
        let source = TemplateChangeSource::Sync;
        book.change(ids, id, source, (now, now), |row| templates::gone(row, now));
        report.removed += 1;
    }
    report
}
