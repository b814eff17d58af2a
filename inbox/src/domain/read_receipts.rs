//! When customers are shown that their messages were read.

use entities::{ReadReceipts, Timestamp};
use std::time::Duration;

/// The provider takes no receipt for messages older than this.
pub const OLDEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Opened the conversation.
    Opened,
    /// Answered.
    Replied,
}

/// Whether a receipt is due: the channel's policy wants one on this occasion, and the customer wrote (`last_inbound_at`)
/// since the last one (`shown_up_to`), not too long ago.
#[must_use]
pub fn due(
    policy: ReadReceipts,
    occasion: Occasion,
    last_inbound_at: Option<Timestamp>,
    shown_up_to: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    let wanted = match policy {
        ReadReceipts::Never => false,
        // Whoever answers has read, opened or not.
        ReadReceipts::OnOpen => true,
        ReadReceipts::OnReply => occasion == Occasion::Replied,
    };
    let unseen = last_inbound_at.filter(|wrote| shown_up_to.is_none_or(|shown| shown < *wrote));
    wanted && unseen.is_some_and(|wrote| wrote.plus(OLDEST) > now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Occasion::{Opened, Replied};
    use ReadReceipts::{Never, OnOpen, OnReply};

    #[test]
    fn when_a_receipt_is_due() {
        let at = |seconds| Some(Timestamp::from_seconds(seconds));
        let days_30 = 30 * 24 * 3600;
        // Policy, occasion, the customer wrote, shown up to, now, due.
        let cases = [
            (Never, Opened, at(10), None, 10, false),
            (Never, Replied, at(10), None, 10, false),
            (OnOpen, Opened, at(10), None, 10, true),
            (OnOpen, Replied, at(10), None, 10, true),
            (OnReply, Opened, at(10), None, 10, false),
            (OnReply, Replied, at(10), None, 10, true),
            (OnOpen, Opened, None, None, 10, false),
            (OnOpen, Opened, at(10), at(10), 10, false),
            (OnOpen, Opened, at(11), at(10), 11, true),
            (OnOpen, Opened, at(9), at(10), 11, false),
            (OnOpen, Opened, at(10), None, 10 + days_30 - 1, true),
            (OnOpen, Opened, at(10), None, 10 + days_30, false),
        ];
        for (policy, occasion, wrote, shown, now, expected) in cases {
            let seen = due(policy, occasion, wrote, shown, Timestamp::from_seconds(now));
            assert_eq!(seen, expected, "{policy:?} {occasion:?} {wrote:?} {shown:?} {now}");
        }
    }
}
