//! Words by which a customer says something to the business rather than to a person.

use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer texts are no keywords, in characters.
const LONGEST: usize = 64;

/// Texts that mean the same, whatever their case, accents, spaces and closing punctuation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keywords(BTreeSet<String>);

impl Keywords {
    /// From texts with commas between.
    #[must_use]
    pub fn new(list: &str) -> Self {
        Self(list.split(',').map(folded).filter(|word| !word.is_empty()).collect())
    }

    /// Whether the whole text is one of them.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        !self.0.is_empty() && text.chars().nth(LONGEST).is_none() && self.0.contains(&folded(text))
    }
}

fn folded(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let plain = plain.replace('’', "'");
    let words = plain.trim().trim_end_matches(['.', '!', '¡']).trim_start_matches('¡');
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_whole_text_counts() {
        let words = Keywords::new("stop, désabonner,No quiero publicidad,m'abonner,,");
        for text in
            ["STOP", " Stop. ", "stop!", "Desabonner", "DÉSABONNER", "no  quiero\npublicidad", "M’abonner"]
        {
            assert!(words.has(text), "{text:?}");
        }
        for text in ["", ".", "please stop", "stop it", "nonstop", &"stop ".repeat(20)] {
            assert!(!words.has(text), "{text:?}");
        }
        assert!(!Keywords::default().has(""));
    }

    proptest! {
        #[test]
        fn a_word_is_found_in_any_case(word in "[a-zà-ü]{1,20}") {
            let words = Keywords::new(&word);
            prop_assert!(words.has(&word));
            prop_assert!(words.has(&word.to_uppercase()));
        }
    }
}
