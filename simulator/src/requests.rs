//! The record of what the business asked.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

/// How many requests are remembered; beyond it the oldest go.
pub(crate) const MAX_REQUESTS: usize = 100_000;

/// One Graph call as it was received. Tokens and secrets are left out: headers are not kept, and such query
/// parameters show as `…`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordedRequest {
    /// The simulator's time, in milliseconds since 1970.
    pub at_ms: u64,
    /// `GET`, `POST`, `DELETE`.
    pub method: String,
    /// The path with the version, without the query.
    pub path: String,
    /// The query, with secrets masked.
    pub query: Vec<(String, String)>,
    /// The body where it was JSON, else null.
    pub body: Value,
    /// The status of the answer; none while there is no answer, and for good when the connection was dropped.
    pub status: Option<u16>,
    /// The id of the message that the call brought about, even if the answer with it was lost.
    pub message_id: Option<String>,
    /// Whether a fault dropped the connection instead of answering.
    pub dropped: bool,
}

/// How a call ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) message_id: Option<String>,
    pub(crate) dropped: bool,
}

/// The newest [`MAX_REQUESTS`] requests, in order of arrival.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    kept: VecDeque<RecordedRequest>,
    /// The number of the first one kept.
    first: u64,
}

impl RequestLog {
    /// Adds a request that has just arrived, and gives its number.
    pub(crate) fn arrived(&mut self, request: RecordedRequest) -> u64 {
        if self.kept.len() == MAX_REQUESTS {
            self.kept.pop_front();
            self.first += 1;
        }
        self.kept.push_back(request);
        self.first + self.kept.len() as u64 - 1
    }

    /// Notes how a request ended, if it is still remembered.
    pub(crate) fn ended(&mut self, number: u64, status: u16, outcome: Outcome) {
        let index = number.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        if let Some(request) = index.and_then(|index| self.kept.get_mut(index)) {
            request.status = (!outcome.dropped).then_some(status);
            request.message_id = outcome.message_id;
            request.dropped = outcome.dropped;
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.kept.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(at_ms: u64) -> RecordedRequest {
        RecordedRequest {
            at_ms,
            method: "GET".into(),
            path: "/".into(),
            query: Vec::new(),
            body: Value::Null,
            status: None,
            message_id: None,
            dropped: false,
        }
    }

    #[test]
    fn the_oldest_go_and_late_ends_find_their_request() {
        let mut log = RequestLog::default();
        let numbers: Vec<u64> =
            (0..MAX_REQUESTS as u64 + 2).map(|at_ms| log.arrived(request(at_ms))).collect();
        log.ended(numbers[0], 200, Outcome::default());
        log.ended(numbers[2], 201, Outcome::default());
        let all = log.all();
        assert_eq!(all.len(), MAX_REQUESTS);
        assert_eq!((all[0].at_ms, all[0].status), (2, Some(201)));
        assert!(all[1..].iter().all(|request| request.status.is_none()), "a forgotten one changes nothing");
    }
}
