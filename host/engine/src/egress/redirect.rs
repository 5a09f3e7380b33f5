//! How a redirect is followed: a pure step from one request to the next. The exchange checks the result anew, as if
//! the plugin had asked for it.

use http::{Method, StatusCode};
use url::Url;

/// More than this is a loop.
pub(super) const MAX_HOPS: usize = 5;

/// What to ask next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) url: Url,
    pub(super) method: Method,
    /// 303, and 301 and 302 after a POST, ask for the result of it with a GET (RFC 9110, 15.4).
    pub(super) keep_body: bool,
}

/// The next hop; none where `status` is not a redirect that can be followed, which is then the answer itself.
pub(super) fn next(status: StatusCode, location: Option<&str>, from: &Url, method: &Method) -> Option<Hop> {
    let keep_body = match status {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *method != Method::POST,
        StatusCode::SEE_OTHER => false,
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        _ => return None,
    };
    let url = from.join(location?).ok()?;
    let method = if keep_body || *method == Method::HEAD {
        method.clone()
    } else {
        Method::GET
    };
    Some(Hop { url, method, keep_body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_read_as_browsers_read_it() {
        let from = Url::parse("https://a.example/x/y?z").unwrap();
        for (status, location, method, expected) in [
            (
                302,
                Some("/b"),
                Method::GET,
                Some(("https://a.example/b", Method::GET, true)),
            ),
            (
                301,
                Some("b"),
                Method::POST,
                Some(("https://a.example/x/b", Method::GET, false)),
            ),
            (
                303,
                Some("//b.example/"),
                Method::PUT,
                Some(("https://b.example/", Method::GET, false)),
            ),
            (
                303,
                Some("/b"),
                Method::HEAD,
                Some(("https://a.example/b", Method::HEAD, false)),
            ),
            (
                307,
                Some("http://b.example/"),
                Method::POST,
                Some(("http://b.example/", Method::POST, true)),
            ),
            (
                308,
                Some("/b"),
                Method::DELETE,
                Some(("https://a.example/b", Method::DELETE, true)),
            ),
            (302, None, Method::GET, None),
            (302, Some("http://[bad"), Method::GET, None),
            (304, Some("/b"), Method::GET, None),
            (200, Some("/b"), Method::GET, None),
        ] {
            let hop = next(StatusCode::from_u16(status).unwrap(), location, &from, &method);
            let seen = hop
                .as_ref()
                .map(|hop| (hop.url.as_str(), hop.method.clone(), hop.keep_body));
            assert_eq!(seen, expected, "{status} {location:?}");
        }
    }
}
