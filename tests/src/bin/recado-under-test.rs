//! The program as a child of the tests that kill it.

use std::process::ExitCode;

fn main() -> ExitCode {
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        unreachable!("nothing ran before that could have installed another");
    }
    api::cli::main()
}
