//! One clock in words, as a panel shows it: "due in 25 min", "overdue by 2 h", "waits for the customer since Tuesday".

use super::words::day;
use super::{Clock, End, Language, Why};
use crate::calendar::Calendar;
use jackfield_protocol::Millis;

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/// Says it. `wall` is whose days are named; without one, days are counted.
pub fn say(clock: &Clock, now: Millis, language: Language, wall: Option<&Calendar>) -> String {
    let late = clock
        .due
        .map(|due| clock.ended.map_or(now, |(_, at)| at).saturating_sub(due));
    match (clock.ended, clock.paused) {
        (Some((End::Met, _)), _) => match late {
            Some(late) if late > 0 => {
                let words = [
                    "done, {} late",
                    "erledigt, {} zu spät",
                    "fait, avec {} de retard",
                    "hecho, {} tarde",
                    "fatto, {} in ritardo",
                    "gedaan, {} te laat",
                ];
                fill(language.pick(words), &short(late, language))
            }
            _ => language
                .pick([
                    "done in time",
                    "rechtzeitig erledigt",
                    "fait à temps",
                    "hecho a tiempo",
                    "fatto in tempo",
                    "op tijd gedaan",
                ])
                .to_owned(),
        },
        (Some((End::Withdrawn, _)), _) => language
            .pick([
                "taken back by the customer",
                "vom Kunden zurückgenommen",
                "retiré par le client",
                "retirado por el cliente",
                "ritirato dal cliente",
                "door de klant ingetrokken",
            ])
            .to_owned(),
        (Some((End::Settled, _)), _) => language
            .pick([
                "closed without an answer",
                "ohne Antwort abgeschlossen",
                "clos sans réponse",
                "cerrado sin respuesta",
                "chiuso senza risposta",
                "zonder antwoord gesloten",
            ])
            .to_owned(),
        (None, Some((since, why))) => {
            let words = match why {
                Why::WaitingForPerson => [
                    "waits for the customer {}",
                    "wartet {} auf den Kunden",
                    "attend le client {}",
                    "espera al cliente {}",
                    "attende il cliente {}",
                    "wacht {} op de klant",
                ],
                Why::WaitingForOthers => [
                    "waits for others {}",
                    "wartet {} auf andere",
                    "attend un tiers {}",
                    "espera a terceros {}",
                    "attende terzi {}",
                    "wacht {} op anderen",
                ],
                Why::Snoozed => [
                    "put off {}",
                    "{} zurückgestellt",
                    "reporté {}",
                    "aplazado {}",
                    "rinviato {}",
                    "{} uitgesteld",
                ],
            };
            fill(language.pick(words), &since_when(since, now, language, wall))
        }
        (None, None) => match late {
            Some(late) if late > 0 => {
                let words = [
                    "overdue by {}",
                    "seit {} überfällig",
                    "en retard de {}",
                    "vencido hace {}",
                    "scaduto da {}",
                    "{} te laat",
                ];
                fill(language.pick(words), &short(late, language))
            }
            Some(left) => {
                let words = [
                    "due in {}",
                    "fällig in {}",
                    "à faire dans {}",
                    "vence en {}",
                    "scade tra {}",
                    "over {} te doen",
                ];
                fill(language.pick(words), &short(-left, language))
            }
            None => language
                .pick([
                    "not due as long as it is shut",
                    "nicht fällig, solange geschlossen ist",
                    "pas d’échéance pendant la fermeture",
                    "sin plazo mientras está cerrado",
                    "nessuna scadenza durante la chiusura",
                    "niet te doen zolang gesloten",
                ])
                .to_owned(),
        },
    }
}

fn fill(words: &str, with: &str) -> String {
    words.replacen("{}", with, 1)
}

/// The two largest units, and never more than there is: what is left is rounded down, so nobody is told of time they
/// do not have.
fn short(ms: Millis, language: Language) -> String {
    let days = language.pick(["d", "Tg.", "j", "d", "g", "d"]);
    let hours = language.pick(["h", "Std.", "h", "h", "h", "u"]);
    let minutes = language.pick(["min", "Min.", "min", "min", "min", "min"]);
    let two = |large: Millis, large_word: &str, small: Millis, small_word: &str| match small {
        0 => format!("{large} {large_word}"),
        _ => format!("{large} {large_word} {small} {small_word}"),
    };
    match ms {
        _ if ms >= 2 * DAY => two(ms / DAY, days, ms % DAY / HOUR, hours),
        _ if ms >= HOUR => two(ms / HOUR, hours, ms % HOUR / MINUTE, minutes),
        _ if ms >= MINUTE => format!("{} {minutes}", ms / MINUTE),
        _ => format!("< 1 {minutes}"),
    }
}

/// "since Tuesday" within the last week, else for how long.
fn since_when(since: Millis, now: Millis, language: Language, wall: Option<&Calendar>) -> String {
    let ago = now.saturating_sub(since);
    match wall {
        Some(wall) if (DAY..6 * DAY).contains(&ago) => {
            let word = language.pick(["since", "seit", "depuis", "desde el", "da", "sinds"]);
            format!("{word} {}", day(wall.wall(since).weekday, language))
        }
        _ => {
            let word = language.pick(["for {}", "seit {}", "depuis {}", "desde hace {}", "da {}", "sinds {}"]);
            fill(word, &short(ago.max(0), language))
        }
    }
}
