//! How fast a channel may send. Pure: the time is passed in; nothing is remembered over a restart, the provider's own
//! refusals correct what was forgotten.

use entities::{ConversationId, Timestamp};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// Meta's pair limit: one message to one customer every 6 seconds…
const PAIR_INTERVAL: Duration = Duration::from_secs(6);
/// …beyond a burst of 45.
const PAIR_BURST: u32 = 45;

/// A number's throughput: at most so many messages in any one second.
///
/// A window that slides rather than a bucket that refills: a full bucket lets twice the rate through in its first
/// second, and the provider counts seconds.
#[derive(Debug)]
pub struct Throughput {
    per_second: usize,
    /// Sends of the last second, oldest first.
    taken: VecDeque<Timestamp>,
    held_until: Timestamp,
}

impl Throughput {
    /// At most `per_second` messages, at least one.
    #[must_use]
    pub fn new(per_second: usize) -> Self {
        Self { per_second: per_second.max(1), taken: VecDeque::new(), held_until: Timestamp(0) }
    }

    /// Changes the rate from now on.
    pub fn set_rate(&mut self, per_second: usize) {
        self.per_second = per_second.max(1);
    }

    /// How many messages may go out now.
    pub fn available(&mut self, now: Timestamp) -> usize {
        self.forget(now);
        if now < self.held_until { 0 } else { self.per_second.saturating_sub(self.taken.len()) }
    }

    /// When the next message may go out; `now` if at once.
    pub fn ready_at(&mut self, now: Timestamp) -> Timestamp {
        self.forget(now);
        let full = self.taken.len().checked_sub(self.per_second).map(|over| self.taken[over].plus(SECOND));
        full.unwrap_or(now).max(self.held_until).max(now)
    }

    /// Counts a message that goes out now.
    pub fn take(&mut self, now: Timestamp) {
        self.taken.push_back(now);
    }

    /// Lets nothing out before `until`: the provider asked for it.
    pub fn hold(&mut self, until: Timestamp) {
        self.held_until = self.held_until.max(until);
    }

    /// Drops what is a second old, and what lies in the future because the clock was set back.
    fn forget(&mut self, now: Timestamp) {
        self.taken.retain(|at| *at <= now && *at > now.minus(SECOND));
    }
}

/// The pair limit: what one number may send to one customer, that is, in one conversation.
///
/// Kept as the time at which the debt of a conversation is paid off (GCRA, the generic cell rate algorithm).
#[derive(Debug, Default)]
pub struct PairLimit {
    paid_off: HashMap<ConversationId, Timestamp>,
}

impl PairLimit {
    /// When the next message may go out to the customer; `now` if at once.
    #[must_use]
    pub fn ready_at(&self, conversation: ConversationId, now: Timestamp) -> Timestamp {
        let debt = self.debt(conversation, now);
        now.plus(debt.saturating_sub(PAIR_INTERVAL * (PAIR_BURST - 1)))
    }

    /// Counts a message that goes out to the customer now.
    pub fn take(&mut self, conversation: ConversationId, now: Timestamp) {
        let paid_off = now.plus(self.debt(conversation, now)).plus(PAIR_INTERVAL);
        self.paid_off.insert(conversation, paid_off);
    }

    /// Forgets the customers who are owed nothing.
    pub fn prune(&mut self, now: Timestamp) {
        self.paid_off.retain(|_, paid_off| *paid_off > now);
    }

    /// Never more than a full burst, so that a clock set back blocks nobody for longer than that.
    fn debt(&self, conversation: ConversationId, now: Timestamp) -> Duration {
        let paid_off = self.paid_off.get(&conversation).copied().unwrap_or(now);
        paid_off.since(now).min(PAIR_INTERVAL * PAIR_BURST)
    }
}

/// For how long Meta shows "typing…".
const TYPING_SHOWN: Duration = Duration::from_secs(25);

/// When "typing…" was shown last, in each conversation on this node.
#[derive(Debug, Default)]
pub struct TypingLimit(Mutex<HashMap<ConversationId, Timestamp>>);

impl TypingLimit {
    /// Whether it should be shown now, because it was not within the last `pause`; counts it as shown if so.
    pub fn may_show(&self, conversation: ConversationId, now: Timestamp, pause: Duration) -> bool {
        let mut shown = self.0.lock();
        shown.retain(|_, at| at.plus(TYPING_SHOWN) > now);
        if shown.get(&conversation).is_some_and(|at| at.plus(pause) > now) {
            return false;
        }
        shown.insert(conversation, now);
        true
    }

