//! Languages of the catalogue.

/// A language in which errors are explained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, for everybody whose language is not here.
    #[default]
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    /// The one for a BCP 47 tag. Region and script make no difference, and Meta's way of writing (`es_MX`) is read too.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.trim().eq_ignore_ascii_case("es") { Self::Spanish } else { Self::English }
    }
}

/// The same in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    english: &'static str,
    spanish: &'static str,
}

/// The same in English and in Spanish.
#[must_use]
pub const fn text(english: &'static str, spanish: &'static str) -> Text {
    Text { english, spanish }
}

impl Text {
    /// In one language.
    #[must_use]
    pub const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Spanish => self.spanish,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_a_language() {
        let table = [
            ("es", Language::Spanish),
            ("ES", Language::Spanish),
            ("es-MX", Language::Spanish),
            ("es_419", Language::Spanish),
            ("es-Latn-ES", Language::Spanish),
            ("en", Language::English),
            ("en-ES", Language::English),
            ("est", Language::English),
            ("pt-BR", Language::English),
            ("", Language::English),
        ];
        for (tag, language) in table {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
    }
}
