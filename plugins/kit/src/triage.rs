//! Cases of triage plugins. What a plugin says is looked at as it said it, before the host takes out what does not
//! fit: a host that repairs an answer is no excuse for it.

use crate::{
    Options,
    cases::{Not, Verdict, outcome},
    claims::Claim,
    report::{Case, Outcome},
    stage::Stage,
    subject::Subject,
};
use jackfield_engine::{
    Limits, TriageInstance, TriagePlugin,
    bindings::{Author, Content, Subject as Message, TriageVerdict, Visibility},
    trace::{Event, Memory},
};
use serde_json::Value;
use std::{sync::Arc, time::Instant};

/// As many as the host judges at once on a busy day.
const BATCH: usize = 64;

const ORDINARY: [&str; 12] = [
    "Where is my order? It was due on Monday.",
    "Thank you, that was quick!",
    "This is the third time I write and nobody answers. I want my money back.",
    "How do I change the address of a delivery?",
    "Win a FREE phone now, click here https://spam.example/win",
    "Wo bleibt mein Paket? Seit zwei Wochen nichts.",
    "¿Cuándo llega mi pedido?",
    "Je veux être remboursé, c'est inadmissible.",
    "Onde está a minha encomenda?",
    "ok",
    "Good morning everybody",
    "I love the new colour, well done.",
];

pub(crate) fn run(
    subject: &Subject,
    options: &Options,
    wanted: impl Iterator<Item = &'static Claim>,
) -> Result<(String, Vec<Case>), String> {
    let stage = Stage::triage(subject, options)?;
    let cases = wanted.map(|claim| {
        let began = Instant::now();
        let skip = subject.conform.skips.iter().find(|skip| skip.case == claim.case);
        let outcome = match skip {
            Some(skip) => Outcome::Skipped(skip.reason.clone()),
            None => outcome(case(&stage, claim.case)),
        };
        Case::new(claim, outcome, began.elapsed())
    });
    Ok(("messages of the kit".to_owned(), cases.collect()))
}

fn case(stage: &Stage<TriagePlugin>, case: &str) -> Verdict {
    match case {
        "describe" => describe(stage),
        "labels" => labels(stage),
        "one-list-each" => one_list_each(stage),
        "determinism" => determinism(stage),
        "empty" => empty(stage),
        "spans" => spans(stage, &ORDINARY),
        "margins" => margins(stage),
        "time" => time(stage),
        "unicode" | "right-to-left" | "emoji" => letters(stage, case),
        "large-body" => large_body(stage),
        "strange-bytes" => spans(
            stage,
            &[
                "\0\u{1}\u{1b}[31mred\u{7f}",
                "<b>where</b> is <a href=\"x\">my order",
                "\u{feff}where is my order\u{202e}redro ym si erehw",
                "{\"where\": [\"is\", \"my\"",
                "where\r\n\r\nis\tmy\u{a0}order\u{2028}?",
            ],
        ),
        "independence" => independence(stage),
        other => Err(Not::Untried(format!("this kit has no case `{other}`"))),
    }
}

fn message(text: &str) -> Message {
    Message {
        content: Content {
            author: Author {
                id: "1".to_owned(),
                handle: "ana@social.example".to_owned(),
                display_name: Some("Ana".to_owned()),
                profile_url: None,
                reach: Some(12),
                automated: false,
            },
            title: None,
            text: text.to_owned(),
            spans: Vec::new(),
            attachments: Vec::new(),
            language: None,
            warning: None,
        },
        visibility: Visibility::Public,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: vec!["northwind".to_owned()],
    }
}

/// A host's limits, on a machine that may be busy with other things.
fn limits() -> Limits {
    Limits {
        cpu: Limits::triage().cpu * 10,
        ..Limits::triage()
    }
}

fn instance(plugin: &TriagePlugin) -> Result<TriageInstance, Not> {
    plugin
        .instance(limits())
        .map_err(|error| Not::Failed(error.to_string()))
}

