//! Each definition by the cases that people argue about, and what holds for any traffic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // draws of small numbers

mod month;

use jackfield_insight::measure::{
    Board, Dim, Fact, Filter, House, Number, Rows, Share, Tally, Thanks, Wait, What, drill,
};
use month::{UNTIL, house, month};
use proptest::prelude::*;

const DAY: i64 = 86_400_000;

/// `at word id detail`, one a line; a line of another conversation begins with its name and a colon.
fn facts(text: &str) -> Vec<Fact> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(fact).collect()
}

fn fact(line: &str) -> Fact {
    let (conversation, line) = line.split_once(": ").unwrap_or(("one", line));
    let words: Vec<&str> = line.split_whitespace().collect();
    let word = |at: usize| words.get(at).copied().unwrap_or("");
    let message = word(2).to_owned();
    let what = match word(1) {
        "wrote" => What::Wrote {
            message,
            person: word(3).to_owned(),
        },
        "noise" => What::Judged { message, needs: false },
        "need" => What::Judged { message, needs: true },
        "gone" => What::Withdrawn { message },
        "ack" => What::Acknowledged,
        "answered" => What::Answered {
            reply: message,
            team: word(3).to_owned(),
            human: true,
        },
        "bot" => What::Answered {
            reply: message,
            team: String::new(),
            human: false,
        },
        "retracted" => What::Retracted { reply: message },
        "about" => What::About { issue: message },
        "resolved" => What::Resolved {
            first_contact: word(2) == "flag",
        },
        "reopened" => What::Reopened,
        "confirmed" => What::Confirmed,
        "thanks" => What::Thanked { how: Thanks::Sincere },
        "irony" => What::Thanked { how: Thanks::Sarcastic },
        "advance" => What::Thanked { how: Thanks::InAdvance },
        "refusal" => What::Thanked { how: Thanks::Refusal },
        "formula" => What::Thanked { how: Thanks::Formula },
        other => panic!("{other:?} is no fact"),
    };
    let at = word(0);
    let (number, day) = at.strip_suffix('d').map_or((at, 1), |days| (days, DAY));
    Fact {
        conversation: conversation.into(),
        brand: "b".into(),
        channel: "c".to_owned(),
        at: number.parse::<i64>().expect("a time") * day,
        what,
    }
}

fn counted(text: &str, until: i64) -> Tally {
    let rows = Rows::read(&facts(text), &House::new(), until);
    Board::of(&rows).sum(&Filter::new())
}

