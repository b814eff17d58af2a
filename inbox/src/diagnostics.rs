//! What is wrong with this installation: one list of checks, the same for the API and the command line.

mod checks;
#[cfg(test)]
mod tests;

use crate::App;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing to do.
    Passed,
    /// It works, but somebody should know.
    Warning,
    /// Something does not work.
    Failed,
}

/// One check and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, in camel case; does not change between versions.
    pub name: &'static str,
    /// How it ended.
    pub state: State,
    /// What was seen. No secret and no customer's text.
    pub seen: String,
    /// What is behind it and what to do; none when it passed.
    pub advice: Option<Advice>,
}

/// What to do about a check that did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The likely cause.
    pub cause: String,
    /// What to do.
    pub fix: String,
}

impl Check {
    fn passed(name: &'static str, seen: impl Into<String>) -> Self {
        Self { name, state: State::Passed, seen: seen.into(), advice: None }
    }

    fn warning(name: &'static str, seen: impl Into<String>, cause: &str, fix: &str) -> Self {
        Self::advised(name, State::Warning, seen.into(), cause, fix)
    }

    fn failed(name: &'static str, seen: impl Into<String>, cause: &str, fix: &str) -> Self {
        Self::advised(name, State::Failed, seen.into(), cause, fix)
    }

    fn advised(name: &'static str, state: State, seen: String, cause: &str, fix: &str) -> Self {
        let advice = Advice { cause: cause.to_owned(), fix: fix.to_owned() };
        Self { name, state, seen, advice: Some(advice) }
    }
}

/// Runs all checks. Reads the database and asks Meta once; changes nothing.
pub async fn run(app: &App) -> Vec<Check> {
    let whatsapp = &app.whatsapp();
    let mut checks = checks::database(app).await;
    checks.push(checks::secret_key(app));
    checks.extend(checks::ids(whatsapp));
    checks.push(checks::webhook_signature(whatsapp));
    checks.push(checks::verify_token(whatsapp));
    checks.push(checks::access_token(app).await);
    checks.push(checks::receipts(app).await);
    checks.push(checks::send_queue(app).await);
    checks
}
