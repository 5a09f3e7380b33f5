//! What an answer of the brand does, as a customer reads it.

/// What an answer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It says that it is done, or how it is done.
    Solves,
    /// It asks for a private word.
    WantsPrivate,
    /// It asks something.
    Asks,
    /// It puts off or refuses.
    PutsOff,
    /// It is sorry, and that is all.
    Apologises,
    /// Something else.
    Says,
}

const PRIVATE: &[&str] = &[
    "direct message",
    " dm",
    "private",
    "privat",
    "mensaje directo",
    "message privé",
    "mensagem direta",
];
const SOLVED: &[&str] = &[
    "refund",
    "replac",
    "fixed",
    "solved",
    "resolved",
    "on its way",
    "is sent",
    "have sent",
    "we sent",
    "new one",
    "credited",
    "restored",
    "should work",
    "works again",
    "you can ",
    "here is",
    "here's",
    "it is done",
    "sorted",
    "erstatt",
    "behoben",
    "gelöst",
    "unterwegs",
    "reembols",
    "solucion",
    "resolvido",
    "rembours",
    "résolu",
];
const PUT_OFF: &[&str] = &[
    "wait",
    "soon",
    "looking into",
    "look into",
    "unfortunately",
    "policy",
    "cannot",
    "can't",
    "not able",
    "busy",
    "leider",
    "geduld",
    "espera",
    "infelizmente",
    "malheureusement",
    "patient",
];
const SORRY: &[&str] = &[
    "sorry",
    "apolog",
    "entschuldig",
    "tut uns leid",
    "disculp",
    "lo siento",
    "desculp",
    "désolé",
];

/// Reads an answer. What it does for the person outweighs what it asks, and both outweigh how it feels about it.
pub fn read(text: &str) -> Reading {
    let text = format!(" {}", text.to_lowercase());
    let any = |cues: &[&str]| cues.iter().any(|cue| text.contains(cue));
    if any(PRIVATE) {
        Reading::WantsPrivate
    } else if any(SOLVED) {
        Reading::Solves
    } else if text.contains('?') {
        Reading::Asks
    } else if any(PUT_OFF) {
        Reading::PutsOff
    } else if any(SORRY) {
        Reading::Apologises
    } else {
        Reading::Says
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_for_what_it_does() {
        let cases = [
            ("Sorry! A new one is on its way to you.", Reading::Solves),
            (
                "Could you send us your order number by direct message?",
                Reading::WantsPrivate,
            ),
            ("Which machine is it?", Reading::Asks),
            ("We are looking into it, please wait.", Reading::PutsOff),
            ("We are so sorry to hear that.", Reading::Apologises),
            ("Thank you for writing.", Reading::Says),
            ("Das ist behoben.", Reading::Solves),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
