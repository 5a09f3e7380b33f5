//! The sentence that a brand publishes, out of the target that is enforced: "We answer within 2 hours on weekdays from
//! 9:00 to 17:00." It is exact: spans are not rounded, and every stretch of the week is named.

use super::words::{day, deed, list, span, time};
use super::{Edition, Language, Target};
use crate::calendar::Calendar;
use jackfield_protocol::Millis;

/// The sentence of one target. None where the edition has no such calendar.
pub fn promise(target: &Target, edition: &Edition, language: Language) -> Option<String> {
    let within = language.pick(["within", "innerhalb von", "en", "en", "entro", "binnen"]);
    let long = span(target.within.0, language);
    let mut sentence = format!("{} {within} {long}", deed(target.clock, language));
    match &target.hours {
        None => sentence.push_str(language.pick([
            ", day and night",
            ", rund um die Uhr",
            ", jour et nuit",
            ", día y noche",
            ", giorno e notte",
            ", dag en nacht",
        ])),
        Some(name) => {
            let calendar = edition.calendars.get(name)?;
            sentence.push(' ');
            sentence.push_str(&hours(calendar, language));
            if calendar.has_exceptions() {
                sentence.push_str(language.pick([
                    ", except on holidays",
                    ", außer an Feiertagen",
                    ", sauf les jours fériés",
                    ", salvo festivos",
                    ", esclusi i festivi",
                    ", behalve op feestdagen",
                ]));
            }
        }
    }
    sentence.push('.');
    Some(sentence)
}

/// One day's stretches and the days that have them, in the order of the week.
type Group = (Vec<usize>, Vec<(Millis, Millis)>);

fn hours(calendar: &Calendar, language: Language) -> String {
    let mut groups: Vec<Group> = Vec::new();
    for (day, stretches) in calendar
        .week()
        .into_iter()
        .enumerate()
        .filter(|(_, stretches)| !stretches.is_empty())
    {
        match groups.iter_mut().find(|(_, known)| *known == stretches) {
            Some((days, _)) => days.push(day),
            None => groups.push((vec![day], stretches)),
        }
    }
    let group = |(on, stretches): &Group| {
        let from = language.pick(["from", "von", "de", "de", "dalle", "van"]);
        let to = language.pick(["to", "bis", "à", "a", "alle", "tot"]);
        let one = |(begins, ends): &(Millis, Millis)| {
            format!("{from} {} {to} {}", time(*begins, language), time(*ends, language))
        };
        let each: Vec<String> = stretches.iter().map(one).collect();
        format!("{} {}", days(on, language), list(&each, language))
    };
    groups.iter().map(group).collect::<Vec<_>>().join("; ")
}

fn days(on: &[usize], language: Language) -> String {
    match on {
        [0, 1, 2, 3, 4] => language.pick([
            "on weekdays",
            "montags bis freitags",
            "du lundi au vendredi",
            "de lunes a viernes",
            "dal lunedì al venerdì",
            "op werkdagen",
        ]),
        [0, 1, 2, 3, 4, 5, 6] => language.pick([
            "every day",
            "täglich",
            "tous les jours",
            "todos los días",
            "tutti i giorni",
            "elke dag",
        ]),
        _ => {
            let on_days = language.pick(["on", "am", "le", "el", "il", "op"]);
            let names: Vec<String> = on.iter().map(|one| day(*one, language).to_owned()).collect();
            return format!("{on_days} {}", list(&names, language));
        }
    }
    .to_owned()
}
