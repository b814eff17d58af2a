//! The settings of this process: embedded defaults, then a file, then the environment.
//!
//! Every setting has one name. It is a key of the file, and `RECADO_` and its capitals in the environment.
//! `config.default.toml` lists them all and says what each does.

mod media;
mod secret_key;
mod settings;
#[cfg(test)]
mod tests;

pub use settings::ConfigError;

use crate::graphql::transport;
use inbox::auth::{IdentityConfig, is_foreign_issuer, is_safe_for_keys};
use inbox::bus::BusConfig;
use inbox::domain::business_hours::BusinessHours;
use inbox::domain::dialling::Country;
use inbox::domain::keywords::Keywords;
use inbox::domain::retention::Retention;
use inbox::domain::revocation::RevokedMessages;
use inbox::store::DbConfig;
use inbox::{AppConfig, AutomaticConfig, ContactsConfig, Secret, WhatsAppConfig};
use settings::Settings;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// The file that is read when none is named, if it exists.
pub const DEFAULT_FILE: &str = "recado.toml";

/// How this process is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the HTTP server listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The parts that run.
    pub roles: Roles,
    /// The log filter, as `tracing` reads it.
    pub log: String,
    /// Whether `GET /` shows browsers GraphiQL; else it is an index for all.
    pub graphiql: bool,
    /// Which GraphQL requests are let in.
    pub(crate) graphql: transport::Settings,
    /// Bytes of the files of one request at most.
    pub upload_limit: u64,
    /// Which browser origins may call the API.
    pub cors_origins: CorsOrigins,
    /// The first administrator's address.
    pub admin_email: String,
    /// The first administrator's password; empty to have one made up.
    pub admin_password: Secret,
    /// What the inbox needs.
    pub app: AppConfig,
    /// What was odd but not wrong, to be logged at start.
    pub warnings: Vec<String>,
}

/// The parts of the program that run in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Answers requests.
    pub api: bool,
    /// Applies webhooks and sends messages.
    pub worker: bool,
    /// Starts the timed jobs.
    pub scheduler: bool,
}

/// Which browser origins may call the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    /// All of them.
    Any,
    /// Only these.
    List(Vec<http::HeaderValue>),
}

impl Config {
    /// Reads the settings. Without a named `file`, `recado.toml` in the working directory is read if it exists.
    ///
    /// # Errors
    /// If the file cannot be read, names a setting that does not exist, or a value is wrong.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let implied = Path::new(DEFAULT_FILE);
        let file = file.or_else(|| implied.exists().then_some(implied));
        Self::from_settings(&Settings::read(file, environment.into_iter().collect())?)
    }

    /// The defaults and these values, by setting name; reads neither file nor environment. For tests and the demo.
    ///
    /// # Errors
    /// If a value is wrong.
    pub fn with<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, ConfigError> {
        let variables = values.into_iter();
        let environment =
            variables.map(|(name, value)| (settings::variable(name), value.to_owned())).collect();
        Self::from_settings(&Settings::read(None, environment)?)
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let database_url = settings.parse(
            "database_url",
            "an address such as sqlite://recado.db or postgres://user:password@host/name",
            database,
        )?;
        let bus = settings.parse(
            "bus",
            "local, postgres (with a PostgreSQL database) or nats://host:port",
            |text| bus(text, &database_url),
        )?;
        Ok(Self {
            listen: settings
                .parse("listen", "an address and a port such as 127.0.0.1:8080", |text| text.parse().ok())?,
            roles: settings.parse("roles", "a comma-separated choice of api, worker and scheduler", roles)?,
            log: settings.parse(
                "log",
                "a level (error, warn, info, debug, trace) or a filter such as info,inbox=debug",
                log_filter,
            )?,
            graphiql: settings.parse("graphiql", "true or false", boolean)?,
            graphql: graphql(settings)?,
            upload_limit: settings.parse(
                "upload_limit_mib",
                "a number of MiB from 1 to 2000",
                upload_limit,
            )?,
            cors_origins: settings.parse(
                "cors_origins",
                "* or comma-separated origins such as https://inbox.example.com",
                cors_origins,
            )?,
            admin_email: settings.parse("admin_email", "an e-mail address", email)?,
            admin_password: settings.secret("admin_password"),
            app: AppConfig {
                public_url: settings.optional(
                    "public_url",
                    "an http(s) address such as https://inbox.example.com",
                    web_address,
                )?,
                media: media::media(settings, &database_url)?,
                database: DbConfig::new(database_url),
                bus,
                secret_keys: secret_key::parse(&settings.secret("secret_key"))
                    .map_err(|why| settings.wrong_secret("secret_key", why))?,
                identity: identity(settings)?,
                revoked_messages: settings.parse("revoked_messages", "hide or show", revoked_messages)?,
                whatsapp: whatsapp(settings)?,
                contacts: contacts(settings)?,
                automatic: automatic(settings)?,
                retention: retention(settings)?,
            },
            warnings: settings.warnings.clone(),
        })
    }

    /// Fills in the secret key from the file beside a SQLite database, which is made if need be.
    ///
    /// # Errors
    /// If there is no key and no place to keep one, or its file cannot be read or made.
    pub fn ensure_secret_key(&mut self) -> anyhow::Result<()> {
        if self.app.secret_keys.is_empty() {
            self.app.secret_keys.push(secret_key::beside(&self.app.database.url)?);
        }
        Ok(())
    }
}

