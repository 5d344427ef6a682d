//! What is counted, and over which time. Windows are fixed: minutes of UTC, days and months of metropolitan France. "Try
//! again in 12 s" is then a time and not a guess.

use crate::domain::{Month, Timestamp};
use crate::policy::{Limits, civil, midnight};

const MINUTE: i64 = 60_000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Requests.
    Requests,
    /// Tokens of prompts and answers.
    Tokens,
    /// Billionths of a euro.
    Euros,
}

/// Over which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// A minute of UTC.
    Minute,
    /// A day of metropolitan France.
    Day,
    /// A month of metropolitan France.
    Month,
}

/// One kind of bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// So much in a window.
    In(Measure, Period),
    /// So many requests under way.
    AtOnce,
}

impl Kind {
    /// Every kind that is counted in a window, as the policy writes them.
    pub const COUNTED: [(Measure, Period); 8] = [
        (Measure::Requests, Period::Minute),
        (Measure::Requests, Period::Day),
        (Measure::Requests, Period::Month),
        (Measure::Tokens, Period::Minute),
        (Measure::Tokens, Period::Day),
        (Measure::Tokens, Period::Month),
        (Measure::Euros, Period::Day),
        (Measure::Euros, Period::Month),
    ];

    /// Its key in the policy.
    pub const fn name(self) -> &'static str {
        match self {
            Self::In(Measure::Requests, Period::Minute) => "requests_per_minute",
            Self::In(Measure::Requests, Period::Day) => "requests_per_day",
            Self::In(Measure::Requests, Period::Month) => "requests_per_month",
            Self::In(Measure::Tokens, Period::Minute) => "tokens_per_minute",
            Self::In(Measure::Tokens, Period::Day) => "tokens_per_day",
            Self::In(Measure::Tokens, Period::Month) => "tokens_per_month",
            Self::In(Measure::Euros, Period::Minute) => "euros_per_minute",
            Self::In(Measure::Euros, Period::Day) => "euros_per_day",
            Self::In(Measure::Euros, Period::Month) => "euros_per_month",
            Self::AtOnce => "concurrent_requests",
        }
    }

    /// What the policy says of it.
    pub const fn bound(self, limits: &Limits) -> Option<u64> {
        match self {
            Self::In(Measure::Requests, Period::Minute) => limits.requests_per_minute,
            Self::In(Measure::Requests, Period::Day) => limits.requests_per_day,
            Self::In(Measure::Requests, Period::Month) => limits.requests_per_month,
            Self::In(Measure::Tokens, Period::Minute) => limits.tokens_per_minute,
            Self::In(Measure::Tokens, Period::Day) => limits.tokens_per_day,
            Self::In(Measure::Tokens, Period::Month) => limits.tokens_per_month,
            Self::In(Measure::Euros, Period::Minute) => None,
            Self::In(Measure::Euros, Period::Day) => limits.euros_per_day,
            Self::In(Measure::Euros, Period::Month) => limits.euros_per_month,
            Self::AtOnce => limits.concurrent_requests,
        }
    }
}

/// The windows that a moment is in, with their ends in milliseconds since 1970.
pub(super) struct Windows {
    minute: (i64, i64),
    day: (String, i64),
    month: (String, i64),
}

impl Windows {
    pub(super) fn at(now: Timestamp) -> Self {
        let (day, minute) = (civil(now), now.0.div_euclid(MINUTE));
        let month = Month::from(day);
        let next = month.next();
        let first = jiff::civil::Date::new(
            i16::try_from(next.year()).unwrap_or(9999),
            i8::try_from(next.month()).unwrap_or(12),
            1,
        );
        Self {
            minute: (minute, (minute + 1) * MINUTE),
            day: (
                day.to_string(),
                midnight(day.saturating_add(jiff::Span::new().days(1))).0,
            ),
            month: (month.to_string(), first.map_or(i64::MAX, |first| midnight(first).0)),
        }
    }

    /// Its name in a key, and its end.
    pub(super) fn of(&self, period: Period) -> (String, i64) {
        match period {
            Period::Minute => (self.minute.0.to_string(), self.minute.1),
            Period::Day => self.day.clone(),
            Period::Month => self.month.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond())
    }

    #[test]
    fn days_and_months_are_those_of_france() {
        for (now, day, day_end, month, month_end) in [
            (
                "2026-11-24T05:00:00Z",
                "2026-11-24",
                "2026-11-24T23:00:00Z",
                "2026-11",
                "2026-11-30T23:00:00Z",
            ),
            // Summer time: midnight is at 22:00 UTC.
            (
                "2026-06-30T21:59:59Z",
                "2026-06-30",
                "2026-06-30T22:00:00Z",
                "2026-06",
                "2026-06-30T22:00:00Z",
            ),
            (
                "2026-06-30T22:00:00Z",
                "2026-07-01",
                "2026-07-01T22:00:00Z",
                "2026-07",
                "2026-07-31T22:00:00Z",
            ),
            // The day that has 25 hours, and the month it is in.
            (
                "2026-10-25T01:30:00Z",
                "2026-10-25",
                "2026-10-25T23:00:00Z",
                "2026-10",
                "2026-10-31T23:00:00Z",
            ),
            (
                "2026-12-31T23:30:00Z",
                "2027-01-01",
                "2027-01-01T23:00:00Z",
                "2027-01",
                "2027-01-31T23:00:00Z",
            ),
        ] {
            let windows = Windows::at(at(now));
            assert_eq!(windows.of(Period::Day), (day.into(), at(day_end).0), "{now}");
            assert_eq!(windows.of(Period::Month), (month.into(), at(month_end).0), "{now}");
            let (_, end) = windows.of(Period::Minute);
            assert!(end > at(now).0 && end - at(now).0 <= MINUTE && end % MINUTE == 0);
        }
    }

    #[test]
    fn a_kind_has_the_name_of_its_key() {
        let limits = Limits {
            requests_per_minute: Some(1),
            requests_per_day: Some(2),
            requests_per_month: Some(3),
            tokens_per_minute: Some(4),
            tokens_per_day: Some(5),
            tokens_per_month: Some(6),
            euros_per_day: Some(7),
            euros_per_month: Some(8),
            concurrent_requests: Some(9),
            max_output_tokens: Some(10),
        };
        let written = format!("{limits:?}");
        let kinds = Kind::COUNTED.map(|(measure, period)| Kind::In(measure, period));
        for kind in kinds.into_iter().chain([Kind::AtOnce]) {
            let bound = kind.bound(&limits).expect("each has one");
            assert!(written.contains(&format!("{}: Some({bound})", kind.name())), "{kind:?}");
        }
    }
}
