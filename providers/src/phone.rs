//! The forms of a phone number on WhatsApp, and telling a phone from a business-scoped user id.
//!
//! WhatsApp writes numbers of three countries in two ways, and one person may appear under both. The number as
//! received stays the address to reply to; [`match_key`] is for looking people up only.

/// The digits by which all written forms of one number meet: an index key, never an address.
///
/// | country | written | key |
/// |---|---|---|
/// | Brazil | `55 DD 9 NNNN-NNNN`, `55 DD NNNN-NNNN` | without the ninth digit |
/// | Mexico | `52 1 …`, `52 …` | without the 1 |
/// | Argentina | `54 9 …`, `54 AA 15 …`, `54 …` | without the 9 and the 15 |
/// | others | | the digits as they are |
///
/// Brazil's nine is kept where the rest begins with 2 to 5: without it that is the number of a landline, which may be
/// another customer. Such mobiles never had a form of eight digits.
///
/// Everything but digits is dropped first, so `+52 1 55 …` and `5255…` meet too. Empty when there is no phone number
/// in `wa_id`: for a [BSUID](is_bsuid) and for a text without digits. An empty key matches nobody.
#[must_use]
pub fn match_key(wa_id: &str) -> String {
    if is_bsuid(wa_id) {
        return String::new();
    }
    let digits: String = wa_id.chars().filter(char::is_ascii_digit).collect();
    match digits.get(..2) {
        Some("55") => brazil(digits),
        Some("52") => mexico(digits),
        Some("54") => argentina(digits),
        _ => digits,
    }
}

/// Two digits of area, then 9 and eight more for a mobile.
fn brazil(digits: String) -> String {
    match digits.as_bytes() {
        [_, _, _, _, b'9', eighth, ..] if digits.len() == 13 && !(b'2'..=b'5').contains(eighth) => {
            without(&digits, 4..5)
        }
        _ => digits,
    }
}

/// Ten digits, with a 1 before them for a mobile in the old plan.
fn mexico(digits: String) -> String {
    if digits.len() == 13 && digits.as_bytes()[2] == b'1' { without(&digits, 2..3) } else { digits }
}

/// Ten digits: an area code of two to four and the rest. A 9 before the area code marks a mobile called from abroad,
/// a 15 behind it a mobile called from Argentina.
fn argentina(digits: String) -> String {
    let national = match digits.len() {
        13 | 15 if digits.as_bytes()[2] == b'9' => without(&digits, 2..3),
        _ => digits.clone(),
    };
    match national.len() {
        12 => national,
        14 => match area_end(&national) {
            Some(at) => without(&national, at..at + 2),
            None => digits,
        },
        _ => digits,
    }
}

/// Where the 15 stands, counted from the start of the number. Buenos Aires (11) is the one area code of two digits; of
/// the two other places at most one can hold "15".
fn area_end(digits: &str) -> Option<usize> {
    let places: &[usize] = if digits[2..].starts_with("11") { &[4] } else { &[5, 6] };
    places.iter().copied().find(|&at| digits[at..].starts_with("15"))
}

fn without(digits: &str, range: std::ops::Range<usize>) -> String {
    let mut shorter = digits.to_owned();
    shorter.replace_range(range, "");
    shorter
}

/// Whether `id` is a business-scoped user id or a parent one: `CC.` or `CC.ENT.` and 1 to 128 letters and digits, where
/// `CC` is a country's ISO code.
#[must_use]
pub fn is_bsuid(id: &str) -> bool {
    let Some((country, rest)) = id.split_once('.') else { return false };
    let rest = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=128).contains(&rest.len())
        && rest.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The form to send to: `+` and the digits. Without the plus Meta puts the business's own country code before a number.
#[must_use]
pub fn to_e164(wa_id: &str) -> String {
    std::iter::once('+').chain(wa_id.chars().filter(char::is_ascii_digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys() {
        let cases = [
            // Brazil: a mobile with and without its nine; a landline; a mobile that never had eight digits.
            ("5511987654321", "551187654321"),
            ("551187654321", "551187654321"),
            ("+55 (31) 99123-4567", "553191234567"),
            ("5531991234567", "553191234567"),
            ("553191234567", "553191234567"),
            ("551132345678", "551132345678"),
            ("5511932345678", "5511932345678"),
            // Mexico.
            ("5215512345678", "525512345678"),
            ("525512345678", "525512345678"),
            ("+52 1 55 1234 5678", "525512345678"),
            ("521551234567", "521551234567"),
            // Argentina: area codes of two, three and four digits, by all roads.
            ("5491123456789", "541123456789"),
            ("541123456789", "541123456789"),
            ("54111523456789", "541123456789"),
            ("549111523456789", "541123456789"),
            ("5493512345678", "543512345678"),
            ("54351152345678", "543512345678"),
            ("5492966412345", "542966412345"),
            ("54296615412345", "542966412345"),
            // The 15 is part of the number, not a prefix.
            ("541115345678", "541115345678"),
            ("5491115345678", "541115345678"),
            ("54111515345678", "541115345678"),
            // Elsewhere nothing is rewritten.
            ("16505551234", "16505551234"),
            ("+34 600 123 456", "34600123456"),
            ("4915112345678", "4915112345678"),
            ("390612345678", "390612345678"),
            ("5691234567890", "5691234567890"),
            ("9715551234567", "9715551234567"),
            ("", ""),
            ("no digits", ""),
            ("US.13491208655302741918", ""),
            ("US.ENT.11815799212886844830", ""),
        ];
        for (written, key) in cases {
            assert_eq!(match_key(written), key, "{written}");
        }
    }

    #[test]
    fn business_scoped_ids() {
        let longest = format!("BR.{}", "a".repeat(128));
        for id in ["US.13491208655302741918", "US.ENT.11815799212886844830", "BR.aB3", longest.as_str()] {
            assert!(is_bsuid(id), "{id}");
        }
        let too_long = format!("{longest}a");
        for id in
            ["", "US.", "US.ENT.", "us.1", "USA.1", "16505551234", "US.1.2", "US.é", "US1", too_long.as_str()]
        {
            assert!(!is_bsuid(id), "{id}");
        }
    }

    #[test]
    fn e164() {
        assert_eq!(to_e164("16505551234"), "+16505551234");
        assert_eq!(to_e164("+1 (650) 555-1234"), "+16505551234");
    }

    proptest! {
        #[test]
        fn a_key_is_digits_and_its_own_key(written in r"(\+?(52|54|55)?[0-9 ()-]{0,16})|\PC*") {
            let key = match_key(&written);
            prop_assert!(key.bytes().all(|b| b.is_ascii_digit()));
            prop_assert_eq!(match_key(&key), key);
        }

        #[test]
        fn forms_of_one_number_meet(area in "[1-9][1-9]", mobile in "[6-9][0-9]{7}", ten in "[2-9][0-9]{9}") {
            prop_assert_eq!(match_key(&format!("55{area}9{mobile}")), match_key(&format!("55{area}{mobile}")));
            prop_assert_eq!(match_key(&format!("521{ten}")), match_key(&format!("52{ten}")));
            prop_assert_eq!(match_key(&format!("549{ten}")), match_key(&format!("54{ten}")));
        }
    }
}
