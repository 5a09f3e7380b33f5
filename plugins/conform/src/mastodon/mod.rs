//! A small Mastodon: accounts, posts, notifications and the rules between them. No HTTP, no people, no tasks; every
//! change is a method of [`World`], which is told the time.

mod account;
mod changes;
mod json;
mod markup;
mod page;
mod post;
mod world;

pub use account::{Account, AccountId, NewAccount};
pub use changes::{Change, ChangeKind};
pub use json::Render;
pub use markup::{Marked, counted_length, render};
pub use page::{Page, Window};
pub use post::{NewPost, Post, PostId, Revision, Visibility};
pub use world::{Notice, NoticeKind, Refused, World};
