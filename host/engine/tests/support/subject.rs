//! A message to judge.

use jackfield_engine::bindings::{Author, Content, Subject, Visibility};

/// In public, the first of its thread, with these words.
pub(crate) fn subject(text: &str) -> Subject {
    let author = Author {
        id: "1".into(),
        handle: "h".into(),
        display_name: None,
        profile_url: None,
        reach: None,
        automated: false,
    };
    Subject {
        content: Content {
            author,
            title: None,
            text: text.into(),
            spans: vec![],
            attachments: vec![],
            language: None,
            warning: None,
        },
        visibility: Visibility::Public,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: vec![],
    }
}
