//! plugins/channels/mastodon
