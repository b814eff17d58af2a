//! When jobs are due: cron expressions in a time zone.

use chrono::{DateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};
use croner::{Cron, JobType};
use entities::{JobName, Timestamp};
use std::time::Duration;

/// All jobs, in the order in which they are shown.
pub const ALL: [JobName; 6] = [
    JobName::CheckNewWhatsAppMessages,
    JobName::WhatsAppActivateInactiveConversations,
    JobName::RefreshWhatsAppAccessToken,
    JobName::CloseMessagingWindows,
    JobName::SyncTemplates,
    JobName::Retention,
];

/// How long a node may run a job without a sign of life before another takes over.
pub const LEASE: Duration = Duration::from_secs(60);
/// After so many nodes died over a run it counts as failed: it may be what kills them.
pub const MOST_ATTEMPTS: i32 = 3;

/// Expressions are a few words; a text that is longer is none.
const LONGEST: usize = 200;
/// No change of clocks repeats more than this.
const NEAR: TimeDelta = TimeDelta::hours(3);
/// The spans in which the newest due time is looked for, the shorter ones first.
const SPANS: [TimeDelta; 5] = [
    TimeDelta::hours(1),
    TimeDelta::days(2),
    TimeDelta::days(62),
    TimeDelta::days(2 * 366),
    TimeDelta::days(9 * 366),
];

/// When a job is due if nobody said otherwise, in UTC.
#[must_use]
pub fn default_cron(job: JobName) -> &'static str {
    match job {
        JobName::CheckNewWhatsAppMessages | JobName::CloseMessagingWindows => "* * * * *",
        JobName::WhatsAppActivateInactiveConversations => "0 3 * * *",
        JobName::SyncTemplates => "30 3 * * *",
        JobName::Retention => "45 3 * * *",
        JobName::RefreshWhatsAppAccessToken => "15 4 * * *",
    }
}

/// When a job is due.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
    zone: Tz,
}

/// Why texts are no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not a cron expression.
    #[error(
        "{0:?} is no cron expression ({1}): write minute, hour, day of the month, month and day of the week, for example 30 3 * * * for half past three every day"
    )]
    Cron(String, String),
    /// A date that no year has.
    #[error("{0:?} is never due: no year has such a day; to stop a job, disable it")]
    Never(String),
    /// Not a time zone.
    #[error("{0:?} is no time zone: use a name such as Europe/Madrid")]
    Zone(String),
}

impl Schedule {
    /// Reads a cron expression of five fields, and the time zone in which it is meant (UTC if there is none).
    ///
    /// # Errors
    /// If one of them cannot be read, or the time never comes.
    pub fn parse(cron: &str, zone: Option<&str>) -> Result<Self, ScheduleError> {
        let text = cron.trim();
        let zone = zone.map_or(Ok(Tz::UTC), |zone| {
            zone.trim().parse().map_err(|_| ScheduleError::Zone(zone.chars().take(LONGEST).collect()))
        })?;
        let wrong = |why: &dyn std::fmt::Display| {
            ScheduleError::Cron(text.chars().take(LONGEST).collect(), why.to_string())
        };
        if text.len() > LONGEST {
            return Err(wrong(&format_args!("it has more than {LONGEST} letters")));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(text).map_err(|error| wrong(&error))?;
        let schedule = Self { cron, zone };
        match schedule.next_after(Timestamp(0)) {
            Some(_) => Ok(schedule),
            None => Err(ScheduleError::Never(text.to_owned())),
        }
    }

    /// The next due time after a moment.
    #[must_use]
    pub fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.next(&self.local(at)?, false).map(|next| Timestamp(next.timestamp_millis()))
    }

    /// The due time that is to be dealt with now, if those up to `settled` are: the newest one. A service that was down
    /// makes up for one time, not for each that it missed.
    #[must_use]
    pub fn due(&self, settled: Timestamp, now: Timestamp) -> Option<Timestamp> {
        self.newest(now).filter(|slot| *slot > settled)
    }

    /// The newest due time at or before a moment. It is found by looking forward only, so that it is one of those that
    /// [`Self::next_after`] names, also where clocks are changed.
    fn newest(&self, now: Timestamp) -> Option<Timestamp> {
        let now = self.local(now)?;
        let mut newest = None;
        for span in SPANS {
            let mut at = self.next(&now.checked_sub_signed(span)?, true);
            while let Some(slot) = at.filter(|slot| *slot <= now) {
                newest = Some(Timestamp(slot.timestamp_millis()));
                at = self.next(&slot, false);
            }
            if newest.is_some() {
                break;
            }
        }
        newest
    }

    /// The next due time behind a moment, or at it.
    ///
    /// A job of fixed hours is due once in a night that has its hour twice, the first time; one that is skipped is due when
    /// the clock has been put forward. A job that runs all the time is due in both of the two hours, which the search by
    /// local time does not see: so it is also looked for by the offsets before and after a change that is near.
    fn next(&self, from: &DateTime<Tz>, inclusive: bool) -> Option<DateTime<Tz>> {
        let is_behind = |at: &DateTime<Tz>| at > from || (inclusive && at == from);
        let mut local = self.cron.find_next_occurrence(from, inclusive).ok()?;
        while !is_behind(&local) {
            // In the second of two equal hours the search finds the first.
            let latest = self.zone.from_local_datetime(&local.naive_local()).latest()?;
            local = self.cron.find_next_occurrence(&latest, false).ok()?;
        }
        if self.cron.determine_job_type() == JobType::FixedTime {
            return Some(local);
        }
        let soon = from.checked_add_signed(NEAR)?;
        let by_offset = [from.offset().fix(), soon.offset().fix()].into_iter().filter_map(|offset| {
            let found = self.cron.find_next_occurrence(&from.with_timezone(&offset), inclusive).ok()?;
            let found = found.with_timezone(&self.zone);
            (found.offset().fix() == offset).then_some(found)
        });
        by_offset.chain([local]).min()
    }

