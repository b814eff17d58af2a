//! The mock: `judges/models.mjs` as a child process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use url::Url;

/// A running mock; ends with this.
pub(crate) struct Mock {
    process: Child,
    /// Where it listens.
    pub(crate) url: Url,
}

impl Mock {
    /// `None`, with a line on stderr, where the package is not installed; fails when the variable `CI` is set.
    pub(crate) fn start() -> Option<Self> {
        let judges = Path::new(env!("CARGO_MANIFEST_DIR")).join("../judges");
        if !judges.join("node_modules/@copilotkit/aimock").is_dir() {
            left_out();
            return None;
        }
        let mut process = Command::new("node")
            .arg(judges.join("models.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().parse().expect("the mock prints its address");
        Some(Self { process, url })
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It ends by itself when its input does; this is sooner.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[expect(clippy::print_stderr, reason = "a test that was left out must say so")]
fn left_out() {
    let text = "the mock of models is not installed; run npm ci in judges/";
    assert!(std::env::var_os("CI").is_none(), "{text}");
    eprintln!("left out: {text}");
}
