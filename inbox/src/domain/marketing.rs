//! Whether a contact may get marketing, and what the provider's refusals mean for the next.

use chrono::DateTime;
use entities::Timestamp;
use std::time::Duration;

/// Meta's code for marketing from a number whose messages too many customers reported. Sending more makes it worse.
pub const REPORTED: i64 = 131_048;
/// Meta's code for a customer who got enough marketing from all businesses together.
pub const SATISFIED: i64 = 131_049;
/// Meta's code for marketing to somebody who wants none.
pub const OPTED_OUT: i64 = 131_050;

/// How long marketing is kept back after a refusal: Meta wants no second try within a day.
pub const HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// For whom marketing is kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The contact to whom it went.
    Contact,
    /// Everybody on the channel.
    Channel,
}

/// What a refused marketing message means for the next.
#[must_use]
pub fn held_by(code: i64) -> Option<Held> {
    match code {
        SATISFIED => Some(Held::Contact),
        REPORTED => Some(Held::Channel),
        _ => None,
    }
}

/// What is known of a contact and a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The contact stopped marketing.
    pub opted_out: bool,
    /// None to the contact before then.
    pub contact_held_until: Option<Timestamp>,
    /// None over the channel before then.
    pub channel_held_until: Option<Timestamp>,
}

/// Why a marketing message is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwanted {
    /// The contact stopped marketing.
    OptedOut,
    /// The contact got enough of it, from all businesses together.
    ContactHeld(Timestamp),
    /// Too many customers reported what the number sent.
    ChannelHeld(Timestamp),
}

impl Wishes {
    /// Why marketing may not be sent now; none if it may.
    #[must_use]
    pub fn unwanted(self, now: Timestamp) -> Option<Unwanted> {
        let held = |until: Option<Timestamp>| until.filter(|until| *until > now);
        if self.opted_out {
            Some(Unwanted::OptedOut)
        } else if let Some(until) = held(self.contact_held_until) {
            Some(Unwanted::ContactHeld(until))
        } else {
            held(self.channel_held_until).map(Unwanted::ChannelHeld)
        }
    }
}

impl Unwanted {
    /// Meta's code for the same reason.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            Self::OptedOut => OPTED_OUT,
            Self::ContactHeld(_) => SATISFIED,
            Self::ChannelHeld(_) => REPORTED,
        }
    }

    /// What happened, and what to do.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::OptedOut => {
                "The contact does not want marketing messages, and this template is one. Send another template."
                    .to_owned()
            }
            Self::ContactHeld(until) => format!(
                "WhatsApp lets this contact have no more marketing for now, and this template is marketing. Try \
                 again after {}, or send another template.",
                minute(until)
            ),
            Self::ChannelHeld(until) => format!(
                "Too many customers reported messages of this number, so it sends no marketing before {}. Send to \
                 people who asked for it, or send another template.",
                minute(until)
            ),
        }
    }
}

/// `2026-11-22 09:30 UTC`.
fn minute(at: Timestamp) -> String {
    let at = DateTime::from_timestamp_millis(at.millis()).unwrap_or_default();
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contacts_own_word_comes_first_and_holds_end() {
        let now = Timestamp(1_000);
        let (past, next, later) = (Some(Timestamp(1_000)), Some(Timestamp(1_001)), Some(Timestamp(9_000)));
        for (opted_out, contact, channel, expected) in [
            (false, None, None, None),
            (false, past, past, None),
            (false, next, None, Some(Unwanted::ContactHeld(Timestamp(1_001)))),
            (false, next, later, Some(Unwanted::ContactHeld(Timestamp(1_001)))),
            (false, past, later, Some(Unwanted::ChannelHeld(Timestamp(9_000)))),
            (true, next, later, Some(Unwanted::OptedOut)),
            (true, None, None, Some(Unwanted::OptedOut)),
        ] {
            let wishes = Wishes { opted_out, contact_held_until: contact, channel_held_until: channel };
            assert_eq!(wishes.unwanted(now), expected, "{wishes:?}");
        }
    }

    #[test]
    fn a_refusal_holds_whom_it_is_about() {
        for (code, held) in [
            (SATISFIED, Some(Held::Contact)),
            (REPORTED, Some(Held::Channel)),
            (OPTED_OUT, None),
            (131_026, None),
        ] {
            assert_eq!(held_by(code), held);
        }
        for unwanted in [
            Unwanted::OptedOut,
            Unwanted::ContactHeld(Timestamp(0)),
            Unwanted::ChannelHeld(Timestamp(86_400_000)),
        ] {
            assert!(unwanted.words().ends_with('.') && (131_048..=131_050).contains(&unwanted.code()));
        }
        let words = Unwanted::ChannelHeld(Timestamp(86_400_000)).words();
        assert!(words.contains("before 1970-01-02 00:00 UTC."), "{words}");
    }
}
