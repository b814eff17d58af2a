//! What goes wrong on demand.

use serde::{Deserialize, Serialize};

/// Everything that can be made to go wrong; `Faults::default()` is a fine day.
///
/// As JSON (for the control API) every field may be left out. The counters run down as they are used up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Milliseconds of real time between the work and the answer of every Graph call. What was asked for is already
    /// done when the caller starts to wait, so a caller that gives up leaves an accepted message behind.
    pub answer_delay_ms: u64,
    /// The next sends are refused with an error.
    pub fail_sends: Option<FailSends>,
    /// For so many sends, the connection drops before the message is accepted: nothing was sent.
    pub drop_before_accepting: u32,
    /// For so many sends, the connection drops after the message was accepted: it is delivered and its statuses come,
    /// but the sender never hears the answer.
    pub drop_after_accepting: u32,
    /// The next accepted templates are held back until [`Simulator::release_held`](crate::Simulator::release_held).
    pub hold_templates: Option<HoldTemplates>,
    /// The next accepted messages fail later, by a `failed` status.
    pub fail_delivery: Option<FailDelivery>,
    /// How likely (0 to 1) a webhook is posted a second time although it was answered 200.
    pub duplicate_webhooks: f64,
    /// Each new update is held back for a random time up to 100 ms, so that later ones overtake it.
    pub reorder_webhooks: bool,
    /// Milliseconds of real time that each new update is held back.
    pub late_webhooks_ms: u64,
    /// Every token but the app's own is refused with 190, subcode 463.
    pub expired_token: bool,
    /// Every Graph call is answered 503.
    pub unavailable: bool,
    /// The next contents of files that are asked for come wrong.
    pub fail_media: Option<FailMedia>,
    /// The next files that are given are refused with an error.
    pub fail_uploads: Option<FailSends>,
    /// For so many samples of templates, the line drops when half of what came has arrived.
    pub cut_samples: u32,
}

/// Contents that come wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailMedia {
    /// How many.
    pub count: u32,
    /// In what way.
    pub fault: MediaFault,
}

/// How the content of a file comes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaFault {
    /// 503 in its place.
    Unavailable,
    /// One bit is another.
    Corrupt,
    /// A web page comes in its place.
    Html,
    /// It begins, and nothing more comes.
    Stalled,
    /// It is followed by 200 MB of nothing, without saying so before.
    Huge,
    /// The same, and the answer says so before.
    Large,
    /// It comes in 20 pieces, a twentieth of a second apart.
    Trickle,
}

/// Sends to refuse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailSends {
    /// How many.
    pub count: u32,
    /// The HTTP status.
    pub status: u16,
    /// Meta's error code.
    pub code: i64,
}

/// Templates to hold back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldTemplates {
    /// How many.
    pub count: u32,
    /// What the answer says: `held_for_quality_assessment` or `paused`.
    pub status: String,
}

/// Accepted messages to let fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailDelivery {
    /// How many.
    pub count: u32,
    /// Meta's error code.
    pub code: i64,
}

/// What is to happen to one send.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SendFault {
    None,
    Fail { status: u16, code: i64 },
    DropBefore,
}

impl Faults {
    /// Uses up what is due for a send that has arrived: a refusal goes before a dropped connection.
    pub(crate) fn on_send(&mut self) -> SendFault {
        if let Some(fail) = self.fail_sends.as_mut().filter(|fail| fail.count > 0) {
            fail.count -= 1;
            return SendFault::Fail { status: fail.status, code: fail.code };
        }
        if take(&mut self.drop_before_accepting) { SendFault::DropBefore } else { SendFault::None }
    }

    /// Whether the answer to a message that was just accepted is to be lost.
    pub(crate) fn on_answer(&mut self) -> bool {
        take(&mut self.drop_after_accepting)
    }

    /// What is to happen to a content that is asked for.
    pub(crate) fn on_media(&mut self) -> Option<MediaFault> {
        let fail = self.fail_media.as_mut()?;
        take(&mut fail.count).then_some(fail.fault)
    }

    /// The HTTP status and the code with which a file is to be refused.
    pub(crate) fn on_upload(&mut self) -> Option<(u16, i64)> {
        let fail = self.fail_uploads.as_mut()?;
        take(&mut fail.count).then_some((fail.status, fail.code))
    }

    /// Whether the line drops in the middle of a sample.
    pub(crate) fn on_sample(&mut self) -> bool {
        take(&mut self.cut_samples)
    }

    /// What the answer says of a template that is to be held back.
    pub(crate) fn on_template(&mut self) -> Option<String> {
        let hold = self.hold_templates.as_mut()?;
        take(&mut hold.count).then(|| hold.status.clone())
    }

    /// The code with which a message that was just accepted is to fail.
    pub(crate) fn on_delivery(&mut self) -> Option<i64> {
        let fail = self.fail_delivery.as_mut()?;
        take(&mut fail.count).then_some(fail.code)
    }
}

/// Takes one off a counter, if it has one left.
fn take(count: &mut u32) -> bool {
    let left = *count > 0;
    *count = count.saturating_sub(1);
    left
}
