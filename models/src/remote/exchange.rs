//! One call over HTTP, and what its failure means.

use crate::error::ModelError;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::time::Duration;

/// Longest answer that is read, in bytes. The longest texts that models write have a fifth of it.
const MAX_ANSWER: usize = 1024 * 1024;

/// Makes a call and reads its answer as JSON. What a refusal says is not read: it may quote the request.
pub(super) async fn exchange(call: reqwest::RequestBuilder) -> Result<Value, ModelError> {
    let mut response = call.send().await.map_err(|error| lost(&error))?;
    if !response.status().is_success() {
        return Err(refusal(response.status(), response.headers()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(ModelError::Malformed { call: None });
        }
        body.extend_from_slice(&chunk);
    }
    let answer: Value = serde_json::from_slice(&body).map_err(|_| ModelError::Malformed { call: None })?;
    // Some that pass requests on to others say 200 and mean the error in it.
    match &answer["error"] {
        Value::Null => Ok(answer),
        error => {
            let status = error["code"].as_u64().or_else(|| error["status"].as_u64());
            let status = status.and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok());
            Err(status.map_or(ModelError::Overloaded, |status| refusal(status, response.headers())))
        }
    }
}

fn lost(error: &reqwest::Error) -> ModelError {
    if error.is_builder() {
        ModelError::Refused { status: StatusCode::BAD_REQUEST.as_u16() }
    } else if error.is_timeout() {
        ModelError::Timeout
    } else {
        ModelError::Unreachable
    }
}

fn refusal(status: StatusCode, headers: &HeaderMap) -> ModelError {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ModelError::Unauthorized,
        StatusCode::REQUEST_TIMEOUT => ModelError::Timeout,
        StatusCode::TOO_MANY_REQUESTS => ModelError::RateLimited { retry_after: retry_after(headers) },
        status if status.is_server_error() => ModelError::Overloaded,
        status => ModelError::Refused { status: status.as_u16() },
    }
}

/// In milliseconds or in seconds; the third form, a date, is not used by providers of models.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1_000.0).or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    #[test]
    fn what_a_status_means() {
        for (status, expected) in [
            (302, ModelError::Refused { status: 302 }),
            (400, ModelError::Refused { status: 400 }),
            (401, ModelError::Unauthorized),
            (403, ModelError::Unauthorized),
            (404, ModelError::Refused { status: 404 }),
            (408, ModelError::Timeout),
            (413, ModelError::Refused { status: 413 }),
            (429, ModelError::RateLimited { retry_after: None }),
            (500, ModelError::Overloaded),
            (503, ModelError::Overloaded),
            (529, ModelError::Overloaded),
        ] {
            assert_eq!(
                refusal(StatusCode::from_u16(status).unwrap(), &HeaderMap::new()),
                expected,
                "{status}"
            );
        }
    }

    #[test]
    fn how_long_to_wait() {
        for (name, value, expected) in [
            ("retry-after", "7", Some(Duration::from_secs(7))),
            ("retry-after", "0.5", Some(Duration::from_millis(500))),
            ("retry-after-ms", "1500", Some(Duration::from_millis(1_500))),
            ("retry-after", "-1", None),
            ("retry-after", "1e300", None),
            ("retry-after", "NaN", None),
            ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT", None),
            ("x-other", "7", None),
        ] {
            let header = (HeaderName::from_static(name), HeaderValue::from_static(value));
            assert_eq!(retry_after(&HeaderMap::from_iter([header])), expected, "{name}: {value}");
        }
    }
}
