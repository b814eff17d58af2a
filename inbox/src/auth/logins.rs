//! What keeps passwords from being guessed: failed logins cost time, for each e-mail address and for the node.
//!
//! The counts are this node's own and are lost when it stops. Known and unknown addresses are treated alike.

use crate::clock::Clock;
use entities::Timestamp;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Failures of one address before it has to wait.
const FREE_FAILURES: u32 = 5;
/// The longest wait of one address. Somebody else's guesses lock its owner out for no longer.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// An address that has not failed for so long starts anew.
const FORGET_AFTER: Duration = Duration::from_secs(60 * 60);
/// Failures of all addresses together: one a second, after a burst of a hundred.
const INTERVAL: Duration = Duration::from_secs(1);
const BURST: u32 = 100;
/// Addresses remembered at once. The two rates above let no more than 3,700 fail within the hour that they are kept.
const CAPACITY: usize = 4096;

/// Logins verified at once: passwords are hashed two at a time anyway, and no more guesses than that can slip past the
/// count together.
const VERIFIED_AT_ONCE: usize = 2;
/// Logins under way or waiting, a second or two of work; more are refused.
const ADMITTED: usize = 64;

/// The door that every login goes through.
#[derive(Debug)]
pub struct LoginGate {
    admitted: Semaphore,
    verified: Semaphore,
    failures: Mutex<Failures>,
}

impl Default for LoginGate {
    fn default() -> Self {
        Self {
            admitted: Semaphore::new(ADMITTED),
            verified: Semaphore::new(VERIFIED_AT_ONCE),
            failures: Mutex::default(),
        }
    }
}

impl LoginGate {
    /// Waits for a turn to verify the password of this address, in its normal form.
    ///
    /// # Errors
    /// How long the caller has to wait before it may try again.
    pub(crate) async fn enter<'a>(
        &'a self,
        email: &'a str,
        clock: &Clock,
    ) -> Result<LoginTurn<'a>, Duration> {
        let admitted = self.admitted.try_acquire().map_err(|_| INTERVAL)?;
        self.failures.lock().check(email, clock.now())?;
        let verified = self.verified.acquire().await.map_err(|_| INTERVAL)?;
        // Others of the same address may have failed while this one waited.
        self.failures.lock().check(email, clock.now())?;
        Ok(LoginTurn { failures: &self.failures, email, _permits: [admitted, verified] })
    }
}

/// A password is being verified. Dropped without a verdict, it counts as nothing.
pub(crate) struct LoginTurn<'a> {
    failures: &'a Mutex<Failures>,
    email: &'a str,
    _permits: [SemaphorePermit<'a>; 2],
}

impl LoginTurn<'_> {
    /// The password was wrong, or there is no such user.
    pub(crate) fn failed(self, now: Timestamp) {
        self.failures.lock().add(self.email, now);
    }

    /// The password was right: the address starts anew.
    pub(crate) fn succeeded(self) {
        self.failures.lock().by_email.remove(self.email);
    }
}

#[derive(Debug, Default)]
struct Failures {
    by_email: HashMap<String, Failed>,
    /// When the burst will be whole again, as in the generic cell rate algorithm.
    whole_at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    count: u32,
    last: Timestamp,
}

impl Failed {
    /// 2 s after the fifth failure, then twice as long each time.
    fn wait(self) -> Duration {
        match self.count.checked_sub(FREE_FAILURES) {
            None => Duration::ZERO,
            Some(more) => Duration::from_secs(2_u64.saturating_pow(more + 1)).min(LONGEST_WAIT),
        }
    }

    fn is_forgotten(self, now: Timestamp) -> bool {
        now.since(self.last) >= FORGET_AFTER
    }
}

impl Failures {
    fn check(&self, email: &str, now: Timestamp) -> Result<(), Duration> {
        let full = INTERVAL * (BURST - 1);
        let overall = self.whole_at.since(now).saturating_sub(full);
        let own = match self.by_email.get(email) {
            Some(failed) => failed.last.plus(failed.wait()).since(now),
            None => Duration::ZERO,
        };
        let wait = overall.max(own);
        if wait.is_zero() { Ok(()) } else { Err(wait) }
    }

