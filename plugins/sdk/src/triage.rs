//! A judge of messages: the trait, its types, and the macro that makes it a component.

pub use crate::bindings::channel_plugin::jackfield::plugin::types::{
    AttachmentRef, Author, Content, Mark, Span, Visibility,
};
pub use crate::bindings::triage_plugin::exports::jackfield::plugin::triage::{Description, Label, Subject, Verdict};

/// A judge of messages. Pure: the same message gives the same verdicts, for ever.
pub trait Judge {
    /// What this judge knows. The same for every call.
    fn describe() -> Description;

    /// Opinions on one message; none abstains.
    fn classify(subject: &Subject) -> Vec<Verdict>;
}

impl Description {
    /// A judge of this name and version.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            labels: Vec::new(),
        }
    }

    /// Adds a label: its name, when it is right to use it, and the margin from which it is shown.
    #[must_use]
    pub fn label(mut self, name: &str, meaning: &str, suggested_threshold: f32) -> Self {
        self.labels.push(Label {
            name: name.to_owned(),
            meaning: meaning.to_owned(),
            suggested_threshold,
        });
        self
    }
}

/// Makes a component of a type that is a [`triage::Judge`](crate::triage::Judge).
///
/// ```
/// use jackfield_sdk::triage::*;
///
/// struct Shouting;
///
/// impl Judge for Shouting {
///     fn describe() -> Description {
///         Description::new("shouting", "0.1.0").label("shouting", "Mostly capitals.", 0.5)
///     }
///     fn classify(subject: &Subject) -> Vec<Verdict> {
///         let letters: Vec<char> = subject.content.text.chars().filter(|c| c.is_alphabetic()).collect();
///         let loud = letters.iter().filter(|c| c.is_uppercase()).count();
///         if letters.len() < 10 || loud * 2 < letters.len() {
///             return Vec::new();
///         }
///         vec![Verdict { label: "shouting".to_owned(), margin: loud as f32 / letters.len() as f32, because: None }]
///     }
/// }
///
/// jackfield_sdk::triage!(Shouting);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! triage {
    ($plugin:ty) => {
        const _: () = {
            use $crate::bindings::triage_plugin::exports::jackfield::plugin::triage as contract;

            struct Exported;

            impl contract::Guest for Exported {
                fn describe() -> contract::Description {
                    <$plugin as $crate::triage::Judge>::describe()
                }
                fn classify(subjects: Vec<contract::Subject>) -> Vec<Vec<contract::Verdict>> {
                    subjects
                        .iter()
                        .map(<$plugin as $crate::triage::Judge>::classify)
                        .collect()
                }
            }

            // Symbols with `:` and `#` in their names are for components; a native linker refuses them.
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::triage_plugin::export_triage!(
                Exported with_types_in $crate::bindings::triage_plugin
            );
        };
    };
}