fn graphql(settings: &Settings) -> Result<transport::Settings, ConfigError> {
    let smallest = transport::SMALLEST_BUDGET;
    let budget = transport::Rate {
        size: settings.parse(
            "graphql_budget",
            &format!("a whole number of points, {smallest} (the dearest request) or more"),
            |text| text.parse().ok().filter(|size| *size >= smallest),
        )?,
        restore: settings.parse(
            "graphql_budget_restore",
            "a whole number of points a second, 1 or more",
            |text| text.parse().ok(),
        )?,
    };
    Ok(transport::Settings {
        introspection: settings.parse("introspection", "true or false", boolean)?,
        budget,
        persisted_documents: settings
            .optional("persisted_documents", "the path of a JSON file", |text| Some(text.into()))?,
        persisted_documents_only: settings.parse("persisted_documents_only", "true or false", boolean)?,
    })
}

/// None unless the address of the keys is set; then the provider's name and ours must be, too.
fn identity(settings: &Settings) -> Result<Option<IdentityConfig>, ConfigError> {
    let some_text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let jwks_url = settings.optional(
        "identity_jwks_url",
        "an https address such as https://id.example.com/keys (http only on this machine)",
        |text| Url::parse(text).ok().filter(is_safe_for_keys),
    )?;
    let Some(jwks_url) = jwks_url else { return Ok(None) };
    Ok(Some(IdentityConfig {
        jwks_url,
        issuer: settings.parse(
            "identity_issuer",
            "what the provider's tokens have as iss, such as https://id.example.com",
            |text| some_text(text).filter(|issuer| is_foreign_issuer(issuer)),
        )?,
        audience: settings.parse(
            "identity_audience",
            "what the provider's tokens for this service have as aud",
            some_text,
        )?,
        default_role: settings.optional("identity_default_role", "the name of a role", some_text)?,
    }))
}

fn whatsapp(settings: &Settings) -> Result<WhatsAppConfig, ConfigError> {
    Ok(WhatsAppConfig {
        graph_url: settings.parse(
            "graph_url",
            "an http(s) address such as https://graph.facebook.com",
            web_address,
        )?,
        graph_version: settings.parse("graph_version", "a version such as v24.0", graph_version)?,
        access_token: settings.secret("whatsapp_access_token"),
        app_id: settings.parse("whatsapp_app_id", DIGITS, meta_id)?,
        app_secret: settings.secret("whatsapp_app_secret"),
        business_account_id: settings.parse("whatsapp_business_account_id", DIGITS, meta_id)?,
        phone_number_id: settings.parse("whatsapp_phone_number_id", DIGITS, meta_id)?,
        verify_token: settings.secret("whatsapp_verify_token"),
        verify_signature: settings.optional("whatsapp_verify_signature", "true or false", boolean)?,
    })
}

fn contacts(settings: &Settings) -> Result<ContactsConfig, ConfigError> {
    let keywords = |name| settings.parse(name, "words with commas between", |text| Some(Keywords::new(text)));
    Ok(ContactsConfig {
        default_country: settings.optional("default_country", "an ISO code such as ES", Country::of_iso)?,
        opt_out_keywords: keywords("opt_out_keywords")?,
        opt_in_keywords: keywords("opt_in_keywords")?,
    })
}

