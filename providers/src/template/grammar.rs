//! The placeholders in a template's texts: `{{1}}` or `{{first_name}}`, spaces within the braces allowed.

/// A piece of a template's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// Text as it is.
    Text(&'a str),
    /// A variable, by its name or number.
    Variable(&'a str),
}

/// The text in pieces, in their order. Braces that hold no name are text.
#[must_use]
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut rest, mut from) = (text, 0);
    while let Some(open) = rest[from..].find("{{").map(|at| at + from) {
        match name(&rest[open + 2..]) {
            Some((name, length)) => {
                if open > 0 {
                    parts.push(Part::Text(&rest[..open]));
                }
                parts.push(Part::Variable(name));
                rest = &rest[open + 2 + length..];
                from = 0;
            }
            // `{{{1}}` is a brace and a variable.
            None => from = open + 1,
        }
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// The names of a text's variables, each once, in the order of their first appearance.
#[must_use]
pub fn variables(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in parts(text) {
        if let Part::Variable(name) = part
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// A variable's name and the length of everything up to and with the closing braces.
fn name(inside: &str) -> Option<(&str, usize)> {
    let close = inside.find("}}")?;
    let name = inside[..close].trim_matches([' ', '\t', '\n']);
    let valid = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    valid.then_some((name, close + 2))
}

#[cfg(test)]
mod tests {
    use super::Part::{Text, Variable};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pieces() {
        let cases: [(&str, &[Part<'_>]); 8] = [
            ("", &[]),
            ("Hi", &[Text("Hi")]),
            ("Hi {{1}}!", &[Text("Hi "), Variable("1"), Text("!")]),
            ("{{ first_name }}", &[Variable("first_name")]),
            ("{{1}}{{2}}", &[Variable("1"), Variable("2")]),
            ("{{{1}}}", &[Text("{"), Variable("1"), Text("}")]),
            ("{{}} {{a b}} {{", &[Text("{{}} {{a b}} {{")]),
            ("{{x {{1}}", &[Text("{{x "), Variable("1")]),
        ];
        for (text, expected) in cases {
            assert_eq!(parts(text), expected, "{text}");
        }
        assert_eq!(variables("{{2}} {{1}} {{2}}"), ["2", "1"]);
    }

    proptest! {
        /// The pieces are the whole text, whatever it is, and no piece of text holds a variable.
        #[test]
        fn nothing_is_lost(text in "([{}]|[a-z0-9_ é]){0,40}") {
            let back: String = parts(&text).iter().map(|part| match part {
                Text(text) | Variable(text) => text.replace(['{', '}', ' '], ""),
            }).collect();
            prop_assert_eq!(back, text.replace(['{', '}', ' '], ""));
            for part in parts(&text) {
                if let Text(text) = part {
                    prop_assert!(variables(text).is_empty());
                }
            }
        }
    }
}
