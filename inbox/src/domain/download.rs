//! When a file that could not be fetched is tried again, and when it is given up.

use entities::{MediaFailure, Timestamp};
use std::time::Duration;

/// How long the provider keeps what customers send.
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The wait after the first try; it doubles with each.
const FIRST: Duration = Duration::from_secs(5);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// When to try again after try number `attempts` (from 1) of a file announced at `announced_at`; none to give it up.
/// What may pass is tried until the provider's copy is gone, the last time at its very end; what hardly will, a few
/// times. `jitter` (0 to 1) adds up to a quarter.
#[must_use]
pub fn next_try(
    failure: MediaFailure,
    attempts: u32,
    announced_at: Timestamp,
    now: Timestamp,
    jitter: f64,
) -> Option<Timestamp> {
    let end = announced_at.plus(KEPT);
    if attempts >= tries(failure) || now >= end {
        return None;
    }
    let wait = FIRST.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST);
    Some(now.plus(wait.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0)).min(end))
}

fn tries(failure: MediaFailure) -> u32 {
    match failure {
        MediaFailure::Unreachable | MediaFailure::AccessRefused | MediaFailure::StorageFailed => u32::MAX,
        MediaFailure::WrongHash | MediaFailure::WrongType => 8,
        // Meta says the same of what it does not show us at the moment.
        MediaFailure::Gone => 4,
        MediaFailure::TooLarge | MediaFailure::NotOffered => 1,
    }
}

/// What happened and what to do, for people.
#[must_use]
pub fn explanation(failure: MediaFailure) -> &'static str {
    match failure {
        MediaFailure::Unreachable => "WhatsApp could not be reached, or did not hand the file over.",
        MediaFailure::AccessRefused => {
            "WhatsApp refused our access to the file. An administrator should check the access token."
        }
        MediaFailure::Gone => {
            "WhatsApp does not have the file any more: it keeps files for 7 days. Ask the customer to send it again."
        }
        MediaFailure::TooLarge => "The file is larger than 100 MB. Ask the customer for a smaller one.",
        MediaFailure::WrongHash => {
            "What WhatsApp handed over is not the file that the customer sent: its checksum differs. Ask the customer to \
             send it again."
        }
        MediaFailure::WrongType => {
            "WhatsApp handed over a web page in place of the file. Ask the customer to send it again."
        }
        MediaFailure::StorageFailed => {
            "Our storage did not take the file. An administrator should look at it."
        }
        MediaFailure::NotOffered => "The message names a file, but nothing to fetch it by.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_and_ends() {
        use MediaFailure::{AccessRefused, Gone, NotOffered, TooLarge, Unreachable, WrongHash};
        let (hour, week) = (3600, 7 * 24 * 3600);
        let cases = [
            (Unreachable, 1, 0, Some(5)),
            (Unreachable, 2, 100, Some(110)),
            (Unreachable, 30, 100, Some(100 + hour)),
            (AccessRefused, 30, week - 10, Some(week)),
            (Unreachable, 30, week, None),
            (Gone, 3, 0, Some(20)),
            (Gone, 4, 0, None),
            (WrongHash, 7, 0, Some(320)),
            (WrongHash, 8, 0, None),
            (TooLarge, 1, 0, None),
            (NotOffered, 1, 0, None),
        ];
        for (failure, attempts, now, expected) in cases {
            let seen = next_try(failure, attempts, Timestamp(0), Timestamp::from_seconds(now), 0.0);
            assert_eq!(seen, expected.map(Timestamp::from_seconds), "{failure:?} {attempts} at {now}");
        }
    }

    proptest! {
        #[test]
        fn the_next_try_is_later_and_before_the_end(attempts in 1_u32.., now in 0_i64..700_000, jitter in 0.0..1.0_f64) {
            let (now, end) = (Timestamp::from_seconds(now), Timestamp(0).plus(KEPT));
            match next_try(MediaFailure::Unreachable, attempts, Timestamp(0), now, jitter) {
                Some(at) => prop_assert!(at > now && at <= end),
                None => prop_assert!(now >= end),
            }
        }
    }
}
