//! When somebody is there to answer: `Mon-Fri 09:00-14:00,16:00-19:00; Sat 10:00-13:00`, in a time zone.

use chrono::{DateTime, Datelike, NaiveTime, Timelike, Weekday};
use chrono_tz::Tz;
use entities::Timestamp;

/// The minutes of a day.
const DAY: u16 = 24 * 60;

/// The hours of each weekday. Without any, somebody is always there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BusinessHours {
    /// From Monday on: minutes from the beginning of the day, the second one not included.
    days: [Vec<(u16, u16)>; 7],
    is_set: bool,
    zone: Tz,
}

/// Why a text is no business hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusinessHoursError {
    /// A part is not `DAYS HOURS`.
    #[error("{0:?} is not written as days and hours, for example Mon-Fri 09:00-14:00,16:00-19:00")]
    Part(String),
    /// Not a weekday.
    #[error("{0:?} is no weekday: use Mon, Tue, Wed, Thu, Fri, Sat or Sun")]
    Day(String),
    /// Not a span of a day.
    #[error("{0:?} is no span of a day: write 09:00-14:00; what passes midnight is two spans")]
    Hours(String),
    /// Not a time zone.
    #[error("{0:?} is no time zone: use a name such as Europe/Madrid")]
    Zone(String),
}

impl BusinessHours {
    /// Reads hours, and the zone in which they are meant (UTC if there is none).
    ///
    /// # Errors
    /// If one of them is written otherwise.
    pub fn parse(hours: &str, zone: &str) -> Result<Self, BusinessHoursError> {
        let zone = zone.trim();
        let zone = if zone.is_empty() {
            Tz::UTC
        } else {
            zone.parse().map_err(|_| BusinessHoursError::Zone(zone.to_owned()))?
        };
        let mut read = Self { zone, ..Self::default() };
        for part in hours.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (days, spans) =
                part.split_once(' ').ok_or_else(|| BusinessHoursError::Part(part.to_owned()))?;
            let (first, last) = days.split_once('-').unwrap_or((days, days));
            let (first, last) = (weekday(first)?, weekday(last)?);
            let spans = spans.split(',').map(span).collect::<Result<Vec<_>, _>>()?;
            let mut day = first;
            loop {
                read.days[day.num_days_from_monday() as usize].extend(&spans);
                if day == last {
                    break;
                }
                day = day.succ();
            }
            read.is_set = true;
        }
        Ok(read)
    }

    /// Whether somebody is there.
    #[must_use]
    pub fn are_open(&self, at: Timestamp) -> bool {
        if !self.is_set {
            return true;
        }
        let at = DateTime::from_timestamp_millis(at.millis()).unwrap_or_default().with_timezone(&self.zone);
        let minute = u16::try_from(at.hour() * 60 + at.minute()).unwrap_or_default();
        let day = &self.days[at.weekday().num_days_from_monday() as usize];
        day.iter().any(|(from, to)| (*from..*to).contains(&minute))
    }
}

fn weekday(text: &str) -> Result<Weekday, BusinessHoursError> {
    text.trim().parse().map_err(|_| BusinessHoursError::Day(text.to_owned()))
}

fn span(text: &str) -> Result<(u16, u16), BusinessHoursError> {
    let wrong = || BusinessHoursError::Hours(text.to_owned());
    let (from, to) = text.trim().split_once('-').ok_or_else(wrong)?;
    let (from, to) = (minute(from).ok_or_else(wrong)?, minute(to).ok_or_else(wrong)?);
    if from < to { Ok((from, to)) } else { Err(wrong()) }
}

fn minute(text: &str) -> Option<u16> {
    if text.trim() == "24:00" {
        return Some(DAY);
    }
    let time = NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()?;
    u16::try_from(time.hour() * 60 + time.minute()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
    }

    #[test]
    fn hours_are_local_and_follow_the_clock_change() {
        let hours = BusinessHours::parse("Mon-Fri 09:00-14:00,16:00-19:00; Sat 10:00-13:00", "Europe/Madrid");
        let hours = hours.unwrap();
        for (moment, open) in [
            // A Monday in winter (UTC+1).
            ("2026-01-12T07:59:59Z", false),
            ("2026-01-12T08:00:00Z", true),
            ("2026-01-12T12:59:59Z", true),
            ("2026-01-12T13:00:00Z", false),
            ("2026-01-12T15:00:00Z", true),
            ("2026-01-12T18:00:00Z", false),
            // And one in summer (UTC+2).
            ("2026-07-13T07:00:00Z", true),
            ("2026-07-13T06:59:59Z", false),
            // Saturday and Sunday.
            ("2026-01-17T09:30:00Z", true),
            ("2026-01-18T09:30:00Z", false),
        ] {
            assert_eq!(hours.are_open(at(moment)), open, "{moment}");
        }
    }

    #[test]
    fn weeks_go_round_and_days_end_at_24() {
        let hours = BusinessHours::parse("sat-mon 00:00-24:00", "").unwrap();
        for (moment, open) in [
            ("2026-01-16T23:59:59Z", false),
            ("2026-01-17T00:00:00Z", true),
            ("2026-01-19T23:59:59Z", true),
            ("2026-01-20T00:00:00Z", false),
        ] {
            assert_eq!(hours.are_open(at(moment)), open, "{moment}");
        }
        assert!(BusinessHours::default().are_open(at("2026-01-17T03:00:00Z")), "always, if none are set");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (hours, zone, error) in [
            ("Mon", "", BusinessHoursError::Part("Mon".to_owned())),
            ("Lun 09:00-10:00", "", BusinessHoursError::Day("Lun".to_owned())),
            ("Mon 18:00-09:00", "", BusinessHoursError::Hours("18:00-09:00".to_owned())),
            ("Mon 9-18", "", BusinessHoursError::Hours("9-18".to_owned())),
            ("", "Madrid", BusinessHoursError::Zone("Madrid".to_owned())),
        ] {
            assert_eq!(BusinessHours::parse(hours, zone), Err(error));
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(hours in ".{0,60}", zone in ".{0,20}", at in any::<i64>()) {
            if let Ok(read) = BusinessHours::parse(&hours, &zone) {
                std::hint::black_box(read.are_open(Timestamp(at)));
            }
        }
    }
}
