//! Replies that went into the wrong conversation, to the wrong person, from the wrong account, and what is left in them.

use super::stage::{alone, context, draft, of, voice, words};
use jackfield_desk::gate::{Context, Draft, Gate, Rule, Severity, Thread};
use jackfield_protocol::Visibility;
use std::sync::Arc;

/// Who wrote, their handle, what they wrote; and replies that are right for it: by name, by number, by topic.
type Scene = (&'static str, &'static str, &'static str, [&'static str; 3]);

const SCENES: [Scene; 12] = [
    (
        "Ana Moreno",
        "ana_m",
        "My kettle leaks at the bottom since last week, water is all over the counter. Order NW-204417",
        [
            "Hi Ana, thanks for the picture. We will look at it.",
            "We have found NW-204417 and are looking at it.",
            "If the kettle leaks at the bottom, please wipe the counter and do not fill in more water.",
        ],
    ),
    (
        "Bernd Krause",
        "bkrause",
        "The router keeps losing the wireless connection since the firmware update. Order NW-310088",
        [
            "Hello Bernd, thanks for the details.",
            "The box of NW-310088 has a label at the bottom, could you send it?",
            "After the firmware update the router may need to search the wireless channels once more.",
        ],
    ),
    (
        "Chloe Petit",
        "chloe.p",
        "My magazine subscription was charged twice in October, invoice INV-77120",
        [
            "Dear Chloe, we are on it.",
            "INV-77120 is with our colleagues now.",
            "A subscription to the magazine that was charged twice is put right with the next invoice.",
        ],
    ),
    (
        "Dimitri Orlov",
        "dorlov",
        "Your driver left my parcel in the rain behind the garage, the books are soaked. Parcel 00340434161",
        [
            "Hey Dimitri, that is annoying.",
            "We are asking the carrier about 00340434161.",
            "Books that are soaked by rain behind a garage should not arrive like that; keep the parcel, please.",
        ],
    ),
    (
        "Efua Mensah",
        "efua",
        "The heating thermostat shows error E17 and the bedroom stays cold at night",
        [
            "Hi Efua, could you tell us more?",
            "@efua we have written to you in private.",
            "When the thermostat shows that error, the heating in the bedroom runs at night mode only.",
        ],
    ),
    (
        "Farid Haddad",
        "farid_h",
        "Can I take my bicycle on the night train to Vienna and do I need a reservation for it?",
        [
            "Hello Farid, good question.",
            "@farid_h we have looked it up for you.",
            "A bicycle on the night train to Vienna needs a reservation of its own.",
        ],
    ),
    (
        "Greta Lind",
        "gretal",
        "The concert in Malmö was cancelled, what happens to the tickets and the parking pass? Booking B-556120",
        [
            "Hi Greta, thank you for asking.",
            "We see booking B-556120 in the list.",
            "When a concert is cancelled, tickets and the parking pass are handled by the box office in Malmö.",
        ],
    ),
    (
        "Hiro Tanaka",
        "hirot",
        "The lawn mower robot drives over the flower beds although the boundary wire is fine",
        [
            "Dear Hiro, we have seen the video.",
            "@hirot which model is it?",
            "If the mower robot crosses the boundary wire, the flower beds may be closer to it than a hand.",
        ],
    ),
    (
        "Ines Vogel",
        "ines.v",
        "Meine Kaffeemaschine zeigt dauernd Entkalken an, obwohl ich gestern erst entkalkt habe. NW-618834",
        [
            "Hallo Ines, danke für die Nachricht.",
            "Zu NW-618834 haben wir eine Notiz gefunden.",
            "Wenn die Kaffeemaschine nach dem Entkalken weiter Entkalken anzeigt, fehlt meist der letzte Spülgang gestern.",
        ],
    ),
    (
        "Jonas Weber",
        "jweber",
        "Der Rucksack ist nach drei Wanderungen an der Naht gerissen, und der Reißverschluss klemmt",
        [
            "Guten Tag Jonas, vielen Dank.",
            "@jweber wir haben dir geschrieben.",
            "Ein Rucksack, dessen Naht nach wenigen Wanderungen gerissen ist und dessen Reißverschluss klemmt, gehört in die Werkstatt.",
        ],
    ),
    (
        "Karim Benali",
        "karimb",
        "Bonjour, mon casque ne se recharge plus depuis la mise à jour et le micro grésille. Facture FA-90017",
        [
            "Bonjour Karim, merci pour ces précisions.",
            "Nous avons retrouvé FA-90017.",
            "Un casque qui ne se recharge plus et dont le micro grésille après la mise à jour doit être réinitialisé.",
        ],
    ),
    (
        "Lucia Romero",
        "lromero",
        "Hola, la lavadora hace mucho ruido al centrifugar y deja manchas de óxido en las toallas",
        [
            "Hola Lucia, gracias por escribir.",
            "@lromero le hemos escrito en privado.",
            "Si la lavadora hace ruido al centrifugar y deja manchas de óxido en las toallas, conviene revisar el tambor.",
        ],
    ),
];

