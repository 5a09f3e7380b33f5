//! Rows as CSV (RFC 4180): the first line names the columns; a field with a comma, a quote or a line end is quoted; what
//! does not exist is an empty field. Times are milliseconds since 1970 UTC.

use super::board::Dim;
use super::fact::{Fact, What};
use super::fold::Rows;
use jackfield_protocol::Millis;

struct Table(String);

impl Table {
    fn new(head: &str) -> Self {
        Self(format!("{head}\r\n"))
    }

    fn row(&mut self, fields: &[&str]) {
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                self.0.push(',');
            }
            if field.contains(['"', ',', '\n', '\r']) {
                self.0.push('"');
                self.0.push_str(&field.replace('"', "\"\""));
                self.0.push('"');
            } else {
                self.0.push_str(field);
            }
        }
        self.0.push_str("\r\n");
    }
}

fn time(at: Option<Millis>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}

fn yes(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// What happened.
pub fn facts_csv(facts: &[Fact]) -> String {
    let mut table = Table::new("conversation,brand,channel,at,fact,id,detail");
    for fact in facts {
        let (name, id, detail) = match &fact.what {
            What::Wrote { message, person } => ("wrote", message.as_str(), person.as_str()),
            What::Judged { message, needs } => ("judged", message.as_str(), if *needs { "need" } else { "noise" }),
            What::Withdrawn { message } => ("withdrawn", message.as_str(), ""),
            What::Given { team } => ("given", "", team.as_str()),
            What::Acknowledged => ("acknowledged", "", ""),
            What::Answered {
                reply,
                team,
                human: true,
            } => ("answered", reply.as_str(), team.as_str()),
            What::Answered { reply, team, .. } => ("answered-by-machine", reply.as_str(), team.as_str()),
            What::Retracted { reply } => ("retracted", reply.as_str(), ""),
            What::Thanked { how } => ("thanked", "", how.name()),
            What::About { issue } => ("about", "", issue.as_str()),
            What::Resolved { first_contact } => ("resolved", "", if *first_contact { "first-contact" } else { "" }),
            What::Reopened => ("reopened", "", ""),
            What::Confirmed => ("confirmed", "", ""),
        };
        table.row(&[
            fact.conversation.as_str(),
            fact.brand.as_str(),
            &fact.channel,
            &fact.at.to_string(),
            name,
            id,
            detail,
        ]);
    }
    table.0
}

/// One row for each post.
pub fn messages_csv(rows: &Rows) -> String {
    let mut table = Table::new(
        "conversation,message,person,brand,channel,team,date,hour,posted,needs,answered,acknowledged,withdrawn,seen,business",
    );
    for row in &rows.messages {
        table.row(&[
            row.conversation.as_str(),
            &row.id,
            &row.person,
            &row.cell.brand,
            &row.cell.channel,
            &row.cell.team,
            &row.cell.get(Dim::Date),
            &row.cell.get(Dim::Hour),
            &row.posted.to_string(),
            yes(row.needs),
            &time(row.answered),
            &time(row.acknowledged),
            &time(row.withdrawn),
            &row.seen.to_string(),
            &time(row.business),
        ]);
    }
    table.0
}

/// One row for each resolved conversation.
pub fn talks_csv(rows: &Rows) -> String {
    let mut table = Table::new(
        "conversation,person,brand,channel,team,date,hour,issue,resolved,stands,thanked,episodes,again,known,flagged,confirmed",
    );
    for row in &rows.talks {
        table.row(&[
            row.conversation.as_str(),
            &row.person,
            &row.cell.brand,
            &row.cell.channel,
            &row.cell.team,
            &row.cell.get(Dim::Date),
            &row.cell.get(Dim::Hour),
            &row.issue,
            &row.resolved.to_string(),
            yes(row.stands),
            yes(row.thanked),
            &row.episodes.to_string(),
            &time(row.again),
            yes(row.known),
            yes(row.flagged),
            yes(row.confirmed),
        ]);
    }
    table.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_would_break_the_line_is_quoted() {
        let mut table = Table::new("a,b");
        table.row(&["plain", "with, comma"]);
        table.row(&["say \"so\"", "two\nlines"]);
        assert_eq!(
            table.0,
            "a,b\r\nplain,\"with, comma\"\r\n\"say \"\"so\"\"\",\"two\nlines\"\r\n"
        );
    }
}
