//! Pages of a list, newest first, by the four words that Mastodon has for it.

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Older than this.
    pub max_id: Option<u64>,
    /// Newer than this, and the newest of those.
    pub since_id: Option<u64>,
    /// Newer than this, and the oldest of those.
    pub min_id: Option<u64>,
    /// At most this many.
    pub limit: usize,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Newest first.
    pub ids: Vec<u64>,
}

impl Window {
    /// The page of `ids` (in any order) that this window shows.
    pub fn page(&self, ids: impl IntoIterator<Item = u64>) -> Page {
        let mut ids: Vec<u64> = ids
            .into_iter()
            .filter(|id| self.max_id.is_none_or(|max| *id < max))
            .filter(|id| self.since_id.is_none_or(|since| *id > since))
            .filter(|id| self.min_id.is_none_or(|min| *id > min))
            .collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        if self.min_id.is_some() {
            let drop = ids.len().saturating_sub(self.limit);
            ids.drain(..drop);
        } else {
            ids.truncate(self.limit);
        }
        Page { ids }
    }
}

impl Page {
    /// The `Link` header of this page of `url` (which may already hold a query); none where it is empty.
    pub fn link(&self, url: &str) -> Option<String> {
        let (first, last) = (self.ids.first()?, self.ids.last()?);
        let sep = if url.contains('?') { '&' } else { '?' };
        Some(format!(
            "<{url}{sep}max_id={last}>; rel=\"next\", <{url}{sep}min_id={first}>; rel=\"prev\""
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_shows_its_own_part() {
        let all = 1..=10;
        let check = |max_id, since_id, min_id, expected: &[u64]| {
            assert_eq!(
                Window {
                    max_id,
                    since_id,
                    min_id,
                    limit: 3
                }
                .page(all.clone())
                .ids,
                expected
            );
        };
        check(None, None, None, &[10, 9, 8]);
        check(Some(8), None, None, &[7, 6, 5]);
        check(None, Some(4), None, &[10, 9, 8]);
        check(None, None, Some(4), &[7, 6, 5]);
        check(None, None, Some(8), &[10, 9]);
        check(None, None, Some(10), &[]);
        check(Some(7), None, Some(4), &[6, 5]);
    }
}
