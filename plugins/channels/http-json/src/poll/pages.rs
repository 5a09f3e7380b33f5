//! How a list goes on: the address or the word of its next page.

use super::cursor::MOST_PAGE;
use crate::mapping::poll::{By, Paging};
use crate::path::scalar;
use jackfield_sdk::channel::{Answer, Trouble};
use serde_json::Value;

/// The next page after this one; none where it was the last. `page` is what this page was asked for by.
pub(crate) fn next(
    paging: &Paging,
    page: Option<&str>,
    url: &str,
    answer: &Answer,
    root: &Value,
    items: usize,
) -> Result<Option<String>, Trouble> {
    let count = u64::try_from(items).unwrap_or(u64::MAX);
    if items == 0 || paging.size.is_some_and(|size| count < size) {
        return Ok(None);
    }
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
    let next = match &paging.by {
        By::Page(first) => Some((number(page).unwrap_or(*first) + 1).to_string()),
        By::Offset => Some((number(page).unwrap_or(0) + paging.size.unwrap_or(count)).to_string()),
        By::Token(at) => at.get(root).and_then(scalar),
        By::Next(at) => at
            .get(root)
            .and_then(scalar)
            .map(|next| beside(url, &next))
            .transpose()?,
        By::LinkHeader => answer
            .header("link")
            .and_then(next_link)
            .map(|next| beside(url, next))
            .transpose()?,
    };
    if next.as_ref().is_some_and(|next| next.len() > MOST_PAGE) {
        return Err(Trouble::Unexpected(format!(
            "The name of the next page is longer than {MOST_PAGE} bytes."
        )));
    }
    // A page that leads to itself is the last.
    Ok(next.filter(|next| Some(next.as_str()) != page && next != url))
}

/// What `{page}` is on the first page; empty for a word that the network has not given yet.
pub(crate) fn first(paging: &Paging) -> String {
    match paging.by {
        By::Page(first) => first.to_string(),
        By::Offset => "0".to_owned(),
        By::Token(_) | By::Next(_) | By::LinkHeader => String::new(),
    }
}

/// Whether `page` is an address to follow, not a word to insert.
pub(crate) fn is_address(paging: &Paging) -> bool {
    matches!(paging.by, By::Next(_) | By::LinkHeader)
}

/// The address behind `rel="next"` in a `Link` header (RFC 8288).
fn next_link(header: &str) -> Option<&str> {
    header.split('<').skip(1).find_map(|part| {
        let (address, parameters) = part.split_once('>')?;
        let is_next = parameters.split([';', ',']).any(|p| {
            let (name, value) = p.split_once('=').unwrap_or((p, ""));
            name.trim().eq_ignore_ascii_case("rel")
                && value.trim().trim_matches('"').split(' ').any(|rel| rel == "next")
        });
        is_next.then_some(address.trim())
    })
}

/// An address that a network gave, seen from the one it answered to. It stays on the same host: a list does not move in
/// its middle, and the credential is for that host.
fn beside(url: &str, next: &str) -> Result<String, Trouble> {
    let origin = origin(url);
    let whole = if next.starts_with("https://") || next.starts_with("http://") {
        next.to_owned()
    } else if next.starts_with('/') && !next.starts_with("//") {
        format!("{origin}{next}")
    } else if next.starts_with('?') {
        format!("{}{next}", url.split(['?', '#']).next().unwrap_or(url))
    } else {
        return Err(Trouble::Unexpected(format!(
            "The next page is at {next:?}, which is no address."
        )));
    };
    if self::origin(&whole) != origin {
        return Err(Trouble::Unexpected(format!(
            "The next page is at {whole:?}, on another host than {origin}; a list is followed on its own host only."
        )));
    }
    Ok(whole)
}

/// Scheme, host and port.
fn origin(url: &str) -> &str {
    let from = url.find("://").map_or(0, |at| at + 3);
    let end = url
        .get(from..)
        .and_then(|rest| rest.find(['/', '?', '#']))
        .map_or(url.len(), |at| from + at);
    url.get(..end).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        let header =
            "<https://a.example/x?page=1>; rel=\"prev\", <https://a.example/x?page=3>; rel=\"next\"; title=\"n\"";
        assert_eq!(next_link(header), Some("https://a.example/x?page=3"));
        assert_eq!(next_link("<u>; rel=\"last next\""), Some("u"));
        assert_eq!(next_link("<u>; rel=last"), None);
        assert_eq!(next_link("nothing"), None);
    }

    #[test]
    fn a_list_stays_on_its_host() {
        let url = "https://a.example/api/x?page=1";
        let good = |next: &str| beside(url, next).unwrap();
        assert_eq!(good("/api/x?page=2"), "https://a.example/api/x?page=2");
        assert_eq!(good("?page=2"), "https://a.example/api/x?page=2");
        assert_eq!(good("https://a.example/y"), "https://a.example/y");
        for other in [
            "https://b.example/x",
            "//b.example/x",
            "http://a.example/x",
            "https://a.example.evil.example/",
            "https://a.example@b.example/",
        ] {
            assert!(beside(url, other).is_err(), "{other}");
        }
    }
}
