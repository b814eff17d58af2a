//! When a send that was refused unprocessed is tried again.

use entities::Timestamp;
use std::time::Duration;

/// How long a message is tried before it counts as failed.
pub const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Meta's code for too many messages to one customer. All other refusals that may be retried concern the number, the
/// account or the connection.
const PAIR_RATE: i64 = 131_056;
/// Longest wait between two tries of one message because of [`PAIR_RATE`].
const PAIR_CAP: Duration = Duration::from_secs(60 * 60);
/// Longest wait between two tries otherwise.
const CAP: Duration = Duration::from_secs(60);

/// Whether the refusal holds for everything that the channel sends, not only for this customer.
#[must_use]
pub fn holds_channel(code: Option<i64>) -> bool {
    code != Some(PAIR_RATE)
}

/// How long to wait after the refusal of call number `attempts` (from 1): 4ⁿ seconds where Meta asks for it (131056),
/// else 2ⁿ, never less than the provider's own `after`, and up to a quarter more by `jitter` (0 to 1).
#[must_use]
pub fn delay(code: Option<i64>, attempts: u32, after: Option<Duration>, jitter: f64) -> Duration {
    let (base, cap) = if holds_channel(code) { (2_u32, CAP) } else { (4_u32, PAIR_CAP) };
    let exponential = Duration::from_secs(base.saturating_pow(attempts.saturating_sub(1)).into()).min(cap);
    let least = exponential.max(after.unwrap_or_default()).min(PATIENCE);
    least.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0)
}

/// When to try again a message queued at `queued_at`; none when patience is over. The last try is at its very end.
#[must_use]
pub fn next_try(queued_at: Timestamp, now: Timestamp, delay: Duration) -> Option<Timestamp> {
    let end = queued_at.plus(PATIENCE);
    (now < end).then(|| now.plus(delay).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn delays_in_seconds() {
        let cases = [
            (Some(131_056), 1, None, 1),
            (Some(131_056), 2, None, 4),
            (Some(131_056), 3, None, 16),
            (Some(131_056), 4, None, 64),
            (Some(131_056), 9, None, 3600),
            (Some(131_056), u32::MAX, None, 3600),
            (Some(130_429), 1, None, 1),
            (Some(130_429), 2, None, 2),
            (Some(130_429), 3, None, 4),
            (Some(130_429), 30, None, 60),
            (None, 1, None, 1),
            (None, 1, Some(30), 30),
            (None, 10, Some(30), 60),
            (Some(80_007), 1, Some(3600), 3600),
            (None, 1, Some(u64::MAX), 24 * 3600),
        ];
        for (code, attempts, after, seconds) in cases {
            let after = after.map(Duration::from_secs);
            let seen = delay(code, attempts, after, 0.0);
            assert_eq!(seen, Duration::from_secs(seconds), "{code:?} after {attempts} calls");
        }
        assert_eq!(delay(None, 3, None, 1.0), Duration::from_secs(5));
    }

    #[test]
    fn patience_ends() {
        let (queued, hour) = (Timestamp(0), Duration::from_secs(3600));
        let end = queued.plus(PATIENCE);
        assert_eq!(next_try(queued, Timestamp(0), hour), Some(Timestamp(0).plus(hour)));
        assert_eq!(next_try(queued, end.minus(hour / 2), hour), Some(end));
        assert_eq!(next_try(queued, end, hour), None);
    }

    proptest! {
        #[test]
        fn a_delay_is_bounded_and_honours_the_provider(
            code in prop::option::of(prop::sample::select(vec![4_i64, 130_429, 131_056])),
            attempts in 0_u32..100, after in prop::option::of(0_u64..100_000), jitter in 0.0..1.0_f64,
        ) {
            let after = after.map(Duration::from_secs);
            let seen = delay(code, attempts, after, jitter);
            prop_assert!(seen >= after.unwrap_or_default().min(PATIENCE).max(Duration::from_secs(1)));
            prop_assert!(seen <= PATIENCE * 5 / 4);
        }
    }
}
