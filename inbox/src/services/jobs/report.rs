//! What a run of a job tells.

use crate::error::Error;
use chrono::{DateTime, SecondsFormat};
use entities::{Timestamp, job_run};
use serde_json::{Map, Value};

/// What a run did: names and values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report(Map<String, Value>);

impl Report {
    /// One thing.
    pub(crate) fn of(name: &str, value: impl Into<Value>) -> Self {
        let mut report = Self::default();
        report.add(name, value);
        report
    }

    /// One thing more.
    pub(crate) fn add(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// A moment.
    pub(crate) fn add_time(&mut self, name: &str, at: Timestamp) {
        let at = DateTime::from_timestamp_millis(at.millis()).unwrap_or_default();
        self.add(name, at.to_rfc3339_opts(SecondsFormat::Secs, true));
    }

    /// As stored.
    pub(crate) fn to_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// That of a run; empty if it left none.
    #[must_use]
    pub fn of_run(run: &job_run::Model) -> Self {
        run.report
            .as_deref()
            .and_then(|json| serde_json::from_str(json).ok())
            .map_or_else(Self::default, Self)
    }

    /// Names and values, in the order in which they were told.
    pub fn entries(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.as_str(), text)
        })
    }
}

/// Why a run failed.
#[derive(Debug)]
pub struct Failure {
    shown: String,
    logged: String,
}

impl Failure {
    /// For the log and for administrators.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        let shown = sentence.into();
        Self { logged: shown.clone(), shown }
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn logged(&self) -> &str {
        &self.logged
    }
}

impl From<Error> for Failure {
    /// What is wrong inside is for the log only.
    fn from(error: Error) -> Self {
        let logged = error.to_string();
        let shown = match error {
            Error::Database(_) | Error::Internal(_) => {
                "the service is broken here; its log says where".to_owned()
            }
            _ => logged.clone(),
        };
        Self { shown, logged }
    }
}
