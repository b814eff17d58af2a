//! The status of an outbound message: a set of times, from which the shown status follows.
//!
//! Statuses arrive late, twice and in any order. A set does not care; what is shown never moves backwards.

use entities::{MessageStatus, Timestamp, message};
use providers::inbound::StatusKind;

/// When each thing happened to a message, by the provider's clock (`accepted` by ours).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusTimes {
    /// The provider took it.
    pub accepted: Option<Timestamp>,
    /// One tick.
    pub sent: Option<Timestamp>,
    /// Two ticks.
    pub delivered: Option<Timestamp>,
    /// Blue ticks.
    pub read: Option<Timestamp>,
    /// The voice note was played.
    pub played: Option<Timestamp>,
    /// The provider gave up.
    pub failed: Option<Timestamp>,
}

impl From<&message::Model> for StatusTimes {
    fn from(message: &message::Model) -> Self {
        Self {
            accepted: message.accepted_at,
            sent: message.status_sent_at,
            delivered: message.delivered_at,
            read: message.read_at,
            played: message.played_at,
            failed: message.failed_at,
        }
    }
}

impl StatusTimes {
    /// Adds what the provider reported. Of several times of one kind the earliest is kept.
    pub fn record(&mut self, kind: StatusKind, at: Timestamp) {
        let slot = match kind {
            StatusKind::Sent => &mut self.sent,
            StatusKind::Delivered => &mut self.delivered,
            StatusKind::Read => &mut self.read,
            StatusKind::Played => &mut self.played,
            StatusKind::Failed => &mut self.failed,
        };
        *slot = Some(slot.map_or(at, |known| known.min(at)));
    }

    /// Writes the times into a row, and the status that follows from them.
    pub fn show_in(self, row: &mut message::Model) {
        row.accepted_at = self.accepted;
        row.status_sent_at = self.sent;
        row.delivered_at = self.delivered;
        row.read_at = self.read;
        row.played_at = self.played;
        row.failed_at = self.failed;
        row.status = Some(shown(&self, row.status.unwrap_or(MessageStatus::Accepted)));
    }
}

/// The status to show: the furthest that the message came. `fallback` is its state in the queue, shown while the
/// provider has said nothing.
///
/// A message that was delivered or read did arrive, whatever `failed` said; a failed one may well have been sent before.
#[must_use]
pub fn shown(times: &StatusTimes, fallback: MessageStatus) -> MessageStatus {
    let furthest_first = [
        (times.played, MessageStatus::Played),
        (times.read, MessageStatus::Read),
        (times.delivered, MessageStatus::Delivered),
        (times.failed, MessageStatus::Failed),
        (times.sent, MessageStatus::Sent),
        (times.accepted, MessageStatus::Accepted),
    ];
    furthest_first.into_iter().find_map(|(at, status)| at.map(|_| status)).unwrap_or(fallback)
}

#[cfg(test)]
mod tests {
    use super::*;
    use StatusKind::{Delivered, Failed, Played, Read, Sent};
    use proptest::prelude::*;

    const KINDS: [StatusKind; 5] = [Sent, Delivered, Read, Played, Failed];

    fn times(accepted: bool, reported: &[(StatusKind, i64)]) -> StatusTimes {
        let mut times = StatusTimes { accepted: accepted.then_some(Timestamp(1)), ..StatusTimes::default() };
        for (kind, at) in reported {
            times.record(*kind, Timestamp(*at));
        }
        times
    }

    /// How far a shown status is along the way.
    fn rank(status: MessageStatus) -> usize {
        use MessageStatus as S;
        let way = [
            S::Queued,
            S::Sending,
            S::Unknown,
            S::Accepted,
            S::Sent,
            S::Failed,
            S::Delivered,
            S::Read,
            S::Played,
        ];
        way.iter().position(|step| *step == status).unwrap()
    }

    #[test]
    fn shown_status() {
        use MessageStatus as S;
        let cases: [(bool, &[StatusKind], S, S); 14] = [
            (false, &[], S::Queued, S::Queued),
            (false, &[], S::Sending, S::Sending),
            (false, &[], S::Unknown, S::Unknown),
            (false, &[], S::Failed, S::Failed),
            (true, &[], S::Sending, S::Accepted),
            (false, &[Sent], S::Unknown, S::Sent),
            (true, &[Sent], S::Accepted, S::Sent),
            (true, &[Sent, Delivered], S::Accepted, S::Delivered),
            (true, &[Read], S::Accepted, S::Read),
            (true, &[Read, Delivered, Sent], S::Accepted, S::Read),
            (true, &[Failed], S::Accepted, S::Failed),
            (true, &[Failed, Sent], S::Accepted, S::Failed),
            (true, &[Delivered, Failed], S::Accepted, S::Delivered),
            (true, &[Failed, Read, Played], S::Accepted, S::Played),
        ];
        for (accepted, kinds, fallback, expected) in cases {
            let reported: Vec<_> = kinds.iter().map(|kind| (*kind, 5)).collect();
            assert_eq!(shown(&times(accepted, &reported), fallback), expected, "{kinds:?} on {fallback:?}");
        }
    }

    fn reports() -> impl Strategy<Value = Vec<(StatusKind, i64)>> {
        prop::collection::vec((prop::sample::select(KINDS.to_vec()), 0_i64..1000), 0..12)
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_changes_nothing(
            (arrived, shuffled) in reports().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        ) {
            let (one, other) = (times(true, &arrived), times(true, &shuffled));
            prop_assert_eq!(one, other);
            prop_assert_eq!(shown(&one, MessageStatus::Sending), shown(&other, MessageStatus::Sending));
        }

        #[test]
        fn the_shown_status_never_moves_backwards(arrived in reports()) {
            let mut before = MessageStatus::Queued;
            for count in 0..=arrived.len() {
                let now = shown(&times(count > 2, &arrived[..count]), MessageStatus::Sending);
                prop_assert!(rank(now) >= rank(before), "{:?} after {:?}", now, before);
                before = now;
            }
        }
    }
}
