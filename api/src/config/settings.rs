//! The merged values, each with the place it came from, so that an error can name it.

use config::{Environment, File, FileFormat, Value};
use inbox::Secret;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

const DEFAULTS: &str = include_str!("../../config.default.toml");
const PREFIX: &str = "RECADO";
/// Read by the command line and the tests, not here.
const OTHER_VARIABLES: [&str; 4] = ["config", "reference_dir", "test_nats_url", "test_postgres_url"];

/// A setting that cannot be used: one sentence for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    /// This sentence.
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// All settings by name.
pub(super) struct Settings {
    values: BTreeMap<String, Setting>,
    pub(super) warnings: Vec<String>,
}

struct Setting {
    text: String,
    /// What a person looks for: the variable, or the key and its file.
    place: String,
}

/// The environment variable of a setting.
pub(super) fn variable(name: &str) -> String {
    format!("{PREFIX}_{}", name.to_ascii_uppercase())
}

impl Settings {
    pub(super) fn read(
        file: Option<&Path>,
        environment: HashMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let known = collect(Some(DEFAULTS), None, HashMap::new())?;
        let given = collect(None, file, environment)?;
        let mut settings = Self { values: BTreeMap::new(), warnings: Vec::new() };
        for (name, value) in known {
            settings.insert(name, value)?;
        }
        for (name, value) in given {
            if settings.values.contains_key(&name) {
                settings.insert(name, value)?;
            } else if is_from_environment(&value) {
                settings.warn_of_unknown(&name);
            } else {
                return Err(ConfigError(format!(
                    "there is no setting {}; see the default configuration for all there are",
                    place(&name, &value)
                )));
            }
        }
        Ok(settings)
    }

    /// An environment may carry variables of other programs, so an unknown one is not an error.
    fn warn_of_unknown(&mut self, name: &str) {
        if !OTHER_VARIABLES.contains(&name) {
            self.warnings.push(format!("{} is not a setting and has no effect", variable(name)));
        }
    }

    fn insert(&mut self, name: String, value: Value) -> Result<(), ConfigError> {
        let place = place(&name, &value);
        let text = value
            .into_string()
            .map_err(|_| ConfigError(format!("{place} must be a text, a number, true or false")))?;
        self.values.insert(name, Setting { text: text.trim().to_owned(), place });
        Ok(())
    }

    fn get(&self, name: &str) -> Result<&Setting, ConfigError> {
        self.values
            .get(name)
            .ok_or_else(|| ConfigError(format!("the default configuration lacks the setting {name}")))
    }

    /// The value as `parse` reads it; `expected` says in an error what would be right.
    pub(super) fn parse<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let setting = self.get(name)?;
        parse(&setting.text).ok_or_else(|| {
            ConfigError(format!("{} is \"{}\", but must be {expected}", setting.place, shown(&setting.text)))
        })
    }

    /// As [`Self::parse`], where an empty text means that there is none.
    pub(super) fn optional<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        if self.get(name)?.text.is_empty() {
            return Ok(None);
        }
        self.parse(name, expected, parse).map(Some)
    }

    /// The value as it stands.
    pub(super) fn text(&self, name: &str) -> String {
        self.values.get(name).map(|setting| setting.text.clone()).unwrap_or_default()
    }

    /// A value that no error shows.
    pub(super) fn secret(&self, name: &str) -> Secret {
        self.values.get(name).map(|setting| Secret::new(&*setting.text)).unwrap_or_default()
    }

    /// An error about a secret: what is wrong with it, without showing it.
    pub(super) fn wrong_secret(&self, name: &str, why: &str) -> ConfigError {
        let place = self.values.get(name).map_or(name, |setting| &setting.place);
        ConfigError(format!("{place} {why}"))
    }
}

/// An address may hold a password: what stands before its host is left out.
fn shown(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => text.to_owned(),
    }
}

fn collect(
    text: Option<&str>,
    file: Option<&Path>,
    environment: HashMap<String, String>,
) -> Result<config::Map<String, Value>, ConfigError> {
    let mut builder = config::Config::builder();
    if let Some(text) = text {
        builder = builder.add_source(File::from_str(text, FileFormat::Toml));
    }
    if let Some(path) = file {
        builder = builder.add_source(File::from(path).format(FileFormat::Toml));
    }
    builder =
        builder.add_source(Environment::with_prefix(PREFIX).ignore_empty(true).source(Some(environment)));
    let collected = builder.build().and_then(|config| config.cache.into_table());
    collected.map_err(|error| ConfigError(format!("the configuration file cannot be read: {error}")))
}

fn is_from_environment(value: &Value) -> bool {
    value.origin() == Some("the environment")
}

fn place(name: &str, value: &Value) -> String {
    match value.origin() {
        Some(_) if is_from_environment(value) => variable(name),
        Some(file) => format!("{name} in {file}"),
        None => name.to_owned(),
    }
}