    /// It was not shown after all.
    pub fn forget(&self, conversation: ConversationId) {
        self.0.lock().remove(&conversation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const START: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn conversation(number: u128) -> ConversationId {
        ConversationId(Uuid::from_u128(number))
    }

    #[test]
    fn a_full_second_waits_for_its_oldest_message() {
        let mut limit = Throughput::new(2);
        limit.take(START);
        limit.take(Timestamp(START.0 + 300));
        assert_eq!(limit.available(Timestamp(START.0 + 999)), 0);
        assert_eq!(limit.ready_at(Timestamp(START.0 + 999)), Timestamp(START.0 + 1000));
        assert_eq!(limit.available(Timestamp(START.0 + 1000)), 1);
        limit.set_rate(1);
        assert_eq!(limit.ready_at(Timestamp(START.0 + 1000)), Timestamp(START.0 + 1300));
    }

    #[test]
    fn typing_is_shown_once_in_a_while() {
        let limit = TypingLimit::default();
        let may_show = |number, millis, seconds| {
            limit.may_show(conversation(number), Timestamp(START.0 + millis), Duration::from_secs(seconds))
        };
        assert!(may_show(1, 0, 10));
        assert!(!may_show(1, 9_999, 10));
        assert!(may_show(2, 9_999, 10));
        assert!(!may_show(1, 10_000, 20));
        assert!(may_show(1, 10_000, 10));
        limit.forget(conversation(1));
        assert!(may_show(1, 10_001, 10));
    }

    #[test]
    fn a_held_channel_waits() {
        let mut limit = Throughput::new(80);
        limit.hold(Timestamp(START.0 + 5000));
        limit.hold(Timestamp(START.0 + 100));
        assert_eq!(limit.available(START), 0);
        assert_eq!(limit.ready_at(START), Timestamp(START.0 + 5000));
        assert_eq!(limit.available(Timestamp(START.0 + 5000)), 80);
    }

    #[test]
    fn a_burst_of_45_then_one_in_six_seconds() {
        let mut limit = PairLimit::default();
        for _ in 0..45 {
            assert_eq!(limit.ready_at(conversation(1), START), START);
            limit.take(conversation(1), START);
        }
        assert_eq!(limit.ready_at(conversation(1), START), Timestamp(START.0 + 6000));
        assert_eq!(limit.ready_at(conversation(2), START), START);
        limit.prune(Timestamp(START.0 + 45 * 6000));
        assert!(limit.paid_off.is_empty());
    }

    #[test]
    fn a_clock_set_back_blocks_nobody_for_long() {
        let mut throughput = Throughput::new(1);
        let mut pair = PairLimit::default();
        throughput.take(START);
        for _ in 0..45 {
            pair.take(conversation(1), START);
        }
        let earlier = START.minus(Duration::from_secs(86_400));
        assert_eq!(throughput.available(earlier), 1);
        assert_eq!(pair.ready_at(conversation(1), earlier), earlier.plus(PAIR_INTERVAL));
    }

    proptest! {
        #[test]
        fn no_second_has_more_than_the_rate(rate in 1_usize..100, steps in prop::collection::vec(0_i64..400, 1..400)) {
            let mut limit = Throughput::new(rate);
            let (mut now, mut sent) = (START, Vec::new());
            for step in steps {
                now = Timestamp(now.0 + step);
                let ready = limit.ready_at(now);
                prop_assert_eq!(ready == now, limit.available(now) > 0);
                if ready == now {
                    limit.take(now);
                    sent.push(now);
                }
            }
            for (at, first) in sent.iter().enumerate() {
                let within = sent[at..].iter().take_while(|later| later.since(*first) < SECOND).count();
                prop_assert!(within <= rate);
            }
        }

        #[test]
        fn a_customer_gets_at_most_a_burst_and_one_in_six_seconds(steps in prop::collection::vec(0_i64..9000, 1..300)) {
            let mut limit = PairLimit::default();
            let (mut now, mut sent) = (START, Vec::new());
            for step in steps {
                now = Timestamp(now.0 + step).max(limit.ready_at(conversation(1), now));
                prop_assert_eq!(limit.ready_at(conversation(1), now), now);
                limit.take(conversation(1), now);
                sent.push(now);
            }
            for (at, first) in sent.iter().enumerate() {
                for (count, later) in (1_u128..).zip(&sent[at..]) {
                    prop_assert!(count <= 45 + later.since(*first).as_millis() / 6000);
                }
            }
        }
    }
}