#[test]
fn shares_count_what_their_definitions_say() {
    let check = |number: Number, text: &str, of, all| {
        let found = counted(text, 100 * DAY).share(number);
        assert_eq!(found, Share { of, all }, "{} of {text}", number.name());
    };
    use Number::{
        Acknowledged, FirstContact, FirstContactConfirmed, FirstContactFlagged, Gratitude, Needs, Responses, Withdrawn,
    };
    check(Responses, "1 wrote m ann\n5 answered r", 1, 1);
    check(Responses, "1 wrote m ann", 0, 1);
    // A machine does not answer.
    check(Responses, "1 wrote m ann\n2 bot r", 0, 1);
    check(Acknowledged, "1 wrote m ann\n2 bot r", 1, 1);
    check(Acknowledged, "1 wrote m ann\n2 ack", 1, 1);
    // An answer acknowledges; an acknowledgement before the post does not.
    check(Acknowledged, "1 wrote m ann\n2 answered r", 1, 1);
    check(Acknowledged, "1 ack\n2 wrote m ann", 0, 1);
    // What came before a post does not answer it; what came at the same time does.
    check(Responses, "5 wrote m ann\n4 answered r", 0, 1);
    check(Responses, "5 wrote m ann\n5 answered r", 1, 1);
    // One reply answers all that was posted before it.
    check(
        Responses,
        "1 wrote m ann\n2 wrote n ann\n5 answered r\n6 wrote o ann",
        2,
        3,
    );
    // Noise is not a need, until somebody says that it is one.
    check(Responses, "1 wrote m ann\n2 noise m", 0, 0);
    check(Responses, "1 wrote m ann\n2 noise m\n3 need m", 0, 1);
    check(Needs, "1 wrote m ann\n1 wrote n ann\n2 noise n", 1, 2);
    // A judgement that arrives before its post is about it all the same.
    check(Needs, "1 noise m\n2 wrote m ann", 0, 1);
    // Silence after "resolved" is no answer.
    check(Responses, "1 wrote m ann\n2 resolved", 0, 1);
    // What was taken away before an answer is counted apart; after it, it was answered.
    check(Responses, "1 wrote m ann\n3 gone m\n5 answered r", 0, 0);
    check(Withdrawn, "1 wrote m ann\n3 gone m\n5 answered r", 1, 1);
    check(Responses, "1 wrote m ann\n3 answered r\n5 gone m", 1, 1);
    // A reply that was taken away again answers nobody.
    check(Responses, "1 wrote m ann\n3 answered r\n5 retracted r", 0, 1);
    check(
        Responses,
        "1 wrote m ann\n3 answered r\n4 answered s\n5 retracted r",
        1,
        1,
    );

    let answered = "1 wrote m ann\n3 answered r\n";
    let gratitude = |rest: &str, of, all| check(Gratitude, &format!("{answered}{rest}"), of, all);
    gratitude("5 thanks\n6 resolved", 1, 1);
    gratitude("5 resolved\n6 thanks", 1, 1);
    gratitude("6 resolved", 0, 1);
    // Not resolved, not counted; reopened is not resolved.
    gratitude("5 thanks", 0, 0);
    gratitude("5 thanks\n6 resolved\n7 reopened", 0, 0);
    gratitude("5 thanks\n6 resolved\n7 reopened\n8 resolved", 1, 1);
    for not in ["irony", "advance", "refusal", "formula"] {
        gratitude(&format!("5 {not}\n6 resolved"), 0, 1);
    }
    // Thanks before our reply, and after a machine's.
    check(Gratitude, "1 wrote m ann\n2 thanks\n3 answered r\n4 resolved", 0, 1);
    check(Gratitude, "1 wrote m ann\n2 bot r\n3 thanks\n4 resolved", 0, 1);

    let first = |rest: &str, of, all| check(FirstContact, &format!("{answered}{rest}"), of, all);
    first("4 resolved", 1, 1);
    // Two replies in a row are one episode; a post between them makes two.
    first("4 answered s\n5 resolved", 1, 1);
    first("4 wrote n ann\n5 answered s\n6 resolved", 0, 1);
    check(FirstContact, "1 wrote m ann\n2 resolved", 1, 1);
    // Reopened, within seven days and after them.
    first("4 resolved\n5 reopened\n6 resolved", 0, 1);
    first("4 resolved\n8d reopened", 1, 1);
    // The same person with the same need again: here, elsewhere, later, as noise; somebody else; another issue.
    first("4 resolved\n1d wrote n ann", 0, 1);
    first("4 resolved\n1d wrote n ann\n1d noise n", 1, 1);
    first("4 resolved\n8d wrote n ann", 1, 1);
    first("4 resolved\n1d wrote n bob", 1, 1);
    first("1 about x\n4 resolved\ntwo: 1d about x\ntwo: 1d wrote m ann", 0, 1);
    first("1 about x\n4 resolved\ntwo: 1d about y\ntwo: 1d wrote m ann", 1, 1);
    first("4 resolved\ntwo: 1d wrote m ann", 1, 1);
    // Not known yet.
    first("94d resolved", 0, 0);
    // What agents flag and people confirm is counted beside it.
    check(
        FirstContactFlagged,
        "1 wrote m ann\n4 resolved flag\n1d wrote n ann",
        1,
        1,
    );
    check(FirstContactConfirmed, "1 wrote m ann\n4 resolved\n5 confirmed", 1, 1);
    check(FirstContactConfirmed, "1 wrote m ann\n4 resolved", 0, 1);
}

