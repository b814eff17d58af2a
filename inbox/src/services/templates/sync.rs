//! Level with what Meta has: reads the whole list, then writes the differences.

use super::note::Book;
use super::refusal::of_provider;
use super::{TemplateError, TemplateRefusal, TemplateRefusalCode, accounts, client};
use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::domain::templates;
use crate::store::{Priority, templates as store};
use entities::{TemplateChangeSource, TemplateId, Timestamp};
use providers::meta::ListedTemplate;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Pages of one account that are read at most: Meta allows 6,000 templates.
const MOST_PAGES: usize = 1000;

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
        let began = app.clock.now();
        let listed = Arc::new(list(app, &account).await?);
        let ids = app.ids.clone();
        let one = app.db.write(Priority::Background, move |tx| {
            let (listed, ids, account) = (Arc::clone(&listed), ids.clone(), account.clone());
            Box::pin(async move {
                let mut book = Book::new(store::lock_account(tx, &account).await?);
                let report = compare(&mut book, &ids, &account, &listed, began, tx.now());
                book.save(tx).await?;
                Ok(report)
            })
        });
        let one = one.await?;
        report.created += one.created;
        report.updated += one.updated;
        report.removed += one.removed;
        report.unchanged += one.unchanged;
    }
    Ok(report)
}

async fn list(app: &App, account: &str) -> Result<Vec<ListedTemplate>, TemplateError> {
    // Exposed to be shown to Meta.
    let (client, token) = (client(app), app.config.whatsapp.access_token.expose());
    let (mut listed, mut after) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let page = client.templates(token, account, after.as_deref()).await;
        let page = page.map_err(|error| of_provider(&error))?;
        listed.extend(page.templates);
        match page.next {
            Some(next) if after.as_ref() != Some(&next) => after = Some(next),
            _ => return Ok(listed),
        }
    }
    let message = format!("Meta's list of templates does not end after {MOST_PAGES} pages. Try again later.");
    Err(TemplateRefusal::new(TemplateRefusalCode::MetaUnavailable, &[], message).into())
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
