//! SMTP submission (RFC 5321, 6409), as much as it takes to hand one message in.

use crate::imap::No;
use crate::settings::Settings;
use jackfield_sdk::channel::*;

/// The secret's name in `plugin.toml`.
const PASSWORD: &str = "smtp-password";

/// How long a server may take for one line.
const LINE_MS: u32 = 9_000;
/// The port on which TLS begins with a command.
const SUBMISSION: u16 = 587;

pub(crate) struct Smtp {
    talk: Conversation,
    /// What it says of itself.
    offers: Vec<String>,
}

/// How handing in ended when it did not end well.
pub(crate) enum End {
    /// It has surely not been taken; this is why.
    Not(Refusal),
    /// The whole message was written, and there was no answer.
    Unknown,
}

impl From<No> for End {
    fn from(no: No) -> Self {
        Self::Not(Refusal::Trouble(no.into()))
    }
}

impl From<StreamFailure> for End {
    fn from(failure: StreamFailure) -> Self {
        Self::from(No::Stream(failure))
    }
}

/// A reply: its number and its words.
type Reply = (u16, Vec<String>);

impl Smtp {
    /// Connects, and signs in where the server asks for that.
    pub(crate) fn open(host: &dyn Host, of: &Settings) -> Result<Self, No> {
        let (name, port) = of.smtp()?;
        let security = if port == SUBMISSION {
            Security::StartTls
        } else {
            Security::Tls
        };
        let mut smtp = Self {
            talk: Conversation::new(host.connect(name, port, security)?),
            offers: Vec::new(),
        };
        let greeting = smtp.reply()?;
        wants(&greeting, 220, "at the beginning")?;
        smtp.greet(of)?;
        if port == SUBMISSION {
            let go = smtp.ask("STARTTLS")?;
            wants(&go, 220, "to STARTTLS")?;
            smtp.talk.start_tls()?;
            smtp.greet(of)?;
        }
        let signs_in = smtp
            .offers
            .iter()
            .any(|offer| offer.to_uppercase().starts_with("AUTH "));
        if signs_in {
            let before = format!("\0{}\0", of.user());
            smtp.talk.say(&[
                bytes("AUTH PLAIN "),
                base64_with_secret(before, PASSWORD),
                bytes("\r\n"),
            ])?;
            let answer = smtp.reply()?;
            if matches!(answer.0, 534 | 535 | 538) {
                return Err(Trouble::Credential(format!(
                    "The SMTP server does not let {} in: {}. Put the mailbox's password, or an app password, where this \
                     connection's secret `{PASSWORD}` is kept.",
                    of.user(),
                    answer.1.join(" ")
                ))
                .into());
            }
            wants(&answer, 235, "to the password")?;
        }
        Ok(smtp)
    }

    fn greet(&mut self, of: &Settings) -> Result<(), No> {
        let answer = self.ask(&format!("EHLO {}", of.domain()))?;
        wants(&answer, 250, "to EHLO")?;
        self.offers = answer.1;
        Ok(())
    }

    fn reply(&mut self) -> Result<Reply, No> {
        let mut words = Vec::new();
        while words.len() < 200 {
            let line = self.talk.line(LINE_MS)?.ok_or(StreamFailure::Closed)?;
            let number: Option<u16> = line.get(..3).and_then(|digits| digits.parse().ok());
            let Some(number) = number else { break };
            words.push(line.get(4..).unwrap_or_default().chars().take(200).collect());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok((number, words));
            }
        }
        Err(Trouble::Unexpected("The SMTP server answers in lines without a number.".to_owned()).into())
    }

    fn ask(&mut self, command: &str) -> Result<Reply, No> {
        self.talk.say(&[bytes(format!("{command}\r\n"))])?;
        self.reply()
    }

    /// Hands a message in.
    pub(crate) fn hand_in(&mut self, from: &str, to: &str, message: &[u8]) -> Result<(), End> {
        for (command, number) in [
            (format!("MAIL FROM:<{from}>"), 250),
            (format!("RCPT TO:<{to}>"), 250),
            ("DATA".to_owned(), 354),
        ] {
            let answer = self.ask(&command)?;
            // 251 is "will forward".
            if answer.0 != number && answer.0 != 251 {
                return Err(refused(&answer));
            }
        }
        self.talk.say(&[bytes(stuffed(message))])?;
        match self.reply() {
            Ok((200..=299, _)) => Ok(()),
            Ok(answer) => Err(refused(&answer)),
            Err(_) => Err(End::Unknown),
        }
    }

    /// Leaves.
    pub(crate) fn quit(mut self) {
        // Who leaves does not wait for an answer.
        let _ = self.talk.say(&[bytes("QUIT\r\n")]);
    }
}

/// A 4xx is for later, a 5xx for good.
fn refused((number, words): &Reply) -> End {
    let words = words.join(" ");
    End::Not(match number {
        400..=499 => Refusal::Trouble(Trouble::Later(None)),
        _ => Refusal::Trouble(Trouble::Refused(format!("The SMTP server says no ({number}): {words}"))),
    })
}

fn wants(answer: &Reply, number: u16, when: &str) -> Result<(), No> {
    if answer.0 == number {
        return Ok(());
    }
    if (400..500).contains(&answer.0) {
        return Err(Trouble::Later(None).into());
    }
    Err(Trouble::Refused(format!(
        "The SMTP server says {when}: {} {}",
        answer.0,
        answer.1.join(" ")
    ))
    .into())
}

/// As it is written after DATA: a dot before each line that begins with one, and a line with a dot alone at the end.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 16);
    let mut begins = true;
    for byte in message {
        if begins && *byte == b'.' {
            out.push(b'.');
        }
        out.push(*byte);
        begins = *byte == b'\n';
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_message_ends_it() {
        assert_eq!(stuffed(b"a\r\n.\r\n..b"), b"a\r\n..\r\n...b\r\n.\r\n");
        assert_eq!(stuffed(b".\r\n"), b"..\r\n.\r\n");
    }
}
