//! Whether two machines talk to each other.

use entities::Timestamp;
use std::time::Duration;

/// So many messages of the customer are looked at.
const SEEN: usize = 6;
/// So many of them that say the same are no person's.
const SAME: usize = 4;
/// So many answers in a row, each within [`QUICK`] of ours, are no person's.
const TURNS: usize = 8;
/// Nobody reads and writes faster.
const QUICK: Duration = Duration::from_secs(3);

/// A message, as the guard sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<'a> {
    /// From the customer.
    pub inbound: bool,
    /// When.
    pub at: Timestamp,
    /// Its text.
    pub text: &'a str,
}

/// Whether these messages, oldest first, look like an answering machine: it says the same again and again, or answers
/// everything faster than a person reads.
#[must_use]
pub fn is_loop(messages: &[Seen<'_>]) -> bool {
    let texts: Vec<String> =
        messages.iter().rev().filter(|seen| seen.inbound).take(SEEN).map(|seen| masked(seen.text)).collect();
    let same = texts
        .iter()
        .any(|text| text.len() > 3 && texts.iter().filter(|other| *other == text).count() >= SAME);
    let quick = messages.windows(2).rev().take_while(|pair| pair[0].inbound != pair[1].inbound);
    let quick = quick.filter(|pair| pair[1].inbound);
    let quick = quick.take_while(|pair| pair[1].at.since(pair[0].at) <= QUICK).count();
    same || quick >= TURNS
}

/// Without what a machine counts up.
fn masked(text: &str) -> String {
    let letters = text.chars().filter(|c| !c.is_numeric() && !c.is_whitespace());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbound(second: i64, text: &str) -> Seen<'_> {
        Seen { inbound: true, at: Timestamp::from_seconds(second), text }
    }

    fn outbound(second: i64) -> Seen<'static> {
        Seen { inbound: false, at: Timestamp::from_seconds(second), text: "our answer" }
    }

    #[test]
    fn people_are_no_loop() {
        let chat =
            [inbound(0, "hola"), outbound(2), inbound(30, "hola?"), outbound(33), inbound(60, "gracias")];
        assert!(!is_loop(&chat));
        assert!(!is_loop(&[]));
        let short: Vec<_> = (0..6).map(|n| inbound(n * 20, "ok")).collect();
        assert!(!is_loop(&short), "people say ok often");
    }

    #[test]
    fn the_same_again_and_again_is_one() {
        let texts = ["Ticket 1 received", "Ticket 22 received", "Ticket 3 received.", "ticket 4  received"];
        let chat: Vec<_> = (0..)
            .step_by(60)
            .zip(texts)
            .flat_map(|(at, text)| [inbound(at, text), outbound(at + 5)])
            .collect();
        assert!(!is_loop(&chat[..6]));
        let four =
            ["Ticket 1 received", "Ticket 2 received", "other", "Ticket 3 received", "ticket 4 received"];
        let chat: Vec<_> = (0..)
            .step_by(60)
            .zip(four)
            .flat_map(|(at, text)| [inbound(at, text), outbound(at + 5)])
            .collect();
        assert!(is_loop(&chat));
    }

    #[test]
    fn answers_faster_than_reading_are_one() {
        let words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
        let chat: Vec<_> = (0..)
            .step_by(10)
            .zip(words)
            .flat_map(|(at, text)| [outbound(at), inbound(at + 1, text)])
            .collect();
        assert!(is_loop(&chat));
        assert!(!is_loop(&chat[..14]));
        let slow: Vec<_> = (0..)
            .step_by(10)
            .zip(words)
            .flat_map(|(at, text)| [outbound(at), inbound(at + 4, text)])
            .collect();
        assert!(!is_loop(&slow));
    }
}