fn thread(scene: &Scene) -> Thread {
    let mut thread = Thread::default();
    thread.person(scene.0, scene.1);
    thread.add_said(scene.2);
    thread
}

fn at(here: usize) -> Context {
    Context {
        here: thread(&SCENES[here]),
        elsewhere: SCENES
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != here)
            .map(|(_, scene)| thread(scene))
            .collect(),
        agent: "Mia Król".to_owned(),
        ..Context::default()
    }
}

const WRONG: [Rule; 3] = [Rule::WrongThread, Rule::WrongPerson, Rule::WrongLanguage];

#[test]
fn a_reply_in_the_wrong_conversation_is_caught_and_in_the_right_one_it_is_not() {
    let gate = Gate::new(voice(), Arc::default());
    let (mut planted, mut missed) = ([0; 3], Vec::new());
    for (here, scene_here) in SCENES.iter().enumerate() {
        let context = at(here);
        for (from, scene) in SCENES.iter().enumerate() {
            for (kind, reply) in scene.3.iter().enumerate() {
                let findings = gate.check(&draft(reply), &context);
                let found = WRONG.iter().any(|rule| !of(&findings, *rule).is_empty());
                if from == here {
                    assert!(!found, "right for {}: {reply}: {findings:#?}", scene.0);
                } else {
                    planted[kind] += 1;
                    if !found {
                        missed.push(format!("{}: {reply}", scene_here.0));
                    }
                }
            }
        }
    }
    assert_eq!(planted, [132, 132, 132]);
    assert!(missed.is_empty(), "{} are missed: {missed:#?}", missed.len());
}

#[test]
fn what_is_not_caught_of_wrong_conversations() {
    let gate = Gate::new(voice(), Arc::default());
    let context = at(0);
    for (why, reply) in [
        ("it fits anywhere", "Thanks, we are looking into it."),
        (
            "two words of another conversation may be chance",
            "The router and the firmware are new.",
        ),
    ] {
        let findings = gate.check(&draft(reply), &context);
        assert!(
            WRONG.iter().all(|rule| of(&findings, *rule).is_empty()),
            "{why}: {findings:#?}"
        );
    }
}

