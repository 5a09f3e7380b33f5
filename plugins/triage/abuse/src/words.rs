//! Foul words and threats, as phrases over the words of a reading. A star stands for any ending.

use jackfield_linear::text::{Reading, Token};

/// Words that nobody says to a clerk kindly.
const FOUL: [&str; 34] = [
    "fuck*",
    "fucker*",
    "motherfuck*",
    "bullshit",
    "asshole*",
    "arsehole*",
    "bastard*",
    "bitch*",
    "cunt*",
    "dickhead*",
    "wanker*",
    "twat*",
    "moron*",
    "idiot*",
    "imbecile*",
    "scumbag*",
    "piece of shit",
    "shithead*",
    "shitty",
    "prick",
    "stupid cow",
    "go to hell",
    "screw you",
    "arschloch",
    "wichser",
    "hurensohn",
    "scheiß*",
    "gilipollas",
    "hijo de puta",
    "connard*",
    "salope",
    "caralho",
    "filho da puta",
    "stronzo",
];

/// Who does what to whom: the verbs need somebody behind them, or `this will kill my battery` were one.
const THREATS: [&str; 36] = [
    "i will kill you",
    "i'll kill you",
    "ill kill you",
    "gonna kill you",
    "going to kill you",
    "kill you all",
    "i will hurt you",
    "i'll hurt you",
    "going to hurt you",
    "gonna hurt you",
    "i will find you",
    "i'll find you",
    "i know where you live",
    "we know where you live",
    "burn your shop",
    "burn your office",
    "burn down your",
    "burn it down with you",
    "bomb your",
    "blow up your",
    "shoot you",
    "stab you",
    "break your legs",
    "break your neck",
    "smash your face",
    "beat you up",
    "you will pay for this with your",
    "watch your back",
    "you are dead",
    "you're dead",
    "kill myself",
    "end my life",
    "ich bring dich um",
    "te voy a matar",
    "je vais te tuer",
    "vou te matar",
];

/// The first foul word.
pub(crate) fn foul(reading: &Reading) -> Option<(u32, u32)> {
    first(reading, &FOUL)
}

/// The first threat.
pub(crate) fn threat(reading: &Reading) -> Option<(u32, u32)> {
    first(reading, &THREATS)
}

fn first(reading: &Reading, phrases: &[&str]) -> Option<(u32, u32)> {
    let tokens = reading.tokens();
    (0..tokens.len()).find_map(|from| {
        let rest = tokens.get(from..)?;
        // Hardly any phrase begins as a word does: its first letter is looked at before anything is taken apart.
        let first = rest.first().and_then(|token| reading.word(token).first().copied())?;
        let likely = |phrase: &&&str| phrase.chars().next().map(u32::from) == Some(first);
        phrases
            .iter()
            .filter(likely)
            .find_map(|phrase| place(reading, rest, phrase))
    })
}

fn place(reading: &Reading, tokens: &[Token], phrase: &str) -> Option<(u32, u32)> {
    let mut left = tokens.iter();
    let mut end = 0;
    for wanted in phrase.split(' ') {
        let token = left.next()?;
        let word = reading.word(token);
        let fits = match wanted.strip_suffix('*') {
            Some(stem) => {
                stem.chars().map(u32::from).zip(word).filter(|(a, b)| a == *b).count() == stem.chars().count()
            }
            None => word.iter().copied().eq(wanted.chars().map(u32::from)),
        };
        if !fits {
            return None;
        }
        end = token.end;
    }
    Some((tokens.first()?.start, end))
}
