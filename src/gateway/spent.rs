//! What a caller is told where a bound is reached: which, whose, and when there is room again.

use crate::limits::{Exceeded, Kind, Measure, Period, Whose};

/// In French.
pub(super) fn words(exceeded: &Exceeded) -> String {
    let what = what(exceeded);
    let reached = match &exceeded.whose {
        Whose::Caller => format!("Vous avez atteint votre limite sur cet outil : {what}."),
        Whose::CallerOnAll => format!("Vous avez atteint votre limite, tous outils confondus : {what}."),
        Whose::Tool => format!("Cet outil a atteint sa limite pour l'ensemble des agents : {what}."),
        Whose::Group(group) => format!("Votre groupe « {group} » a atteint sa limite, tous outils confondus : {what}."),
    };
    if exceeded.alone {
        return format!("{reached} Cette demande la dépasserait à elle seule : raccourcissez-la.");
    }
    match exceeded.kind {
        Kind::AtOnce => format!("{reached} Attendez la fin d'une réponse, puis renvoyez la demande."),
        Kind::In(..) => format!("{reached} Réessayez dans {}.", wait(exceeded.retry_after)),
    }
}

/// `200 000 jetons par jour`
fn what(exceeded: &Exceeded) -> String {
    let (measure, period) = match exceeded.kind {
        Kind::AtOnce => return counted(exceeded.bound, "demande en même temps", "demandes en même temps"),
        Kind::In(measure, period) => (measure, period),
    };
    let amount = match measure {
        Measure::Requests => counted(exceeded.bound, "demande", "demandes"),
        Measure::Tokens => counted(exceeded.bound, "jeton", "jetons"),
        Measure::Euros => euros(exceeded.bound),
    };
    let period = match period {
        Period::Minute => "minute",
        Period::Day => "jour",
        Period::Month => "mois",
    };
    format!("{amount} par {period}")
}

fn counted(amount: u64, one: &str, more: &str) -> String {
    format!("{} {}", grouped(amount), if amount < 2 { one } else { more })
}

/// `12,50 €`, of billionths of a euro; cents at least, and no more digits than there are.
fn euros(nano: u64) -> String {
    let (whole, rest) = (nano / 1_000_000_000, nano % 1_000_000_000);
    let digits = format!("{rest:09}");
    let digits = match digits.trim_end_matches('0') {
        "" => String::new(),
        digits => format!(",{digits:0<2}"),
    };
    format!("{}{digits} €", grouped(whole))
}

/// Digits by threes, apart by narrow no-break spaces.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202F}');
        }
        text.push(digit);
    }
    text
}

fn wait(seconds: u64) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5_400 => format!("{} min", seconds.div_ceil(60)),
        5_401..=172_800 => format!("{} h", seconds.div_ceil(3_600)),
        _ => format!("{} jours", seconds.div_ceil(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_whose_and_when() {
        let minute = Kind::In(Measure::Requests, Period::Minute);
        let month = Kind::In(Measure::Euros, Period::Month);
        let day = Kind::In(Measure::Tokens, Period::Day);
        for (kind, whose, bound, retry_after, alone, expected) in [
            (
                minute,
                Whose::Caller,
                60,
                12,
                false,
                "Vous avez atteint votre limite sur cet outil : 60 demandes par minute. Réessayez dans 12 s.",
            ),
            (
                month,
                Whose::Group("solidarites".into()),
                12_500_000_000,
                400_000,
                false,
                "Votre groupe « solidarites » a atteint sa limite, tous outils confondus : 12,50 € par mois. Réessayez dans 5 jours.",
            ),
            (
                day,
                Whose::Tool,
                200_000,
                7_000,
                false,
                "Cet outil a atteint sa limite pour l'ensemble des agents : 200\u{202F}000 jetons par jour. Réessayez dans 2 h.",
            ),
            (
                day,
                Whose::CallerOnAll,
                1_000,
                7_000,
                true,
                "Vous avez atteint votre limite, tous outils confondus : 1\u{202F}000 jetons par jour. Cette demande la dépasserait \
                 à elle seule : raccourcissez-la.",
            ),
            (
                Kind::AtOnce,
                Whose::Caller,
                1,
                1,
                false,
                "Vous avez atteint votre limite sur cet outil : 1 demande en même temps. Attendez la fin d'une réponse, puis \
                 renvoyez la demande.",
            ),
        ] {
            let exceeded = Exceeded {
                kind,
                whose,
                bound,
                retry_after,
                alone,
            };
            assert_eq!(words(&exceeded), expected);
        }
    }

    #[test]
    fn money_has_cents_or_more() {
        for (nano, expected) in [
            (5_000_000_000, "5 €"),
            (1_500_000_000, "1,50 €"),
            (10_000_000, "0,01 €"),
            (2_500_000, "0,0025 €"),
            (1_234_000_000_000, "1\u{202F}234 €"),
        ] {
            assert_eq!(euros(nano), expected);
        }
    }
}
