//! What the learned judges share: a text as hashed features, and tables of small weights that are added up over them.
//!
//! A judge of this kind knows nothing but its table. Words, pairs of words and pieces of words are hashed into slots; a
//! slot holds one signed byte for each class; a margin is the sum of the bytes over the square root of how many slots
//! there were, times the scale of the class. Sums are whole numbers and the one square root and the few products after
//! it are those of IEEE 754, so a native build and a sandboxed one say the same to the last bit. The work is bounded:
//! only the first [`text::MOST_BYTES`] of a text are read. The trainer reads texts with this very code.
//!
//! | module | what is in it |
//! |---|---|
//! | [`text`] | a text as tokens, each with its place |
//! | [`features`] | tokens as slots |
//! | [`table`] | the file of weights, and the sums |
//! | [`judge`] | from a message of the contract to margins and the words that weighed most |

pub mod features;
pub mod judge;
pub mod table;
pub mod text;
