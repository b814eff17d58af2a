//! Who may answer a conversation, and how that changes.

use entities::{Mode, conversation};
use sea_orm::ActiveValue::Set;

/// The part of a conversation that says who may answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// The assistant or people.
    pub mode: Mode,
    /// There is an assistant that could answer.
    pub assistant_assigned: bool,
    /// It has not handed off.
    pub assistant_active: bool,
    /// Raised by every change of control; an answer begun under an older number is void.
    pub control_epoch: i64,
    /// Out of the inbox.
    pub archived: bool,
}

impl From<&conversation::Model> for Control {
    fn from(conversation: &conversation::Model) -> Self {
        Self {
            mode: conversation.mode,
            assistant_assigned: conversation.assistant_id.is_some(),
            assistant_active: conversation.assistant_active,
            control_epoch: conversation.control_epoch,
            archived: conversation.archived,
        }
    }
}

impl Control {
    /// Writes what may have changed into a row to be saved. The assignment itself is not touched.
    pub fn apply_to(self, row: &mut conversation::ActiveModel) {
        row.mode = Set(self.mode);
        row.assistant_active = Set(self.assistant_active);
        row.control_epoch = Set(self.control_epoch);
        row.archived = Set(self.archived);
    }

    /// Writes it into a row. The assignment itself is not touched.
    pub fn show_in(self, row: &mut conversation::Model) {
        row.mode = self.mode;
        row.assistant_active = self.assistant_active;
        row.control_epoch = self.control_epoch;
        row.archived = self.archived;
    }

    fn raised(self) -> Self {
        Self { control_epoch: self.control_epoch + 1, ..self }
    }

    /// `next` under a new epoch, if it differs. A request that is repeated must not void an answer under way.
    fn changed_to(self, next: Self) -> Self {
        if next == self { self } else { next.raised() }
    }
}

/// The control of a new conversation.
#[must_use]
pub fn opened(assistant_assigned: bool) -> Control {
    Control {
        mode: Mode::Automatic,
        assistant_assigned,
        assistant_active: assistant_assigned,
        control_epoch: 0,
        archived: false,
    }
}

/// The customer wrote: an archived conversation comes back.
#[must_use]
pub fn inbound(control: Control) -> Control {
    Control { archived: false, ..control }
}

/// A person sent, over this API or from the business's phone. The epoch rises in manual mode too: whatever was
/// begun before does not know what the person said.
#[must_use]
pub fn person_sent(control: Control) -> Control {
    Control { mode: Mode::Manual, ..control }.raised()
}

/// Somebody set the mode.
#[must_use]
pub fn set_mode(control: Control, mode: Mode) -> Control {
    control.changed_to(Control { mode, ..control })
}

/// Nobody has written for a day: an assistant, if there is one, may answer again. Whether it is active stays as it is.
#[must_use]
pub fn inactive(control: Control) -> Control {
    if control.assistant_assigned { set_mode(control, Mode::Automatic) } else { control }
}

/// Somebody archived it: the next time the customer writes, the assistant begins afresh.
#[must_use]
pub fn archive(control: Control) -> Control {
    control.changed_to(Control {
        mode: Mode::Automatic,
        assistant_active: control.assistant_assigned,
        archived: true,
        ..control
    })
}

/// The assistant gave it to people: it is silent until somebody archives the conversation or assigns an assistant.
#[must_use]
pub fn hand_off(control: Control) -> Control {
    control.changed_to(Control { assistant_active: false, ..control })
}

/// Somebody assigned an assistant, or none. It begins active.
#[must_use]
pub fn assign(control: Control, assistant_assigned: bool) -> Control {
    Control { assistant_assigned, assistant_active: assistant_assigned, ..control }.raised()
}

