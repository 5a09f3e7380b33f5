//! Which language it says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_sdk::triage::*;
use jackfield_triage_language::{CODES, Language};

fn code(text: &str) -> String {
    let verdicts = Language::classify(&Subject {
        content: Content::plain(Author::named("ana"), text),
        visibility: Visibility::Public,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: Vec::new(),
    });
    verdicts
        .first()
        .map_or(String::new(), |v| v.label.replace("language/", ""))
}

#[test]
fn a_message_is_in_its_language() {
    for (text, expected) in [
        ("Where is my parcel? It should have been here on Monday.", "en"),
        ("Wo ist mein Paket? Es sollte am Montag kommen.", "de"),
        ("¿Dónde está mi pedido? No ha llegado todavía.", "es"),
        ("Où est ma commande ? Elle devait arriver lundi.", "fr"),
        ("Где мой заказ? Он должен был прийти в понедельник.", "ru"),
        ("Де моє замовлення? Воно мало прийти ще в понеділок.", "uk"),
        ("Gdzie jest moja paczka? Miała przyjść w poniedziałek, żenada.", "pl"),
        ("Πού είναι το δέμα μου;", "el"),
        ("私の荷物はどこですか", "ja"),
        ("我的包裹在哪里", "zh"),
        ("ごに", "ja"),
        ("내 소포는 어디에 있나요", "ko"),
        ("พัสดุของฉันอยู่ที่ไหน", "th"),
        ("بسته من کجاست؟ چرا نرسیده؟ پول من چه شد", "fa"),
    ] {
        assert_eq!(code(text), expected, "{text}");
    }
}

#[test]
fn where_no_letters_are_it_is_unknown_and_where_nothing_is_it_abstains() {
    assert_eq!(code("👍👍 https://x.example"), "unknown");
    assert_eq!(code("12 34"), "unknown");
    assert_eq!(code("ਮੇਰਾ ਪਾਰਸਲ ਕਿੱਥੇ ਹੈ"), "unknown");
    assert_eq!(code(""), "");
}

#[test]
fn what_it_says_it_described() {
    let known = Language::describe().labels;
    assert_eq!(known.len(), CODES.len());
    assert!(
        known
            .iter()
            .any(|l| l.name == format!("language/{}", code("Hvor er pakken min? Den skulle være på døren")))
    );
}
