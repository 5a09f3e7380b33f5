//! Our own messages: `messages/`, with the guide of its labels beside it.

/// The letters of the guide, in the order of the intent judge's classes.
pub const LETTERS: [char; 10] = ['q', 'c', 'p', 't', 'b', 'l', 'f', 'd', 's', 'h'];

/// Writers whose messages are never learned from.
const HELD_OUT: [char; 2] = ['g', 'h'];

const FILES: [(&str, &str); 4] = [
    ("buy", include_str!("../../messages/buy.txt")),
    ("leave", include_str!("../../messages/leave.txt")),
    ("feedback", include_str!("../../messages/feedback.txt")),
    ("around", include_str!("../../messages/around.txt")),
];

/// One of our messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its words.
    pub text: &'static str,
    /// Which labels of [`LETTERS`] are true of it.
    pub labels: [bool; LETTERS.len()],
    /// Who wrote it.
    pub writer: char,
    /// The file it stands in.
    pub file: &'static str,
}

impl Message {
    /// Whether it is kept for measuring.
    pub fn held_out(&self) -> bool {
        HELD_OUT.contains(&self.writer)
    }

    /// Whether a label is true of it.
    pub fn has(&self, letter: char) -> bool {
        LETTERS.iter().zip(self.labels).any(|(l, so)| *l == letter && so)
    }

    /// Whether somebody has work with it. Praise alone, thanks alone, spam and chit-chat are noise.
    pub fn is_need(&self) -> bool {
        ['q', 'c', 'b', 'l', 'f', 'd'].iter().any(|letter| self.has(*letter))
    }
}

/// All of them.
pub fn messages() -> Vec<Message> {
    FILES.iter().flat_map(|(file, text)| read(file, text)).collect()
}

fn read(file: &'static str, text: &'static str) -> Vec<Message> {
    let mut writer = ' ';
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("= ") {
            writer = head.chars().next().unwrap_or(' ');
        } else if let Some((letters, text)) = line.split_once('|') {
            let labels = LETTERS.map(|letter| letters.contains(letter));
            found.push(Message {
                text,
                labels,
                writer,
                file,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_line_is_a_message_of_a_writer_with_labels_of_the_guide() {
        let all = messages();
        let lines: usize = FILES
            .iter()
            .flat_map(|(_, text)| text.lines())
            .filter(|line| !line.starts_with('='))
            .count();
        assert_eq!(all.len(), lines);
        assert!(
            all.iter()
                .all(|m| m.writer.is_ascii_lowercase() && m.labels.contains(&true))
        );
        let letters: BTreeSet<char> = FILES
            .iter()
            .flat_map(|(_, text)| text.lines())
            .filter(|line| !line.starts_with('='))
            .filter_map(|line| line.split_once('|'))
            .flat_map(|(letters, _)| letters.chars())
            .collect();
        assert!(letters.iter().all(|letter| LETTERS.contains(letter)), "{letters:?}");
    }

    #[test]
    fn there_are_as_many_as_the_guide_says_and_none_twice() {
        let all = messages();
        for (file, letter) in [("buy", 'b'), ("leave", 'l'), ("feedback", 'f')] {
            let count = all.iter().filter(|m| m.file == file && m.has(letter)).count();
            assert!(count >= 400, "{file}: {count}");
            assert!(all.iter().filter(|m| m.file == file && m.held_out()).count() >= 80);
        }
        let mut seen = BTreeSet::new();
        let twice: Vec<&str> = all.iter().filter(|m| !seen.insert(m.text)).map(|m| m.text).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}