    /// A moment in the zone, to the second: the search would carry its fraction over to what it finds.
    fn local(&self, at: Timestamp) -> Option<DateTime<Tz>> {
        Some(DateTime::from_timestamp(at.millis().div_euclid(1000), 0)?.with_timezone(&self.zone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
    }

    fn schedule(cron: &str, zone: &str) -> Schedule {
        Schedule::parse(cron, Some(zone)).unwrap()
    }

    #[test]
    fn every_default_can_be_read() {
        for job in ALL {
            assert!(Schedule::parse(default_cron(job), None).is_ok(), "{job:?}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_said_so() {
        let table: [(&str, Option<&str>, &str); 9] = [
            ("", None, "no cron expression"),
            ("every day", None, "no cron expression"),
            ("0 3 * *", None, "no cron expression"),
            ("0 0 3 * * *", None, "no cron expression"),
            ("61 3 * * *", None, "no cron expression"),
            ("0 25 * * *", None, "no cron expression"),
            ("0 0 30 2 *", None, "never due"),
            ("0 3 * * *", Some("Madrid"), "no time zone"),
            ("0 3 * * *", Some(""), "no time zone"),
        ];
        for (cron, zone, expected) in table {
            let error = Schedule::parse(cron, zone).unwrap_err().to_string();
            assert!(error.contains(expected), "{cron:?} {zone:?}: {error}");
        }
        let long = format!("{} 3 * * *", "0,".repeat(1000));
        let error = Schedule::parse(&long, None).unwrap_err().to_string();
        assert!(error.len() < 600, "an error does not repeat what is endless");
    }

    #[test]
    fn next_times_follow_the_time_zone_and_its_clock_changes() {
        let daily = schedule("30 2 * * *", "Europe/Madrid");
        let table = [
            // Winter, an hour ahead of UTC.
            ("2026-01-10T00:00:00Z", "2026-01-10T01:30:00Z"),
            // Summer, two hours.
            ("2026-07-10T00:00:00Z", "2026-07-10T00:30:00Z"),
            // The night that has no half past two: at three, the first moment after it.
            ("2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
            ("2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"),
            // The night that has it twice: once.
            ("2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
            ("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        ];
        for (from, expected) in table {
            assert_eq!(daily.next_after(at(from)), Some(at(expected)), "after {from}");
        }
        // What runs all the time goes on through both nights.
        let minutes = schedule("*/30 * * * *", "Europe/Madrid");
        for night in ["2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z"] {
            let mut time = at(night);
            for _ in 0..10 {
                let next = minutes.next_after(time).unwrap();
                assert_eq!(next.since(time), Duration::from_secs(30 * 60), "in the night of {night}");
                time = next;
            }
        }
    }

    #[test]
    fn only_the_newest_missed_time_is_due_and_each_once() {
        let daily = schedule("0 3 * * *", "UTC");
        let settled = at("2026-11-01T03:00:00Z");
        let table = [
            ("2026-11-01T03:00:00Z", None),
            ("2026-11-02T02:59:59Z", None),
            ("2026-11-02T03:00:00Z", Some("2026-11-02T03:00:00Z")),
            ("2026-11-02T17:41:18.906Z", Some("2026-11-02T03:00:00Z")),
            // A week down.
            ("2026-11-08T12:00:00Z", Some("2026-11-08T03:00:00Z")),
        ];
        for (now, expected) in table {
            assert_eq!(daily.due(settled, at(now)), expected.map(at), "{now}");
        }
        assert_eq!(daily.next_after(at("2026-11-02T02:59:59.999Z")), Some(at("2026-11-02T03:00:00Z")));
        // Rare ones are found as well.
        for cron in ["0 0 1 * *", "0 0 1 1 *", "0 0 29 2 *"] {
            let due = schedule(cron, "UTC").due(Timestamp(0), at("2026-11-08T12:00:00Z"));
            assert!(due.is_some(), "{cron}");
        }
    }

    #[test]
    fn through_a_change_of_clocks_every_time_is_due_exactly_once() {
        for (cron, from) in [
            ("30 2 * * *", "2026-03-28T00:00:00Z"),
            ("30 2 * * *", "2026-10-24T00:00:00Z"),
            ("*/20 * * * *", "2026-10-24T20:00:00Z"),
            ("*/20 2-3 * * *", "2026-03-28T20:00:00Z"),
        ] {
            let schedule = schedule(cron, "Europe/Madrid");
            let (begin, minutes) = (at(from), 36 * 60);
            let (mut told, mut settled) = (Vec::new(), begin);
            for minute in (0..=minutes).step_by(10) {
                let now = begin.plus(Duration::from_secs(60 * minute));
                if let Some(slot) = schedule.due(settled, now) {
                    assert_eq!(slot, now, "{cron}: a time is due when it comes");
                    told.push(slot);
                    settled = slot;
                }
            }
            let mut expected = Vec::new();
            let mut time = begin;
            while let Some(next) = schedule.next_after(time)
                && next <= begin.plus(Duration::from_secs(60 * minutes))
            {
                expected.push(next);
                time = next;
            }
            assert_eq!(told, expected, "{cron} from {from}");
            assert!(!told.is_empty());
        }
    }
}
