//! The command line. Exit codes: 0 done, 1 refused or failed, 2 wrong usage or configuration.

mod accounts;
mod demo;
mod doctor;
mod import_settings;
mod serve;
mod simulate;

use crate::bench::Bench;
use crate::config::{Config, ConfigError};
use crate::{graphql, telemetry};
use clap::{Parser, Subcommand};
use inbox::App;
use inbox::clock::Clock;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// GraphQL recurses over the nesting of a document; what passes its limits needs a fraction of this.
const THREAD_STACK: usize = 8 * 1024 * 1024;
const FAILED: u8 = 1;
const USAGE: u8 = 2;

/// A GraphQL backend for businesses that talk to customers on WhatsApp.
#[derive(Parser)]
#[command(name = "recado", version)]
struct Arguments {
    /// A configuration file in TOML. Not given: recado.toml, if there is one
    #[arg(long, env = "RECADO_CONFIG", global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Migrate and serve; the default
    Serve,
    /// Serve a temporary database with a simulated Meta and customers that write; no account, no network
    Demo(demo::Demo),
    /// Run the simulated Meta alone
    Simulate(simulate::Simulate),
    /// Apply pending migrations
    Migrate,
    /// Print the GraphQL schema
    Schema,
    /// Check the configuration against the database and Meta; exit 1 if something is wrong
    Doctor,
    /// Take over settings from a file (JSON, or lines name = value), by their names or those of the older system
    ImportSettings {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// People who log in
    #[command(subcommand)]
    User(accounts::User),
    /// Credentials of integrations
    #[command(subcommand)]
    Token(accounts::Token),
    /// Measure this build on this machine
    #[command(subcommand)]
    Bench(Bench),
}

/// Runs the program with the process's arguments and environment.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(THREAD_STACK).build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(error) => Err(anyhow::Error::new(error).context("the runtime cannot be started")),
    };
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    note(&format!("recado: {error:#}\n"));
    ExitCode::from(if error.is::<ConfigError>() { USAGE } else { FAILED })
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let file = arguments.config;
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(configure(file)?).await,
        Command::Demo(demo) => demo.run().await,
        Command::Simulate(simulate) => simulate.run().await,
        Command::Migrate => migrate(configure(file)?).await,
        Command::Schema => print(&graphql::sdl()),
        Command::Doctor => doctor::run(configure(file)?).await,
        Command::ImportSettings { file: path } => import_settings::run(configure(file)?, &path).await,
        Command::User(user) => user.run(configure(file)?).await,
        Command::Token(token) => token.run(configure(file)?).await,
        Command::Bench(bench) => bench.run().await,
    }
}

/// The configuration of this process; logging starts with it.
fn configure(file: Option<PathBuf>) -> Result<Config, ConfigError> {
    // A variable that is not Unicode is none of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let config = Config::load(file.as_deref(), environment)?;
    telemetry::log(&config.log);
    Ok(config)
}

/// The inbox of this configuration, with no work started.
async fn open(mut config: Config) -> anyhow::Result<App> {
    config.ensure_secret_key()?;
    crate::running::open(&config, Clock::default()).await
}

async fn migrate(config: Config) -> anyhow::Result<()> {
    let app = open(config).await?;
    app.close().await?;
    print("the database has all migrations\n")
}

/// Writes to stdout; a reader that went away, such as `head`, is not an error.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Writes to stderr; there is nobody left to tell if that is closed.
fn note(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn serve_is_the_default() {
        assert!(Arguments::parse_from(["recado"]).command.is_none());
        assert!(matches!(Arguments::parse_from(["recado", "serve"]).command, Some(Command::Serve)));
    }
}
