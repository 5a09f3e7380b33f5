//! What the desk says, beside what every panel says ([`crate::words`]): the same rules, files of its own.

use crate::words::{table, words};

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub struct Texts(&'static [&'static str]);

impl Default for Texts {
    fn default() -> Self {
        Self(ENGLISH)
    }
}

impl Texts {
    /// Reads the file of a language.
    pub fn read(file: &str) -> Option<Self> {
        table(file, KEYS, ENGLISH).map(Self)
    }

    /// A text.
    pub fn say(self, tone: Tone) -> &'static str {
        self.0.get(tone as usize).copied().unwrap_or_default()
    }
}

words! {
    /// A text of the desk.
    Tone:
    // The opening view
    Overview: "Overview";
    MyWork: "My work";
    QueueView: "Queue";
    ToRead: "To read";
    NothingToRead: "No reply waits for you to read it.";
    ToReadFailed: "The replies could not be read. {0}";
    WrittenBy: "by {0}";
    OpenIt: "Open";
    Policies: "Policies";
    Places: "Parts of the desk";
    WaitForYou: "Waiting for you";
    NextDeadline: "Next deadline";
    NoDeadline: "none";
    NothingWaits: "Nothing waits for you. New work comes by itself.";
    HomeFailed: "The numbers could not be read. {0}";
    GetsWork: "You get new work";
    GetsNone: "You get no new work";
    StopWork: "Stop new work";
    StartWork: "Get new work";
    // Stages
    StageNew: "new";
    StageNoise: "noise";
    StageWaiting: "waits for somebody";
    StageOffered: "offered";
    StageOfferedYou: "offered to you";
    StageAssigned: "being worked on";
    StagePerson: "waits for the person";
    StageOthers: "waits for others";
    StageSnoozed: "put off";
    StageResolved: "resolved";
    StageClosed: "closed";
    StageReopened: "opened again";
    // Clocks
    FirstResponse: "first answer";
    NextResponse: "next answer";
    Acknowledge: "acknowledgement";
    Answer: "answer";
    Solution: "solution";
    TierClock: "tier";
    OwedClock: "follow-up";
    ReadClock: "a reply to read";
    DueIn: "{0} due in {1}";
    DueNow: "{0} due within a minute";
    Overdue: "{0} overdue by {1}";
    OverdueNow: "{0} overdue";
    StandsStill: "{0} stands still";
    InTime: "in {0}";
    InMoments: "within a minute";
    LateBy: "{0} late";
    LateNow: "late";
    // The work on an item
    TheWork: "The work";
    InQueue: "Queue: {0}";
    InTier: "Tier: {0}";
    TierGoes: "goes to {0} {1}";
    OwedBy: "{0} took something over and owes a follow-up";
    StageUntil: "until {0}";
    Accept: "Accept";
    Decline: "Decline";
    Release: "Give it back";
    WaitFor: "Wait for somebody";
    Resume: "Go on";
    Noise: "Needs nobody";
    Escalate: "Escalate";
    Snooze: "Put off for an hour";
    WhyField: "Why";
    IsLooking: "{0} is looking at this too";
    IsWriting: "{0} is writing here";
    HasThePen: "{0} is writing a reply. Wait, or talk to {0}: one reply is enough.";
    // The gate
    Findings: "What was found";
    Checking: "being checked";
    NothingFound: "Checked: nothing was found.";
    SevNote: "Note";
    SevAsk: "Confirm";
    SevBlock: "Not like this";
    UseThis: "Write “{0}”";
    IsMeant: "It is meant";
    MeantWhy: "Why it goes out all the same";
    ConfirmFirst: "Confirm or change what is marked; then it can be sent.";
    ChangeFirst: "Change what is marked; it does not go out like this.";
    OneReader: "One person reads this before it goes out.";
    TwoReaders: "Two people read this before it goes out.";
    BecauseOf: "Because of: {0}";
    GiveReader: "Give it to a reader";
    GoesOutAs: "Goes out as:";
    CheckFailed: "It could not be checked. {0}";
    Moved: "The person has written since you began. Read it before you send.";
    HaveRead: "I have read it";
    // Approval
    NeedsReaders: "Waits for readers: {0}";
    ApprovedBy: "approved by {0}";
    IsReady: "Read and approved; it goes out.";
    TakenBack: "Taken back by its author.";
    TooOld: "Nobody read it in time. Write it again if it is still right.";
    Overtaken: "The person has written again since. Approvals of before no longer count: read it with the new message.";
    Difference: "What changed since it was read";
    Gone: "gone:";
    Fresh: "new:";
    Approve: "Approve";
    GiveBack: "Give back";
    GiveBackWhy: "What should be different";
    Suggest: "Suggest a text";
    SuggestText: "The text you would send";
    Suggests: "{0} suggests:";
    TakeThis: "Take this text";
    ChangeText: "Change it";
    NewText: "The new text";
    GiveAgain: "Give it to a reader again";
    TakeBack: "Take it back";
    WriteAgain: "Write it again";
    HowChecked: "How it was checked";
    ReadBy: "Read by {0}, {1}";
    MeantBy: "{0} said that “{1}” is meant. {2}";
    UnderPolicy: "Policy {0}";
    // Policies
    PoliciesNone: "No policy is in force here. An operator writes them as files and applies them with: jackfield policy apply";
    PoliciesFailed: "The policies could not be read. {0}";
    PolicyVersion: "Version {0}";
    YouSign: "Your replies are signed: {0}";
    YourRoles: "Your roles here: {0}";
    YouMay: "You may: {0}";
    WhoMay: "Who may do what";
    TheVoice: "How the brand speaks";
    OurPromises: "What we promise";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    #[test]
    fn every_language_says_everything_that_the_desk_says_with_the_same_places() {
        let places = |text: &str| (0..3).map(|n| text.contains(&format!("{{{n}}}"))).collect::<Vec<_>>();
        for file in [
            include_str!("../../../shell/words-desk-de.json"),
            include_str!("../../../shell/words-desk-ar.json"),
        ] {
            let Ok(Json::Object(pairs)) = Json::read(file) else {
                panic!("no object")
            };
            assert_eq!(pairs.len(), KEYS.len(), "a key that no text has");
            for (key, english) in KEYS.iter().zip(ENGLISH) {
                let Some((_, Json::Text(text))) = pairs.iter().find(|(name, _)| name == key) else {
                    panic!("{key} is missing")
                };
                assert!(!text.is_empty() && places(text) == places(english), "{key}: {text}");
            }
            assert_ne!(
                Texts::read(file).unwrap().say(Tone::MyWork),
                Texts::default().say(Tone::MyWork)
            );
        }
    }
}
