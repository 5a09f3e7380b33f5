//! A connection that is signed in and in its channel, and what has been said on it since.
//!
//! IRC keeps nothing for who is not there, so the connection stays open between calls: the host keeps the instance, and
//! with it the stream. When it is thrown away all the same, the next call connects anew, and what was said in between is
//! lost; the operator reads that it was.

use crate::line::{Line, names, plain};
use crate::settings::{Settings, SignIn};
use jackfield_sdk::channel::*;
use jackfield_sdk::warning;
use std::collections::VecDeque;

/// How long a server may take for one answer while it lets us in.
const WELCOME_MS: u32 = 8_000;
/// Between two lines that are there already.
const THERE_MS: u32 = 150;
/// More than a busy channel says between two polls; then the next poll goes on.
const LINES: usize = 2_000;
/// Events that wait for a commit; older ones are dropped with a warning, for memory has an end.
const WAITING: usize = 5_000;

/// Why there is no session.
pub(crate) enum No {
    /// In the contract's words.
    Trouble(Trouble),
    /// The stream broke, or nobody answers.
    Stream(StreamFailure),
}

impl From<StreamFailure> for No {
    fn from(failure: StreamFailure) -> Self {
        Self::Stream(failure)
    }
}

impl From<No> for Trouble {
    fn from(no: No) -> Self {
        match no {
            No::Trouble(trouble) => trouble,
            No::Stream(failure) => stream_trouble(&failure),
        }
    }
}

pub(crate) struct Session {
    talk: Conversation,
    /// Of which settings it is.
    pub(crate) of: Settings,
    /// The nick that the server let us have.
    pub(crate) me: String,
    /// What was said and has no number yet.
    heard: VecDeque<Event>,
    /// What was said and is not known to be stored, each with its number.
    pub(crate) waiting: VecDeque<(u64, Event)>,
    /// Why nothing can be heard or said on it any more.
    pub(crate) broken: Option<StreamFailure>,
}

impl Session {
    /// Connects, signs in and joins.
    pub(crate) fn open(host: &dyn Host, of: &Settings) -> Result<Self, No> {
        let (name, port) = of.address().map_err(No::Trouble)?;
        let mut talk = Conversation::new(host.connect(name, port, Security::Tls)?);
        if of.sign_in == SignIn::Server {
            talk.say(&[bytes("PASS :"), secret("password"), bytes("\r\n")])?;
        }
        if of.sign_in == SignIn::Sasl {
            talk.say(&[bytes("CAP REQ :sasl\r\n")])?;
        }
        let mut me = of.nick.clone();
        talk.say(&[bytes(format!("NICK {me}\r\nUSER {me} 0 * :{me}\r\n"))])?;
        loop {
            let Some(line) = talk.line(WELCOME_MS)? else {
                return Err(No::Trouble(Trouble::Later(None)));
            };
            let Some(line) = Line::read(&line) else { continue };
            match line.command.as_str() {
                "PING" => talk.say(&[bytes(format!("PONG :{}\r\n", line.said()))])?,
                "CAP" if line.word(1) == "ACK" => talk.say(&[bytes("AUTHENTICATE PLAIN\r\n")])?,
                "CAP" if line.word(1) == "NAK" => {
                    let words = "The server has no SASL; write \"sign-in\": \"server\" or \"none\".".to_owned();
                    return Err(No::Trouble(Trouble::Refused(words)));
                }
                "AUTHENTICATE" => {
                    let before = format!("{0}\0{0}\0", of.nick);
                    talk.say(&[
                        bytes("AUTHENTICATE "),
                        base64_with_secret(before, "password"),
                        bytes("\r\n"),
                    ])?;
                }
                "903" => talk.say(&[bytes("CAP END\r\n")])?,
                "464" | "902" | "904" | "905" => {
                    let words = format!("The server does not accept the password: {}", line.said());
                    return Err(No::Trouble(Trouble::Credential(words)));
                }
                // Somebody has it; often it is we, on a connection that is not known to be dead yet.
                "433" if me.len() < of.nick.len() + 3 => {
                    me.push('_');
                    talk.say(&[bytes(format!("NICK {me}\r\n"))])?;
                }
                "432" | "433" | "437" => {
                    let words = format!("The nick {me} cannot be used: {}", line.said());
                    return Err(No::Trouble(Trouble::Refused(words)));
                }
                "001" => {
                    me = line.word(0).to_owned();
                    talk.say(&[bytes(format!("JOIN {}\r\n", of.channel))])?;
                }
                // The list of who is there has ended: we are in.
                "366" => break,
                "403" | "405" | "471" | "473" | "474" | "475" | "476" | "477" => {
                    let words = format!("{} cannot be joined: {}", of.channel, line.said());
                    return Err(No::Trouble(Trouble::Refused(words)));
                }
                // Some servers have no number for it and hang up.
                "ERROR" if of.sign_in != SignIn::None && line.said().to_lowercase().contains("password") => {
                    let words = format!("The server does not accept the password: {}", line.said());
                    return Err(No::Trouble(Trouble::Credential(words)));
                }
                "ERROR" => {
                    return Err(No::Trouble(Trouble::Unexpected(format!(
                        "The server hangs up: {}",
                        line.said()
                    ))));
                }
                _ => {}
            }
        }
        Ok(Self {
            talk,
            of: of.clone(),
            me,
            heard: VecDeque::new(),
            waiting: VecDeque::new(),
            broken: None,
        })
    }

