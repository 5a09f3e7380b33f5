//! The words of six languages for times, spans and days. Plain templates: a number decides between one and many.

use super::Kind;
use jackfield_protocol::Millis;

/// The languages in which promises and clocks are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Italian.
    It,
    /// Dutch.
    Nl,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::En, Self::De, Self::Fr, Self::Es, Self::It, Self::Nl];

    /// The one of a BCP 47 tag; none where it is another language.
    pub fn of(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_']).next()?.to_ascii_lowercase();
        let tags = ["en", "de", "fr", "es", "it", "nl"];
        let place = tags.iter().position(|tag| *tag == first)?;
        Self::ALL.get(place).copied()
    }

    /// The one of six words, in the order of [`Self::ALL`].
    pub(super) fn pick(self, of: [&'static str; 6]) -> &'static str {
        let [en, de, fr, es, it, nl] = of;
        match self {
            Self::En => en,
            Self::De => de,
            Self::Fr => fr,
            Self::Es => es,
            Self::It => it,
            Self::Nl => nl,
        }
    }
}

/// `2 hours`, `1 hour and 30 minutes`: exact, nothing is rounded.
pub(super) fn span(ms: Millis, language: Language) -> String {
    let units: [(Millis, [&str; 6], [&str; 6]); 4] = [
        (
            3_600_000,
            ["hour", "Stunde", "heure", "hora", "ora", "uur"],
            ["hours", "Stunden", "heures", "horas", "ore", "uur"],
        ),
        (
            60_000,
            ["minute", "Minute", "minute", "minuto", "minuto", "minuut"],
            ["minutes", "Minuten", "minutes", "minutos", "minuti", "minuten"],
        ),
        (
            1_000,
            ["second", "Sekunde", "seconde", "segundo", "secondo", "seconde"],
            ["seconds", "Sekunden", "secondes", "segundos", "secondi", "seconden"],
        ),
        (
            1,
            [
                "millisecond",
                "Millisekunde",
                "milliseconde",
                "milisegundo",
                "millisecondo",
                "milliseconde",
            ],
            [
                "milliseconds",
                "Millisekunden",
                "millisecondes",
                "milisegundos",
                "millisecondi",
                "milliseconden",
            ],
        ),
    ];
    let mut rest = ms.max(0);
    let mut parts = Vec::new();
    for (worth, one, many) in units {
        let count = rest / worth;
        rest %= worth;
        if count > 0 {
            parts.push(format!(
                "{count} {}",
                language.pick(if count == 1 { one } else { many })
            ));
        }
    }
    list(&parts, language)
}

/// `a, b and c`.
pub(super) fn list(parts: &[String], language: Language) -> String {
    let and = language.pick(["and", "und", "et", "y", "e", "en"]);
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

/// A time of day as it is written there.
pub(super) fn time(ms: Millis, language: Language) -> String {
    let (hour, minute) = (ms / 3_600_000, ms / 60_000 % 60);
    match language {
        Language::En | Language::Es | Language::It => format!("{hour}:{minute:02}"),
        Language::De => format!("{hour}:{minute:02} Uhr"),
        Language::Fr => format!("{hour} h {minute:02}"),
        Language::Nl => format!("{hour}.{minute:02} uur"),
    }
}

/// Monday is 0.
pub(super) fn day(day: usize, language: Language) -> &'static str {
    const DAYS: [[&str; 6]; 7] = [
        ["Monday", "Montag", "lundi", "lunes", "lunedì", "maandag"],
        ["Tuesday", "Dienstag", "mardi", "martes", "martedì", "dinsdag"],
        [
            "Wednesday",
            "Mittwoch",
            "mercredi",
            "miércoles",
            "mercoledì",
            "woensdag",
        ],
        ["Thursday", "Donnerstag", "jeudi", "jueves", "giovedì", "donderdag"],
        ["Friday", "Freitag", "vendredi", "viernes", "venerdì", "vrijdag"],
        ["Saturday", "Samstag", "samedi", "sábado", "sabato", "zaterdag"],
        ["Sunday", "Sonntag", "dimanche", "domingo", "domenica", "zondag"],
    ];
    DAYS.get(day).map_or("", |names| language.pick(*names))
}

/// What we promise.
pub(super) fn deed(kind: Kind, language: Language) -> &'static str {
    language.pick(match kind {
        Kind::FirstResponse | Kind::NextResponse | Kind::Answer => [
            "We answer",
            "Wir antworten",
            "Nous répondons",
            "Respondemos",
            "Rispondiamo",
            "Wij antwoorden",
        ],
        Kind::Acknowledge => [
            "We confirm what you write",
            "Wir bestätigen Ihre Nachricht",
            "Nous confirmons votre message",
            "Confirmamos su mensaje",
            "Confermiamo il suo messaggio",
            "Wij bevestigen uw bericht",
        ],
        Kind::Resolve => [
            "We solve it",
            "Wir lösen Ihr Anliegen",
            "Nous résolvons votre demande",
            "Resolvemos su caso",
            "Risolviamo la sua richiesta",
            "Wij lossen het op",
        ],
    })
}