    fn add(&mut self, email: &str, now: Timestamp) {
        self.whole_at = self.whole_at.max(now).plus(INTERVAL);
        if self.by_email.len() >= CAPACITY {
            self.by_email.retain(|_, failed| !failed.is_forgotten(now));
        }
        let failed = self.by_email.entry(email.to_owned()).or_insert(Failed { count: 0, last: now });
        if failed.is_forgotten(now) {
            failed.count = 0;
        }
        failed.count = failed.count.saturating_add(1);
        failed.last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn after(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn the_wait_of_an_address_grows_with_its_failures() {
        let table = [(0, 0), (4, 0), (5, 2), (6, 4), (7, 8), (12, 256), (13, 300), (u32::MAX, 300)];
        for (count, seconds) in table {
            let failed = Failed { count, last: NOW };
            assert_eq!(failed.wait(), Duration::from_secs(seconds), "after {count} failures");
        }
    }

    #[test]
    fn an_address_waits_and_is_forgotten_and_others_do_not_care() {
        let mut failures = Failures::default();
        for _ in 0..5 {
            assert_eq!(failures.check("ana", NOW), Ok(()));
            failures.add("ana", NOW);
        }
        assert_eq!(failures.check("ana", NOW), Err(Duration::from_secs(2)));
        assert_eq!(failures.check("ana", after(1)), Err(Duration::from_secs(1)));
        assert_eq!(failures.check("ana", after(2)), Ok(()));
        assert_eq!(failures.check("ben", NOW), Ok(()));

        failures.add("ana", after(2));
        assert_eq!(failures.check("ana", after(2)), Err(Duration::from_secs(4)));
        failures.add("ana", after(2 + 3600));
        assert_eq!(failures.check("ana", after(2 + 3600)), Ok(()), "the count began anew");
    }

    #[test]
    fn all_addresses_together_fail_a_hundred_times_and_then_once_a_second() {
        let mut failures = Failures::default();
        for number in 0..100 {
            assert_eq!(failures.check("zoe", NOW), Ok(()), "after {number} failures");
            failures.add(&number.to_string(), NOW);
        }
        assert_eq!(failures.check("zoe", NOW), Err(Duration::from_secs(1)));
        assert_eq!(failures.check("zoe", after(1)), Ok(()));
        failures.add("one more", after(1));
        assert_eq!(failures.check("zoe", after(1)), Err(Duration::from_secs(1)));
        assert_eq!(failures.check("zoe", after(100)), Ok(()));
    }

    #[test]
    fn as_many_addresses_as_can_fail_are_remembered_and_no_more() {
        let mut failures = Failures::default();
        let mut now = NOW;
        for number in 0..20_000 {
            let email = number.to_string();
            if let Err(wait) = failures.check(&email, now) {
                now = now.plus(wait);
            }
            failures.add(&email, now);
            assert!(failures.by_email.len() <= CAPACITY, "at {number}");
        }
    }

    #[tokio::test]
    async fn a_crowd_is_refused_at_the_door() {
        let (gate, clock) = (LoginGate::default(), Clock::default());
        let _crowd = gate.admitted.acquire_many(64).await.expect("the door is open");
        assert!(gate.enter("ana", &clock).await.is_err());
    }

    #[tokio::test]
    async fn parallel_guesses_cannot_outrun_the_count() {
        let (gate, clock) = (LoginGate::default(), Clock::default());
        let guesses = (0..50).map(|_| async {
            let turn = gate.enter("ana", &clock).await;
            tokio::task::yield_now().await;
            turn.map(|turn| turn.failed(clock.now())).is_ok()
        });
        let outcomes = futures_util::future::join_all(guesses).await;
        let tried = outcomes.iter().filter(|tried| **tried).count();
        assert!((5..=6).contains(&tried), "{tried} guesses were verified");
    }
}
