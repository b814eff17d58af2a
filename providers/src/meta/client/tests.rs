//! The client against a server of one connection that answers, or fails, as told.

use super::*;
use crate::content::Text;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const TOKEN: &str = "EAAsecretTOKEN";
const ACCEPTED: &str = r#"{"messaging_product":"whatsapp","contacts":[{"input":"+16505551234","wa_id":"16505551234"}],
    "messages":[{"id":"wamid.HBgLMTY1MA=="}]}"#;

/// What the server does with the connection it accepts.
enum Behaviour {
    /// Reads the request and answers.
    Answer(u16, &'static str, String),
    /// Closes before reading anything.
    DropUnread,
    /// Reads the request, then closes.
    DropRead,
    /// Reads the request and never answers.
    Hang,
    /// Announces a longer body than it sends, then closes.
    CutBody,
}

async fn server(behaviour: Behaviour) -> (Url, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        if matches!(behaviour, Behaviour::DropUnread) {
            return String::new();
        }
        let request = read_request(&mut stream).await;
        let answer = match behaviour {
            Behaviour::Answer(status, headers, body) => {
                let length = body.len();
                format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}")
            }
            Behaviour::CutBody => format!("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{ACCEPTED}"),
            Behaviour::Hang => std::future::pending().await,
            Behaviour::DropUnread | Behaviour::DropRead => String::new(),
        };
        stream.write_all(answer.as_bytes()).await.unwrap();
        request
    });
    (url, served)
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if read == 0 || body.len() >= length.parse().unwrap() {
            return text.into_owned();
        }
    }
}

fn client(url: Url) -> GraphClient {
    client_with_timeout(url, Duration::from_secs(30))
}

fn client_with_timeout(url: Url, timeout: Duration) -> GraphClient {
    let http = reqwest::Client::builder().no_proxy().timeout(timeout).build().unwrap();
    GraphClient::new(http, url, "v24.0".to_owned())
}

fn hello() -> OutboundMessage {
    OutboundMessage {
        to: Recipient { wa_id: Some("16505551234".to_owned()), user_id: None },
        content: Content::Text(Text { body: "Hello".to_owned(), preview_url: false }),
        reply_to_wamid: None,
        biz_opaque_callback_data: "msg_1".to_owned(),
    }
}

async fn send_to(behaviour: Behaviour) -> SendOutcome {
    let timeout = if matches!(behaviour, Behaviour::Hang) { 50 } else { 30_000 };
    let (url, served) = server(behaviour).await;
    let outcome =
        client_with_timeout(url, Duration::from_millis(timeout)).send(TOKEN, "1065", &hello()).await;
    served.abort();
    assert!(!format!("{outcome:?}").contains("secret"), "{outcome:?}");
    outcome
}

async fn answered(status: u16, body: &str) -> SendOutcome {
    send_to(Behaviour::Answer(status, "", body.to_owned())).await
}

/// The outcome without its details, for tables.
fn name(outcome: &SendOutcome) -> &'static str {
    match outcome {
        SendOutcome::Accepted { .. } => "accepted",
        SendOutcome::Retry { .. } => "retry",
        SendOutcome::Rejected(_) => "rejected",
        SendOutcome::Unknown(_) => "unknown",
    }
}

