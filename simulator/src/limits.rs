//! A rate limit with a burst that is borrowed from the future.

use std::time::Duration;

/// The generic cell rate algorithm: one number a limit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bucket {
    /// When everything taken so far will have been paid back, in microseconds since 1970.
    paid_back_us: u64,
}

impl Bucket {
    /// Whether one more may be taken now.
    pub(crate) fn has_room(&self, now_ms: u64, interval: Duration, burst: u32) -> bool {
        let ahead = self.paid_back_us.saturating_sub(now_ms * 1_000);
        u128::from(ahead) <= interval.as_micros() * u128::from(burst.saturating_sub(1))
    }

    /// Takes one.
    pub(crate) fn take(&mut self, now_ms: u64, interval: Duration) {
        self.paid_back_us = self.paid_back_us.max(now_ms * 1_000) + interval.as_micros() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_paid_back_one_interval_at_a_time() {
        let (interval, burst) = (Duration::from_secs(6), 3);
        let mut bucket = Bucket::default();
        let mut take = |now_ms| {
            let room = bucket.has_room(now_ms, interval, burst);
            if room {
                bucket.take(now_ms, interval);
            }
            room
        };
        // (milliseconds, whether there is room)
        let expected = [
            (100_000, true),
            (100_000, true),
            (100_000, true),
            (100_000, false),
            (105_999, false),
            (106_000, true),
            (106_000, false),
            (124_000, true),
            (124_000, true),
            (124_000, true),
            (124_000, false),
        ];
        for (step, (now_ms, room)) in expected.into_iter().enumerate() {
            assert_eq!(take(now_ms), room, "step {step}");
        }
    }
}
