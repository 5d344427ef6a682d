//! A civil month, the only period the committee's figures know.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A civil month of Europe/Paris, written `2026-11`. Years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

/// Names of the months, in French.
const NAMES: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// The text is not a month such as `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAMonth;

impl fmt::Display for NotAMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("un mois s'écrit AAAA-MM, par exemple 2026-11")
    }
}

impl std::error::Error for NotAMonth {}

impl Month {
    /// A month; none where the year is not in 1..=9999 or the month not in 1..=12.
    pub fn new(year: u16, month: u8) -> Option<Self> {
        ((1..=9999).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// Its year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// Its number in the year, from 1.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Its name in French, such as `novembre`.
    pub const fn name(self) -> &'static str {
        NAMES[self.month as usize - 1]
    }

    /// The month after; the last month there is stays.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }

    /// The month before; the first month there is stays.
    #[must_use]
    pub fn previous(self) -> Self {
        self.plus(-1)
    }

    /// So many months later, or earlier where negative, within the years there are.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        const LAST: i32 = 9999 * 12 + 11;
        let count = (i32::from(self.year) * 12 + i32::from(self.month) - 1)
            .saturating_add(months)
            .clamp(12, LAST);
        let (year, month) = (count / 12, count % 12 + 1);
        Self {
            year: u16::try_from(year).unwrap_or(9999),
            month: u8::try_from(month).unwrap_or(12),
        }
    }

    /// This month and those after, to `last` included; none where `last` is earlier.
    pub fn to(self, last: Self) -> impl Iterator<Item = Self> {
        let mut next = (self <= last).then_some(self);
        std::iter::from_fn(move || {
            let month = next?;
            next = (month < last).then(|| month.next());
            Some(month)
        })
    }
}

impl From<jiff::civil::Date> for Month {
    /// The month of a day; days before year 1 are in the first month there is.
    fn from(day: jiff::civil::Date) -> Self {
        let year = u16::try_from(day.year()).unwrap_or_default();
        let month = u8::try_from(day.month()).unwrap_or_default();
        Self::new(year, month).unwrap_or(Self { year: 1, month: 1 })
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let (year, month) = text.split_once('-').ok_or(NotAMonth)?;
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(NotAMonth);
        }
        let parsed = year.parse().ok().zip(month.parse().ok());
        parsed.and_then(|(year, month)| Self::new(year, month)).ok_or(NotAMonth)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_as_it_is_written_and_nothing_else_is_a_month() {
        for text in ["2026-11", "0001-01", "9999-12"] {
            assert_eq!(text.parse::<Month>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "2026",
            "2026-13",
            "2026-00",
            "0000-01",
            "26-11",
            "2026-1",
            "2026-11-01",
            "+026-11",
            "2026/11",
        ] {
            assert_eq!(text.parse::<Month>(), Err(NotAMonth), "{text}");
        }
    }

    #[test]
    fn months_follow_each_other_over_new_year() {
        let december: Month = "2026-12".parse().unwrap();
        assert_eq!(december.next().to_string(), "2027-01");
        assert_eq!(december.next().previous(), december);
        assert_eq!(december.plus(-24).to_string(), "2024-12");
        assert_eq!(december.plus(i32::MAX).to_string(), "9999-12");
        assert_eq!(december.plus(i32::MIN).to_string(), "0001-01");
        assert!(december < december.next());
        let all: Vec<_> = december.previous().to(december.next()).map(|m| m.to_string()).collect();
        assert_eq!(all, ["2026-11", "2026-12", "2027-01"]);
        assert_eq!(december.to(december.previous()).count(), 0);
        let last: Month = "9999-12".parse().unwrap();
        assert_eq!(last.to(last).count(), 1);
    }
}