#[test]
fn who_still_waits_is_in_the_first_answer() {
    let tally = counted(
        "1 wrote m ann\ntwo: 1 wrote m bob\ntwo: 11 answered r\nthree: 1 wrote m cid",
        100,
    );
    let waits = &tally.waits[&Wait::Answer];
    assert_eq!((waits.ended.count(), waits.open.count()), (1, 2));
    // Of the answered ones half have their answer after 10 ms; of all, nobody knows yet.
    assert_eq!(waits.ended.percentile(50), Some(10));
    assert_eq!(waits.within(0.5), None);
    assert_eq!(waits.within(0.3), Some(10));
}

#[test]
fn a_wait_over_the_change_of_the_clocks_counts_the_time_that_there_was() {
    // Saturday 28 March 22:00 to Sunday 04:00 on the wall of Berlin is five hours, one of which does not exist.
    let saturday = 1_774_731_600_000; // 2026-03-28T21:00Z
    let hour = 3_600_000;
    let mut told = vec![
        Fact {
            at: saturday,
            ..fact("0 wrote m ann")
        },
        Fact {
            at: saturday + 6 * hour,
            ..fact("0 answered r night")
        },
    ];
    for fact in &mut told {
        fact.brand = "krone".into();
    }
    let rows = Rows::read(&told, &house(), saturday + 10 * hour);
    let row = &rows.messages[0];
    assert_eq!((row.cell.date, row.cell.hour), ((2026, 3, 28), 22));
    assert_eq!(row.waited(Wait::Answer), Some((6 * hour, true)));
    assert_eq!(row.waited(Wait::AnswerBusiness), Some((5 * hour, true)));
    assert_eq!(row.cell.team, "night");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_view_is_the_sum_of_its_parts_and_the_items_are_as_many_as_the_figure_says(
        seed in any::<u64>(), cut in 0_usize..60,
    ) {
        let rows = Rows::read(&month(seed, 60), &house(), UNTIL);
        let board = Board::of(&rows);
        let all = board.sum(&Filter::new());
        for dim in Dim::ALL {
            let mut sum = Tally::default();
            for (key, tally) in board.by(&[dim], &Filter::new()) {
                prop_assert_eq!(&board.sum(&Filter::from([(dim, key[0].clone())])), &tally);
                sum.merge(&tally);
            }
            prop_assert_eq!(&sum, &all);
        }
        for number in Number::ALL {
            let filter = Filter::from([(Dim::Brand, "krone".to_owned())]);
            let (share, items) = (board.sum(&filter).share(number), drill(&rows, &filter, number));
            prop_assert_eq!((share.of, share.all), (items.of.len() as u64, (items.of.len() + items.not.len()) as u64));
        }
        // Boards of two halves merge to the board of the whole.
        let (mut left, mut right) = (rows.clone(), rows.clone());
        left.messages.truncate(cut);
        left.talks.clear();
        right.messages.drain(..cut.min(right.messages.len()));
        let mut merged = Board::of(&right);
        merged.merge(&Board::of(&left));
        prop_assert_eq!(merged, board);
    }

    #[test]
    fn the_order_in_which_conversations_come_does_not_matter(seed in any::<u64>()) {
        let facts = month(seed, 40);
        let mut mixed = facts.clone();
        mixed.sort_by_key(|fact| core::cmp::Reverse(fact.conversation.clone()));
        prop_assert_eq!(Rows::read(&facts, &house(), UNTIL), Rows::read(&mixed, &house(), UNTIL));
    }

    #[test]
    fn what_happens_later_is_not_seen_earlier(seed in any::<u64>(), days in 1_i64..33) {
        let facts = month(seed, 40);
        let until = month::FROM + days * DAY;
        let seen: Vec<Fact> = facts.iter().filter(|fact| fact.at <= until).cloned().collect();
        prop_assert_eq!(Rows::read(&facts, &house(), until), Rows::read(&seen, &house(), until));
    }
}
