//! Models of each protocol.

use crate::mock::Mock;
use crate::{DEADLINE, http};
use models::{
    Completion, Endpoint, Key, Kind, LanguageModel, ModelError, Request, Stop, Tool, ToolCall, ToolChoice,
    Turn, Usage, connect,
};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const USAGE: Usage = Usage { input_tokens: 11, cached_input_tokens: 0, output_tokens: 7 };

const KINDS: [Kind; 4] = [Kind::OpenAi, Kind::Anthropic, Kind::Gemini, Kind::Ollama];

fn model(kind: Kind, base: &str, key: &str) -> Arc<dyn LanguageModel> {
    let endpoint = Endpoint { kind, base_url: Some(base.parse().unwrap()), key: Some(Key::new(key)) };
    connect(&endpoint, http()).unwrap()
}

fn request(said: &str) -> Request {
    let schema = json!({ "type": "object", "properties": { "body": { "type": "string" } } });
    Request {
        model: "a-model".to_owned(),
        instructions: "Sell bread.".to_owned(),
        turns: vec![Turn::User(said.to_owned())],
        tools: vec![Tool {
            name: "send_text".to_owned(),
            description: "Sends a text".to_owned(),
            parameters: schema,
        }],
        tool_choice: ToolChoice::Auto,
        temperature: Some(0.2),
        max_output_tokens: 500,
    }
}

fn call(id: &str, body: &str) -> ToolCall {
    ToolCall { id: id.to_owned(), name: "send_text".to_owned(), arguments: json!({ "body": body }) }
}

