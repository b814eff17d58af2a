//! The tool server.

use crate::mock::Mock;
use crate::{DEADLINE, http};
use models::Key;
use models::tool_server::{ToolServer, ToolServerError};
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::net::TcpListener;
use url::Url;

async fn connected(mock: &Mock) -> ToolServer {
    let url = mock.url.join("/mcp").unwrap();
    ToolServer::connect(&url, Some(&Key::new("the-key")), http(), DEADLINE).await.unwrap()
}

fn arguments(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn tools_with_their_hints() {
    let Some(mock) = Mock::start() else { return };
    let tools = connected(&mock).await.tools(DEADLINE).await.unwrap();
    let names: Vec<_> = tools.iter().map(|tool| (tool.tool.name.as_str(), tool.read_only)).collect();
    assert_eq!(names, [("order_status", true), ("cancel_order", false), ("menu", false), ("slow", false)]);
    assert_eq!(tools[0].tool.description, "Where an order is");
    assert_eq!(tools[0].tool.parameters["properties"]["order"]["type"], "string");
    // Another session sees the same.
    assert_eq!(connected(&mock).await.tools(DEADLINE).await.unwrap(), tools);
}

#[tokio::test]
async fn calls_and_their_failures() {
    let Some(mock) = Mock::start() else { return };
    let server = connected(&mock).await;
    let order = arguments(json!({ "order": "4021" }));
    let said = server.call("order_status", &order, Some("a-key"), DEADLINE).await;
    assert_eq!(said.as_deref(), Ok("Order 4021 is in the oven."));

    let menu = server.call("menu", &Map::new(), None, DEADLINE).await.unwrap();
    assert!(menu.len() <= 8 * 1024 && menu.starts_with("ññ") && menu.ends_with("longer]"), "{}", menu.len());

    let failed = server.call("cancel_order", &order, None, DEADLINE).await.unwrap_err();
    assert!(!format!("{failed} {failed:?}").contains("Luc"));
    let ToolServerError::Failed(failure) = failed else { panic!("{failed:?}") };
    assert_eq!(failure.text(), "too late, Lucía has it");

    let unknown = server.call("bake", &order, None, DEADLINE).await;
    assert_eq!(unknown, Err(ToolServerError::Rejected { code: -32602 }));
    let slow = server.call("slow", &Map::new(), None, Duration::from_millis(200)).await;
    assert_eq!(slow, Err(ToolServerError::Timeout));
    // The session goes on.
    assert!(server.call("order_status", &order, None, DEADLINE).await.is_ok());
    drop(mock);
    let gone = server.call("order_status", &order, None, DEADLINE).await;
    assert_eq!(gone, Err(ToolServerError::Unreachable));
}

#[tokio::test]
async fn servers_that_let_nobody_in_or_are_none() {
    let connect = async |url: Url, key: &str| {
        let server = ToolServer::connect(&url, Some(&Key::new(key)), http(), Duration::from_secs(5)).await;
        server.map(|_| ()).unwrap_err()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let impatient = ToolServer::connect(&silent, None, http(), Duration::from_millis(100)).await;
    assert_eq!(impatient.map(|_| ()), Err(ToolServerError::Timeout));
    drop(listener);
    assert_eq!(connect(silent.clone(), "a").await, ToolServerError::Unreachable);
    assert_eq!(connect("file:///etc".parse().unwrap(), "a").await, ToolServerError::Address);
    assert_eq!(connect(silent, "a\nb").await, ToolServerError::Key);

    let Some(mock) = Mock::start() else { return };
    let at = |path: &str| mock.url.join(path).unwrap();
    assert_eq!(connect(at("/mcp"), "another-key").await, ToolServerError::Unauthorized);
    let none = connect(at("/health"), "the-key").await;
    assert_eq!(none, ToolServerError::Refused { status: 404 });
}