fn automatic(settings: &Settings) -> Result<AutomaticConfig, ConfigError> {
    let business_hours = BusinessHours::parse(&settings.text("business_hours"), &settings.text("time_zone"))
        .map_err(|error| ConfigError::new(format!("business_hours or time_zone cannot be used: {error}")))?;
    let minutes = settings.parse("waiting_message_quiet_minutes", "minutes, 1 to 10080", |text| {
        text.parse::<u64>().ok().filter(|minutes| (1..=10_080).contains(minutes))
    })?;
    let hosts = settings.text("assistant_private_hosts");
    let hosts = hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
    Ok(AutomaticConfig {
        business_hours,
        waiting_messages: settings.parse("waiting_messages", "true or false", boolean)?,
        waiting_quiet: Duration::from_secs(minutes * 60),
        assistants: settings.parse("assistants", "true or false", boolean)?,
        private_hosts: hosts.map(str::to_owned).collect(),
        model: None,
    })
}

fn retention(settings: &Settings) -> Result<Retention, ConfigError> {
    let days = |name| {
        settings.parse(name, "whole days, 0 (for ever) to 36500", |text| {
            let days = text.parse::<u32>().ok().filter(|days| *days <= 36_500)?;
            Some((days > 0).then(|| Duration::from_secs(24 * 60 * 60) * days))
        })
    };
    Ok(Retention {
        webhook_receipts: days("keep_webhook_receipts_days")?,
        events: days("keep_events_days")?,
        job_runs: days("keep_job_runs_days")?,
        provider_updates: days("keep_provider_updates_days")?,
        idempotency_keys: days("keep_idempotency_keys_days")?,
        notifications: days("keep_notifications_days")?,
        assistant_run_steps: days("keep_assistant_run_steps_days")?,
    })
}

fn revoked_messages(text: &str) -> Option<RevokedMessages> {
    match text {
        "hide" => Some(RevokedMessages::Hide),
        "show" => Some(RevokedMessages::Show),
        _ => None,
    }
}

const DIGITS: &str = "one of Meta's ids, which are digits only";

fn meta_id(text: &str) -> Option<String> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.to_owned())
}

fn database(text: &str) -> Option<String> {
    let known = ["sqlite:", "postgres://", "postgresql://"];
    known.iter().any(|scheme| text.starts_with(scheme)).then(|| text.to_owned())
}

fn is_postgres(database_url: &str) -> bool {
    database_url.starts_with("postgres")
}

fn bus(text: &str, database_url: &str) -> Option<BusConfig> {
    match text {
        "" if is_postgres(database_url) => Some(BusConfig::Postgres(database_url.to_owned())),
        "" | "local" => Some(BusConfig::Local),
        "postgres" => is_postgres(database_url).then(|| BusConfig::Postgres(database_url.to_owned())),
        _ => text.starts_with("nats://").then(|| BusConfig::Nats(text.to_owned())),
    }
}

fn upload_limit(text: &str) -> Option<u64> {
    text.parse().ok().filter(|mib| (1..=2000).contains(mib)).map(|mib: u64| mib * 1024 * 1024)
}

fn roles(text: &str) -> Option<Roles> {
    let mut roles = Roles { api: false, worker: false, scheduler: false };
    for name in text.split(',') {
        match name.trim() {
            "api" => roles.api = true,
            "worker" => roles.worker = true,
            "scheduler" => roles.scheduler = true,
            _ => return None,
        }
    }
    Some(roles)
}

fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn graph_version(text: &str) -> Option<String> {
    let (major, minor) = text.strip_prefix('v')?.split_once('.')?;
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (number(major) && number(minor)).then(|| text.to_owned())
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn log_filter(text: &str) -> Option<String> {
    tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| text.to_owned())
}

fn cors_origins(text: &str) -> Option<CorsOrigins> {
    if text == "*" {
        return Some(CorsOrigins::Any);
    }
    let origin = |text: &str| {
        let url = web_address(text)?;
        url.origin().ascii_serialization().parse().ok()
    };
    text.split(',').map(|item| origin(item.trim())).collect::<Option<_>>().map(CorsOrigins::List)
}

fn email(text: &str) -> Option<String> {
    let (user, host) = text.split_once('@')?;
    (!user.is_empty() && !host.is_empty()).then(|| text.to_owned())
}
