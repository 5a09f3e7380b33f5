//! The body of an answer, in pieces: as many bytes as are allowed, without any secret's value, whatever the borders of
//! the pieces are.

use super::{Failure, Used};
use crate::{
    limits::Limits,
    scrub::{Pieces, Scrubber},
};
use std::sync::Arc;

/// Reads one body.
pub struct Reader {
    answer: Option<reqwest::Response>,
    pieces: Pieces,
    /// Clean, and not yet handed on.
    ready: Vec<u8>,
    read: usize,
}

impl Reader {
    pub(super) fn new(answer: reqwest::Response, scrub: Arc<Scrubber>) -> Self {
        Self {
            answer: Some(answer),
            pieces: Pieces::new(scrub),
            ready: Vec::new(),
            read: 0,
        }
    }

    /// The next bytes as they come; none at the end. After a failure there is nothing more.
    pub async fn piece(&mut self, limits: &Limits, used: &mut Used) -> Result<Option<Vec<u8>>, Failure> {
        while self.ready.is_empty() {
            let Some(mut answer) = self.answer.take() else {
                return Ok(None);
            };
            let chunk = answer
                .chunk()
                .await
                .map_err(|_| Failure::Unreachable("the answer was cut off".to_owned()))?;
            let Some(chunk) = chunk else {
                self.ready = self.pieces.end();
                continue;
            };
            self.read = self.read.saturating_add(chunk.len());
            if self.read > limits.response_body {
                return Err(Failure::TooLarge(limits.response_body as u64));
            }
            used.bytes_in = used.bytes_in.saturating_add(chunk.len() as u64);
            if used.bytes_in > limits.bytes_in {
                return Err(Failure::OverBudget("bytes-in"));
            }
            self.ready = self.pieces.add(&chunk);
            self.answer = Some(answer);
        }
        Ok(Some(std::mem::take(&mut self.ready)))
    }

    /// The next bytes, at most `most`, waited for as long as one exchange may take.
    pub async fn next(&mut self, most: usize, limits: &Limits, used: &mut Used) -> Result<Option<Vec<u8>>, Failure> {
        let piece = match tokio::time::timeout(limits.request_time, self.piece(limits, used)).await {
            Ok(piece) => piece?,
            Err(_) => {
                self.answer = None;
                return Err(Failure::TimedOut);
            }
        };
        Ok(piece.map(|mut piece| {
            self.ready = piece.split_off(most.min(piece.len()));
            piece
        }))
    }
}
