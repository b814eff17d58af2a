//! Meta's error codes in our own words, in English and Spanish: what happened, whose fault it is, whether trying again
//! can help, what to do.
//!
//! Codes and meanings are those of Meta's error reference of September 2026.

mod access;
mod account;
mod families;
mod pace;
mod sending;
mod setup;
mod templates;
mod words;

pub use words::{Language, Text, text};

use crate::inbound::ProviderError;
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Who can do something about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The request: its content, its recipient or its pace.
    Us,
    /// Meta's service, or its choice.
    Meta,
    /// The customer.
    Customer,
    /// The business's account with Meta: token, permissions, payment, quality.
    Account,
}

/// Whether the same call can work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Refused before it was processed: may be repeated by itself, more slowly. Sends are repeated on these alone.
    Safe,
    /// Will be refused again.
    Never,
    /// Not by itself: first something has to change, or it has to be found out whether the message went out.
    Later,
}

/// One code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// Meta's code.
    pub code: i64,
    /// Who can do something about it.
    pub fault: Fault,
    /// Whether trying again can help.
    pub retry: Retry,
    /// A few words.
    pub title: Text,
    /// What happened, in a sentence or two.
    pub explanation: Text,
    /// What to do.
    pub remedy: Text,
}

/// Codes of one kind.
#[derive(Debug)]
pub struct Section {
    /// A few words.
    pub heading: Text,
    /// By code.
    pub entries: &'static [CatalogueEntry],
}

/// An error explained in one language, whether its code is known or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// A few words: ours, else Meta's.
    pub title: Cow<'static, str>,
    /// What happened: ours, else the most telling sentence of Meta's.
    pub explanation: Cow<'static, str>,
    /// `None` when the code is unknown.
    pub fault: Option<Fault>,
    /// Whether trying again can help. [`Retry::Later`] when the code is unknown.
    pub retry: Retry,
    /// What to do.
    pub remedy: Cow<'static, str>,
}

/// The start of an entry.
const fn code(code: i64, fault: Fault, retry: Retry) -> Facts {
    Facts { code, fault, retry }
}

/// What an entry says beside its words.
struct Facts {
    code: i64,
    fault: Fault,
    retry: Retry,
}

impl Facts {
    const fn says(self, title: Text, explanation: Text, remedy: Text) -> CatalogueEntry {
        let Self { code, fault, retry } = self;
        CatalogueEntry { code, fault, retry, title, explanation, remedy }
    }
}

const SECTIONS: [Section; 6] =
    [sending::SECTION, templates::SECTION, account::SECTION, access::SECTION, pace::SECTION, setup::SECTION];

/// Every code that has an entry of its own, by kind.
#[must_use]
pub fn sections() -> &'static [Section] {
    &SECTIONS
}

/// Ranges of codes that are explained as one, where a code has no entry of its own.
#[must_use]
pub fn ranges() -> &'static [(RangeInclusive<i64>, CatalogueEntry)] {
    families::FAMILIES
}

/// Every code that has an entry of its own.
pub fn entries() -> impl Iterator<Item = &'static CatalogueEntry> {
    SECTIONS.iter().flat_map(|section| section.entries)
}

/// The entry of `code`, if it has one of its own.
#[must_use]
pub fn lookup(code: i64) -> Option<&'static CatalogueEntry> {
    entries().find(|entry| entry.code == code)
}

/// Explains `error` to the person who has to deal with it: by its code, by the family of its code, or with Meta's own
/// words, which are English.
#[must_use]
pub fn describe(error: &ProviderError, language: Language) -> Description {
    match error.code.and_then(|code| lookup(code).or_else(|| family(code))) {
        Some(entry) => Description {
            title: entry.title.in_language(language).into(),
            explanation: entry.explanation.in_language(language).into(),
            fault: Some(entry.fault),
            retry: entry.retry,
            remedy: entry.remedy.in_language(language).into(),
        },
        None => unknown(error, language),
    }
}

fn family(code: i64) -> Option<&'static CatalogueEntry> {
    families::FAMILIES.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, entry)| entry)
}

const UNKNOWN: Text = text("Unknown error", "Error desconocido");
const NO_REASON: Text = text("Meta gives no reason.", "Meta no da ningún motivo.");
const MAYBE_SENT: Text = text(
    "Read the explanation; find out whether the message went out before you send it again.",
    "Leer la explicación; averiguar si el mensaje salió antes de enviarlo de nuevo.",
);

fn unknown(error: &ProviderError, language: Language) -> Description {
    let ProviderError { code, title, message, details, .. } = error;
    let first =
        |texts: [&Option<String>; 3]| texts.into_iter().flatten().find(|text| !text.is_empty()).cloned();
    let ours = |text: Text| Cow::from(text.in_language(language));
    Description {
        title: title.clone().filter(|title| !title.is_empty()).map_or_else(|| ours(UNKNOWN), Into::into),
        explanation: first([details, message, title]).map_or_else(|| ours(NO_REASON), Into::into),
        fault: None,
        retry: Retry::Later,
        remedy: code.map_or_else(|| ours(MAYBE_SENT), |code| look_up(code, language).into()),
    }
}

