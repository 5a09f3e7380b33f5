//! Paths into JSON: a small part of JSONPath, without scripts and without searching.
//!
//! | written | picks |
//! |---|---|
//! | `.name`, `['odd name']` | a field of an object |
//! | `[0]`, `[-1]` | an element of a list, from its start or its end |
//! | `[name='x']` | the first element of a list whose field `name` is `x` |
//! | `[*]` | every element; only where a list is asked for (`items`) |
//!
//! A path is walked once from its start, so its cost is its length; [`MOST_STEPS`] bounds that. Only `[*]` widens, and
//! what it may find is bounded by the answer itself.

use serde_json::Value;

/// Deeper than any answer that a person wrote a mapping for.
pub(crate) const MOST_STEPS: usize = 16;

/// Where in a JSON value something is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Path {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    At(i64),
    Each,
    Where(String, String),
}

impl Path {
    /// Reads steps from the start of `text` as far as they go; what stands behind them is handed back.
    pub(crate) fn read(text: &str) -> Result<(Self, &str), String> {
        let (mut steps, mut rest) = (Vec::new(), text);
        loop {
            let (step, behind) = if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(|c: char| c.is_whitespace() || ".[]{}:'\"".contains(c));
                let (name, behind) = after
                    .split_at_checked(end.unwrap_or(after.len()))
                    .unwrap_or((after, ""));
                if name.is_empty() {
                    return Err(
                        "a field's name is missing behind a dot; write it as `.name` or `['odd name']`".to_owned(),
                    );
                }
                (Step::Key(name.to_owned()), behind)
            } else if let Some(after) = rest.strip_prefix('[') {
                bracket(after)?
            } else {
                return Ok((Self { steps }, rest));
            };
            steps.push(step);
            if steps.len() > MOST_STEPS {
                return Err(format!("the path has more than {MOST_STEPS} steps; shorten it"));
            }
            rest = behind;
        }
    }

    /// Whether it can pick several values.
    pub(crate) fn is_wide(&self) -> bool {
        self.steps.contains(&Step::Each)
    }

    /// The value there. Paths with `[*]` are for [`Self::list`].
    pub(crate) fn get<'v>(&self, from: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(from, |value, step| step.pick(value))
    }

    /// The elements of the list there; none where there is no list. With `[*]` the elements of every list it leads to,
    /// in order; one that is not there adds nothing.
    pub(crate) fn list<'v>(&self, from: &'v Value) -> Option<Vec<&'v Value>> {
        let mut at = vec![from];
        for step in &self.steps {
            at = match step {
                Step::Each => at.into_iter().filter_map(Value::as_array).flatten().collect(),
                one => at.into_iter().filter_map(|value| one.pick(value)).collect(),
            };
        }
        if self.steps.last() == Some(&Step::Each) {
            return Some(at);
        }
        let lists: Vec<_> = at.into_iter().filter_map(Value::as_array).collect();
        (!lists.is_empty() || self.is_wide()).then(|| lists.into_iter().flatten().collect())
    }

    /// The first step where it is a plain name, to tell which fields a mapping uses.
    pub(crate) fn names(&self) -> Vec<&str> {
        let name = |step: &'_ Step| match step {
            Step::Key(_) => true,
            Step::At(_) | Step::Each | Step::Where(..) => false,
        };
        let keys = self.steps.iter().take_while(|step| name(step));
        keys.filter_map(|step| {
            if let Step::Key(name) = step {
                Some(name.as_str())
            } else {
                None
            }
        })
        .collect()
    }
}

impl Step {
    fn pick<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match self {
            Self::Key(name) => value.get(name),
            Self::At(at) => {
                let list = value.as_array()?;
                let from_start = if *at < 0 {
                    i64::try_from(list.len()).ok()? + at
                } else {
                    *at
                };
                list.get(usize::try_from(from_start).ok()?)
            }
            Self::Where(name, wanted) => value
                .as_array()?
                .iter()
                .find(|element| element.get(name).and_then(scalar).is_some_and(|text| text == *wanted)),
            Self::Each => None,
        }
    }
}

/// What stands behind `[`: a step, and the rest behind `]`.
fn bracket(text: &str) -> Result<(Step, &str), String> {
    let shape = || "brackets hold a number, `'a name'`, `*` or `name='value'`".to_owned();
    if let Some((name, rest)) = quoted(text) {
        return Ok((Step::Key(name.to_owned()), rest.strip_prefix(']').ok_or_else(shape)?));
    }
    let end = text
        .find(['=', ']'])
        .ok_or("a bracket is not closed; write `]` behind it")?;
    let (inside, rest) = text.split_at_checked(end).ok_or_else(shape)?;
    if let Some(rest) = rest.strip_prefix('=') {
        let (value, rest) = quoted(rest).ok_or_else(shape)?;
        let rest = rest.strip_prefix(']').ok_or_else(shape)?;
        return Ok((Step::Where(inside.trim().to_owned(), value.to_owned()), rest));
    }
    let rest = rest.strip_prefix(']').ok_or_else(shape)?;
    match inside.trim() {
        "*" => Ok((Step::Each, rest)),
        number => Ok((Step::At(number.parse().map_err(|_| shape())?), rest)),
    }
}

/// What stands in quotes at the start, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    ['\'', '"']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.split_once(quote))
}

/// A value as text: strings, numbers, true and false. Null, lists, objects and empty strings are no value.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn every_step_picks_what_it_says() {
        let value = json!({
            "a": {"b": [10, 20, 30]}, "odd name": "x", "headers": [{"name": "To", "value": "ana"}],
            "lists": [{"l": [1, 2]}, {"none": 0}, {"l": [3]}],
        });
        let cases = [
            (".a.b[1]", Some(json!(20))),
            (".a.b[-1]", Some(json!(30))),
            (".a.b[3]", None),
            ("['odd name']", Some(json!("x"))),
            (".headers[name='To'].value", Some(json!("ana"))),
            (".headers[name='Cc'].value", None),
            (".a.c.d", None),
            ("", Some(value.clone())),
        ];
        for (text, expected) in cases {
            let (path, rest) = Path::read(text).unwrap();
            assert_eq!((path.get(&value), rest), (expected.as_ref(), ""), "{text}");
        }
        let list = |text: &str| Path::read(text).unwrap().0.list(&value).map(|l| l.len());
        assert_eq!(list(".a.b"), Some(3));
        assert_eq!(list(".lists[*].l"), Some(3));
        assert_eq!(list(".lists[*].l[*]"), Some(3));
        assert_eq!(list(".nothing[*].l"), Some(0));
        assert_eq!(list(".a"), None);
    }

    #[test]
    fn what_is_no_path_is_refused_in_words() {
        for text in [".", ".a.", "[x]", "[1", "['a'", "[name=x]", "[*"] {
            let error = Path::read(text).unwrap_err();
            assert!(error.contains('`'), "{text}: {error}");
        }
        assert!(Path::read(&".a".repeat(MOST_STEPS)).is_ok());
        assert!(Path::read(&".a".repeat(MOST_STEPS + 1)).is_err());
        assert_eq!(Path::read(".a:last").unwrap().1, ":last");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[.\\[\\]'\"*=a-z0-9-]{0,40}") {
            if let Ok((path, _)) = Path::read(&text) {
                let value = json!({"a": [{"b": 1}]});
                let _ = (path.get(&value), path.list(&value));
            }
        }
    }
}