    /// What was heard, numbered behind what is stored or waits.
    pub(crate) fn number(&mut self, since: u64, stored: u64) {
        self.waiting.retain(|(number, _)| *number > stored);
        let mut last = self.waiting.back().map_or(stored, |(number, _)| *number);
        for mut event in self.heard.drain(..) {
            last += 1;
            event.remote_id = format!("{since}-{last}");
            self.waiting.push_back((last, event));
        }
    }

    /// Everything that has arrived.
    pub(crate) fn listen(&mut self, host: &dyn Host) -> Result<(), StreamFailure> {
        for _ in 0..LINES {
            let line = match self.talk.line(THERE_MS) {
                Ok(Some(line)) => line,
                Ok(None) => return Err(StreamFailure::Closed),
                Err(StreamFailure::TimedOut) => return Ok(()),
                Err(other) => return Err(other),
            };
            if let Some(line) = Line::read(&line) {
                self.hear(host, &line)?;
            }
        }
        Ok(())
    }

    /// What one line means; pings are answered.
    fn hear(&mut self, host: &dyn Host, line: &Line) -> Result<(), StreamFailure> {
        match line.command.as_str() {
            "PING" => self.talk.say(&[bytes(format!("PONG :{}\r\n", line.said()))])?,
            "ERROR" => return Err(StreamFailure::Unreachable(line.said().to_owned())),
            "NICK" if line.from == self.me => line.said().clone_into(&mut self.me),
            "KICK" if line.word(1) == self.me => {
                warning!(host, "{} put us out of {}: {}", line.from, line.word(0), line.said());
                self.talk.say(&[bytes(format!("JOIN {}\r\n", self.of.channel))])?;
            }
            "PRIVMSG" => {
                self.heard.extend(self.said(host, line));
                if self.heard.len() > WAITING {
                    self.heard.pop_front();
                    warning!(
                        host,
                        "more than {WAITING} messages wait to be stored; the oldest is dropped"
                    );
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn said(&self, host: &dyn Host, line: &Line) -> Option<Event> {
        let text = plain(line.said()).filter(|text| !text.trim().is_empty())?;
        let alone = !line.word(0).starts_with(['#', '&', '+', '!']);
        let mut event = said("", Author::named(&line.from), &text, host.now_ms());
        if alone {
            event.thread = line.from.clone();
            event.visibility = Visibility::Direct;
        } else {
            event.thread = format!("{}/{}", line.word(0), line.from);
            event.visibility = Visibility::Public;
            event.context = !self.of.all && !names(&text, &self.me);
        }
        Some(event)
    }

    /// Says lines to somebody, and waits until the server has seen them all: what it refuses it says before it answers the
    /// ping behind them. Answers the refusal, where there is one.
    pub(crate) fn tell(
        &mut self,
        host: &dyn Host,
        to: &str,
        lines: &[String],
        mark: &str,
    ) -> Result<Option<String>, StreamFailure> {
        let all: String = lines.iter().map(|line| format!("PRIVMSG {to} :{line}\r\n")).collect();
        self.talk.say(&[bytes(format!("{all}PING :{mark}\r\n"))])?;
        let mut no = None;
        loop {
            let Some(line) = self.talk.line(WELCOME_MS)? else {
                return Err(StreamFailure::Closed);
            };
            let Some(line) = Line::read(&line) else { continue };
            match line.command.as_str() {
                "PONG" if line.said() == mark => return Ok(no),
                "401" | "404" | "407" | "411" | "412" | "413" | "414" | "415" | "442" | "477" | "486" => {
                    no = Some(line.said().to_owned());
                }
                // Somebody speaks while we do.
                _ => self.hear(host, &line)?,
            }
        }
    }

    /// Leaves.
    pub(crate) fn quit(mut self) {
        // Who leaves does not wait for an answer.
        let _ = self.talk.say(&[bytes("QUIT :bye\r\n")]);
    }
}