#[test]
fn each_planted_fault_is_found_where_it_stands() {
    let gate = Gate::new(voice(), Arc::default());
    let check = |text: &str, rule: Rule, expected: &str| {
        let findings = gate.check(&draft(text), &context());
        let found = of(&findings, rule);
        assert_eq!(found.len(), 1, "{text}: {findings:#?}");
        assert_eq!(words(text, found[0]), expected, "{text}");
        assert!(found[0].reason.ends_with(['.', '?']), "{}", found[0].reason);
    };
    check("Hi Bob, thanks for writing", Rule::WrongPerson, "Bob");
    check("Hi Anna, thanks for writing", Rule::WrongPerson, "Anna");
    check("Hallo Frau Schulz, danke", Rule::WrongPerson, "Schulz");
    check("@stranger thanks", Rule::WrongPerson, "@stranger");
    check("Thanks from all of us at Southgate", Rule::WrongAccount, "Southgate");
    check("Done! Your Southgate crew", Rule::WrongAccount, "Your Southgate crew");
    check("We looked at NW-310088 for you", Rule::WrongThread, "NW-310088");
    check("Hi {name}, thanks", Rule::Placeholder, "{name}");
    check(
        "PLEASE READ THE MANUAL FIRST",
        Rule::Shouting,
        "PLEASE READ THE MANUAL FIRST",
    );
    check("See https://bit.ly/x", Rule::LinkTarget, "https://bit.ly/x");
    check(
        "a www.example.org b www.example.net c www.example.com",
        Rule::Links,
        "www.example.com",
    );
    check("Your order NW-204417 is here", Rule::PersonalData, "NW-204417");
    check("We guarantee it", Rule::Promise, "guarantee");
    check("It is done by tomorrow", Rule::Promise, "by tomorrow");
    check("We will refund you", Rule::Refund, "We will refund you");
    check("Wir erstatten Ihnen den Betrag", Rule::Refund, "Wir erstatten Ihnen");
    check("Nous vous remboursons demain", Rule::Refund, "remboursons");
    check("Le devolveremos el dinero", Rule::Refund, "devolveremos el dinero");
    check("Ti rimborsiamo domani", Rule::Refund, "rimborsiamo");
    check("We storten het bedrag terug", Rule::Refund, "storten het bedrag terug");
    check("That was our fault", Rule::Admission, "our fault");
    check("Here is a voucher", Rule::Compensation, "voucher");
    check("On behalf of the team", Rule::Statement, "On behalf of");
    check(
        "Wir sehen uns das jetzt gleich für Sie an und melden uns",
        Rule::WrongLanguage,
        "Wir sehen uns das jetzt gleich für Sie an und melden uns",
    );
    check("  \n", Rule::Empty, "  \n");
    check("^MK", Rule::Empty, "^MK");
}

#[test]
fn what_is_taken_back_is_no_promise() {
    let gate = Gate::new(voice(), Arc::default());
    for text in [
        "We cannot guarantee that",
        "We can't promise a date",
        "I am not able to refund that",
        "Wir erstatten das leider nicht",
        "Wir können das nicht garantieren",
        "Nous ne remboursons pas les frais",
        "No podemos garantizar nada",
        "Non possiamo garantire nulla",
        "Wij betalen dat niet terug",
    ] {
        assert_eq!(gate.acts(text), [], "{text}");
    }
}

#[test]
fn the_network_counts_as_it_counts_with_the_signature() {
    let gate = Gate::new(voice(), Arc::default());
    let long = Draft {
        max_length: Some(20),
        signature: 4,
        ..draft("seventeen letters")
    };
    let findings = gate.check(&long, &alone());
    let found = of(&findings, Rule::Length);
    assert_eq!(found.len(), 1);
    assert_eq!(words(&long.text, found[0]), "s");
    assert!(
        found[0].reason.contains("takes 20, and this is 21"),
        "{}",
        found[0].reason
    );
    let fits = Draft { signature: 3, ..long };
    assert!(of(&gate.check(&fits, &alone()), Rule::Length).is_empty());
}

#[test]
fn what_strangers_do_not_read_may_be_personal() {
    let gate = Gate::new(voice(), Arc::default());
    let public = draft("IBAN DE89 3704 0044 0532 0130 00");
    let direct = Draft {
        visibility: Visibility::Direct,
        ..public.clone()
    };
    let blocks = |draft: &Draft| {
        gate.check(draft, &alone())
            .iter()
            .any(|f| f.rule == Rule::PersonalData && f.severity == Severity::Block)
    };
    assert!(blocks(&public));
    assert!(!blocks(&direct));
}

#[test]
fn spans_are_characters_of_the_text_as_the_agent_sees_it() {
    let gate = Gate::new(voice(), Arc::default());
    let text = "👩‍👧 Grüße! Here is a vo\u{ad}ucher and a sca\u{200b}m";
    for finding in gate.check(&draft(text), &alone()) {
        let found = words(text, &finding);
        let expected = match finding.rule {
            Rule::ForbiddenWord => "sca\u{200b}m",
            Rule::Compensation => "vo\u{ad}ucher",
            _ => continue,
        };
        assert_eq!(found, expected);
    }
}
