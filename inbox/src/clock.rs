//! Time and ids, the only two things that the rules may not make up themselves.

use entities::Timestamp;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;
use uuid::timestamp::context::ContextV7;

/// The time: the system's, moved by as much as a test asked for.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Now, to the millisecond.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is where time is read")]
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let real = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp(real + self.offset_ms.load(Ordering::Relaxed))
    }

    /// Moves time forward, for tests.
    pub fn advance(&self, by: Duration) {
        self.offset_ms.fetch_add(i64::try_from(by.as_millis()).unwrap_or(0), Ordering::Relaxed);
    }
}

/// Makes ids: UUIDs of version 7, each greater than all that this process made before.
#[derive(Clone)]
pub struct Ids {
    clock: Clock,
    context: Arc<Mutex<ContextV7>>,
}

impl Ids {
    /// Ids that carry the given clock's time.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, context: Arc::new(Mutex::new(ContextV7::new())) }
    }

    /// The next id.
    #[must_use]
    pub fn next<T: From<Uuid>>(&self) -> T {
        let ms = u64::try_from(self.clock.now().millis()).unwrap_or(0);
        let context = self.context.lock();
        let nanos = u32::try_from((ms % 1000) * 1_000_000).unwrap_or(0);
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, ms / 1000, nanos)).into()
    }

    /// The least id that could be made at a moment.
    #[must_use]
    pub fn first_at<T: From<Uuid>>(moment: entities::Timestamp) -> T {
        let ms = u64::try_from(moment.millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &[0; 10]).into_uuid().into()
    }
}

impl std::fmt::Debug for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ids")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_even_within_a_millisecond() {
        let ids = Ids::new(Clock::default());
        let made: Vec<Uuid> = (0..10_000).map(|_| ids.next()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn ids_of_a_moment_are_none_below_its_first() {
        let (clock, ids) = (Clock::default(), Ids::new(Clock::default()));
        let (before, made): (_, Uuid) = (clock.now(), ids.next());
        assert!(Ids::first_at::<Uuid>(before) <= made);
        assert!(made < Ids::first_at::<Uuid>(clock.now().plus(Duration::from_millis(1))));
    }

    #[test]
    fn time_can_be_moved() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance(Duration::from_secs(3600));
        assert!(clock.now().since(before) >= Duration::from_secs(3600));
    }
}
