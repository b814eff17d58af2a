//! What an answer proves. Decided by Graph's code where there is one, because its HTTP statuses do not follow the
//! documentation (throttling comes as 400 and as 429).

use super::{Answer, NoAnswer, SendOutcome};
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

pub(super) fn of_acknowledgement(answer: Result<Answer, NoAnswer>) -> Result<(), ProviderError> {
    match answer {
        Ok(answer) => match parse_graph_error(&answer.body) {
            Some(graph) => Err(graph.error),
            None if answer.status.is_success() => Ok(()),
            None => Err(bare_status(answer.status)),
        },
        Err(NoAnswer::Unsendable(why) | NoAnswer::NotConnected(why) | NoAnswer::Lost(why)) => Err(ours(why)),
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

fn bare_status(status: StatusCode) -> ProviderError {
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
