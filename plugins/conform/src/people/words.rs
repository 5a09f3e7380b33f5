//! What people say. Written for this stand-in; the brand sells coffee machines and beans by post.

use super::character::Move;

/// One thing that somebody comes with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matter {
    /// The language of all its words.
    pub(super) language: &'static str,
    /// How it begins; `{brand}` is the brand's mention.
    pub(super) opening: &'static str,
    /// Said again when nobody answers.
    pub(super) nag: &'static str,
    /// What there is to tell when asked.
    pub(super) detail: &'static str,
    /// What there is to ask on.
    pub(super) question: &'static str,
    /// Better said in private from the start.
    pub(super) delicate: bool,
}

macro_rules! matter {
    ($language:literal, $opening:literal, $nag:literal, $detail:literal, $question:literal) => {
        matter!($language, $opening, $nag, $detail, $question, false)
    };
    ($language:literal, $opening:literal, $nag:literal, $detail:literal, $question:literal, $delicate:literal) => {
        Matter {
            language: $language,
            opening: $opening,
            nag: $nag,
            detail: $detail,
            question: $question,
            delicate: $delicate,
        }
    };
}

pub(super) const MATTERS: &[Matter] = &[
    matter!(
        "en",
        "{brand} my grinder arrived with a cracked lid. Second time this month. What now?",
        "Still nothing about the cracked lid?",
        "It is the Breva grinder, order 40{n}. The lid broke on the left side.",
        "And will the next one be packed any better?"
    ),
    matter!(
        "en",
        "{brand} does the Breva fit under a 38 cm cupboard? The page does not say.",
        "Anybody there? I only need the height.",
        "The white one, with the big water tank.",
        "Does it still fit with the lid open?"
    ),
    matter!(
        "en",
        "{brand} the app logs me out every morning since Tuesday. #NorthwindApp",
        "Logged out again. Day {n} of this.",
        "Android 15, app version 7.2.{n}.",
        "Do I have to install it again for that?"
    ),
    matter!(
        "en",
        "{brand} you charged me twice for the same bag of beans.\n\nThe statement shows both on Monday.",
        "Two payments, no answer. Not great.",
        "Order 51{n}, both on the same card.",
        "How long until it shows on my account?",
        true
    ),
    matter!(
        "en",
        "Does anybody else wait two weeks for beans from {brand}? Tracking has not moved since the 3rd.",
        "Parcel still asleep somewhere.",
        "The tracking number ends in 88{n}.",
        "Which day should I be at home, then?"
    ),
    matter!(
        "en",
        "{brand} how do I descale the small one without the special powder? https://forum.example/threads/descaling-the-small-one-without-powder",
        "It blinks red now. Help?",
        "It is three years old and the water here is hard.",
        "Is vinegar safe for the seals?"
    ),
    matter!(
        "en",
        "{brand} I cannot cancel my subscription, the button just spins.",
        "The button still spins. I would like to leave now.",
        "Account under the mail address I wrote you before, plan M{n}.",
        "Will I get a confirmation of that?",
        true
    ),
    matter!(
        "en",
        "Thinking about the big machine from {brand} for our office of {n}0 people. Is it any good for that?",
        "No opinion from the maker themselves?",
        "About {n}0 cups a day, mostly before ten.",
        "What does the service contract cost?"
    ),
    matter!(
        "de",
        "{brand} meine Maschine macht seit gestern nur noch lauwarmen Kaffee. Was kann ich tun?",
        "Immer noch lauwarm. Kommt da noch etwas?",
        "Es ist die Breva, gekauft im März, Rechnung 7{n}.",
        "Muss ich sie dafür einschicken?"
    ),
    matter!(
        "es",
        "{brand} ¿hacen envíos a Canarias? En la web no aparece.",
        "¿Alguien me puede decir si envían aquí?",
        "Sería a Las Palmas, dos paquetes.",
        "¿Y cuánto tardaría?"
    ),
    matter!(
        "pt",
        "{brand} o moinho parou de funcionar depois de duas semanas. E agora?",
        "Continuo sem moinho e sem resposta.",
        "É o modelo pequeno, pedido 63{n}.",
        "Preciso de enviar a caixa original?"
    ),
    matter!(
        "fr",
        "{brand} ma commande est arrivée ouverte et il manque un paquet. Que faire ?",
        "Toujours pas de réponse pour le paquet manquant…",
        "Commande 29{n}, il manque le café décaféiné.",
        "Faut-il renvoyer le reste ?"
    ),
];

pub(super) const SPAM: &[&str] = &[
    "{brand} 🔥 Earn $5000 a week from home!! Click now https://win.example/join?ref={n} #crypto #giveaway",
    "{brand} Congratulations, you have been selected for a free gift card! Claim at https://gift.example/{n}",
    "{brand} Buy followers cheap, 100% real, DM me for promo",
];

/// Words for a move, in the matter's language where there are any, else in English.
pub(super) fn words_for(mv: Move, language: &str) -> &'static [&'static str] {
    match (mv, language) {
        (Move::Thank, "de") => &["Super, vielen Dank!", "Danke euch, das hat geholfen."],
        (Move::Thank, "es") => &["¡Muchas gracias!", "Perfecto, gracias por la ayuda."],
        (Move::Thank, "pt") => &["Muito obrigado!", "Ótimo, obrigada pela ajuda."],
        (Move::Thank, "fr") => &["Merci beaucoup !", "Parfait, merci pour votre aide."],
        (Move::Thank, _) => &[
            "Oh great, thank you so much!",
            "That was quick. Thanks a lot, really appreciated.",
            "Perfect, thanks! You made my day.",
        ],
        (Move::ThankBitterly, "de") => &["Na toll. Danke für nichts."],
        (Move::ThankBitterly, _) => &["Thanks for nothing.", "Great, thanks a lot for losing my morning too."],
        (Move::Complain, "de") => &[
            "Das hilft mir leider gar nicht weiter.",
            "Ich warte jetzt schon viel zu lange.",
        ],
        (Move::Complain, "es") => &["Eso no me sirve de nada, sigo igual."],
        (Move::Complain, "pt") => &["Isso não resolve nada, continuo na mesma."],
        (Move::Complain, "fr") => &["Cela ne règle rien, c'est toujours pareil."],
        (Move::Complain, _) => &[
            "That does not help me at all. It is still broken.",
            "I have heard that before. When will this be solved?",
            "Not good enough. I have waited far too long already.",
        ],
        _ => &[],
    }
}

/// Names, and where some of them live; `{n}` is added when they run out.
pub(super) const NAMES: &[(&str, &str, Option<&str>, u64)] = &[
    ("ana", "Ana Ribeiro", None, 214),
    ("ben_w", "Ben Whitlock", None, 58),
    ("carla", "Carla", Some("social.example"), 1310),
    ("dmitri", "Dmitri V.", None, 9),
    ("elif", "Elif Aydın", Some("kahve.example"), 402),
    ("farid", "farid", None, 77),
    ("greta", "Greta Lindqvist", None, 18_400),
    ("hiro", "ヒロ", Some("social.example"), 933),
    ("imani", "Imani O.", None, 120),
    ("jonas", "Jonas", Some("berg.example"), 31),
    ("kate", "Kate & Co", None, 2750),
    ("luis", "Luis Ferrer", None, 164),
    ("mette", "Mette", Some("fjord.example"), 88),
    ("noor", "", None, 12),
    ("olu", "Olu 🌱", None, 640),
    ("pia", "Pia Neumann", Some("berg.example"), 45),
];