/// What a fresh instance says of each of these, checked by the host.
fn judged(plugin: &TriagePlugin, texts: &[&str]) -> Result<Vec<Vec<TriageVerdict>>, Not> {
    let messages: Vec<_> = texts.iter().map(|text| message(text)).collect();
    instance(plugin)?
        .classify(&messages)
        .map_err(|error| Not::Failed(error.to_string()))
}

/// The same as the plugin said it.
fn raw(plugin: &TriagePlugin, texts: &[&str]) -> Result<Vec<Vec<Value>>, Not> {
    let messages: Vec<_> = texts.iter().map(|text| message(text)).collect();
    let memory = Arc::new(Memory::default());
    let mut instance = instance(plugin)?;
    instance.record(memory.clone());
    let checked = instance.classify(&messages);
    let said = memory.take().into_iter().find_map(|event| match event {
        Event::Answer { answer } => Some(answer),
        _ => None,
    });
    match (said, checked) {
        (Some(said), _) => serde_json::from_value(said).map_err(|error| Not::Failed(error.to_string())),
        (None, Err(error)) => Err(Not::Failed(error.to_string())),
        (None, Ok(_)) => Err(Not::Failed("the answer was not recorded".to_owned())),
    }
}

fn describe(stage: &Stage<TriagePlugin>) -> Verdict {
    let told = stage.plugin.description();
    if told != stage.counted.description() {
        return Err("two instances describe themselves differently; `describe` has to say the same each time".into());
    }
    for label in &told.labels {
        if label.meaning.trim().len() < 3 {
            return Err(format!(
                "the label `{}` has no `meaning`; people have to know when it is right",
                label.name
            )
            .into());
        }
        if label.name.chars().any(char::is_uppercase) {
            return Err(format!("the label `{}` has upper case; labels are lower case", label.name).into());
        }
    }
    Ok(format!("{} labels", told.labels.len()))
}

fn labels(stage: &Stage<TriagePlugin>) -> Verdict {
    let declared: Vec<&str> = stage
        .plugin
        .description()
        .labels
        .iter()
        .map(|label| label.name.as_str())
        .collect();
    let mut used = 0;
    for verdict in raw(&stage.plugin, &ORDINARY)?.iter().flatten() {
        let label = verdict.get("label").and_then(Value::as_str).unwrap_or_default();
        if !declared.contains(&label) {
            return Err(format!("it uses the label `{label}`, which its description does not have").into());
        }
        used += 1;
    }
    Ok(format!("{used} verdicts, all with declared labels"))
}

fn one_list_each(stage: &Stage<TriagePlugin>) -> Verdict {
    let lists = raw(&stage.plugin, &ORDINARY)?;
    if lists.len() != ORDINARY.len() {
        return Err(format!("{} lists for {} messages", lists.len(), ORDINARY.len()).into());
    }
    let none = raw(&stage.plugin, &[])?;
    if !none.is_empty() {
        return Err(format!("{} lists for no message at all", none.len()).into());
    }
    let together = judged(&stage.plugin, &ORDINARY)?;
    for (text, list) in ORDINARY.iter().zip(&together) {
        if judged(&stage.plugin, &[text])?.first() != Some(list) {
            return Err(format!("{text:?} gets another verdict alone than at its place in a batch").into());
        }
    }
    Ok(format!("{} messages, in order", ORDINARY.len()))
}

fn determinism(stage: &Stage<TriagePlugin>) -> Verdict {
    let runs = [
        raw(&stage.plugin, &ORDINARY)?,
        raw(&stage.plugin, &ORDINARY)?,
        raw(&stage.counted, &ORDINARY)?,
        raw(&stage.counted, &ORDINARY)?,
    ];
    if runs.windows(2).any(|pair| pair.first() != pair.last()) {
        return Err("the same messages get other verdicts on another instance".into());
    }
    Ok("four instances in two engines say the same".to_owned())
}

fn empty(stage: &Stage<TriagePlugin>) -> Verdict {
    let nothing = ["", " ", "\n\t \u{a0}", "\u{200b}"];
    for (text, list) in nothing.iter().zip(raw(&stage.plugin, &nothing)?) {
        let sure = list
            .iter()
            .find(|verdict| verdict.get("margin").and_then(Value::as_f64).is_some_and(|m| m > 0.0));
        if let Some(sure) = sure {
            return Err(format!("of {text:?} it says {sure}; an empty list abstains").into());
        }
    }
    Ok("it abstains".to_owned())
}

