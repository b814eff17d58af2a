//! Whether a customer asks for a person. Decided by words, so that it never depends on a model.

mod lexicon;

use lexicon::{Class, class_of};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// So much of a text is looked at, in characters; WhatsApp's longest has 4,096.
const LONGEST: usize = 8_192;

/// So far may a person stand from the verb that asks for it, in words: "hablar con [alguien] de vuestro equipo".
const NEAR: usize = 6;

/// So far may an article and what describes a person stand between "I want" and the person.
const CLOSE: usize = 4;

/// Whether `text` says, in Spanish, English, Portuguese, French, German, Italian or Catalan, that its writer wants to be
/// dealt with by a human being. Misspellings and missing accents are understood; people who are merely spoken of, and
/// wishes that are denied, are none.
#[must_use]
pub fn wants_person(text: &str) -> bool {
    let text: String = text.chars().take(LONGEST).collect();
    text.split(['.', '!', '?', ';', '\n', '¿', '¡', '…']).any(|sentence| {
        let all = words(sentence);
        // "this is useless, agent"
        let called = sentence.rsplit_once(',').map(|(_, last)| words(last));
        Sentence(&all).wants_person() || called.is_some_and(|called| Sentence(&all).ends_by_calling(&called))
    })
}

/// What the words are, in small letters without accents and with no letter more than twice in a row.
fn words(sentence: &str) -> Vec<Class> {
    let plain: String =
        sentence.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| class_of(&calm(word))).collect()
}

/// "agenteeee" is "agente".
fn calm(word: &str) -> String {
    let mut calm = String::with_capacity(word.len());
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        let mut times = 1;
        while letters.next_if_eq(&letter).is_some() {
            times += 1;
        }
        calm.extend(std::iter::repeat_n(letter, if times > 2 { 1 } else { times }));
    }
    calm
}

/// What its words are.
struct Sentence<'a>(&'a [Class]);

