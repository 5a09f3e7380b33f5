//! Requests to the API.

use crate::settings::{self, Settings};
use crate::wire::{Message, Page};
use jackfield_sdk::channel::{Answer, Host, HttpFailure, Request, Trouble, query, trouble_of};
use jackfield_sdk::warning;
use serde::de::DeserializeOwned;

/// The secret's name in `plugin.toml`.
const LOGIN: &str = "api-login";

/// Messages of a page. With 1 600 characters of a script that JSON escapes, 200 stay below the 4 MiB of one answer.
const PAGE: &str = "200";

/// Pages that are followed in one call: 8 000 messages, and well below the requests that a call may make.
const PAGES: usize = 40;

pub(crate) struct Api<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) settings: Settings,
}

impl<'a> Api<'a> {
    pub(crate) fn new(host: &'a dyn Host, settings: &str) -> Result<Self, Trouble> {
        let settings = settings::read(settings)?;
        Ok(Self { host, settings })
    }

    /// An address below the account.
    pub(crate) fn account_url(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        let Settings { api, account, .. } = &self.settings;
        query(&format!("{api}/2010-04-01/Accounts/{account}{path}"), pairs)
    }

    pub(crate) fn send(&self, request: Request) -> Result<Answer, HttpFailure> {
        request
            .secret_header("authorization", LOGIN, "Basic ", "")
            .header("accept", "application/json")
            .try_send(self.host)
    }

    /// A 2xx, or what it means instead.
    pub(crate) fn good(&self, answer: &Answer) -> Result<(), Trouble> {
        match answer.status() {
            200..=299 => Ok(()),
            code @ (401 | 403) => Err(Trouble::Credential(format!(
                "{} does not accept the credential ({code}: {}). Make an API key in the console, under Account, API keys, \
                 and put KEY:SECRET in Base64 where this connection's secret `{LOGIN}` is kept.",
                self.settings.api,
                answer.words()
            ))),
            _ => Err(answer.trouble()),
        }
    }

    /// `GET`, and JSON of this shape.
    pub(crate) fn read<T: DeserializeOwned>(&self, url: &str) -> Result<T, Trouble> {
        let answer = self.send(Request::get(url)).map_err(|failure| trouble_of(&failure))?;
        self.good(&answer)?;
        parse(answer.bytes())
    }

    /// Messages of one direction, newest first, until a page of nothing but older ones than `since`.
    pub(crate) fn messages(&self, filters: &[(&str, &str)], since: u64) -> Result<Vec<Message>, Trouble> {
        let mut pairs = filters.to_vec();
        pairs.push(("PageSize", PAGE));
        let mut url = self.account_url("/Messages.json", &pairs);
        let mut all = Vec::new();
        for _ in 0..PAGES {
            let page: Page = self.read(&url)?;
            let mut fresh = false;
            for value in page.messages {
                match serde_json::from_value::<Message>(value) {
                    Ok(message) => {
                        fresh |= message.at().is_none_or(|at| at >= since);
                        all.push(message);
                    }
                    Err(error) => warning!(self.host, "a message of the list cannot be read: {error}"),
                }
            }
            let Some(next) = page.next_page_uri.filter(|_| fresh) else {
                return Ok(all);
            };
            // A path of the same account; anything else would send the credential's requests elsewhere.
            if !next.starts_with("/2010-04-01/Accounts/") {
                return Err(Trouble::Unexpected(format!(
                    "`next_page_uri` is {next:?} and no path of the API."
                )));
            }
            let next = format!("{}{next}", self.settings.api);
            if next == url {
                return Ok(all);
            }
            url = next;
        }
        warning!(
            self.host,
            "there are more than {} messages since then; the oldest are left out",
            all.len()
        );
        Ok(all)
    }
}

/// JSON of this shape, or what came instead.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| {
        let begin: String = String::from_utf8_lossy(body).chars().take(80).collect();
        Trouble::Unexpected(format!(
            "The API answered with something that it does not document ({error}): {begin:?}"
        ))
    })
}
