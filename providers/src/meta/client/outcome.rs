//! What an answer proves. Decided by Graph's code where there is one, because its HTTP statuses do not follow the
//! documentation (throttling comes as 400 and as 429).

use super::{Answer, MediaError, MediaInfo, NoAnswer, SendOutcome, TaskOutcome, UploadOutcome};
use crate::inbound::ProviderError;
use crate::meta::catalogue::{self, Retry};
use crate::meta::error::{GraphError, parse_graph_error};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;

/// Faults on Meta's side that may come after the message went out.
const UNCLEAR: [i64; 5] = [1, 2, 131_000, 131_016, 131_057];

pub(super) fn of_send(answer: Result<Answer, NoAnswer>) -> SendOutcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(NoAnswer::Unsendable(why)) => return SendOutcome::Rejected(ours(why)),
        Err(NoAnswer::NotConnected(why)) => return SendOutcome::Retry { error: ours(why), after: None },
        Err(NoAnswer::Lost(why)) => return SendOutcome::Unknown(ours(why)),
    };
    match parse_graph_error(&answer.body) {
        Some(graph) => of_graph_error(graph, &answer),
        None if answer.status.is_success() => accepted(&answer),
        None => of_status(&answer),
    }
}

pub(super) fn of_task(answer: Result<Answer, NoAnswer>) -> TaskOutcome {
    match answer {
        Ok(answer) if answer.status.is_success() && parse_graph_error(&answer.body).is_none() => {
            TaskOutcome::Done
        }
        // What a send must not repeat because it may have gone out, a task may.
        answer => match of_send(answer) {
            SendOutcome::Accepted { .. } => TaskOutcome::Done,
            SendOutcome::Retry { error, after } => TaskOutcome::Retry { error, after },
            SendOutcome::Unknown(error) => TaskOutcome::Retry { error, after: None },
            SendOutcome::Rejected(error) => TaskOutcome::Rejected(error),
        },
    }
}

/// An upload may be made again without harm, so what is unclear may be tried again.
pub(super) fn of_upload(answer: Result<Answer, NoAnswer>) -> UploadOutcome {
    let uploaded = answer.as_ref().ok().filter(|answer| answer.status.is_success()).and_then(media_id);
    match (uploaded, of_send(answer)) {
        (Some(id), _) => UploadOutcome::Uploaded(id),
        (None, SendOutcome::Rejected(error)) => UploadOutcome::Rejected(error),
        (None, SendOutcome::Retry { error, after }) => UploadOutcome::Retry { error, after },
        (None, SendOutcome::Unknown(error)) => UploadOutcome::Retry { error, after: None },
        (None, SendOutcome::Accepted { .. }) => UploadOutcome::Retry {
            error: ours("the answer to an upload was one to a message".to_owned()),
            after: None,
        },
    }
}

fn media_id(answer: &Answer) -> Option<String> {
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    body.get("id")?.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

/// What Meta tells of a file.
pub(super) fn of_media(answer: Result<Answer, NoAnswer>) -> Result<MediaInfo, MediaError> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(NoAnswer::Unsendable(why) | NoAnswer::NotConnected(why) | NoAnswer::Lost(why)) => {
            return Err(MediaError::Unreachable(ours(why)));
        }
    };
    if let Some(graph) = parse_graph_error(&answer.body) {
        return Err(match (graph.error.code, answer.status) {
            (Some(100), _) => MediaError::Gone(graph.error),
            (Some(3 | 10 | 102 | 190 | 200..=299), _) => MediaError::Refused(graph.error),
            _ => MediaError::Unreachable(graph.error),
        });
    }
    let info = answer.status.is_success().then(|| MediaInfo::parse(&answer.body)).flatten();
    info.ok_or_else(|| of_media_status(answer.status))
}

/// No word from Graph itself.
pub(super) fn of_media_status(status: StatusCode) -> MediaError {
    let error = bare_status(status);
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => MediaError::Gone(error),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => MediaError::Refused(error),
        _ => MediaError::Unreachable(error),
    }
}

/// An answer without an error may still say that it was not done for somebody.
pub(super) fn of_block(answer: Result<Answer, NoAnswer>) -> TaskOutcome {
    let failed = answer.as_ref().ok().and_then(|answer| {
        let body: Value = serde_json::from_slice(&answer.body).ok()?;
        let error = body.pointer("/block_users/failed_users/0/errors/0")?.clone();
        // The shape of a Graph error, without its envelope.
        parse_graph_error(serde_json::json!({ "error": error }).to_string().as_bytes())
    });
    match failed {
        Some(failed) => TaskOutcome::Rejected(failed.error),
        None => of_task(answer),
    }
}

/// An error in our own words.
pub(super) fn ours(message: String) -> ProviderError {
    ProviderError { message: Some(message), ..ProviderError::default() }
}

fn of_graph_error(graph: GraphError, answer: &Answer) -> SendOutcome {
    let GraphError { error, transient, .. } = graph;
    let known = error.code.and_then(catalogue::lookup);
    match known {
        Some(entry) if entry.retry == Retry::Safe => {
            SendOutcome::Retry { error, after: wait(&answer.headers) }
        }
        Some(entry) if UNCLEAR.contains(&entry.code) => SendOutcome::Unknown(error),
        Some(_) => SendOutcome::Rejected(error),
        None if answer.status.is_client_error() && !transient => SendOutcome::Rejected(error),
        None => SendOutcome::Unknown(error),
    }
}

/// No word from Graph itself, so a proxy or a gateway answered.
fn of_status(answer: &Answer) -> SendOutcome {
    let error = bare_status(answer.status);
    match answer.status {
        StatusCode::TOO_MANY_REQUESTS => SendOutcome::Retry { error, after: wait(&answer.headers) },
        StatusCode::REQUEST_TIMEOUT => SendOutcome::Unknown(error),
        status if status.is_client_error() => SendOutcome::Rejected(error),
        _ => SendOutcome::Unknown(error),
    }
}

pub(super) fn bare_status(status: StatusCode) -> ProviderError {
    ours(format!("the answer was HTTP {} without an error of Meta's in it", status.as_u16()))
}

fn accepted(answer: &Answer) -> SendOutcome {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |path: &str| body.pointer(path)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    match text("/messages/0/id") {
        Some(wamid) => SendOutcome::Accepted {
            wamid,
            wa_id: text("/contacts/0/wa_id"),
            user_id: text("/contacts/0/user_id"),
            message_status: text("/messages/0/message_status"),
        },
        None => {
            let status = answer.status.as_u16();
            SendOutcome::Unknown(ours(format!("the answer was HTTP {status} without a message id in it")))
        }
    }
}

/// `Retry-After` in seconds, else the longest `estimated_time_to_regain_access`, which is in minutes.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let seconds = text(RETRY_AFTER.as_str()).and_then(|text| text.trim().parse().ok());
    seconds.or_else(|| regain_seconds(text("x-business-use-case-usage")?)).map(Duration::from_secs)
}

fn regain_seconds(usage: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Usage {
        #[serde(default)]
        estimated_time_to_regain_access: u64,
    }
    let usage: HashMap<String, Vec<Usage>> = serde_json::from_str(usage).ok()?;
    let minutes = usage.values().flatten().map(|u| u.estimated_time_to_regain_access).max()?;
    (minutes > 0).then(|| minutes.saturating_mul(60))
}
