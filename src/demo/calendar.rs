//! When people work: weekdays, public holidays, summer, and the hours of an office day.

use jiff::civil::{Date, Weekday};

use super::chance::Chance;

/// How much of a usual day's work is done on this day, from 0 to about 1.
pub(super) fn busy(day: Date) -> f64 {
    if is_holiday(day) {
        return 0.0;
    }
    let weekday = match day.weekday() {
        Weekday::Saturday => 0.02,
        Weekday::Sunday => 0.01,
        Weekday::Wednesday => 0.8,
        Weekday::Friday => 0.85,
        _ => 1.0,
    };
    let season = match (day.month(), day.day()) {
        (8, _) => 0.45,
        (7, 14..) => 0.7,
        (12, 20..) | (1, ..=3) => 0.4,
        _ => 1.0,
    };
    weekday * season
}

/// The eleven public holidays of metropolitan France (code du travail, article L3133-1).
pub(super) fn is_holiday(day: Date) -> bool {
    let fixed = matches!(
        (day.month(), day.day()),
        (1, 1) | (5, 1) | (5, 8) | (7, 14) | (8, 15) | (11, 1) | (11, 11) | (12, 25)
    );
    let after_easter = (day - easter(day.year())).get_days();
    fixed || matches!(after_easter, 1 | 39 | 50)
}

/// Easter Sunday of the Gregorian calendar (Butcher's rule).
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e, g) = (b / 4, b % 4, (8 * b + 13) / 25);
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    let part = |n: i32| i8::try_from(n).unwrap_or(1);
    Date::new(year, part(month), part(day)).unwrap_or(Date::ZERO)
}

/// A moment of an office day, in milliseconds since midnight: most around ten and half past two, few at noon.
pub(super) fn moment(chance: &mut Chance) -> i64 {
    const HOURS: [f64; 24] = [
        0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.4, 2.0, 7.0, 12.0, 14.0, 11.0, 3.0, 5.0, 12.0, 12.0, 10.0, 5.0, 1.5, 0.6, 0.4,
        0.3, 0.2, 0.0,
    ];
    let hour = chance.weighted(HOURS.into_iter());
    ((hour as f64 + chance.unit()) * 3_600_000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_holidays_are_those_of_the_calendar() {
        // Easter Monday, Ascension and Whit Monday of 2025 and 2026, and days beside them.
        for day in [
            "2025-04-21",
            "2025-05-29",
            "2025-06-09",
            "2026-04-06",
            "2026-05-14",
            "2026-05-25",
            "2026-11-11",
        ] {
            assert!(is_holiday(day.parse().unwrap()), "{day}");
        }
        for day in ["2025-04-22", "2026-04-07", "2026-05-15", "2026-11-12", "2026-03-02"] {
            assert!(!is_holiday(day.parse().unwrap()), "{day}");
        }
        assert_eq!(busy("2026-11-11".parse().unwrap()), 0.0);
        assert!(busy("2026-11-08".parse().unwrap()) < 0.1 && busy("2026-11-10".parse().unwrap()) == 1.0);
    }

    #[test]
    fn moments_are_of_the_day() {
        let mut chance = Chance::new(4);
        let moments: Vec<i64> = (0..5_000).map(|_| moment(&mut chance)).collect();
        assert!(moments.iter().all(|ms| (5 * 3_600_000..23 * 3_600_000).contains(ms)));
        let office = moments
            .iter()
            .filter(|ms| (8 * 3_600_000..18 * 3_600_000).contains(*ms))
            .count();
        assert!(office > 4_500, "{office}");
    }
}
