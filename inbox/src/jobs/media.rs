//! Fetches the files that customers send, several at a time, and clears away what nobody has any more.
//!
//! A file is claimed for a while and the claim committed before anything is fetched; it is renewed while the content
//! comes. A kill leaves a claim that ends by itself, a temporary file that vanishes with the process, and at worst a
//! content that no row names, which the sweep removes.

use crate::app::App;
use crate::bus::Topic;
use crate::domain::file_types::{LARGEST, detect, essence};
use crate::error::Result;
use crate::media::{Spool, SpoolError, Spooled};
use crate::services::media::{self, Claim};
use crate::store::{Priority, leases};
use entities::{MediaFailure, Timestamp};
use providers::inbound::ProviderError;
use providers::meta::{GraphClient, MediaError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Files that are fetched at the same time.
const AT_ONCE: usize = 8;
/// The bus may lose a wake-up, and files that are tried again wake nobody.
const LOOK_ANYWAY: Duration = Duration::from_secs(1);
/// After a failure of the store.
const PAUSE: Duration = Duration::from_secs(2);
/// How often a claim is renewed; a third of what it lasts.
const RENEWAL: Duration = Duration::from_secs(6);
/// For one file, however steadily it comes.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How often is cleared away.
const SWEEP: Duration = Duration::from_secs(24 * 60 * 60);
/// One node clears away at a time.
const SWEEP_LEASE: &str = "media-sweep";
const SWEEP_LASTS: Duration = Duration::from_secs(60 * 60);

/// Runs until `stop` is cancelled; what is being fetched then is given back.
pub async fn run(app: App, stop: CancellationToken) {
    tokio::join!(fetch(app.clone(), stop.clone()), sweep(app, stop));
}

async fn fetch(app: App, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => return,
        () = app.has_access_token() => {}
    }
    let mut wake = app.bus.listen(Topic::Media);
    let mut under_way = JoinSet::new();
    while !stop.is_cancelled() {
        wake.mark_unchanged();
        let room = AT_ONCE - under_way.len();
        let claimed = if room == 0 { Ok(Vec::new()) } else { media::claim(&app, room).await };
        let rest = match claimed {
            Ok(claims) => {
                for claim in claims {
                    under_way.spawn(fetch_one(app.clone(), claim, stop.clone()));
                }
                LOOK_ANYWAY
            }
            Err(error) => {
                tracing::warn!(%error, "files to fetch could not be looked for; trying again");
                PAUSE
            }
        };
        let free = under_way.len() < AT_ONCE;
        tokio::select! {
            Some(ended) = under_way.join_next() => report(ended),
            Ok(()) = wake.changed(), if free => {}
            () = tokio::time::sleep(rest), if free => {}
            () = stop.cancelled() => {}
        }
    }
    while let Some(ended) = under_way.join_next().await {
        report(ended);
    }
}

fn report(ended: std::result::Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "the fetching of a file broke off; it is tried again");
    }
}

async fn fetch_one(app: App, claim: Claim, stop: CancellationToken) {
    let settled = tokio::select! {
        settled = try_and_settle(&app, &claim) => settled,
        () = keep_claim(&app, &claim) => return,
        () = stop.cancelled() => media::put_back(&app, &claim).await,
    };
    if let Err(error) = settled {
        tracing::warn!(media = %claim.row.id, %error, "what came of fetching a file could not be written; trying again");
    }
}

/// Ends when the claim is lost.
async fn keep_claim(app: &App, claim: &Claim) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        match media::renew(app, claim).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(media = %claim.row.id, %error, "a claim could not be renewed"),
        }
    }
}

async fn try_and_settle(app: &App, claim: &Claim) -> Result<()> {
    let fetched =
        tokio::time::timeout(PATIENCE, content(app, claim)).await.unwrap_or(Err(MediaFailure::Unreachable));
    let failure = match fetched {
        Ok(content) => match media::stored(app, claim, &content).await {
            Ok(()) => {
                count("stored");
                return Ok(());
            }
            Err(error) => {
                tracing::error!(media = %claim.row.id, %error, "a fetched file could not be kept");
                MediaFailure::StorageFailed
            }
        },
        Err(failure) => failure,
    };
    let given_up = media::failed(app, claim, failure).await?;
    count(if given_up { "failed" } else { "retry" });
    Ok(())
}

