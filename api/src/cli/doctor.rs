//! `recado doctor`: the diagnostics as a list for people.

use super::{open, print};
use crate::Config;
use anyhow::bail;
use inbox::diagnostics::{self, Check, State};
use std::fmt::Write;

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let app = open(config).await?;
    let checks = diagnostics::run(&app).await;
    app.close().await?;
    print(&report(&checks))?;
    let failed = checks.iter().filter(|check| check.state == State::Failed).count();
    if failed > 0 {
        bail!("{failed} of {} checks failed; each says above what to do", checks.len());
    }
    Ok(())
}

fn report(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        let mark = match check.state {
            State::Passed => "ok  ",
            State::Warning => "warn",
            State::Failed => "FAIL",
        };
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{mark}  {}: {}", check.name, check.seen);
        if let Some(advice) = &check.advice {
            let _ = writeln!(text, "        why: {}\n        fix: {}", advice.cause, advice.fix);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use inbox::diagnostics::Advice;

    #[test]
    fn a_report_names_cause_and_fix() {
        let failed = Check {
            name: "appSecret",
            state: State::Failed,
            seen: "not set".to_owned(),
            advice: Some(Advice { cause: "the cause".to_owned(), fix: "the fix".to_owned() }),
        };
        let passed = Check { name: "database", state: State::Passed, seen: "fine".to_owned(), advice: None };
        let text = report(&[failed, passed]);
        assert_eq!(
            text,
            "FAIL  appSecret: not set\n        why: the cause\n        fix: the fix\nok    database: fine\n"
        );
    }
}
