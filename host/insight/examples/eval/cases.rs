//! Texts that are made: ordinary complaints out of parts, one grievance in twelve wordings, and what people do to a text
//! that they pass on.

use jackfield_insight::draw::Draw;

/// One grievance, as twelve people would say it.
#[allow(dead_code)] // the evaluation reads data instead
pub(crate) const WORDINGS: [&str; 12] = [
    "I was charged twice for the same train ticket",
    "Double charge on my ticket, my card shows the payment two times",
    "Bought one ticket and you charged my card twice",
    "Why is the ticket on my bank statement twice? Charged double!",
    "Ticket charged two times, want my money back for the second charge",
    "Your app charged me double for a single ticket",
    "My card was charged twice for one ticket, is that normal?",
    "Got charged again for a ticket I already paid, so twice in total",
    "Second charge for the same ticket on my card this morning",
    "paid my ticket once, charged twice. refund please",
    "Duplicate charge! One ticket, card charged twice",
    "The ticket machine charged my card twice for one single ticket",
];

const THINGS: [&str; 16] = [
    "router",
    "invoice",
    "headset",
    "parcel",
    "garden hose",
    "subscription",
    "password",
    "coffee machine",
    "roaming plan",
    "warranty",
    "kitchen lamp",
    "boarding pass",
    "loyalty points",
    "washing machine",
    "newsletter",
    "gift wrapping",
];
const TROUBLES: [&str; 16] = [
    "stopped working overnight",
    "arrived with a crack",
    "cannot be found in my account",
    "is the wrong colour",
    "makes a terrible noise",
    "expired before the date you promised",
    "was sent to my old address",
    "needs an answer from your technician",
    "smells of burnt plastic",
    "is not what the picture shows",
    "has been lost by the courier",
    "was cancelled without any notice",
    "blinks red and nothing else",
    "is missing the manual",
    "keeps asking for a code",
    "got wet in the rain",
];
const ENDS: [&str; 8] = [
    "what now?",
    "any idea?",
    "third week in a row",
    "your hotline hung up",
    "so disappointed",
    "can somebody look into it?",
    "my neighbour has the same",
    "I will not order again",
];

/// A complaint like any other.
#[allow(dead_code)]
pub(crate) fn ordinary(draw: &mut Draw) -> String {
    let mut one = |all: &[&'static str]| all[draw.below(all.len() as u64) as usize];
    format!("My {} {}, {}", one(&THINGS), one(&TROUBLES), one(&ENDS))
}

/// What somebody makes of a text who passes it on: shares, cuts, slips, shouts, adds.
pub(crate) fn copy(text: &str, draw: &mut Draw) -> String {
    let letters = text.chars().count();
    match draw.below(8) {
        0 => {
            let cut = letters - (draw.below(15) as usize).min(letters / 3);
            format!(
                "RT @somebody{}: {}",
                draw.below(999),
                text.chars().take(cut).collect::<String>()
            )
        }
        1 => slips(text, 5, draw),
        2 => slips(text, 12, draw),
        3 => text.chars().take(letters * 7 / 10).collect(),
        4 => text.to_uppercase(),
        5 => format!("@brand{} {text} https://short.example/{}", draw.below(9), draw.word()),
        6 => format!("So true! {text}"),
        _ => {
            let kept: Vec<&str> = text.split_whitespace().filter(|_| draw.below(100) >= 12).collect();
            kept.join(" ")
        }
    }
}

/// A slip of the finger in so many letters of a hundred.
fn slips(text: &str, percent: u64, draw: &mut Draw) -> String {
    let mut slipped = String::new();
    for letter in text.chars() {
        if draw.below(100) >= percent {
            slipped.push(letter);
            continue;
        }
        let other = char::from(b'a' + draw.below(26) as u8);
        match draw.below(3) {
            0 => {}
            1 => slipped.push(other),
            _ => slipped.extend([letter, other]),
        }
    }
    slipped
}
