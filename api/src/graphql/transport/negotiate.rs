//! Which media types come and go.

use axum::http::{HeaderMap, HeaderValue, header};

/// How a response is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status tells whether the request was understood.
    GraphqlResponse,
    /// `application/json`, for older clients: a request that GraphQL refuses is answered 200.
    Json,
}

impl MediaType {
    /// The `Content-Type`.
    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }
}

/// What the client accepts most; none if it accepts neither. Who does not say gets `application/json`, as GraphQL over
/// HTTP asks.
pub(super) fn accepted(headers: &HeaderMap) -> Option<MediaType> {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return Some(MediaType::Json);
    }
    let text: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    let ranges = text.iter().flat_map(|value| value.split(',')).filter_map(range);
    // `max_by` keeps the last of equals: of two wanted alike the newer type.
    let order = |media| usize::from(media == MediaType::GraphqlResponse);
    ranges
        .max_by(|one, other| (one.1.total_cmp(&other.1)).then(order(one.0).cmp(&order(other.0))))
        .map(|best| best.0)
}

/// One media range: the type of ours that it means, and how much it is wanted.
fn range(text: &str) -> Option<(MediaType, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let media = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/graphql-response+json" => MediaType::GraphqlResponse,
        "application/json" | "application/*" | "*/*" => MediaType::Json,
        _ => return None,
    };
    let mut quality = 1.0;
    for parameter in parts {
        match parameter.split_once('=').map(|(name, value)| (name.trim(), value.trim().trim_matches('"'))) {
            Some((name, value)) if name.eq_ignore_ascii_case("q") => quality = value.parse().unwrap_or(0.0),
            Some((name, value)) if name.eq_ignore_ascii_case("charset") && !is_utf8(value) => return None,
            _ => {}
        }
    }
    (quality > 0.0).then_some((media, quality))
}

/// Whether the client takes a stream of events.
pub(super) fn accepts_event_stream(headers: &HeaderMap) -> bool {
    let mut values =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    let all = values.peek().is_none();
    all || values.flat_map(|value| value.split(',')).any(|range| {
        let media = range.split(';').next().unwrap_or_default().trim();
        ["text/event-stream", "text/*", "*/*"].iter().any(|ours| media.eq_ignore_ascii_case(ours))
    })
}

/// The `Content-Type` of a form with files.
pub(super) fn multipart(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let media = text.split(';').next()?.trim();
    media.eq_ignore_ascii_case("multipart/form-data").then_some(text)
}

/// Whether a body is JSON as we read it. Only `application/json` is: a browser sends it to another origin only after
/// asking, which a `text/plain` would escape.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(text) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            is_utf8(value.trim().trim_matches('"'))
        }
        _ => true,
    })
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(name: header::HeaderName, value: Option<&str>) -> HeaderMap {
        let values = value.map(|value| (name, HeaderValue::from_str(value).unwrap()));
        values.into_iter().collect()
    }

    #[test]
    fn answers() {
        use MediaType::{GraphqlResponse, Json};
        let cases = [
            (None, Some(Json)),
            (Some("*/*"), Some(Json)),
            (Some("application/*"), Some(Json)),
            (Some("application/json"), Some(Json)),
            (Some("application/json; charset=utf-8"), Some(Json)),
            (Some("application/json; charset=latin1"), None),
            (Some("application/graphql-response+json"), Some(GraphqlResponse)),
            (Some("Application/GraphQL-Response+JSON;charset=UTF-8"), Some(GraphqlResponse)),
            (Some("application/json, application/graphql-response+json"), Some(GraphqlResponse)),
            (Some("application/graphql-response+json, application/json;q=0.9"), Some(GraphqlResponse)),
            (Some("application/graphql-response+json;q=0.5, application/json"), Some(Json)),
            (Some("application/graphql-response+json;q=0, */*;q=0.1"), Some(Json)),
            (Some("text/html, */*;q=0.1"), Some(Json)),
            (Some("text/html"), None),
            (Some("application/json;q=0"), None),
            (Some(""), None),
        ];
        for (value, expected) in cases {
            assert_eq!(accepted(&headers(header::ACCEPT, value)), expected, "{value:?}");
        }
    }

    #[test]
    fn bodies() {
        let cases = [
            (None, false),
            (Some("application/json"), true),
            (Some("application/JSON; charset=\"UTF-8\""), true),
            (Some("application/json; charset=utf-16"), false),
            (Some("text/plain"), false),
            (Some("application/jsonp"), false),
            (Some("application/x-www-form-urlencoded"), false),
        ];
        for (value, expected) in cases {
            assert_eq!(is_json(&headers(header::CONTENT_TYPE, value)), expected, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(value in "[ -~]*") {
            let _ = accepted(&headers(header::ACCEPT, Some(&value)));
            let _ = is_json(&headers(header::CONTENT_TYPE, Some(&value)));
        }
    }
}
