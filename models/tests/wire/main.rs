//! What goes over the wire, against a mock of models and of a tool server that others wrote, and against servers that
//! break the line.

mod mock;
mod models;
mod tools;

use std::time::Duration;

/// Long enough for a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
