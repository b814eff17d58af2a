//! The words of full-text search: how texts become words, what a query wants of them, and how it is said to each store.
//!
//! Texts are cut into words here, and the stores keep these words as they are. So both find the same, whatever they know
//! of languages, and no character of a query can mean anything in their grammars.

use std::collections::HashMap;
use std::fmt::Write;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest word, in characters: what is longer counts by its beginning.
const LONGEST: usize = 64;
/// Words of a query that count.
const WANTED: usize = 16;
/// From so many letters on, a word also finds others that begin like it: "horarios" finds "horario".
const SHORTEST_STEM: usize = 5;
/// No word begins with it, so no text can hold a [`mark`].
const MARK: char = '·';

/// Words that say nothing about what is asked, folded: es, en, pt, fr, de, it, ca.
const EMPTY: &str = " a al algo and are as at au aux avec bei bin bist can ce che ci com como con cual cuando da das de del \
    dem den der des di die do does dos du e ein eine einen einer el ele elle els em en es esta este et eu for fur ha hay het \
    how i ich il in ist it its je kann la las le les li lo los ma mais me mein mi mit mon my na nao ne nicht no non nos not o \
    of on or os ou para pas per pero por pour pouvez puc puedo que quel quelle quan que qui sa se si sie sin sind sobre son \
    sont su sur te the to tu um uma un una und une uno unos vous was wann we what when where wie wir y you your zu zum zur ";

/// The words of a text, in their order: small letters without accents, and numbers.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c)).map(folded).flat_map(|word| {
        // Some characters stand for several, with signs between them.
        let parts = word.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        parts.map(|part| part.chars().take(LONGEST).collect()).collect::<Vec<String>>()
    })
}

fn folded(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            c if is_combining_mark(c) => {}
            c => folded.push(c),
        }
    }
    folded
}

/// A word that stands for a thing of ours, and that no text can hold.
#[must_use]
pub fn mark(id: uuid::Uuid) -> String {
    format!("{MARK}{}", id.simple())
}

/// What a query wants: all of its marks, and any of its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    marks: Vec<String>,
    words: Vec<Word>,
}

/// One word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    whole: String,
    /// What others that count as this word begin with.
    stem: Option<String>,
}

impl Word {
    fn new(whole: String) -> Self {
        let letters = whole.chars().count();
        let has_stem = letters >= SHORTEST_STEM && whole.chars().all(char::is_alphabetic);
        let stem = has_stem.then(|| whole.chars().take((letters - 2).max(4)).collect());
        Self { whole, stem }
    }

    /// How well a word of a text fits.
    fn fit(&self, word: &str) -> f64 {
        match &self.stem {
            _ if word == self.whole => 1.0,
            Some(stem) if word.starts_with(stem.as_str()) => 0.6,
            _ => 0.0,
        }
    }
}

impl Wanted {
    /// What a person or a model asks for. None if there is no word in it.
    #[must_use]
    pub fn any_of(query: &str) -> Option<Self> {
        let mut all: Vec<String> = Vec::new();
        for word in words(query) {
            if !all.contains(&word) {
                all.push(word);
            }
            if all.len() == WANTED * 2 {
                break;
            }
        }
        let telling: Vec<String> =
            all.iter().filter(|word| !EMPTY.contains(&format!(" {word} "))).cloned().collect();
        let chosen = if telling.is_empty() { all } else { telling };
        let words: Vec<Word> = chosen.into_iter().take(WANTED).map(Word::new).collect();
        (!words.is_empty()).then_some(Self { marks: Vec::new(), words })
    }

    /// All that has this [`mark`].
    #[must_use]
    pub fn mark(id: uuid::Uuid) -> Self {
        Self { marks: vec![mark(id)], words: Vec::new() }
    }

    /// Only where this [`mark`] is, too.
    #[must_use]
    pub fn marked(mut self, id: uuid::Uuid) -> Self {
        self.marks.push(mark(id));
        self
    }

    /// In the grammar of SQLite's FTS5.
    #[must_use]
    pub fn fts5(&self) -> String {
        self.written(
            |word, is_stem| format!("\"{word}\"{}", if is_stem { "*" } else { "" }),
            [" AND ", " OR "],
        )
    }

    /// In the grammar of PostgreSQL's `tsquery`.
    #[must_use]
    pub fn tsquery(&self) -> String {
        self.written(|word, is_stem| format!("'{word}'{}", if is_stem { ":*" } else { "" }), [" & ", " | "])
    }

    fn written(&self, word: impl Fn(&str, bool) -> String, [and, or]: [&str; 2]) -> String {
        let any: Vec<String> = self
            .words
            .iter()
            .map(|wanted| match &wanted.stem {
                Some(stem) => word(stem, true),
                None => word(&wanted.whole, false),
            })
            .collect();
        let mut all: Vec<String> = self.marks.iter().map(|mark| word(mark, false)).collect();
        if !any.is_empty() {
            all.push(format!("({})", any.join(or)));
        }
        all.join(and)
    }

