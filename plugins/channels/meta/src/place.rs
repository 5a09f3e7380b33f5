//! Where a conversation is: the name of a thread says which product of Meta it belongs to.

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Below a post of a Page.
    PagePost(String),
    /// Below a picture or film on Instagram.
    Media(String),
    /// With a person in Messenger; their id for the Page.
    Messenger(String),
    /// With a person on Instagram; their id for the account.
    Instagram(String),
    /// With a number on WhatsApp.
    WhatsApp(String),
}

impl Place {
    /// The name of the thread.
    pub fn name(&self) -> String {
        let (kind, id) = match self {
            Self::PagePost(id) => ("post", id),
            Self::Media(id) => ("media", id),
            Self::Messenger(id) => ("messenger", id),
            Self::Instagram(id) => ("instagram", id),
            Self::WhatsApp(id) => ("whatsapp", id),
        };
        format!("{kind}:{id}")
    }

    /// The place that a thread names. A name without a kind is a post of a Page. None for what can be no id of Meta's.
    pub fn read(thread: &str) -> Option<Self> {
        let (kind, id) = thread.split_once(':').unwrap_or(("post", thread));
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.=-".contains(c);
        if id.is_empty() || id.len() > 400 || !id.chars().all(plain) {
            return None;
        }
        let id = id.to_owned();
        Some(match kind {
            "post" => Self::PagePost(id),
            "media" => Self::Media(id),
            "messenger" => Self::Messenger(id),
            "instagram" => Self::Instagram(id),
            "whatsapp" => Self::WhatsApp(id),
            _ => return None,
        })
    }

    /// It is between two, not below something that everybody sees.
    pub fn is_private(&self) -> bool {
        matches!(self, Self::Messenger(_) | Self::Instagram(_) | Self::WhatsApp(_))
    }
}