#[tokio::test]
async fn the_request_on_the_wire() {
    let (url, served) = server(Behaviour::Answer(200, "", ACCEPTED.to_owned())).await;
    client(url).send(TOKEN, "1065", &hello()).await;
    let request = served.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v24.0/1065/messages HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("authorization: Bearer EAAsecretTOKEN\r\n"), "{head}");
    assert!(head.contains("content-type: application/json\r\n"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    let expected = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+16505551234",
        "biz_opaque_callback_data": "msg_1", "type": "text", "text": { "body": "Hello", "preview_url": false }
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn accepted() {
    let wa_id = Some("16505551234".to_owned());
    let wamid = "wamid.HBgLMTY1MA==".to_owned();
    let expected = SendOutcome::Accepted { wamid, wa_id, user_id: None, message_status: None };
    assert_eq!(answered(200, ACCEPTED).await, expected);

    let held = r#"{"contacts":[{"input":"US.1349","user_id":"US.1349"}],
        "messages":[{"id":"wamid.B","message_status":"held_for_quality_assessment"}]}"#;
    let expected = SendOutcome::Accepted {
        wamid: "wamid.B".to_owned(),
        wa_id: None,
        user_id: Some("US.1349".to_owned()),
        message_status: Some("held_for_quality_assessment".to_owned()),
    };
    assert_eq!(answered(200, held).await, expected);
}

#[tokio::test]
async fn graph_errors_are_decided_by_code() {
    let refused = [4, 17, 32, 341, 613, 80007, 130_429, 131_056];
    let unclear = [1, 2, 131_000, 131_016, 131_057];
    let refused = refused.into_iter().flat_map(|code| [(code, 400, "retry"), (code, 500, "retry")]);
    let unclear = unclear.into_iter().flat_map(|code| [(code, 400, "unknown"), (code, 500, "unknown")]);
    let others = [
        (131_047, 400, "rejected"),
        (190, 401, "rejected"),
        (131_026, 400, "rejected"),
        (131_047, 429, "rejected"),
        (131_045, 500, "rejected"),
        (987_654, 400, "rejected"),
        (987_654, 500, "unknown"),
        (987_654, 200, "unknown"),
    ];
    for (code, status, expected) in refused.chain(unclear).chain(others) {
        let body = json!({ "error": { "message": "m", "code": code, "error_data": "d" } }).to_string();
        let outcome = answered(status, &body).await;
        assert_eq!(name(&outcome), expected, "{code} with HTTP {status}");
        if let SendOutcome::Retry { error, .. } | SendOutcome::Rejected(error) | SendOutcome::Unknown(error) =
            outcome
        {
            assert_eq!((error.code, error.details.as_deref()), (Some(code), Some("d")));
        }
    }
}

#[tokio::test]
async fn answers_without_a_graph_error() {
    let cases = [
        (200, "", "unknown"),
        (200, "<html>", "unknown"),
        (200, "{}", "unknown"),
        (200, r#"{"messages":[]}"#, "unknown"),
        (200, r#"{"messages":[{"id":""}]}"#, "unknown"),
        (201, ACCEPTED, "accepted"),
        (302, "", "unknown"),
        (400, "bad", "rejected"),
        (403, "<html>", "rejected"),
        (408, "", "unknown"),
        (429, "", "retry"),
        (500, "", "unknown"),
        (502, "<html>bad gateway</html>", "unknown"),
        (503, r#"{"error":"busy"}"#, "unknown"),
    ];
    for (status, body, expected) in cases {
        assert_eq!(name(&answered(status, body).await), expected, "HTTP {status} {body}");
    }
}

#[tokio::test]
async fn the_wait_that_meta_asks_for() {
    let usage = "x-business-use-case-usage: {\"102\":[{\"type\":\"whatsapp\",\"estimated_time_to_regain_access\":3}]}\r\n";
    let cases = [
        ("", None),
        ("retry-after: 7\r\n", Some(7)),
        ("retry-after: Wed, 21 Oct 2026 07:28:00 GMT\r\n", None),
        ("x-business-use-case-usage: nonsense\r\n", None),
        (usage, Some(180)),
    ];
    for (headers, seconds) in cases {
        let body = r#"{"error":{"code":80007}}"#.to_owned();
        let outcome = send_to(Behaviour::Answer(400, headers, body)).await;
        let SendOutcome::Retry { after, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(after, seconds.map(Duration::from_secs), "{headers}");
    }
}

#[tokio::test]
async fn a_connection_that_fails() {
    let cases = [
        (Behaviour::DropUnread, "unknown"),
        (Behaviour::DropRead, "unknown"),
        (Behaviour::Hang, "unknown"),
        (Behaviour::CutBody, "unknown"),
        (Behaviour::Answer(200, "", "x".repeat(MAX_ANSWER + 1)), "unknown"),
    ];
    for (behaviour, expected) in cases {
        assert_eq!(name(&send_to(behaviour).await), expected);
    }
}

#[tokio::test]
async fn no_connection_at_all() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for url in [refused.as_str(), "http://nowhere.invalid/"] {
        let outcome = client(url.parse().unwrap()).send(TOKEN, "1065", &hello()).await;
        let SendOutcome::Retry { error, after: None } = &outcome else { panic!("{url}: {outcome:?}") };
        assert!(!error.message.as_ref().unwrap().contains("http"), "{error:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_rejected_without_a_call() {
    let nowhere: Url = "http://127.0.0.1:1".parse().unwrap();
    let client = client(nowhere);
    let mut message = hello();
    message.to = Recipient::default();
    assert_eq!(name(&client.send(TOKEN, "1065", &message).await), "rejected");
    let outcome = client.send("EAAsecret\nTOKEN", "1065", &hello()).await;
    assert_eq!(name(&outcome), "rejected");
    assert!(!format!("{outcome:?}").contains("EAA"), "{outcome:?}");
    let mailto =
        GraphClient::new(client.http.clone(), "mailto:a@example.com".parse().unwrap(), String::new());
    assert_eq!(name(&mailto.send(TOKEN, "1065", &hello()).await), "rejected");
}

#[tokio::test]
async fn reactions_and_receipts() {
    let (url, served) = server(Behaviour::Answer(200, "", ACCEPTED.to_owned())).await;
    let outcome = client(url).react(TOKEN, "1065", &hello().to, "wamid.A", Some("👍"), "msg_2").await;
    assert_eq!(outcome, TaskOutcome::Done);
    assert!(served.await.unwrap().contains(r#""reaction":{"message_id":"wamid.A","emoji":"👍"}"#));

    let (url, served) = server(Behaviour::Answer(200, "", r#"{"success":true}"#.to_owned())).await;
    assert_eq!(client(url).mark_read(TOKEN, "1065", "wamid.A").await, TaskOutcome::Done);
    assert!(!served.await.unwrap().contains("typing"));

    let body = r#"{"error":{"code":131009,"message":"old"}}"#.to_owned();
    let (url, served) = server(Behaviour::Answer(400, "", body)).await;
    let outcome = client(url).typing(TOKEN, "1065", "wamid.A").await;
    assert!(matches!(&outcome, TaskOutcome::Rejected(error) if error.code == Some(131_009)), "{outcome:?}");
    assert!(served.await.unwrap().contains(r#""typing_indicator":{"type":"text"}"#));
}

#[tokio::test]
async fn a_task_whose_outcome_is_unclear_is_repeated() {
    for (status, code) in [(500, 131_000), (503, 2), (400, 130_429)] {
        let body = format!(r#"{{"error":{{"code":{code},"message":"later"}}}}"#);
        let (url, _) = server(Behaviour::Answer(status, "", body)).await;
        let outcome = client(url).mark_read(TOKEN, "1065", "wamid.A").await;
        assert!(matches!(outcome, TaskOutcome::Retry { .. }), "{code}: {outcome:?}");
    }
}

#[test]
fn urls() {
    for (base, expected) in [
        ("https://graph.facebook.com", "https://graph.facebook.com/v24.0/10%2F65/messages"),
        ("https://graph.facebook.com/", "https://graph.facebook.com/v24.0/10%2F65/messages"),
        ("http://127.0.0.1:9090/graph/", "http://127.0.0.1:9090/graph/v24.0/10%2F65/messages"),
    ] {
        let url = client(base.parse().unwrap()).url(&["10/65", "messages"]).unwrap();
        assert_eq!(url.as_str(), expected);
    }
}

#[test]
fn debug_shows_no_token() {
    let client = client("https://graph.facebook.com".parse().unwrap());
    assert_eq!(
        format!("{client:?}"),
        r#"GraphClient { base_url: "https://graph.facebook.com/", version: "v24.0", .. }"#
    );
}

#[test]
fn what_meta_tells_of_a_file() {
    let hash = "AB".repeat(32);
    let body = |size: &str| {
        format!(
            r#"{{"url":"https://lookaside.fbsbx.com/x?mid=1","mime_type":"image/jpeg","sha256":"{hash}",
            "file_size":{size},"id":"1"}}"#
        )
    };
    for size in ["303833", "\"303833\""] {
        let info = MediaInfo::parse(body(size).as_bytes()).unwrap();
        assert_eq!(info.file_size, Some(303_833));
        assert_eq!(info.sha256, Some("ab".repeat(32)));
    }
    for wrong in ["", "{}", r#"{"url":7}"#, r#"{"url":"no address"}"#] {
        assert_eq!(MediaInfo::parse(wrong.as_bytes()), None, "{wrong}");
    }
}

#[tokio::test]
async fn the_token_goes_to_metas_hosts_only() {
    let graph = client("http://127.0.0.1:9/".parse().unwrap());
    let table = [
        ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", true),
        ("https://graph.facebook.com/v24.0/1", true),
        ("http://127.0.0.1:9/whatsapp_business/attachments/", true),
        ("http://lookaside.fbsbx.com/x", false),
        ("https://lookaside.fbsbx.com:8443/x", false),
        ("https://lookaside.fbsbx.com.evil.example/x", false),
        ("https://evil.example/?lookaside.fbsbx.com", false),
        ("https://lookaside.fbsbx.com@evil.example/", false),
        ("http://127.0.0.1:10/x", false),
        ("https://127.0.0.1:9/x", false),
    ];
    for (url, trusted) in table {
        assert_eq!(graph.trusts(&url.parse().unwrap()), trusted, "{url}");
    }
    let elsewhere = graph.open_media(TOKEN, &"http://127.0.0.1:10/x".parse().unwrap()).await;
    assert!(matches!(elsewhere, Err(MediaError::Unreachable(_))));
}

#[test]
fn what_the_answers_about_files_prove() {
    let answer = |status: u16, body: &str| {
        let status = StatusCode::from_u16(status).unwrap();
        Ok(Answer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() })
    };
    let graph = |code: i64| format!(r#"{{"error":{{"message":"x","code":{code}}}}}"#);
    let media = [
        (400, graph(100), "gone"),
        (404, String::new(), "gone"),
        (401, graph(190), "refused"),
        (403, graph(200), "refused"),
        (401, "<html>".to_owned(), "refused"),
        (429, graph(4), "unreachable"),
        (500, graph(131_000), "unreachable"),
        (503, String::new(), "unreachable"),
        (200, "{}".to_owned(), "unreachable"),
    ];
    for (status, body, expected) in media {
        let seen = match outcome::of_media(answer(status, &body)) {
            Ok(_) => "there",
            Err(MediaError::Gone(_)) => "gone",
            Err(MediaError::Refused(_)) => "refused",
            Err(MediaError::Unreachable(_)) => "unreachable",
        };
        assert_eq!(seen, expected, "{status} {body}");
    }
    let upload = [
        (200, r#"{"id":"17"}"#.to_owned(), "uploaded"),
        (200, "{}".to_owned(), "retry"),
        (400, graph(131_053), "rejected"),
        (400, graph(100), "rejected"),
        (500, graph(131_000), "retry"),
        (503, String::new(), "retry"),
        (429, graph(130_429), "retry"),
    ];
    for (status, body, expected) in upload {
        let seen = match outcome::of_upload(answer(status, &body)) {
            UploadOutcome::Uploaded(_) => "uploaded",
            UploadOutcome::Retry { .. } => "retry",
            UploadOutcome::Rejected(_) => "rejected",
        };
        assert_eq!(seen, expected, "{status} {body}");
    }
}
