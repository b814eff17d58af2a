//! The `recado` program.

use std::process::ExitCode;

/// A third less time in GraphQL than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // First of all: whoever builds a TLS configuration finds this provider and needs no other.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        unreachable!("nothing ran before that could have installed another");
    }
    api::cli::main()
}
