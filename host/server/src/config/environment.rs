//! The environment: a name that begins like ours and is not ours is most likely a misspelt one, and a misspelt setting is
//! one that is silently absent.

use super::{Config, SecretRef};

/// Every name that the program reads.
const KNOWN: [&str; 6] = [
    "JACKFIELD_BUNDLE",
    "JACKFIELD_CACHE",
    "JACKFIELD_CONFIG",
    "JACKFIELD_DATABASE",
    "JACKFIELD_LISTEN",
    "JACKFIELD_LOG",
];

/// A sentence for each name of this process's environment that begins like ours and means nothing.
pub fn unknown_settings(config: &Config) -> Vec<String> {
    // A secret may be kept under any name that the operator chose.
    let keys = config.issuers.iter().filter_map(|issuer| match &issuer.key {
        SecretRef::Env(name) => Some(name.as_str()),
        SecretRef::File(_) => None,
    });
    let own: Vec<&str> = KNOWN.into_iter().chain(keys).collect();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut found: Vec<_> = names.filter_map(|name| unknown(&name, &own)).collect();
    found.sort();
    found
}

/// What is wrong with a name; none where it is known, not ours, or names a secret.
fn unknown(name: &str, known: &[&str]) -> Option<String> {
    // Secrets of connections go by names like JACKFIELD_SECRET_MASTODON; that prefix is left to the operator.
    if !name.starts_with("JACKFIELD_") || name.starts_with("JACKFIELD_SECRET_") || known.contains(&name) {
        return None;
    }
    let nearest = KNOWN.into_iter().map(|known| (distance(name, known), known)).min();
    // Half of what follows the prefix may be wrong; beyond that it is another word.
    let meant = nearest.filter(|(far, known)| *far <= (known.len() - "JACKFIELD_".len()).div_ceil(2));
    Some(match meant {
        Some((_, meant)) => {
            format!("the environment variable {name} is not one of ours and does nothing. Was {meant} meant?")
        }
        None => format!(
            "the environment variable {name} is not one of ours and does nothing. The names are {}; a secret of yours begins with JACKFIELD_SECRET_, or with anything else",
            KNOWN.join(", ")
        ),
    })
}

/// Letters to change, add or leave out to get from one to the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let here = (before + usize::from(x != *y)).min(left + 1).min(*cell + 1);
            before = *cell;
            *cell = here;
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_told_with_the_one_that_was_meant() {
        for (name, words) in [
            ("JACKFIELD_LISTEM", Some("Was JACKFIELD_LISTEN meant?")),
            ("JACKFIELD_DATABSE", Some("Was JACKFIELD_DATABASE meant?")),
            (
                "JACKFIELD_DB_PATH",
                Some("The names are JACKFIELD_BUNDLE, JACKFIELD_CACHE"),
            ),
            ("JACKFIELD_LOG", None),
            ("JACKFIELD_ISSUER_KEY", None),
            ("JACKFIELD_SECRET_MASTODON", None),
            ("JACKFIELDS", None),
            ("PATH", None),
        ] {
            let known: Vec<&str> = KNOWN.into_iter().chain(["JACKFIELD_ISSUER_KEY"]).collect();
            let said = unknown(name, &known);
            assert_eq!(said.is_some(), words.is_some(), "{name}: {said:?}");
            if let (Some(said), Some(words)) = (said, words) {
                assert!(said.contains(words) && said.contains(name), "{said}");
            }
        }
    }

    #[test]
    fn the_distance_is_the_number_of_letters_to_mend() {
        for (a, b, far) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("kitten", "sitting", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (far, far), "{a} {b}");
        }
    }
}