fn spans(stage: &Stage<TriagePlugin>, texts: &[&str]) -> Verdict {
    let mut seen = 0;
    for (text, list) in texts.iter().zip(raw(&stage.plugin, texts)?) {
        for verdict in &list {
            let Some(because) = verdict.get("because").and_then(Value::as_array) else {
                continue;
            };
            let at = |number: usize| {
                because
                    .get(number)
                    .and_then(Value::as_u64)
                    .and_then(|at| usize::try_from(at).ok())
            };
            let (start, end) = (at(0).unwrap_or(usize::MAX), at(1).unwrap_or(usize::MAX));
            if start >= end || text.get(start..end).is_none() {
                return Err(format!(
                    "the reason of {} stands at {start}..{end}, which is not on character borders of {text:?} ({} bytes)",
                    verdict.get("label").unwrap_or(&Value::Null),
                    text.len()
                )
                .into());
            }
            seen += 1;
        }
    }
    Ok(format!("{seen} reasons"))
}

fn margins(stage: &Stage<TriagePlugin>) -> Verdict {
    for (text, list) in ORDINARY.iter().zip(raw(&stage.plugin, &ORDINARY)?) {
        // What is not a number has no form in JSON and was recorded as null.
        if let Some(verdict) = list
            .iter()
            .find(|verdict| !verdict.get("margin").is_some_and(Value::is_number))
        {
            return Err(format!("of {text:?} it says {verdict}: the margin is not a number").into());
        }
    }
    Ok("all are numbers".to_owned())
}

fn batch() -> Vec<Message> {
    ORDINARY.iter().cycle().take(BATCH).map(|text| message(text)).collect()
}

fn time(stage: &Stage<TriagePlugin>) -> Verdict {
    let mut one = stage
        .plugin
        .instance(Limits::triage())
        .map_err(|error| Not::Failed(error.to_string()))?;
    let messages = batch();
    // The first call builds what the guest builds once.
    one.classify(&messages)
        .map_err(|error| Not::Failed(error.to_string()))?;
    let began = Instant::now();
    one.classify(&messages)
        .map_err(|error| Not::Failed(error.to_string()))?;
    let each = began.elapsed() / u32::try_from(BATCH).unwrap_or(1);
    Ok(format!("{} µs a message, in batches of {BATCH}", each.as_micros()))
}

fn letters(stage: &Stage<TriagePlugin>, case: &str) -> Verdict {
    let samples = crate::cases::samples(case);
    // The words that judges look for, with what is tried right beside them.
    let around: Vec<String> = samples
        .iter()
        .map(|words| format!("{words} where is my order? thank you {words}"))
        .collect();
    let texts: Vec<&str> = samples
        .iter()
        .copied()
        .chain(around.iter().map(String::as_str))
        .collect();
    spans(stage, &texts)
}

fn large_body(stage: &Stage<TriagePlugin>) -> Verdict {
    let words = crate::cases::large();
    let began = Instant::now();
    let lists = judged(&stage.plugin, &[words.trim()])?;
    Ok(format!(
        "{} bytes in {} ms, {} verdicts",
        words.len(),
        began.elapsed().as_millis(),
        lists.first().map_or(0, Vec::len)
    ))
}

fn independence(stage: &Stage<TriagePlugin>) -> Verdict {
    let mut one = instance(&stage.plugin)?;
    let mut say = |text: &str| -> Verdict {
        let list = one
            .classify(&[message(text)])
            .map_err(|error| Not::Failed(error.to_string()))?;
        Ok(format!("{list:?}"))
    };
    let first: Vec<String> = ORDINARY.iter().map(|text| say(text)).collect::<Result<_, _>>()?;
    for text in ORDINARY.iter().rev() {
        say(text)?;
    }
    for (text, first) in ORDINARY.iter().zip(first) {
        if say(text)? != first {
            return Err(format!("{text:?} gets another verdict after other messages: the instance remembers").into());
        }
    }
    Ok("the same before and after other messages".to_owned())
}