fn look_up(code: i64, language: Language) -> String {
    match language {
        Language::English => {
            format!(
                "Read the explanation; look {code} up in Meta's list of error codes, or ask Meta's support."
            )
        }
        Language::Spanish => format!(
            "Leer la explicación; buscar {code} en la lista de códigos de error de Meta, o preguntar a su soporte."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const LANGUAGES: [Language; 2] = [Language::English, Language::Spanish];

    fn error(code: Option<i64>) -> ProviderError {
        ProviderError {
            code,
            title: Some("Title".to_owned()),
            message: Some("Message".to_owned()),
            details: Some("Details".to_owned()),
            href: None,
        }
    }

    #[test]
    fn every_documented_code_is_explained() {
        let codes = [
            0, 1, 2, 3, 4, 10, 17, 32, 33, 100, 101, 102, 104, 190, 200, 201, 299, 341, 368, 613, 803, 2500,
            80007, 130_403, 130_429, 130_472, 130_497, 131_000, 131_005, 131_008, 131_009, 131_016, 131_020,
            131_021, 131_026, 131_030, 131_031, 131_037, 131_041, 131_042, 131_044, 131_045, 131_047,
            131_048, 131_049, 131_050, 131_051, 131_052, 131_053, 131_055, 131_056, 131_057, 131_062,
            131_063, 131_064, 131_200, 131_299, 132_000, 132_001, 132_005, 132_007, 132_008, 132_012,
            132_015, 132_016, 132_018, 132_068, 132_069, 133_000, 133_004, 133_005, 133_006, 133_008,
            133_009, 133_010, 133_015, 133_016, 134_011, 134_100, 134_101, 134_102, 135_000, 136_024,
            137_000, 138_000, 138_018, 139_000, 139_004, 139_100, 139_101, 139_102, 139_103, 141_002,
            141_006, 141_010, 141_014, 147_001, 147_005, 200_005, 200_006, 200_007, 1_752_041, 2_388_001,
            2_388_012, 2_388_019, 2_388_039, 2_388_040, 2_388_047, 2_388_072, 2_388_073, 2_388_091,
            2_388_093, 2_388_103, 2_388_293, 2_388_299, 2_494_100, 2_593_107, 2_593_108, 2_593_109,
        ];
        for code in codes {
            for language in LANGUAGES {
                let description = describe(&error(Some(code)), language);
                assert!(description.fault.is_some(), "{code}");
                assert_ne!(description.title, "Title", "{code}");
            }
        }
    }

    #[test]
    fn only_what_was_refused_unprocessed_is_safe_to_repeat() {
        let safe: BTreeSet<i64> = entries().filter(|e| e.retry == Retry::Safe).map(|e| e.code).collect();
        assert_eq!(safe, BTreeSet::from([4, 17, 32, 341, 613, 80007, 130_429, 131_056]));
        assert!(families::FAMILIES.iter().all(|(_, entry)| entry.retry != Retry::Safe));
    }

    #[test]
    fn entries_are_whole_sentences_and_unique() {
        let families = families::FAMILIES.iter().map(|(codes, entry)| {
            assert_eq!(entry.code, *codes.start());
            entry
        });
        let mut seen = BTreeSet::new();
        for entry in entries().chain(families) {
            assert!(seen.insert(entry.code), "{} is there twice", entry.code);
            for language in LANGUAGES {
                let title = entry.title.in_language(language);
                assert!(!title.is_empty() && !title.ends_with('.') && title.chars().count() <= 40, "{title}");
                for text in [entry.explanation, entry.remedy].map(|text| text.in_language(language)) {
                    assert!(
                        text.ends_with('.') && text.chars().count() <= 200 && !text.contains("  "),
                        "{}: {text}",
                        entry.code
                    );
                }
            }
        }
    }

    #[test]
    fn a_section_is_in_the_order_of_its_codes() {
        for section in sections() {
            assert!(section.entries.is_sorted_by_key(|entry| entry.code), "{:?}", section.heading);
        }
    }

    #[test]
    fn the_languages_differ_and_nobody_is_addressed_in_spanish() {
        for entry in entries().chain(ranges().iter().map(|(_, entry)| entry)) {
            for text in [entry.title, entry.explanation, entry.remedy] {
                let [english, spanish] = LANGUAGES.map(|language| text.in_language(language));
                assert_ne!(english, spanish, "{}", entry.code);
                let mut words = spanish.split(|char: char| !char.is_alphabetic()).map(str::to_lowercase);
                let addressed = |word: String| ["usted", "tú", "tu", "tus", "vos"].contains(&word.as_str());
                assert!(!words.any(addressed), "{}: {spanish}", entry.code);
            }
        }
    }

    #[test]
    fn known_codes() {
        let window = lookup(131_047).unwrap();
        assert_eq!((window.fault, window.retry), (Fault::Customer, Retry::Never));
        let titles = LANGUAGES.map(|language| describe(&error(Some(131_047)), language).title);
        assert_eq!(titles, ["The 24-hour window is closed", "La ventana de 24 horas está cerrada"]);
        assert_eq!(lookup(250), None);
        let permission = describe(&error(Some(250)), Language::Spanish);
        assert_eq!((permission.fault, permission.title.as_ref()), (Some(Fault::Account), "Falta un permiso"));
    }

    #[test]
    fn unknown_codes_are_explained_in_metas_words() {
        for language in LANGUAGES {
            let described = describe(&error(Some(987_654)), language);
            assert_eq!((described.title.as_ref(), described.explanation.as_ref()), ("Title", "Details"));
            assert_eq!((described.fault, described.retry), (None, Retry::Later));
            assert!(described.remedy.contains("987654"));
        }
        let nothing = |language| {
            let described = describe(&ProviderError::default(), language);
            [described.title, described.explanation]
        };
        assert_eq!(nothing(Language::English), ["Unknown error", "Meta gives no reason."]);
        assert_eq!(nothing(Language::Spanish), ["Error desconocido", "Meta no da ningún motivo."]);
    }
}
