//! What falls due in the committee's list: reviews, ends of tools, ends of trials, as of a day.
//!
//! Whether a tool is served on that day is asked of [`rules`](super::rules); this is for people who should act before.

use jiff::{ToSpan, civil::Date};

use super::denial::french;
use super::rules::last_of_grace;
use super::{Policy, Status, Tool};

/// Days before a review in which it is told.
const NEAR: i64 = 90;
/// Days before an end in which it is told.
const ENDING: i64 = 30;

/// Something of a tool that falls due, or that did.
#[derive(Clone, Copy, Debug)]
pub struct Deadline<'p> {
    /// The tool.
    pub tool: &'p Tool,
    /// The day that the policy names.
    pub day: Date,
    /// What is due on it.
    pub due: Due,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// A review, in 90 days or fewer.
    Review,
    /// A review that is late: the tool is served, with a reminder, up to this day.
    ReviewLate {
        /// Its last day.
        closes: Date,
    },
    /// A review that is late: the tool is closed.
    ReviewMissed,
    /// The last day of a tool, in 30 days or fewer.
    End,
    /// The last day of a trial, in 30 days or fewer.
    TrialEnd,
    /// A last day that is past.
    Over,
    /// The last day of a trial, which is past; it is a trial still.
    TrialOver,
}

impl Policy {
    /// What falls due as of a day, in the order of the file; tools that were never served or never will be again have
    /// nothing due.
    pub fn deadlines(&self, today: Date) -> impl Iterator<Item = Deadline<'_>> {
        let watched = |tool: &&Tool| matches!(tool.status, Status::Validated | Status::Trial | Status::Suspended);
        let tools = self.tools.iter().filter(watched);
        tools.flat_map(move |tool| [review(tool, today), end(tool, today)].into_iter().flatten())
    }
}

fn review(tool: &Tool, today: Date) -> Option<Deadline<'_>> {
    let day = tool.review_before?;
    let closes = last_of_grace(day, tool.grace_days);
    let due = match () {
        () if today > closes => Due::ReviewMissed,
        () if today > day => Due::ReviewLate { closes },
        () if day <= after(today, NEAR) => Due::Review,
        () => return None,
    };
    Some(Deadline { tool, day, due })
}

fn end(tool: &Tool, today: Date) -> Option<Deadline<'_>> {
    let day = tool.valid_until?;
    let is_trial = tool.status == Status::Trial;
    let due = match is_trial {
        true if today > day => Due::TrialOver,
        false if today > day => Due::Over,
        _ if day > after(today, ENDING) => return None,
        true => Due::TrialEnd,
        false => Due::End,
    };
    Some(Deadline { tool, day, due })
}

fn after(today: Date, days: i64) -> Date {
    today.saturating_add(days.days())
}

impl Deadline<'_> {
    /// Whether the tool is closed because of it.
    pub fn is_closed(&self) -> bool {
        matches!(self.due, Due::ReviewMissed | Due::Over | Due::TrialOver)
    }

    /// In French, of the tool.
    pub fn sentence(&self) -> String {
        let day = french(self.day);
        match self.due {
            Due::Review => format!("à réexaminer avant le {day}"),
            Due::ReviewLate { closes } => format!(
                "réexamen dépassé depuis le {day} : encore servi, avec un rappel, jusqu'au {}",
                french(closes)
            ),
            Due::ReviewMissed => format!("réexamen dépassé depuis le {day} : fermé"),
            Due::End => format!("dernier jour le {day}"),
            Due::TrialEnd => format!("l'expérimentation se termine le {day}"),
            Due::Over => format!("fermé depuis son dernier jour, le {day}"),
            Due::TrialOver => format!("expérimentation terminée le {day} : fermé, et toujours noté en expérimentation"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = include_str!("../../tests/fixtures/policies/valid/example.toml");

    /// What is told of the tool `gemini` with these days.
    fn told(days: &str, today: &str) -> Vec<String> {
        let (review, end) = ("review_before = 2027-06-30\n", "valid_until = 2027-12-31");
        assert!(LIST.contains(review) && LIST.contains(end));
        let source = LIST.replacen(end, "", 1).replacen(review, &format!("{days}\n"), 1);
        let today = today.parse().expect("a day");
        let policy = Policy::read(&source, "policy.toml", today).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let deadlines = policy.deadlines(today).filter(|due| due.tool.id == "gemini");
        deadlines
            .map(|due| format!("{}{}", if due.is_closed() { "! " } else { "" }, due.sentence()))
            .collect()
    }

    #[test]
    fn what_falls_due_is_told_in_words() {
        for (days, today, expected) in [
            (
                "review_before = 2027-06-30",
                "2027-04-01",
                "à réexaminer avant le 30 juin 2027",
            ),
            (
                "review_before = 2027-06-30",
                "2027-06-30",
                "à réexaminer avant le 30 juin 2027",
            ),
            (
                "review_before = 2027-06-30",
                "2027-07-01",
                "! réexamen dépassé depuis le 30 juin 2027 : fermé",
            ),
            (
                "review_before = 2027-06-30\ngrace_days = 30",
                "2027-07-30",
                "réexamen dépassé depuis le 30 juin 2027 : encore servi, avec un rappel, jusqu'au 30 juillet 2027",
            ),
            (
                "review_before = 2027-06-30\ngrace_days = 30",
                "2027-07-31",
                "! réexamen dépassé depuis le 30 juin 2027 : fermé",
            ),
            (
                "review_before = 2040-01-01\nvalid_until = 2027-06-30",
                "2027-05-31",
                "dernier jour le 30 juin 2027",
            ),
            (
                "review_before = 2040-01-01\nvalid_until = 2027-06-30",
                "2027-07-01",
                "! fermé depuis son dernier jour, le 30 juin 2027",
            ),
        ] {
            assert_eq!(told(days, today), [expected], "{days} on {today}");
        }
        let nothing: [&str; 0] = [];
        assert_eq!(told("review_before = 2027-06-30", "2027-03-31"), nothing);
        let ends = "review_before = 2040-01-01\nvalid_until = 2027-06-30";
        assert_eq!(told(ends, "2027-05-30"), nothing);
    }
}
