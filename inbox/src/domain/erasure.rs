//! What in a raw text speaks of a person who is to be erased.

use std::collections::HashSet;

/// How ids of WhatsApp's messages begin.
const WAMID: &str = "wamid.";

/// What a person's traces are found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Phone numbers in digits, and business-scoped user ids.
    pub names: Vec<String>,
    /// Ids of the messages from and to the person.
    pub wamids: HashSet<String>,
}

impl Traces {
    /// Whether a raw text, JSON in whatever notation, names the person or one of the messages.
    #[must_use]
    pub fn are_in(&self, text: &[u8]) -> bool {
        let text = String::from_utf8_lossy(text);
        self.names.iter().any(|name| names(&text, name)) || self.any_wamid_in(&text)
    }

    fn any_wamid_in(&self, text: &str) -> bool {
        if self.wamids.is_empty() {
            return false;
        }
        text.match_indices(WAMID).any(|(start, _)| {
            let rest = &text[start..];
            let end = rest.find(['"', '\'', ' ', ',']).unwrap_or(rest.len());
            // JSON may write a slash with a backslash before it.
            self.wamids.contains(&rest[..end].replace('\\', ""))
        })
    }
}

/// Whether a text has a name that is not a part of a longer one.
fn names(text: &str, name: &str) -> bool {
    let goes_on = |c: char| c.is_ascii_alphanumeric();
    text.match_indices(name).any(|(start, found)| {
        !text[..start].ends_with(goes_on) && !text[start + found.len()..].starts_with(goes_on)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_person_is_found_by_names_and_messages() {
        let traces = Traces {
            names: vec!["34600111222".to_owned(), "ES.1a".to_owned()],
            wamids: ["wamid.HBgL/MzQ2==".to_owned()].into(),
        };
        let table = [
            (r#"{"from":"34600111222"}"#, true),
            (r#"{"wa_id":"346001112223"}"#, false),
            (r#"{"to":"+34600111222"}"#, true),
            (r#"{"user_id":"ES.1a"}"#, true),
            (r#"{"user_id":"ES.1a2"}"#, false),
            (r#"{"id":"wamid.HBgL\/MzQ2=="}"#, true),
            (r#"{"id":"wamid.HBgL/MzQ2=="}"#, true),
            (r#"{"id":"wamid.HBgL/MzQ3=="}"#, false),
            ("", false),
        ];
        for (text, found) in table {
            assert_eq!(traces.are_in(text.as_bytes()), found, "{text}");
        }
        assert!(!Traces::default().are_in(b"wamid.x 34600111222"));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in any::<Vec<u8>>(), name in "[0-9]{7,15}") {
            let traces = Traces { names: vec![name.clone()], wamids: ["wamid.x".to_owned()].into() };
            let _ = traces.are_in(&bytes);
            let around = format!("\"{name}\"");
            prop_assert!(traces.are_in(around.as_bytes()));
        }
    }
}
