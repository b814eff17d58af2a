//! GraphQL over HTTP: what is sent, and what comes back.

use super::*;
use crate::graphql::transport::{http as graphql_http, ws};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use axum::routing::get;
use http_body_util::BodyExt;
use tower::ServiceExt;

pub(super) const NEW: &str = "application/graphql-response+json";
pub(super) const OLD: &str = "application/json";

pub(super) struct Answer {
    pub(super) status: StatusCode,
    media: String,
    pub(super) body: Value,
    pub(super) headers: axum::http::HeaderMap,
}

impl Answer {
    pub(super) fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }
}

fn router(fixture: &Fixture) -> Router {
    let endpoint = Arc::clone(&fixture.endpoint);
    Router::new().route("/graphql", get(ws::get).post(graphql_http::post)).with_state(endpoint)
}

pub(super) async fn send(fixture: &Fixture, request: Request<Body>) -> Answer {
    let response: Response<Body> = router(fixture).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let media = parts.headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
    Answer {
        status: parts.status,
        media: media.unwrap_or_default(),
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
        headers: parts.headers,
    }
}

pub(super) fn post(accept: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post("/graphql")
        .header(header::CONTENT_TYPE, OLD)
        .header(header::ACCEPT, accept)
        .body(body.into())
        .unwrap()
}

pub(super) fn query(text: &str) -> String {
    json!({ "query": text }).to_string()
}

#[tokio::test]
async fn the_status_depends_on_the_media_type() {
    let fixture = Fixture::new();
    let cases = [
        (query("{ hello }"), 200, 200, true),
        (query("{ broken }"), 200, 200, true),
        (query("{ panics }"), 400, 200, false),
        (query("{"), 400, 200, false),
        (query("{ unknown }"), 400, 200, false),
        (query("query($x: String!) { echo(text: $x) }"), 400, 200, false),
        (query("query A { hello } query B { hello }"), 400, 200, false),
        (query("subscription { messageAdded }"), 400, 200, false),
        ("{}".to_owned(), 400, 400, false),
        ("{".to_owned(), 400, 400, false),
        ("[]".to_owned(), 400, 400, false),
        (json!([{ "query": "{ hello }" }]).to_string(), 400, 400, false),
        (json!({ "query": "{ hello }", "variables": [] }).to_string(), 400, 400, false),
    ];
    for (body, new, old, has_data) in cases {
        for (media, status) in [(NEW, new), (OLD, old)] {
            let answer = send(&fixture, post(media, body.clone())).await;
            assert_eq!(answer.status.as_u16(), status, "{media} {body}: {}", answer.body);
            assert_eq!(answer.media, format!("{media}; charset=utf-8"));
            assert_eq!(answer.body.get("data").is_some(), has_data, "{body}: {}", answer.body);
            assert_eq!(answer.body.get("errors").is_some(), body != query("{ hello }"), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn queries_by_get() {
    let fixture = Fixture::new();
    let cases = [
        ("query=%7Bhello%7D", 200, ""),
        ("query=query(%24t%3AString!)%7Becho(text%3A%24t)%7D&variables=%7B%22t%22%3A%22x%22%7D", 200, ""),
        ("query=query%20A%7Bhello%7D%20query%20B%7Bhello%7D&operationName=A", 200, ""),
        ("", 400, "BAD_USER_INPUT"),
        ("query=%7Bhello%7D&variables=1", 400, "BAD_USER_INPUT"),
        ("query=mutation%7Bchange%7D", 405, "BAD_USER_INPUT"),
        ("query=query%20A%7Bhello%7D%20mutation%20B%7Bchange%7D&operationName=B", 405, "BAD_USER_INPUT"),
        ("query=subscription%7BmessageAdded%7D", 405, "BAD_USER_INPUT"),
    ];
    for (address, status, code) in cases {
        let request = Request::get(format!("/graphql?{address}")).header(header::ACCEPT, NEW);
        let answer = send(&fixture, request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{address}: {}", answer.body);
        assert_eq!(answer.headers.contains_key(header::ALLOW), status == 405);
    }
}

#[tokio::test]
async fn bodies_that_are_not_read() {
    let fixture = Fixture::new();
    let large = query(&format!("{{ hello }} # {}", "x".repeat(1024 * 1024)));
    let cases = [
        (Some("text/plain"), OLD, query("{ hello }"), 415),
        (None, OLD, query("{ hello }"), 415),
        (Some("application/json; charset=latin1"), OLD, query("{ hello }"), 415),
        (Some(OLD), "text/html", query("{ hello }"), 406),
        (Some(OLD), OLD, large, 413),
    ];
    for (content_type, accept, body, status) in cases {
        let mut request = Request::post("/graphql").header(header::ACCEPT, accept);
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let answer = send(&fixture, request.body(body.into()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{content_type:?} {accept}");
        assert_eq!(answer.code(), "BAD_USER_INPUT", "also refusals are JSON with a code");
    }
}

#[tokio::test]
async fn callers() {
    let fixture = Fixture::new();
    let cases = [
        (Some("Bearer anna"), 200, ""),
        (Some("bearer  ben"), 200, ""),
        (None, 200, "UNAUTHENTICATED"),
        (Some("Bearer nobody"), 401, "UNAUTHENTICATED"),
        (Some("Bearer "), 401, "UNAUTHENTICATED"),
        (Some("anna"), 401, "UNAUTHENTICATED"),
        (Some("Basic anna"), 401, "UNAUTHENTICATED"),
        (Some("Bearer down"), 503, "INTERNAL"),
    ];
    for (authorization, status, code) in cases {
        let mut request = post(NEW, query("{ me }"));
        if let Some(authorization) = authorization {
            request.headers_mut().insert(header::AUTHORIZATION, authorization.parse().unwrap());
        }
        let answer = send(&fixture, request).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (status, code),
            "{authorization:?} {}",
            answer.body
        );
        assert_eq!(answer.headers.contains_key(header::WWW_AUTHENTICATE), status == 401);
    }
}

#[tokio::test(start_paused = true)]
async fn neither_a_panic_nor_a_stall_reaches_the_caller_as_a_broken_line() {
    let fixture = Fixture::new();
    for text in ["{ panics }", "{ hangs }"] {
        let answer = send(&fixture, post(NEW, query(text))).await;
        assert_eq!(answer.code(), "INTERNAL", "{text}");
    }
}

#[tokio::test]
async fn documents_that_would_exhaust_the_parser_are_refused() {
    let fixture = Fixture::new();
    for text in ["{a".repeat(50_000), format!("{{hello(a:{})}}", "[".repeat(100_000)), "a ".repeat(4_000)] {
        let answer = send(&fixture, post(NEW, query(&text))).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "COST_LIMIT_EXCEEDED"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let fixture = Fixture::new();
    let drip = futures_util::stream::unfold((), async |()| {
        tokio::time::sleep(Duration::from_secs(7)).await;
        Some((Ok::<_, std::convert::Infallible>("{"), ()))
    });
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, OLD);
    let since = tokio::time::Instant::now();
    let answer = send(&fixture, request.body(Body::from_stream(Box::pin(drip))).unwrap()).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::REQUEST_TIMEOUT, "BAD_USER_INPUT"));
    assert_eq!(since.elapsed(), Duration::from_secs(30));
}