#[tokio::test]
async fn answers() {
    let Some(mock) = Mock::start() else { return };
    for kind in KINDS {
        let model = model(kind, mock.url.as_str(), "the-key");
        let whole = |text: Option<&str>, calls: Vec<ToolCall>, stop| Completion {
            text: text.map(str::to_owned),
            calls,
            stop,
            usage: USAGE,
        };
        for (said, expected) in [
            ("text", whole(Some("¡Hola!"), vec![], Stop::Done)),
            ("calls", whole(None, vec![call("call_a", "Hola"), call("call_b", "¿Qué tal?")], Stop::Done)),
            ("both", whole(Some("I look."), vec![call("call_a", "Hola")], Stop::Done)),
            ("cut", whole(Some("Ho"), vec![], Stop::Length)),
        ] {
            assert_eq!(model.complete(&request(said), DEADLINE).await, Ok(expected), "{kind:?}: {said}");
        }
        // The mock gives Anthropic's answers a reason that Anthropic does not have.
        let filtered = if kind == Kind::Anthropic { Stop::Other } else { Stop::Filtered };
        let answer = model.complete(&request("filtered"), DEADLINE).await.unwrap();
        assert_eq!(answer.stop, filtered, "{kind:?}");

        let mut second = request("calls");
        second.turns.push(Turn::Assistant { text: None, calls: vec![call("call_a", "Hola")] });
        second.turns.push(Turn::ToolResult {
            call_id: "call_a".to_owned(),
            name: "send_text".to_owned(),
            content: "Sent.".to_owned(),
        });
        // Gemini's protocol does not name the call that a result is for, and so the mock does not find it.
        if kind != Kind::Gemini {
            let answer = model.complete(&second, DEADLINE).await;
            assert_eq!(answer, Ok(whole(Some("Until five."), vec![], Stop::Done)), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn refusals_and_what_cannot_be_read() {
    let Some(mock) = Mock::start() else { return };
    for kind in KINDS {
        let model = model(kind, mock.url.as_str(), "the-key");
        for (said, expected) in [
            ("too often", ModelError::RateLimited { retry_after: Some(Duration::from_secs(7)) }),
            ("overloaded", ModelError::Overloaded),
            ("unknown model", ModelError::Refused { status: 404 }),
            ("dropped", ModelError::Unreachable),
            ("no JSON", ModelError::Malformed { call: None }),
            ("huge", ModelError::Malformed { call: None }),
        ] {
            assert_eq!(model.complete(&request(said), DEADLINE).await, Err(expected), "{kind:?}: {said}");
        }
    }
}

#[tokio::test]
async fn arguments_that_are_no_json_come_back_for_a_repair() {
    let Some(mock) = Mock::start() else { return };
    // The other protocols carry arguments as JSON.
    let model = model(Kind::OpenAi, mock.url.as_str(), "the-key");
    let error = model.complete(&request("broken arguments"), DEADLINE).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("Ho"), "{error:?}");
    let ModelError::Malformed { call: Some(call) } = error else { panic!("{error:?}") };
    assert_eq!((call.name.as_str(), call.arguments.as_str()), ("send_text", r#"{"body":"Ho"#));
    assert_eq!(call.usage, USAGE);
}

#[tokio::test]
async fn keys_that_are_not_accepted() {
    let Some(mock) = Mock::start() else { return };
    for kind in KINDS {
        let model = model(kind, mock.url.as_str(), "another-key");
        assert_eq!(
            model.complete(&request("text"), DEADLINE).await,
            Err(ModelError::Unauthorized),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn addresses_with_and_without_slash_and_version() {
    let Some(mock) = Mock::start() else { return };
    let base = mock.url.as_str().trim_end_matches('/');
    for suffix in ["", "/", "/v1", "/v1/"] {
        for kind in [Kind::OpenAi, Kind::Anthropic, Kind::Ollama] {
            let model = model(kind, &format!("{base}{suffix}"), "the-key");
            let answer = model.complete(&request("text"), DEADLINE).await;
            assert_eq!(answer.unwrap().text.as_deref(), Some("¡Hola!"), "{kind:?}: {suffix:?}");
        }
    }
}

#[tokio::test]
async fn the_deadline_ends_a_call() {
    let Some(mock) = Mock::start() else { return };
    for kind in KINDS {
        let model = model(kind, mock.url.as_str(), "the-key");
        let since = Instant::now();
        let answer = model.complete(&request("hang"), Duration::from_millis(200)).await;
        assert_eq!(answer, Err(ModelError::Timeout), "{kind:?}");
        assert!(since.elapsed() < Duration::from_secs(10), "the mock would answer after 20 s");
    }
}

/// A server that answers each connection by `answer`.
async fn server<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            // What came first is enough: the requests are short.
            if stream.read(&mut request).await.is_ok() {
                tokio::spawn(answer(stream));
            }
        }
    });
    url
}

#[tokio::test]
async fn lines_that_break_and_bodies_without_an_end() {
    let chunked = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let endless = server(move |mut stream| async move {
        stream.write_all(chunked.as_bytes()).await?;
        loop {
            stream.write_all(b"1000\r\n").await?;
            stream.write_all(&[b' '; 0x1000]).await?;
            stream.write_all(b"\r\n").await?;
        }
    })
    .await;
    let broken = server(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"choices\"").await
    })
    .await;
    let stalled = server(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"choices\"").await?;
        std::future::pending().await
    })
    .await;
    let moved = server(|mut stream| async move {
        stream
            .write_all(b"HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
            .await
    })
    .await;
    let own_error = server(|mut stream| async move {
        let body = r#"{"error":{"code":429,"message":"too often"}}"#;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await
    })
    .await;
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for kind in KINDS {
        for (base, deadline, expected) in [
            (&endless, DEADLINE, ModelError::Malformed { call: None }),
            (&broken, DEADLINE, ModelError::Unreachable),
            (&stalled, Duration::from_millis(200), ModelError::Timeout),
            (&moved, DEADLINE, ModelError::Refused { status: 307 }),
            (&own_error, DEADLINE, ModelError::RateLimited { retry_after: None }),
            (&nobody, DEADLINE, ModelError::Unreachable),
        ] {
            let answer = model(kind, base, "the-key").complete(&request("text"), deadline).await;
            assert_eq!(answer, Err(expected), "{kind:?}");
        }
    }
}
