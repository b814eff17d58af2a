//! Phone numbers as people type them: in the form of their country or of the world.

use super::people::{self, Phone};

/// A country in which numbers are dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(&'static Row);

#[derive(Debug, PartialEq, Eq)]
struct Row {
    /// ISO 3166.
    iso: &'static str,
    /// E.164.
    code: &'static str,
    /// What is dialled before a number within the country.
    trunk: &'static str,
    /// The fewest and the most digits of a number without code and trunk prefix.
    digits: (usize, usize),
}

const fn row(iso: &'static str, code: &'static str, trunk: &'static str, least: usize, most: usize) -> Row {
    Row { iso, code, trunk, digits: (least, most) }
}

/// ITU-T E.164 and the national plans. Of the countries that share a code the largest stands first.
#[rustfmt::skip]
static COUNTRIES: &[Row] = &[
    row("US", "1", "1", 10, 10), row("CA", "1", "1", 10, 10), row("DO", "1", "1", 10, 10), row("PR", "1", "1", 10, 10),
    row("JM", "1", "1", 10, 10), row("TT", "1", "1", 10, 10), row("BS", "1", "1", 10, 10), row("BB", "1", "1", 10, 10),
    row("RU", "7", "8", 10, 10), row("KZ", "7", "8", 10, 10), row("EG", "20", "0", 8, 10), row("ZA", "27", "0", 9, 9),
    row("GR", "30", "", 10, 10), row("NL", "31", "0", 9, 9), row("BE", "32", "0", 8, 9), row("FR", "33", "0", 9, 9),
    row("ES", "34", "", 9, 9), row("HU", "36", "06", 8, 9), row("IT", "39", "", 6, 11), row("RO", "40", "0", 9, 9),
    row("CH", "41", "0", 9, 9), row("AT", "43", "0", 4, 13), row("GB", "44", "0", 9, 10), row("DK", "45", "", 8, 8),
    row("SE", "46", "0", 7, 9), row("NO", "47", "", 8, 8), row("PL", "48", "", 9, 9), row("DE", "49", "0", 6, 11),
    row("PE", "51", "0", 8, 9), row("MX", "52", "", 10, 11), row("CU", "53", "0", 8, 8), row("AR", "54", "0", 10, 13),
    row("BR", "55", "0", 10, 11), row("CL", "56", "", 9, 9), row("CO", "57", "", 10, 10), row("VE", "58", "0", 10, 10),
    row("MY", "60", "0", 8, 10), row("AU", "61", "0", 9, 9), row("ID", "62", "0", 8, 12), row("PH", "63", "0", 8, 10),
    row("NZ", "64", "0", 8, 10), row("SG", "65", "", 8, 8), row("TH", "66", "0", 8, 9), row("JP", "81", "0", 9, 10),
    row("KR", "82", "0", 8, 10), row("VN", "84", "0", 9, 10), row("CN", "86", "0", 9, 11), row("TR", "90", "0", 10, 10),
    row("IN", "91", "0", 10, 10), row("PK", "92", "0", 9, 10), row("AF", "93", "0", 9, 9), row("LK", "94", "0", 9, 9),
    row("MM", "95", "0", 7, 10), row("IR", "98", "0", 10, 10), row("SS", "211", "0", 9, 9), row("MA", "212", "0", 9, 9),
    row("DZ", "213", "0", 8, 9), row("TN", "216", "", 8, 8), row("LY", "218", "0", 8, 9), row("GM", "220", "", 7, 7),
    row("SN", "221", "", 9, 9), row("MR", "222", "", 8, 8), row("ML", "223", "", 8, 8), row("GN", "224", "", 8, 9),
    row("CI", "225", "", 10, 10), row("BF", "226", "", 8, 8), row("NE", "227", "", 8, 8), row("TG", "228", "", 8, 8),
    row("BJ", "229", "", 8, 10), row("MU", "230", "", 7, 8), row("LR", "231", "0", 7, 9), row("SL", "232", "0", 8, 8),
    row("GH", "233", "0", 9, 9), row("NG", "234", "0", 8, 10), row("TD", "235", "", 8, 8), row("CF", "236", "", 8, 8),
    row("CM", "237", "", 9, 9), row("CV", "238", "", 7, 7), row("ST", "239", "", 7, 7), row("GQ", "240", "", 9, 9),
    row("GA", "241", "", 7, 8), row("CG", "242", "", 9, 9), row("CD", "243", "0", 7, 9), row("AO", "244", "", 9, 9),
    row("GW", "245", "", 7, 9), row("SC", "248", "", 7, 7), row("SD", "249", "0", 9, 9), row("RW", "250", "0", 9, 9),
    row("ET", "251", "0", 9, 9), row("SO", "252", "", 7, 9), row("DJ", "253", "", 8, 8), row("KE", "254", "0", 7, 10),
    row("TZ", "255", "0", 9, 9), row("UG", "256", "0", 9, 9), row("BI", "257", "", 8, 8), row("MZ", "258", "", 8, 9),
    row("ZM", "260", "0", 9, 9), row("MG", "261", "0", 9, 9), row("RE", "262", "0", 9, 9), row("ZW", "263", "0", 8, 10),
    row("NA", "264", "0", 8, 9), row("MW", "265", "0", 7, 9), row("LS", "266", "", 8, 8), row("BW", "267", "", 7, 8),
    row("SZ", "268", "", 8, 8), row("KM", "269", "", 7, 7), row("ER", "291", "0", 7, 7), row("AW", "297", "", 7, 7),
    row("FO", "298", "", 6, 6), row("GL", "299", "", 6, 6), row("GI", "350", "", 8, 8), row("PT", "351", "", 9, 9),
    row("LU", "352", "", 4, 11), row("IE", "353", "0", 7, 9), row("IS", "354", "", 7, 9), row("AL", "355", "0", 8, 9),
    row("MT", "356", "", 8, 8), row("CY", "357", "", 8, 8), row("FI", "358", "0", 6, 11), row("BG", "359", "0", 7, 9),
    row("LT", "370", "0", 8, 8), row("LV", "371", "", 8, 8), row("EE", "372", "", 7, 8), row("MD", "373", "0", 8, 8),
    row("AM", "374", "0", 8, 8), row("BY", "375", "80", 9, 9), row("AD", "376", "", 6, 9), row("MC", "377", "0", 8, 9),
    row("SM", "378", "", 6, 10), row("UA", "380", "0", 9, 9), row("RS", "381", "0", 8, 10), row("ME", "382", "0", 8, 8),
    row("XK", "383", "0", 8, 9), row("HR", "385", "0", 8, 9), row("SI", "386", "0", 8, 8), row("BA", "387", "0", 8, 9),
    row("MK", "389", "0", 8, 8), row("CZ", "420", "", 9, 9), row("SK", "421", "0", 9, 9), row("LI", "423", "", 7, 9),
    row("BZ", "501", "", 7, 7), row("GT", "502", "", 8, 8), row("SV", "503", "", 8, 8), row("HN", "504", "", 8, 8),
    row("NI", "505", "", 8, 8), row("CR", "506", "", 8, 8), row("PA", "507", "", 7, 8), row("HT", "509", "", 8, 8),
    row("GP", "590", "0", 9, 9), row("BO", "591", "0", 8, 8), row("GY", "592", "", 7, 7), row("EC", "593", "0", 8, 9),
    row("GF", "594", "0", 9, 9), row("PY", "595", "0", 7, 9), row("MQ", "596", "0", 9, 9), row("SR", "597", "", 6, 7),
    row("UY", "598", "0", 8, 8), row("CW", "599", "", 7, 8), row("TL", "670", "", 7, 8), row("BN", "673", "", 7, 7),
    row("PG", "675", "", 7, 8), row("FJ", "679", "", 7, 7), row("NC", "687", "", 6, 6), row("PF", "689", "", 6, 8),
    row("HK", "852", "", 8, 8), row("MO", "853", "", 8, 8), row("KH", "855", "0", 8, 9), row("LA", "856", "0", 8, 10),
    row("BD", "880", "0", 8, 10), row("TW", "886", "0", 8, 9), row("MV", "960", "", 7, 7), row("LB", "961", "0", 7, 8),
    row("JO", "962", "0", 8, 9), row("SY", "963", "0", 8, 9), row("IQ", "964", "0", 8, 10), row("KW", "965", "", 8, 8),
    row("SA", "966", "0", 8, 9), row("YE", "967", "0", 7, 9), row("OM", "968", "", 8, 8), row("PS", "970", "0", 8, 9),
    row("AE", "971", "0", 8, 9), row("IL", "972", "0", 8, 9), row("BH", "973", "", 8, 8), row("QA", "974", "", 7, 8),
    row("BT", "975", "", 7, 8), row("MN", "976", "0", 8, 8), row("NP", "977", "0", 8, 10), row("TJ", "992", "8", 9, 9),
    row("TM", "993", "8", 8, 8), row("AZ", "994", "0", 9, 9), row("GE", "995", "0", 9, 9), row("KG", "996", "0", 9, 9),
    row("UZ", "998", "", 9, 9),
];