/// Somebody took it out of the archive. Who may answer stays the same.
#[must_use]
pub fn unarchive(control: Control) -> Control {
    Control { archived: false, ..control }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Mode::{Automatic, Manual};
    use proptest::prelude::*;

    const fn control(mode: Mode, assigned: bool, active: bool, epoch: i64, archived: bool) -> Control {
        Control {
            mode,
            assistant_assigned: assigned,
            assistant_active: active,
            control_epoch: epoch,
            archived,
        }
    }

    #[test]
    fn a_new_conversation_is_automatic_and_its_assistant_active() {
        assert_eq!(opened(true), control(Automatic, true, true, 0, false));
        assert_eq!(opened(false), control(Automatic, false, false, 0, false));
    }

    #[test]
    fn transitions() {
        let to_manual = |control| set_mode(control, Manual);
        let to_automatic = |control| set_mode(control, Automatic);
        type Event<'a> = (&'a str, &'a dyn Fn(Control) -> Control);
        let sent: Event<'_> = ("person sent", &person_sent);
        let manual: Event<'_> = ("set manual", &to_manual);
        let automatic: Event<'_> = ("set automatic", &to_automatic);
        let archived: Event<'_> = ("archive", &archive);
        let unarchived: Event<'_> = ("unarchive", &unarchive);
        let wrote: Event<'_> = ("inbound", &inbound);
        let handed_off: Event<'_> = ("hand-off", &hand_off);
        let to_one = |control| assign(control, true);
        let to_none = |control| assign(control, false);
        let assigned: Event<'_> = ("assign an assistant", &to_one);
        let unassigned: Event<'_> = ("assign none", &to_none);
        let quiet: Event<'_> = ("inactive", &inactive);
        let cases = [
            (sent, control(Automatic, true, true, 0, false), control(Manual, true, true, 1, false)),
            (sent, control(Manual, true, true, 1, false), control(Manual, true, true, 2, false)),
            (sent, control(Automatic, false, false, 5, true), control(Manual, false, false, 6, true)),
            (manual, control(Automatic, true, false, 3, false), control(Manual, true, false, 4, false)),
            (automatic, control(Manual, true, false, 3, false), control(Automatic, true, false, 4, false)),
            (automatic, control(Automatic, true, true, 3, false), control(Automatic, true, true, 3, false)),
            (archived, control(Manual, true, false, 7, false), control(Automatic, true, true, 8, true)),
            (archived, control(Manual, false, false, 7, false), control(Automatic, false, false, 8, true)),
            (archived, control(Automatic, true, true, 7, false), control(Automatic, true, true, 8, true)),
            (archived, control(Automatic, true, true, 8, true), control(Automatic, true, true, 8, true)),
            (unarchived, control(Automatic, true, true, 8, true), control(Automatic, true, true, 8, false)),
            (unarchived, control(Manual, true, true, 8, false), control(Manual, true, true, 8, false)),
            (handed_off, control(Automatic, true, true, 2, false), control(Automatic, true, false, 3, false)),
            (
                handed_off,
                control(Automatic, true, false, 3, false),
                control(Automatic, true, false, 3, false),
            ),
            (assigned, control(Manual, false, false, 3, false), control(Manual, true, true, 4, false)),
            (assigned, control(Automatic, true, false, 3, false), control(Automatic, true, true, 4, false)),
            (
                unassigned,
                control(Automatic, true, true, 3, false),
                control(Automatic, false, false, 4, false),
            ),
            (quiet, control(Manual, true, true, 8, false), control(Automatic, true, true, 9, false)),
            (quiet, control(Manual, true, false, 8, false), control(Automatic, true, false, 9, false)),
            (quiet, control(Manual, false, false, 8, false), control(Manual, false, false, 8, false)),
            (quiet, control(Automatic, true, false, 8, false), control(Automatic, true, false, 8, false)),
            (wrote, control(Automatic, true, true, 8, true), control(Automatic, true, true, 8, false)),
            (wrote, control(Manual, true, false, 8, false), control(Manual, true, false, 8, false)),
        ];
        for ((event, apply), before, after) in cases {
            assert_eq!(apply(before), after, "{event} on {before:?}");
        }
    }

    proptest! {
        #[test]
        fn a_change_of_mode_or_activity_always_raises_the_epoch(
            manual in any::<bool>(), assigned in any::<bool>(), active in any::<bool>(), archived in any::<bool>(),
            to_manual in any::<bool>(),
        ) {
            let mode = |manual| if manual { Manual } else { Automatic };
            let before = control(mode(manual), assigned, active && assigned, 10, archived);
            let afters = [
                person_sent(before), set_mode(before, mode(to_manual)), archive(before), unarchive(before),
                inbound(before), inactive(before),
            ];
            for after in afters {
                let moved = (after.mode, after.assistant_active) != (before.mode, before.assistant_active);
                prop_assert!(!moved || after.control_epoch == 11);
                prop_assert_eq!(after.assistant_assigned, assigned);
            }
        }
    }
}
