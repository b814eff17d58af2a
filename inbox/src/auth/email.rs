//! E-mail addresses as login names.

/// The longest address that mail can carry (RFC 5321, 4.5.3.1.3: a path of 256 with its angle brackets).
const MAX_BYTES: usize = 254;

/// The form in which an address is stored and compared: trimmed and in lower case. None if it cannot be an address:
/// something, one `@`, something, no spaces, at most 254 bytes. Whether mail arrives there is not for us to say.
#[must_use]
pub fn normalize_email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.split_once('@')?;
    let possible = !local.is_empty()
        && !domain.is_empty()
        && !domain.contains('@')
        && !email.contains(|c: char| c.is_whitespace() || c.is_control())
        && email.len() <= MAX_BYTES;
    possible.then_some(email)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_told_from_other_text() {
        let long = format!("{}@example.org", "a".repeat(243));
        let longest = format!("{}@example.org", "a".repeat(242));
        let table = [
            ("ana@example.org", Some("ana@example.org")),
            ("  Ana.Gil+inbox@Example.ORG\n", Some("ana.gil+inbox@example.org")),
            ("admin@localhost", Some("admin@localhost")),
            ("", None),
            ("ana", None),
            ("@example.org", None),
            ("ana@", None),
            ("ana@b@example.org", None),
            ("ana gil@example.org", None),
            ("ana\0@example.org", None),
            (&long, None),
            (&longest, Some(longest.as_str())),
        ];
        for (text, expected) in table {
            assert_eq!(normalize_email(text).as_deref(), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_and_the_normal_form_stays(text in "\\PC{0,20}@?\\PC{0,20}") {
            if let Some(email) = normalize_email(&text) {
                prop_assert!(email.len() <= MAX_BYTES);
                prop_assert_eq!(normalize_email(&email), Some(email));
            }
        }
    }
}