impl Country {
    /// The country of an ISO code (`ES`); none if it is not in the table.
    #[must_use]
    pub fn of_iso(code: &str) -> Option<Self> {
        COUNTRIES.iter().find(|row| row.iso.eq_ignore_ascii_case(code.trim())).map(Self)
    }

    /// The country whose code a full number begins with, given with or without its plus.
    #[must_use]
    pub fn of_number(number: &str) -> Option<Self> {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let mut of_code = COUNTRIES.iter().filter(|row| digits.starts_with(row.code));
        let first = of_code.next()?;
        Some(Self(of_code.fold(first, |best, row| if row.code.len() > best.code.len() { row } else { best })))
    }

    fn takes(self, national: &str) -> bool {
        (self.0.digits.0..=self.0.digits.1).contains(&national.len())
    }
}

/// A number as somebody typed it: with `+` or `00` and the country code, in the form of `country`, or with the code of
/// `country` and nothing before it. Spaces and `-().\/` may stand between the digits. None if it is no phone number.
#[must_use]
pub fn phone(text: &str, country: Option<Country>) -> Option<Phone> {
    let text = text.trim();
    let (plus, rest) = match text.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let digits: String = rest.chars().filter(|c| !" \u{a0}-().\\/".contains(*c)).collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if plus {
        return full(&digits);
    }
    if let Some(international) = international(&digits, country) {
        return full(international);
    }
    let country = country?;
    let trunk = country.0.trunk;
    let national = digits.strip_prefix(trunk).filter(|_| !trunk.is_empty());
    if let Some(national) = national.filter(|national| country.takes(national)) {
        return full(&format!("{}{national}", country.0.code));
    }
    if country.takes(&digits) && !(trunk == "0" && digits.starts_with('0')) {
        return full(&format!("{}{digits}", country.0.code));
    }
    let with_code = digits.strip_prefix(country.0.code).filter(|national| country.takes(national));
    with_code.and_then(|_| full(&digits))
}