fn count(outcome: &'static str) {
    metrics::counter!("recado_media_downloads_total", "outcome" => outcome).increment(1);
}

/// The content, whole and as announced.
async fn content(app: &App, claim: &Claim) -> std::result::Result<Spooled, MediaFailure> {
    let whatsapp = claim.row.channel_id.map_or_else(|| app.whatsapp(), |channel| app.whatsapp_of(channel));
    let client =
        GraphClient::new(app.files.clone(), whatsapp.graph_url.clone(), whatsapp.graph_version.clone());
    // Exposed for the calls; the client shows it to Meta's hosts only.
    let token = whatsapp.access_token.expose();
    let number = claim.phone_number_id.as_deref();
    let failed = |error| failure(claim, &error);
    let info = client.media(token, &claim.provider_id, number).await.map_err(failed)?;
    if info.file_size.is_some_and(|size| size > LARGEST) {
        return Err(MediaFailure::TooLarge);
    }
    let response = client.open_media(token, &info.url).await.map_err(failed)?;
    let content = read(claim, response).await?;
    let announced = claim.row.mime_type.as_deref();
    let found = detect(&content.head, announced, claim.row.file_name.as_deref());
    if found == Some("text/html") && announced.is_some_and(|announced| essence(announced) != "text/html") {
        return Err(MediaFailure::WrongType);
    }
    match claim.row.sha256.as_ref().or(info.sha256.as_ref()) {
        Some(announced) if *announced != content.sha256 => Err(MediaFailure::WrongHash),
        _ => Ok(content),
    }
}

async fn read(claim: &Claim, mut response: reqwest::Response) -> std::result::Result<Spooled, MediaFailure> {
    if response.content_length().is_some_and(|length| length > LARGEST) {
        return Err(MediaFailure::TooLarge);
    }
    let not_kept = |error: SpoolError| match error {
        SpoolError::TooLarge(_) => MediaFailure::TooLarge,
        SpoolError::Io(error) => {
            tracing::error!(media = %claim.row.id, %error, "a file could not be kept while it came");
            MediaFailure::StorageFailed
        }
    };
    let mut spool = Spool::new(LARGEST).await.map_err(not_kept)?;
    loop {
        match response.chunk().await {
            Ok(Some(piece)) => spool.write(&piece).await.map_err(not_kept)?,
            Ok(None) => return spool.finish().await.map_err(not_kept),
            Err(_) => return Err(MediaFailure::Unreachable),
        }
    }
}

fn failure(claim: &Claim, error: &MediaError) -> MediaFailure {
    let (failure, ProviderError { code, message, .. }) = match error {
        MediaError::Unreachable(error) => (MediaFailure::Unreachable, error),
        MediaError::Refused(error) => (MediaFailure::AccessRefused, error),
        MediaError::Gone(error) => (MediaFailure::Gone, error),
    };
    tracing::debug!(media = %claim.row.id, ?code, ?message, "a file could not be fetched");
    failure
}

/// Clears away at the start, and then once a day.
async fn sweep(app: App, stop: CancellationToken) {
    let mut swept: Option<Timestamp> = None;
    let mut ticks = tokio::time::interval(Duration::from_secs(60));
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let now = app.clock.now();
        if swept.is_some_and(|swept| now.since(swept) < SWEEP) {
            continue;
        }
        match stop.run_until_cancelled(sweep_once(&app)).await {
            Some(Ok(true)) => swept = Some(now),
            Some(Ok(false)) => {}
            Some(Err(error)) => {
                tracing::warn!(%error, "files that nobody has were not cleared away; trying again")
            }
            None => {}
        }
    }
}

/// False if another node does it now.
async fn sweep_once(app: &App) -> Result<bool> {
    let node = app.node;
    let mine = app.db.write(Priority::Background, move |tx| {
        Box::pin(async move { leases::acquire(tx.conn(), SWEEP_LEASE, node, tx.now(), SWEEP_LASTS).await })
    });
    if !mine.await? {
        return Ok(false);
    }
    let uploads = media::sweep_uploads(app).await?;
    let objects = media::sweep_objects(app).await?;
    tracing::debug!(uploads, objects, "files that nobody has were cleared away");
    let released = app.db.write(Priority::Background, move |tx| {
        Box::pin(async move { leases::release(tx.conn(), SWEEP_LEASE, node).await })
    });
    released.await?;
    Ok(true)
}
