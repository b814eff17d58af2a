//! What customers read while they wait for a person: in which language, and how often.

use entities::{Timestamp, WaitingMessageVariant};
use std::time::Duration;

/// How long a customer who was told to wait is not told again, if nothing else is set.
pub const QUIET: Duration = Duration::from_secs(30 * 60);
/// Longest text, in characters: more is not read.
pub const LONGEST: usize = 1_000;
/// Where neither the owner's language nor its base has a text.
pub const FALLBACK: &str = "en";

/// The texts that come with the service: language, while somebody may come, outside business hours.
pub const SHIPPED: [(&str, &str, &str); 8] = [
    (
        "ca",
        "Hem rebut el teu missatge. Una persona del nostre equip et respondrà tan aviat com sigui possible.",
        "Hem rebut el teu missatge. Ara no hi ha ningú; et respondrem quan tornem a obrir.",
    ),
    (
        "de",
        "Wir haben Ihre Nachricht erhalten. Jemand aus unserem Team antwortet Ihnen so bald wie möglich.",
        "Wir haben Ihre Nachricht erhalten. Gerade ist niemand da; wir antworten, sobald wir wieder geöffnet haben.",
    ),
    (
        "en",
        "We have received your message. Someone from our team will answer you as soon as possible.",
        "We have received your message. Nobody is here right now; we will answer when we open again.",
    ),
    (
        "es",
        "Hemos recibido tu mensaje. En cuanto sea posible te responderá una persona de nuestro equipo.",
        "Hemos recibido tu mensaje. Ahora no hay nadie; te responderemos cuando volvamos a abrir.",
    ),
    (
        "fr",
        "Nous avons bien reçu votre message. Un membre de notre équipe vous répondra dès que possible.",
        "Nous avons bien reçu votre message. Personne n'est là pour le moment ; nous répondrons à la réouverture.",
    ),
    (
        "it",
        "Abbiamo ricevuto il tuo messaggio. Una persona del nostro team ti risponderà appena possibile.",
        "Abbiamo ricevuto il tuo messaggio. Ora non c'è nessuno; ti risponderemo quando riapriremo.",
    ),
    (
        "pt",
        "Recebemos a sua mensagem. Alguém da nossa equipa responderá assim que possível.",
        "Recebemos a sua mensagem. Agora não está ninguém; responderemos quando voltarmos a abrir.",
    ),
    (
        "pt-BR",
        "Recebemos a sua mensagem. Alguém da nossa equipe responderá assim que possível.",
        "Recebemos a sua mensagem. No momento não há ninguém; responderemos quando voltarmos a abrir.",
    ),
];

/// The shipped text of exactly this language.
#[must_use]
pub fn shipped(language: &str, variant: WaitingMessageVariant) -> Option<&'static str> {
    let (_, standard, out_of_hours) =
        SHIPPED.into_iter().find(|(tag, ..)| tag.eq_ignore_ascii_case(language))?;
    Some(match variant {
        WaitingMessageVariant::Standard => standard,
        WaitingMessageVariant::OutOfHours => out_of_hours,
    })
}

/// In which languages to look for a text, the best first: the owner's, what it is a variety of, and English.
#[must_use]
pub fn languages(owner: Option<&str>) -> Vec<String> {
    let mut languages = Vec::new();
    let mut tag = owner.unwrap_or_default();
    while !tag.is_empty() {
        languages.push(tag.to_owned());
        tag = tag.rsplit_once('-').map_or("", |(base, _)| base);
    }
    if !languages.iter().any(|tag| tag == FALLBACK) {
        languages.push(FALLBACK.to_owned());
    }
    languages
}

/// Whether a customer who was last told to wait at `last` may be told again.
#[must_use]
pub fn is_due(last: Option<Timestamp>, quiet: Duration, now: Timestamp) -> bool {
    last.is_none_or(|last| last.plus(quiet) <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_language_comes_first() {
        for (owner, expected) in [
            (None, vec!["en"]),
            (Some("es"), vec!["es", "en"]),
            (Some("pt-BR"), vec!["pt-BR", "pt", "en"]),
            (Some("zh-Hant-TW"), vec!["zh-Hant-TW", "zh-Hant", "zh", "en"]),
            (Some("en-GB"), vec!["en-GB", "en"]),
        ] {
            assert_eq!(languages(owner), expected);
        }
    }

    #[test]
    fn shipped_texts_are_short_and_promise_no_time() {
        for language in ["es", "en", "pt", "fr", "de", "it", "ca", "pt-br"] {
            for variant in [WaitingMessageVariant::Standard, WaitingMessageVariant::OutOfHours] {
                let text = shipped(language, variant).unwrap();
                assert!(text.chars().count() <= 200 && !text.contains(char::is_numeric), "{text}");
            }
        }
        assert_eq!(shipped("gl", WaitingMessageVariant::Standard), None);
    }

    #[test]
    fn once_a_quiet_period() {
        let quiet = Duration::from_secs(60);
        for (last, now, due) in [(None, 0, true), (Some(1_000), 60_999, false), (Some(1_000), 61_000, true)] {
            assert_eq!(is_due(last.map(Timestamp), quiet, Timestamp(now)), due);
        }
    }
}