/// What follows the prefix of calls abroad.
fn international(digits: &str, country: Option<Country>) -> Option<&str> {
    let prefix = match country.map(|country| country.0.code) {
        Some("1") => "011",
        Some("7") => "810",
        Some("61") => "0011",
        _ => "00",
    };
    digits.strip_prefix(prefix)
}

/// A number with its country code. `+44 (0)20…` is written by many and dialled by nobody: the trunk prefix goes.
fn full(digits: &str) -> Option<Phone> {
    let mut digits = digits.to_owned();
    if let Some(Country(row)) = Country::of_number(&digits)
        && row.trunk == "0"
        && digits[row.code.len()..].starts_with('0')
    {
        digits.remove(row.code.len());
    }
    people::phone(&format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_as_people_type_them() {
        let cases = [
            ("ES", "600 111 222", Some("+34600111222")),
            ("ES", "+34 600-11.12 22", Some("+34600111222")),
            ("ES", "0034600111222", Some("+34600111222")),
            ("ES", "34600111222", Some("+34600111222")),
            ("ES", "60011122", None),
            ("es", "+1 (650) 555-1234", Some("+16505551234")),
            ("US", "(650) 555-1234", Some("+16505551234")),
            ("US", "1-650-555-1234", Some("+16505551234")),
            ("US", "011 34 600 111 222", Some("+34600111222")),
            ("GB", "020 7946 0958", Some("+442079460958")),
            ("GB", "+44 (0)20 7946 0958", Some("+442079460958")),
            ("DE", "0151/12345678", Some("+4915112345678")),
            ("IT", "06 1234 5678", Some("+390612345678")),
            ("FR", "06 12 34 56 78", Some("+33612345678")),
            ("HU", "06 20 123 4567", Some("+36201234567")),
            ("RU", "8 912 345-67-89", Some("+79123456789")),
            ("RU", "810 34 600111222", Some("+34600111222")),
            ("BR", "(11) 98765-4321", Some("+5511987654321")),
            ("BR", "011 98765-4321", Some("+5511987654321")),
            ("BR", "5511987654321", Some("+5511987654321")),
            ("BR", "55 99123-4567", Some("+5555991234567")),
            ("MX", "55 1234 5678", Some("+525512345678")),
            ("MX", "52 1 55 1234 5678", Some("+5215512345678")),
            ("AR", "011 15 2345-6789", Some("+54111523456789")),
            ("AR", "9 11 2345 6789", Some("+5491123456789")),
            ("", "600111222", None),
            ("", "+34600111222", Some("+34600111222")),
            ("", "0034600111222", Some("+34600111222")),
            ("ES", "", None),
            ("ES", "+", None),
            ("ES", "call me", None),
            ("ES", "600 111 22x", None),
            ("ES", "+34 600 111 222 ext 5", None),
            ("ES", "+12345678901234567", None),
            ("ES", "++34600111222", None),
        ];
        for (country, text, expected) in cases {
            let found = phone(text, Country::of_iso(country)).map(|phone| phone.number);
            assert_eq!(found.as_deref(), expected, "{country} {text:?}");
        }
    }

    #[test]
    fn countries_of_numbers() {
        for (number, iso) in
            [("+1 555-078-3881", "US"), ("34600111222", "ES"), ("351912345678", "PT"), ("79123456789", "RU")]
        {
            assert_eq!(Country::of_number(number), Country::of_iso(iso), "{number}");
        }
        assert_eq!((Country::of_number("999123456"), Country::of_iso("XX")), (None, None));
    }

    #[test]
    fn national_variants_meet() {
        let cases = [
            ("BR", "11 98765-4321", "11 8765-4321"),
            ("MX", "55 1234 5678", "+52 1 55 1234 5678"),
            ("AR", "11 2345 6789", "011 15 2345-6789"),
        ];
        for (country, one, other) in cases {
            let key = |text| phone(text, Country::of_iso(country)).map(|phone| phone.match_key);
            assert_eq!(key(one), key(other), "{country}");
            assert!(key(one).is_some());
        }
    }

    proptest! {
        #[test]
        fn a_full_number_is_the_same_in_every_country(text in "[+0-9 ()./-]{0,20}", which in 0..COUNTRIES.len()) {
            let country = Some(Country(&COUNTRIES[which]));
            if let Some(found) = phone(&text, country) {
                prop_assert_eq!(phone(&found.number, None), Some(found.clone()));
                prop_assert_eq!(phone(&found.number, country), Some(found));
            }
        }

        #[test]
        fn no_text_breaks_the_parser(text in "\\PC*", which in 0..COUNTRIES.len()) {
            let _ = phone(&text, Some(Country(&COUNTRIES[which])));
        }
    }
}
