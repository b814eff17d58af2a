//! A file of settings, as people bring it from another system: a JSON object, or lines `name = value`.

use super::settings::SettingName;
use serde_json::Value;
use std::collections::BTreeMap;

/// Most lines or members: a file that has more is no file of settings.
const MOST: usize = 10_000;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsFile {
    /// The values of the settings that it names, by their names or their aliases.
    pub values: BTreeMap<SettingName, String>,
    /// Other names in it.
    pub others: Vec<String>,
}

/// What is wrong with a file. No value of it is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsFileError {
    /// It begins as JSON and is none.
    #[error("line {line}: this is no JSON")]
    Json {
        /// Counted from 1.
        line: usize,
    },
    /// A line without a `=`.
    #[error("line {line}: write name = value")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// The same setting twice, by its name and its alias perhaps.
    #[error("{name} is given twice with different values")]
    Twice {
        /// Which.
        name: SettingName,
    },
    /// A value that is no text.
    #[error("{name}: write a text, true or false")]
    Value {
        /// Which.
        name: SettingName,
    },
    /// Too long.
    #[error("a file of settings has at most {MOST} entries")]
    TooLong,
}

/// Reads a file. An empty value is one that is not given.
///
/// # Errors
/// See [`SettingsFileError`].
pub fn parse(text: &str) -> Result<SettingsFile, SettingsFileError> {
    let text = text.trim_start_matches('\u{feff}');
    let entries = if text.trim_start().starts_with('{') { members(text)? } else { lines(text)? };
    if entries.len() > MOST {
        return Err(SettingsFileError::TooLong);
    }
    let mut file = SettingsFile::default();
    for (name, value) in entries {
        let Some(setting) = SettingName::parse(&name) else {
            file.others.push(name);
            continue;
        };
        let value = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Bool(switch) => switch.to_string(),
            // An id that lost its quotes.
            Value::Number(number) => number.to_string(),
            Value::Null => String::new(),
            Value::Array(_) | Value::Object(_) => return Err(SettingsFileError::Value { name: setting }),
        };
        if value.is_empty() {
            continue;
        }
        if file.values.insert(setting, value.clone()).is_some_and(|before| before != value) {
            return Err(SettingsFileError::Twice { name: setting });
        }
    }
    Ok(file)
}

/// The members of a JSON object.
fn members(text: &str) -> Result<Vec<(String, Value)>, SettingsFileError> {
    let object: serde_json::Map<String, Value> =
        serde_json::from_str(text).map_err(|error| SettingsFileError::Json { line: error.line() })?;
    Ok(object.into_iter().collect())
}

/// Lines `name = value`; `#` and `;` begin comments, `[…]` a part whose name does not matter.
fn lines(text: &str) -> Result<Vec<(String, Value)>, SettingsFileError> {
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';', '[']) {
            continue;
        }
        let (name, value) = line.split_once('=').ok_or(SettingsFileError::Line { line: index + 1 })?;
        let name = name.trim().trim_start_matches("export ").trim();
        entries.push((name.to_owned(), Value::String(unquoted(value.trim()).to_owned())));
    }
    Ok(entries)
}

fn unquoted(value: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn values(text: &str) -> Vec<(SettingName, String)> {
        parse(text).unwrap().values.into_iter().collect()
    }

    #[test]
    fn names_and_aliases_in_json_and_in_lines() {
        use SettingName::*;
        let older = json!({ "WhatsAppAccountId": "670843887433847", "WhatsAppApplicationId": 102290129340398_u64,
            "WhatsAppVerifySignature": true, "WhatsAppPhoneId": null, "SmtpHost": "mail" });
        let read = parse(&older.to_string()).unwrap();
        let expected =
            [(AppId, "670843887433847"), (BusinessAccountId, "102290129340398"), (VerifySignature, "true")];
        assert_eq!(read.values, expected.map(|(name, value)| (name, value.to_owned())).into());
        assert_eq!(read.others, ["SmtpHost"]);
        let text = "\u{feff}# Ours\n[whatsapp]\nappId = \"670843887433847\"\nexport accessToken='EAA=x='\n\nverifyToken=\n";
        assert_eq!(values(text), [(AccessToken, "EAA=x=".to_owned()), (AppId, "670843887433847".to_owned())]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let table = [
            ("{ \"appId\": \"1\",\n\n}", SettingsFileError::Json { line: 3 }),
            ("appId = 1\nwhat", SettingsFileError::Line { line: 2 }),
            ("appId = 1\nWhatsAppAccountId = 2", SettingsFileError::Twice { name: SettingName::AppId }),
            ("{ \"appId\": [] }", SettingsFileError::Value { name: SettingName::AppId }),
        ];
        for (text, error) in table {
            assert_eq!(parse(text).unwrap_err(), error);
        }
        assert_eq!(values("appId = 1\nWhatsAppAccountId = 1"), [(SettingName::AppId, "1".to_owned())]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_repeating_it(text in "[a-zA-Z{}=\"\\[\\]:, \n]{0,80}", secret in "[a-z0-9]{20}") {
            let with_secret = format!("{text}\naccessToken = {secret}\n{text}");
            if let Err(error) = parse(&with_secret) {
                prop_assert!(!error.to_string().contains(&secret));
            }
        }

        #[test]
        fn what_was_written_is_read(value in "[!-~]{1,40}", name in 0..9_usize) {
            let name = SettingName::ALL[name];
            let value = value.trim_matches(['"', '\'']).to_owned();
            prop_assume!(!value.is_empty());
            let from_lines = parse(&format!("{name} = \"{value}\"")).unwrap();
            let from_json = parse(&json!({ name.alias(): value.clone() }).to_string()).unwrap();
            prop_assert_eq!(from_lines.values.get(&name), Some(&value));
            prop_assert_eq!(from_json, from_lines);
        }
    }
}
