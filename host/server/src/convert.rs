//! Between the contract's words and our own. Nothing else knows both.

use jackfield_desk::LineRules;
use jackfield_engine::bindings as wit;
use jackfield_protocol::{
    Attachment, Author, ConnectionRecord, Content, Counting, FactKind, InboundFact, Mark, Millis, Opinion, RemoteId,
    Span, Verdict, Visibility,
};

/// An event of a plugin as a fact; none where this version does not know what happened.
pub fn fact(event: wit::Event) -> Option<InboundFact> {
    let kind = match event.kind {
        wit::Kind::Said(said) => FactKind::Said(Box::new(content(said))),
        wit::Kind::Deleted => FactKind::Deleted,
        wit::Kind::Other(_) => return None,
    };
    Some(InboundFact {
        remote_id: event.remote_id.into(),
        revision: if matches!(kind, FactKind::Deleted) {
            0
        } else {
            event.revision
        },
        at: millis(event.at),
        thread: event.thread,
        parent: event.parent.map(RemoteId),
        visibility: visibility(event.visibility),
        ours: event.ours,
        context: event.context,
        url: event.url,
        kind,
    })
}

/// A network's time.
pub fn millis(at: u64) -> Millis {
    Millis::try_from(at).unwrap_or(Millis::MAX)
}

fn content(said: wit::Content) -> Content {
    let spans = said.spans.into_iter().map(|span| Span {
        start: span.start,
        end: span.end,
        mark: mark(span.mark),
    });
    let attachments = said.attachments.into_iter().map(|file| Attachment {
        url: file.url,
        media_type: file.media_type,
        size: file.size,
        alt: file.alt,
    });
    Content {
        author: author(said.author),
        title: said.title,
        text: said.text,
        spans: spans.collect(),
        attachments: attachments.collect(),
        language: said.language,
        warning: said.warning,
    }
}

fn author(author: wit::Author) -> Author {
    Author {
        id: author.id,
        handle: author.handle,
        display_name: author.display_name,
        profile_url: author.profile_url,
        reach: author.reach,
        automated: author.automated,
    }
}

fn mark(mark: wit::Mark) -> Mark {
    match mark {
        wit::Mark::Link(url) => Mark::Link(url),
        wit::Mark::Mention(handle) => Mark::Mention(handle),
        wit::Mark::Tag(tag) => Mark::Tag(tag),
        wit::Mark::Quote => Mark::Quote,
        wit::Mark::Strong => Mark::Strong,
        wit::Mark::Emphasis => Mark::Emphasis,
        wit::Mark::Code => Mark::Code,
        wit::Mark::Other(word) => Mark::Other(word),
    }
}

fn visibility(seen_by: wit::Visibility) -> Visibility {
    match seen_by {
        wit::Visibility::Public => Visibility::Public,
        wit::Visibility::Unlisted => Visibility::Unlisted,
        wit::Visibility::Followers => Visibility::Followers,
        wit::Visibility::Direct => Visibility::Direct,
        wit::Visibility::Internal => Visibility::Internal,
        wit::Visibility::Other(word) => Visibility::Other(word),
    }
}

/// Our word for who may read, as the contract says it.
pub fn seen_by(visibility: &Visibility) -> wit::Visibility {
    match visibility {
        Visibility::Public => wit::Visibility::Public,
        Visibility::Unlisted => wit::Visibility::Unlisted,
        Visibility::Followers => wit::Visibility::Followers,
        Visibility::Direct => wit::Visibility::Direct,
        Visibility::Internal => wit::Visibility::Internal,
        Visibility::Other(word) => wit::Visibility::Other(word.clone()),
    }
}

