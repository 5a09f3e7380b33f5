//! What is signed, where it is more than the body: text with `{body}`, `{timestamp}` and the like in it.

use super::verify::Incoming;
use std::borrow::Cow;

/// A template, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Body,
    Timestamp,
    Url,
    Method,
    Path,
    Query,
    Header(String),
}

/// The words that may stand in braces, for the sentence about another one.
const WORDS: &str = "{body}, {timestamp}, {url}, {method}, {path}, {query}, {header:NAME}";

impl Template {
    /// Reads `v0:{timestamp}:{body}`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (word, after) = behind
                .split_once('}')
                .ok_or_else(|| format!("`template` has a `{{` without its `}}`; the words in braces are {WORDS}"))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(match word {
                "body" => Part::Body,
                "timestamp" => Part::Timestamp,
                "url" => Part::Url,
                "method" => Part::Method,
                "path" => Part::Path,
                "query" => Part::Query,
                _ => match word.split_once(':') {
                    Some(("header", name)) if !name.is_empty() => Part::Header(name.to_ascii_lowercase()),
                    _ => return Err(format!("`template` has {{{word}}}; the words in braces are {WORDS}")),
                },
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        if !parts.contains(&Part::Body) {
            return Err(
                "`template` has no {body}, so anybody on the way could change it; put {body} where the network has it"
                    .to_owned(),
            );
        }
        Ok(Self(parts))
    }

    pub(crate) fn has_timestamp(&self) -> bool {
        self.0.contains(&Part::Timestamp)
    }

    pub(crate) fn has_url(&self) -> bool {
        self.0.contains(&Part::Url)
    }

    /// The parts of what was signed; an error names the header that is missing.
    pub(crate) fn fill<'a>(
        &'a self,
        incoming: &Incoming<'a>,
        timestamp: &'a str,
    ) -> Result<Vec<Cow<'a, [u8]>>, String> {
        let mut filled = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            filled.push(Cow::Borrowed(match part {
                Part::Text(text) => text.as_bytes(),
                Part::Body => incoming.body,
                Part::Timestamp => timestamp.as_bytes(),
                Part::Url => incoming.url.as_bytes(),
                Part::Method => incoming.method.as_bytes(),
                Part::Path => incoming.path.as_bytes(),
                Part::Query => incoming.query.as_bytes(),
                Part::Header(name) => incoming.header(name)?.as_bytes(),
            }));
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_that_leaves_the_body_open_is_refused() {
        for (text, word) in [
            ("v0:{timestamp}", "no {body}"),
            ("{bodies}", "{bodies}"),
            ("{body", "without its"),
            ("{header:}{body}", "{header:}"),
            ("", "no {body}"),
        ] {
            let error = Template::parse(text).unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn each_word_stands_for_its_part_of_the_request() {
        let headers = [("x-id".to_owned(), "7".to_owned())];
        let incoming = Incoming {
            method: "POST",
            url: "https://a.example/hooks/l/x?y=1",
            path: "/x",
            query: "y=1",
            headers: &headers,
            body: b"hello",
        };
        let template = Template::parse("v0:{timestamp}:{header:X-Id}:{method}:{path}:{query}:{url}:{body}!").unwrap();
        let filled = template.fill(&incoming, "12").unwrap().concat();
        assert_eq!(
            String::from_utf8(filled).unwrap(),
            "v0:12:7:POST:/x:y=1:https://a.example/hooks/l/x?y=1:hello!"
        );
        let missing = Template::parse("{header:x-no}{body}").unwrap();
        assert!(missing.fill(&incoming, "").unwrap_err().contains("x-no"));
    }
}