    /// How well each of these texts fits among the others: rare words count more than frequent ones, and a word that comes
    /// again counts less each time. The texts are given by their words.
    #[must_use]
    pub fn scores(&self, texts: &[Vec<String>]) -> Vec<f64> {
        let fits: Vec<Vec<f64>> = texts
            .iter()
            .map(|text| {
                let mut times: HashMap<&str, f64> = HashMap::new();
                for word in text {
                    *times.entry(word.as_str()).or_default() += 1.0;
                }
                let fit = |wanted: &Word| times.iter().map(|(word, times)| wanted.fit(word) * times).sum();
                self.words.iter().map(fit).collect()
            })
            .collect();
        let all = count(texts.len());
        let rarity: Vec<f64> = (0..self.words.len())
            .map(|word| {
                let with = fits.iter().filter(|fits| fits.get(word).is_some_and(|fit| *fit > 0.0)).count();
                ((all - count(with) + 0.5) / (count(with) + 0.5)).ln_1p()
            })
            .collect();
        let weight = |(fit, rarity): (&f64, &f64)| rarity * fit * 2.2 / (fit + 1.2);
        fits.iter().map(|fits| fits.iter().zip(&rarity).map(weight).sum()).collect()
    }
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Words as PostgreSQL's `tsvector` takes them.
#[must_use]
pub fn tsvector<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for word in words {
        // Words have no quotes in them.
        let _ = write!(text, "'{word}' ");
    }
    text
}

/// Words as SQLite's FTS5 takes them, whose tokenizer `ascii` cuts at spaces.
#[must_use]
pub fn fts5<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<String> {
        words(text).collect()
    }

    #[test]
    fn texts_become_words() {
        for (text, expected) in [
            ("¿Abrís los sábados?", vec!["abris", "los", "sabados"]),
            ("L'Horaire d'été", vec!["l", "horaire", "d", "ete"]),
            ("Straße ŒUVRE Łódź", vec!["strasse", "oeuvre", "lodz"]),
            ("a·b\u{0}c_d-e", vec!["a", "b", "c", "d", "e"]),
            ("IVA 21% · 3,5 kg", vec!["iva", "21", "3", "5", "kg"]),
            ("e\u{301}te\u{301}", vec!["ete"]),
            ("½ ﬁn", vec!["1", "2", "fin"]),
            ("", vec![]),
        ] {
            assert_eq!(all(text), expected, "{text}");
        }
    }

    #[test]
    fn queries_are_said_to_each_store() {
        let id = uuid::Uuid::from_u128(7);
        let wanted = Wanted::any_of("¿Qué horarios de los sábados 2024?").map(|wanted| wanted.marked(id));
        let wanted = wanted.expect("it has words");
        let mark = "·00000000000000000000000000000007";
        assert_eq!(wanted.fts5(), format!("\"{mark}\" AND (\"horari\"* OR \"sabad\"* OR \"2024\")"));
        assert_eq!(wanted.tsquery(), format!("'{mark}' & ('horari':* | 'sabad':* | '2024')"));
        // Where all words are empty ones they count.
        assert_eq!(
            Wanted::any_of("to the").map(|wanted| wanted.fts5()).as_deref(),
            Some("(\"to\" OR \"the\")")
        );
        assert_eq!(Wanted::any_of(" ?! \" * "), None);
    }

    #[test]
    fn what_fits_better_comes_first() {
        let wanted = Wanted::any_of("cuánto cuesta el envío a Canarias").expect("it has words");
        let texts = [
            "Los envíos a la península son gratuitos. El envío tarda dos días.",
            "A Canarias el envío cuesta doce euros.",
            "Horario de la tienda.",
            "Abrimos en Canarias.",
        ];
        let scores = wanted.scores(&texts.map(all));
        assert!(scores[1] > scores[0] && scores[1] > scores[3] && scores[0] > scores[2], "{scores:?}");
        assert!(scores[2].abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn words_hold_nothing_that_a_grammar_knows(text in "(?s).{0,80}") {
            for word in words(&text) {
                prop_assert!(!word.is_empty() && word.chars().count() <= LONGEST);
                prop_assert!(word.chars().all(char::is_alphanumeric), "{word:?}");
                prop_assert!(!word.starts_with(MARK));
                // What was folded stays as it is: texts and queries meet.
                prop_assert_eq!(words(&word).collect::<Vec<_>>(), vec![word.clone()]);
            }
        }

        #[test]
        fn a_text_fits_a_query_of_its_own_words(text in "[a-zà-ÿA-Z0-9 .,']{1,60}") {
            if let Some(wanted) = Wanted::any_of(&text) {
                prop_assert!(wanted.scores(&[all(&text)])[0] > 0.0);
            }
        }
    }
}