/// What a plugin's description allows.
pub fn policy(description: &wit::Description) -> LineRules {
    let can = |ability: &wit::Ability| description.can.contains(ability);
    // Few networks have them, so a channel that has them says so.
    let rare = [
        (Visibility::Unlisted, "reply-unlisted"),
        (Visibility::Followers, "reply-followers"),
    ];
    let mastodon = matches!(description.counting, wit::Counting::Mastodon);
    let lacks = |word: &str| !mastodon && !can(&wit::Ability::Other(word.to_owned()));
    LineRules {
        max_length: description.max_length,
        counting: match description.counting {
            wit::Counting::Characters | wit::Counting::Other(_) => Counting::Characters,
            wit::Counting::Bytes => Counting::Bytes,
            wit::Counting::Mastodon => Counting::Mastodon,
        },
        reply_public: can(&wit::Ability::ReplyPublic),
        reply_private: can(&wit::Ability::ReplyPrivate),
        refuses: rare
            .into_iter()
            .filter(|(_, word)| lacks(word))
            .map(|(one, _)| one)
            .collect(),
        reply_window_ms: description.reply_window_ms,
        mention: matches!(description.counting, wit::Counting::Mastodon)
            || can(&wit::Ability::Other("reply-mentions".to_owned())),
        closed: None,
    }
}

/// The plugin of mappings is one, and what its lines can do differs: the mapping of each says who may read an answer.
pub fn mapped(policy: LineRules, record: &ConnectionRecord) -> LineRules {
    if record.plugin != "http-json" {
        return policy;
    }
    let Some(allowed) = jackfield_channel_http_json::trial::visibilities(&record.settings) else {
        return policy;
    };
    use jackfield_channel_http_json::sdk::Visibility as Theirs;
    let all = [
        (Visibility::Public, Theirs::Public),
        (Visibility::Unlisted, Theirs::Unlisted),
        (Visibility::Followers, Theirs::Followers),
        (Visibility::Direct, Theirs::Direct),
    ];
    let refused = all.into_iter().filter(|(_, theirs)| !allowed.contains(theirs));
    LineRules {
        refuses: refused.map(|(ours, _)| ours).collect(),
        ..policy
    }
}

/// A message as triage reads it.
pub fn content_for_triage(said: &Content) -> wit::Content {
    wit::Content {
        author: wit::Author {
            id: said.author.id.clone(),
            handle: said.author.handle.clone(),
            display_name: said.author.display_name.clone(),
            profile_url: said.author.profile_url.clone(),
            reach: said.author.reach,
            automated: said.author.automated,
        },
        title: said.title.clone(),
        text: said.text.clone(),
        spans: said
            .spans
            .iter()
            .map(|span| wit::Span {
                start: span.start,
                end: span.end,
                mark: mark_for_triage(&span.mark),
            })
            .collect(),
        attachments: said.attachments.iter().map(attachment_for_triage).collect(),
        language: said.language.clone(),
        warning: said.warning.clone(),
    }
}

fn attachment_for_triage(file: &Attachment) -> wit::AttachmentRef {
    wit::AttachmentRef {
        url: file.url.clone(),
        media_type: file.media_type.clone(),
        size: file.size,
        alt: file.alt.clone(),
    }
}

fn mark_for_triage(mark: &Mark) -> wit::Mark {
    match mark {
        Mark::Link(url) => wit::Mark::Link(url.clone()),
        Mark::Mention(handle) => wit::Mark::Mention(handle.clone()),
        Mark::Tag(tag) => wit::Mark::Tag(tag.clone()),
        Mark::Quote => wit::Mark::Quote,
        Mark::Strong => wit::Mark::Strong,
        Mark::Emphasis => wit::Mark::Emphasis,
        Mark::Code => wit::Mark::Code,
        Mark::Other(word) => wit::Mark::Other(word.clone()),
    }
}

/// What a triage plugin said. The margins are moved so that 0 is the plugin's suggested threshold.
pub fn verdict(by: String, revision: u64, said: Vec<wit::TriageVerdict>, labels: &[wit::Label]) -> Verdict {
    let opinions = said.into_iter().map(|one| {
        let threshold = labels
            .iter()
            .find(|label| label.name == one.label)
            .map_or(0.0, |label| label.suggested_threshold);
        Opinion {
            label: one.label,
            margin: one.margin - threshold,
            because: one.because,
        }
    });
    Verdict {
        by,
        revision,
        opinions: opinions.collect(),
        trouble: None,
    }
}
