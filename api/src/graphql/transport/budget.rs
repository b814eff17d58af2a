//! What a caller may ask for over time: a bucket of points that fills up again, on each node.

use super::limits;
use entities::Timestamp;
use inbox::auth::{Caller, Viewer};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::time::Duration;

/// Callers that are remembered. A bucket that is full again is forgotten first.
const CALLERS: usize = 10_000;
/// Points are kept in thousandths, so that a bucket fills by whole numbers each millisecond.
const FINE: u64 = 1000;

/// A bucket must hold the dearest request, or that would wait for ever.
pub(crate) const SMALLEST: u64 = limits::COST;

/// How large a bucket is, and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    /// Points in a full bucket: [`SMALLEST`] at least.
    pub(crate) size: u64,
    /// Points a second.
    pub(crate) restore: NonZeroU64,
}

/// The buckets of all callers.
pub(super) struct Budgets {
    rate: Rate,
    buckets: Mutex<HashMap<Caller, Bucket>>,
}

struct Bucket {
    fine: u64,
    at: Timestamp,
}

/// What a request was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    /// What it costs.
    pub(super) requested: u64,
    /// What the caller has left; none if there is no caller, and so no bucket.
    pub(super) available: Option<u64>,
    /// What comes back each second.
    pub(super) restore: Option<u64>,
}

/// A request that must wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Empty {
    /// What it would have been charged.
    pub(super) charge: Charge,
    /// Until there is enough.
    pub(super) wait: Duration,
}

impl Budgets {
    /// Full buckets for everybody.
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    /// Takes points out of the caller's bucket. Without a caller there is none: a shared one would let anybody lock the
    /// login for everybody.
    ///
    /// # Errors
    /// If there is not enough; nothing is taken then.
    pub(super) fn take(&self, viewer: Option<&Viewer>, points: u64, now: Timestamp) -> Result<Charge, Empty> {
        let Some(viewer) = viewer else {
            return Ok(Charge { requested: points, available: None, restore: None });
        };
        let mut buckets = self.buckets.lock();
        if buckets.len() >= CALLERS {
            buckets.retain(|_, bucket| self.level(bucket, now) < self.full());
            // All are in use: whoever forgets, it must not be the caller who pays.
            if buckets.len() >= CALLERS {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(viewer.caller()).or_insert(Bucket { fine: self.full(), at: now });
        *bucket = Bucket { fine: self.level(bucket, now), at: now };
        let needed = points.saturating_mul(FINE);
        let left = bucket.fine.checked_sub(needed);
        if let Some(left) = left {
            bucket.fine = left;
        }
        let charge = Charge {
            requested: points,
            available: Some(bucket.fine / FINE),
            restore: Some(self.rate.restore.get()),
        };
        let missing = needed.saturating_sub(bucket.fine);
        left.map(|_| charge)
            .ok_or(Empty { charge, wait: Duration::from_millis(missing.div_ceil(self.rate.restore.get())) })
    }

    fn full(&self) -> u64 {
        self.rate.size.saturating_mul(FINE)
    }

    fn level(&self, bucket: &Bucket, now: Timestamp) -> u64 {
        let millis = u64::try_from(now.since(bucket.at).as_millis()).unwrap_or(u64::MAX);
        bucket.fine.saturating_add(millis.saturating_mul(self.rate.restore.get())).min(self.full())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn person(number: u128) -> Viewer {
        Viewer::new(Caller::User(Uuid::from_u128(number).into()), Vec::new())
    }

    fn budgets(size: u64, restore: u64) -> Budgets {
        Budgets::new(Rate { size, restore: NonZeroU64::new(restore).unwrap() })
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    #[test]
    fn a_bucket_empties_and_fills() {
        let budgets = budgets(100_000, 1000);
        let (anna, ben) = (person(1), person(2));
        let left =
            |viewer, points, now| budgets.take(Some(viewer), points, at(now)).map(|charge| charge.available);
        assert_eq!(left(&anna, 40_000, 0), Ok(Some(60_000)));
        assert_eq!(left(&anna, 40_000, 0), Ok(Some(20_000)));
        let empty = left(&anna, 40_000, 0).unwrap_err();
        assert_eq!((empty.wait, empty.charge.available), (Duration::from_secs(20), Some(20_000)));
        assert_eq!(left(&ben, 40_000, 0), Ok(Some(60_000)), "each has a bucket of their own");
        assert!(left(&anna, 40_000, 19_999).is_err());
        assert_eq!(left(&anna, 40_000, 20_000), Ok(Some(0)), "after the wait there is enough");
        assert_eq!(left(&anna, 0, 1_000_000_000), Ok(Some(100_000)), "and never more than a bucket");
        assert_eq!(left(&anna, 1, 0), Ok(Some(99_999)), "a clock that goes back takes nothing");
    }

    #[test]
    fn without_a_caller_there_is_no_bucket() {
        let budgets = budgets(50_000, 1);
        for _ in 0..100 {
            assert!(budgets.take(None, 50_000, at(0)).is_ok());
        }
    }

    #[test]
    fn the_memory_is_bounded() {
        let budgets = budgets(50_000, 1000);
        let poor = person(u128::MAX);
        budgets.take(Some(&poor), 50_000, at(0)).unwrap();
        for number in 0..3 * CALLERS as u128 {
            // A millisecond gives the point back.
            budgets.take(Some(&person(number)), 1, at(10)).unwrap();
            if number == CALLERS as u128 - 2 {
                budgets.take(Some(&person(0)), 1, at(20)).unwrap();
                assert!(
                    budgets.take(Some(&poor), 50_000, at(20)).is_err(),
                    "an empty bucket is not forgotten"
                );
            }
            assert!(budgets.buckets.lock().len() <= CALLERS);
        }
    }
}
