//! What a webhook changed, counted by kind.

use entities::WebhookEffectKind;
use std::collections::BTreeMap;

/// The kinds, in the order in which they are told.
const KINDS: [WebhookEffectKind; 8] = [
    WebhookEffectKind::MessageAdded,
    WebhookEffectKind::StatusRecorded,
    WebhookEffectKind::MessageChanged,
    WebhookEffectKind::ContactCreated,
    WebhookEffectKind::ConversationOpened,
    WebhookEffectKind::ContactChanged,
    WebhookEffectKind::PreferenceRecorded,
    WebhookEffectKind::UpdateAnnounced,
];

/// How many changes of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Effects([i32; KINDS.len()]);

impl Effects {
    /// One more of a kind.
    pub fn count(&mut self, kind: WebhookEffectKind) {
        self.add_to(kind, 1);
    }

    /// All of others.
    pub fn add(&mut self, others: &Self) {
        for (kind, count) in others.iter() {
            self.add_to(kind, count);
        }
    }

    fn add_to(&mut self, kind: WebhookEffectKind, more: i32) {
        for (known, count) in KINDS.iter().zip(&mut self.0) {
            if *known == kind {
                *count = count.saturating_add(more);
            }
        }
    }

    /// The kinds of which there are any.
    pub fn iter(&self) -> impl Iterator<Item = (WebhookEffectKind, i32)> {
        KINDS.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// As stored: a JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let counts: BTreeMap<&str, i32> = self.iter().map(|(kind, count)| (kind.as_str(), count)).collect();
        serde_json::to_string(&counts).unwrap_or_default()
    }

    /// From what is stored; kinds that another version wrote are left out.
    #[must_use]
    pub fn from_json(stored: Option<&str>) -> Self {
        let mut effects = Self::default();
        let counts: BTreeMap<String, i32> =
            stored.and_then(|stored| serde_json::from_str(stored).ok()).unwrap_or_default();
        for kind in KINDS {
            effects.add_to(kind, counts.get(kind.as_str()).copied().unwrap_or(0).max(0));
        }
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sea_orm::Iterable;

    #[test]
    fn every_kind_is_counted() {
        let mut effects = Effects::default();
        for kind in WebhookEffectKind::iter() {
            effects.count(kind);
        }
        assert_eq!(effects.iter().count(), WebhookEffectKind::iter().count());
        assert_eq!(Effects::default().to_json(), "{}");
    }

    proptest! {
        #[test]
        fn what_was_counted_is_read_again(counts in any::<[u16; KINDS.len()]>()) {
            let effects = Effects(counts.map(i32::from));
            prop_assert_eq!(Effects::from_json(Some(&effects.to_json())), effects);
            let mut twice = effects;
            twice.add(&effects);
            prop_assert_eq!(twice.0, counts.map(|count| i32::from(count) * 2));
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".*") {
            let _ = Effects::from_json(Some(&text));
        }
    }
}