impl Sentence<'_> {
    fn wants_person(&self) -> bool {
        self.names_nothing_else()
            || self.names_a_real_person()
            || (0..self.0.len()).any(|at| self.asks_at(at))
    }

    fn is(&self, at: usize, class: Class) -> bool {
        self.0.get(at).is_some_and(|word| word.has(class))
    }

    fn any(&self, places: std::ops::Range<usize>, class: Class) -> bool {
        places.into_iter().any(|at| self.is(at, class))
    }

    /// "agent", "una persona real por favor": who is named without a number or an article, or as real.
    fn names_nothing_else(&self) -> bool {
        let all = 0..self.0.len();
        let person = self.any(all.clone(), Class::PERSON)
            && (self.any(all.clone(), Class::REAL) || !self.any(all.clone(), Class::ARTICLE));
        let known =
            Class::STAFF | Class::PERSON | Class::REAL | Class::POLITE | Class::ARTICLE | Class::SERVICE;
        (self.any(all, Class::STAFF) || person) && self.0.iter().all(|word| word.has(known))
    }

    /// "could somebody real reply": nobody else is called so, unless it is asked who this is.
    fn names_a_real_person(&self) -> bool {
        let all = 0..self.0.len();
        let real = |at: usize| {
            self.is(at + 1, Class::REAL) || (self.is(at + 1, Class::ARTICLE) && self.is(at + 2, Class::REAL))
        };
        !self.any(all.clone(), Class::BE | Class::PAST)
            && !self.denied(all.clone())
            && all.into_iter().any(|at| self.is(at, Class::PERSON) && real(at))
    }

    fn ends_by_calling(&self, called: &[Class]) -> bool {
        let called = Sentence(called);
        called.any(0..called.0.len(), Class::STAFF)
            && called.names_nothing_else()
            && !self.any(0..self.0.len(), Class::THANKS)
    }

    fn asks_at(&self, at: usize) -> bool {
        (self.is(at, Class::TALK) && self.asks_to_talk(at))
            || (self.is(at, Class::CONNECT) && self.asks_to_be_connected(at))
            || (self.is(at, Class::WANT) && self.asks_for(at))
            || (self.is(at, Class::EXISTS) && self.asks_whether_there_is(at))
            || (self.is(at, Class::ATTEND) && self.asks_to_be_attended(at))
    }

    /// "talk to somebody", "mit jemandem sprechen", and "I do not want to talk to a bot".
    fn asks_to_talk(&self, at: usize) -> bool {
        let before = at.saturating_sub(NEAR)..at;
        let after = at + 1..at + 1 + NEAR;
        let german = self.is(at, Class::TALK_LAST);
        let places = if german { before.clone() } else { after };
        let to = if german { places.clone() } else { at + 1..at + 3 };
        let directly = german && self.any(at.saturating_sub(1)..at, Class::STAFF | Class::CHIEF);
        if !(directly || self.any(to, Class::WITH)) || self.any(at.saturating_sub(3)..at, Class::PAST) {
            return false;
        }
        let denied = self.denied(before);
        let partner = Class::STAFF | Class::PERSON | Class::CHIEF | Class::SERVICE;
        let partners = |class| places.clone().any(|at| self.is(at, class) && !self.is_another(at));
        if denied { partners(Class::BOT) } else { partners(partner) }
    }

    /// "pásame con alguien", "put me through to an agent".
    fn asks_to_be_connected(&self, at: usize) -> bool {
        let needs_with = self.is(at, Class::CONNECT_WITH);
        let mut with = !needs_with;
        for place in at + 1..at + 1 + NEAR {
            with |= self.is(place, Class::WITH);
            if with
                && self.is(place, Class::STAFF | Class::PERSON | Class::CHIEF | Class::SERVICE)
                && !self.is_another(place)
            {
                return !self.denied(at.saturating_sub(3)..at);
            }
        }
        false
    }

    /// "I need a human", "quiero una persona ya": nothing but an article and the like stands between.
    fn asks_for(&self, at: usize) -> bool {
        let between = Class::ARTICLE | Class::REAL | Class::POLITE | Class::SERVICE;
        let near = (at + 1..at + 2 + CLOSE)
            .take_while(|place| (at + 1..*place).all(|place| self.is(place, between)));
        let wanted = |place: usize| {
            let named = self.is(place, Class::STAFF);
            let person = self.is(place, Class::PERSON)
                && (place + 1 >= self.0.len()
                    || self.is(place + 1, Class::REAL | Class::POLITE)
                    || self.any(at + 1..place, Class::REAL));
            (named || person) && !self.is_another(place) && !self.is_own(place)
        };
        near.into_iter().any(wanted) && !self.denied(at.saturating_sub(2)..at)
    }

    /// "is there anyone I can talk to", "c'è un operatore?".
    fn asks_whether_there_is(&self, at: usize) -> bool {
        let staff = (at + 1..at + 1 + CLOSE).find(|place| !self.is(*place, Class::ARTICLE));
        let alone = |place: usize| place + 1 >= self.0.len() || self.is(place + 1, Class::FREE);
        if staff.is_some_and(|place| self.is(place, Class::STAFF) && alone(place)) {
            return true;
        }
        (at + 1..at + 1 + CLOSE).any(|place| {
            self.is(place, Class::STAFF | Class::PERSON)
                && self.any(place + 1..place + 1 + NEAR + 2, Class::TALK | Class::ATTEND)
        })
    }

    /// "que me atienda una persona", "can a human help me", "can somebody call me".
    fn asks_to_be_attended(&self, at: usize) -> bool {
        // Anybody may help; only of a human being it is said that it should be one.
        let who = if self.is(at, Class::HELP) { Class::STAFF } else { Class::STAFF | Class::PERSON };
        let around = at.saturating_sub(NEAR - 1)..at + CLOSE;
        around.into_iter().any(|place| self.is(place, who) && !self.is_another(place) && !self.is_own(place))
            && !self.denied(at.saturating_sub(3)..at)
    }

    /// "no hace falta …", but not "no me deja …" and "¿no puedo …?".
    fn denied(&self, places: std::ops::Range<usize>) -> bool {
        places.into_iter().any(|at| self.is(at, Class::NOT) && !self.is(at + 1, Class::ABLE))
    }

    /// An agent for travel, another person.
    fn is_another(&self, at: usize) -> bool {
        self.any(at.saturating_sub(1)..at, Class::OTHER_BEFORE)
            || self.any(at + 1..at + 3, Class::OTHER_AFTER)
    }

    fn is_own(&self, at: usize) -> bool {
        self.any(at.saturating_sub(1)..at, Class::OWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const YES: &str = include_str!("wish_for_person/yes.txt");
    const NO: &str = include_str!("wish_for_person/no.txt");
    /// What people write to get more out of an assistant than they should.
    const INJECTIONS: &str = include_str!("injections.txt");

    fn wrong(table: &'static str, expected: bool) -> Vec<&'static str> {
        let phrases = table.lines().filter(|line| {
            let (_, phrase) = line.split_once('\t').unwrap();
            wants_person(phrase) != expected
        });
        phrases.collect()
    }

    #[test]
    fn wishes() {
        assert_eq!(wrong(YES, true), [""; 0]);
    }

    #[test]
    fn near_misses() {
        assert_eq!(wrong(NO, false), [""; 0]);
        assert_eq!(wrong(INJECTIONS, false), [""; 0]);
    }

    #[test]
    fn every_language_has_its_phrases() {
        for table in [YES, NO] {
            let mut languages = BTreeMap::new();
            for line in table.lines() {
                *languages.entry(line.split_once('\t').unwrap().0).or_insert(0) += 1;
            }
            assert!(languages.values().all(|count| *count >= 30), "{languages:?}");
            assert_eq!(languages.len(), 7);
        }
    }

    #[test]
    fn however_it_is_written() {
        for line in YES.lines() {
            let phrase = line.split_once('\t').unwrap().1;
            let bare: String = phrase.nfkd().filter(|c| !is_combining_mark(*c)).collect();
            for variant in [
                phrase.to_uppercase(),
                phrase.to_lowercase(),
                bare,
                format!("😡 {phrase} 🙏🙏"),
                format!("  {}\n", phrase.replace(' ', "  ")),
                format!("{phrase}!!!"),
                format!("1234. {phrase}. 5678"),
            ] {
                assert!(wants_person(&variant), "{variant}");
            }
        }
        for line in NO.lines() {
            let phrase = line.split_once('\t').unwrap().1;
            for variant in [phrase.to_uppercase(), format!("{phrase} 🙂"), format!("{phrase}.\n{phrase}")] {
                assert!(!wants_person(&variant), "{variant}");
            }
        }
    }

    #[test]
    fn long_texts_take_no_longer_than_their_length() {
        let time = |times: usize| {
            let text = "no quiero hablar con un agnte de viajes agente ".repeat(times);
            let since = std::time::Instant::now();
            assert!(!wants_person(&text));
            since.elapsed()
        };
        // Each looks at the same beginning: a text of 5 MB may not take a multiple of one of 50 kB.
        let (short, long) = (time(1_000), time(100_000));
        assert!(long < short * 20 + std::time::Duration::from_millis(500), "{short:?}, {long:?}");
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            let _ = wants_person(&text);
        }

        #[test]
        fn a_wish_is_found_among_other_sentences(before in "[a-z ]{0,40}", after in "[a-z ]{0,40}") {
            let text = format!("{before}. Quiero hablar con una persona. {after}");
            prop_assert!(wants_person(&text));
        }
    }
}
