//! Incidents on planted cases, and what holds whatever people do with groups.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)] // small counts

#[path = "../examples/eval/cases.rs"]
mod cases;

use cases::{copy, ordinary};
use jackfield_insight::draw::Draw;
use jackfield_insight::incident::{Book, How, Plan, Post, likeness};
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn post(id: usize, at: i64, person: &str, text: &str) -> Post {
    Post {
        id: format!("p{id}"),
        at,
        person: person.to_owned(),
        text: text.to_owned(),
    }
}

/// Posts in order of time, each with whether it is of the planted case; among ordinary ones of a month.
fn told(seed: u64, planted: Vec<Post>) -> (Book, Vec<usize>) {
    let mut draw = Draw::new(seed);
    let mut all: Vec<(bool, Post)> = planted.into_iter().map(|post| (true, post)).collect();
    for number in 0..240 {
        let at = draw.below(30 * DAY as u64) as i64;
        let text = ordinary(&mut draw);
        all.push((
            false,
            post(10_000 + number, at, &format!("o{}", draw.below(500)), &text),
        ));
    }
    all.sort_by(|a, b| (a.1.at, &a.1.id).cmp(&(b.1.at, &b.1.id)));
    let mut book = Book::default();
    let numbers = all.into_iter().filter_map(|(planted, post)| {
        let placed = book.add(post);
        planted.then_some(placed.post)
    });
    let numbers = numbers.collect();
    (book, numbers)
}

/// The group that most of these are in, the share of them that are, and the share of the group that they are.
fn most(book: &Book, planted: &[usize]) -> (usize, f64, f64) {
    let of = |group: usize| {
        planted
            .iter()
            .filter(|post| book.group_of(**post) == Some(group))
            .count()
    };
    let group = book
        .groups()
        .map(|(number, _)| number)
        .max_by_key(|number| of(*number))
        .unwrap();
    let size = book.group(group).unwrap().posts.len();
    (
        group,
        of(group) as f64 / planted.len() as f64,
        of(group) as f64 / size as f64,
    )
}

#[test]
fn a_copy_paste_storm_is_one_incident() {
    let text = "Your update deleted all my saved playlists and support only tells me to reinstall, unbelievable";
    for seed in 0..4 {
        let mut draw = Draw::new(seed + 50);
        let storm = (0..120).map(|n| {
            post(
                n,
                10 * DAY + n as i64 * 60_000,
                &format!("s{n}"),
                &copy(text, &mut draw),
            )
        });
        let (book, planted) = told(seed, storm.collect());
        let (group, recall, purity) = most(&book, &planted);
        assert!(recall >= 0.95 && purity >= 0.98, "seed {seed}: {recall} {purity}");
        assert_eq!(book.incidents(10 * DAY, 20).first(), Some(&group));
        assert!(book.group(group).unwrap().people.len() >= 114);
    }
}

#[test]
fn a_slowly_growing_grievance_in_twelve_wordings_is_one_incident() {
    for seed in 0..4 {
        let mut draw = Draw::new(seed + 70);
        let mut slow = Vec::new();
        for day in 0..12_i64 {
            for _ in 0..1 + day / 2 {
                let text = cases::WORDINGS[draw.below(12) as usize];
                let at = (10 + day) * DAY + draw.below(DAY as u64) as i64;
                slow.push(post(slow.len(), at, &format!("w{}", slow.len()), text));
            }
        }
        let (book, planted) = told(seed, slow);
        let (group, recall, purity) = most(&book, &planted);
        assert!(recall >= 0.9 && purity >= 0.9, "seed {seed}: {recall} {purity}");
        assert_eq!(book.incidents(15 * DAY, 25).first(), Some(&group), "seed {seed}");
    }
}

#[test]
fn one_person_with_forty_accounts_worth_of_posts_counts_once() {
    let mut draw = Draw::new(9);
    let text = "Nobody at this company ever answered my letter about the broken heating of February";
    let loud = (0..200).map(|n| post(n, 10 * DAY + n as i64 * 60_000, "loud", &copy(text, &mut draw)));
    let (book, planted) = told(9, loud.collect());
    let (group, recall, _) = most(&book, &planted);
    assert!(recall > 0.95);
    assert!(book.group(group).unwrap().people.len() <= 2);
    assert!(!book.incidents(9 * DAY, 8).contains(&group));
}

#[test]
fn the_talk_of_a_planned_promotion_is_no_incident_and_a_grievance_beside_it_is() {
    let mut draw = Draw::new(4);
    let promotion = "Spring sale, half price on all headphones this weekend #springsale";
    let grievance = "The voucher code from the newsletter is refused at the checkout, invalid code every time";
    let mut posts: Vec<Post> = (0..80)
        .map(|n| {
            post(
                n,
                10 * DAY + n as i64 * HOUR / 4,
                &format!("s{n}"),
                &copy(promotion, &mut draw),
            )
        })
        .collect();
    posts.extend((0..30).map(|n| {
        post(
            100 + n,
            10 * DAY + n as i64 * HOUR / 2,
            &format!("g{n}"),
            &copy(grievance, &mut draw),
        )
    }));
    let plan = Plan {
        name: "spring".to_owned(),
        word: "#springsale".to_owned(),
        from: 9 * DAY,
        to: 13 * DAY,
    };
    let mut book = Book::default();
    posts.sort_by_key(|post| post.at);
    let groups: Vec<(String, usize)> = posts
        .into_iter()
        .map(|post| (post.person.clone(), book.add(post).group))
        .collect();
    let of = |letter: char| groups.iter().find(|(person, _)| person.starts_with(letter)).unwrap().1;
    assert_eq!(book.incidents(9 * DAY, 10), [of('s'), of('g')]);
    book.plan(plan);
    assert_eq!(book.incidents(9 * DAY, 10), [of('g')]);
    assert_eq!(book.planned(of('s')).unwrap().name, "spring");
}

#[test]
fn groups_are_merged_split_and_named_by_people_and_stay_so() {
    let mut book = Book::default();
    let texts = [
        "card payment refused in the shop",
        "delivery van never arrived on monday",
    ];
    for n in 0..6 {
        book.add(post(n, n as i64, &format!("p{}", n / 2), texts[n % 2]));
    }
    assert_eq!(book.groups().count(), 2);
    assert!(book.name(0, "Cards") && !book.name(99, "x"));
    assert!(book.merge(0, 1) && !book.merge(0, 1) && !book.merge(0, 0));
    assert_eq!(
        (book.group(0).unwrap().posts.len(), book.group(0).unwrap().people.len()),
        (6, 3)
    );
    assert_eq!(book.split(0, &[]), None);
    assert_eq!(book.split(0, &[0, 1, 2, 3, 4, 5]), None);
    assert_eq!(book.split(0, &[77]), None);
    let new = book.split(0, &[1, 3, 5]).unwrap();
    assert_eq!(book.group(0).unwrap().name.as_deref(), Some("Cards"));
    // Who comes later follows the copies.
    let placed = book.add(post(9, 10, "p9", "Delivery van never arrived on Monday!!"));
    assert_eq!(placed.group, new);
    assert!(
        matches!(placed.how, How::Copy { of: 1, like } if like > 0.9),
        "{placed:?}"
    );
}

#[test]
fn copies_are_alike_and_other_texts_are_not() {
    let one = "The app crashes whenever I open the camera, please fix it";
    assert!(
        likeness(
            one,
            "RT @brand: the app crashes whenever i open the camera please https://a.example/b"
        ) > 0.7
    );
    assert!(likeness(one, "My parcel was left in the rain at the wrong door") < 0.1);
    assert!(likeness("", "") < 0.1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_post_is_in_one_group_whatever_is_done(seed in any::<u64>(), steps in 1_usize..80) {
        let mut draw = Draw::new(seed);
        let mut book = Book::default();
        let mut count = 0;
        for _ in 0..steps {
            let groups: Vec<usize> = book.groups().map(|(number, _)| number).collect();
            let any = |draw: &mut Draw| groups.get(draw.below(groups.len() as u64) as usize).copied();
            match draw.below(8) {
                0 => {
                    if let (Some(one), Some(other)) = (any(&mut draw), any(&mut draw)) {
                        book.merge(one, other);
                    }
                }
                1 => {
                    if let Some(group) = any(&mut draw) {
                        let posts = book.group(group).unwrap().posts.clone();
                        book.split(group, &posts[..posts.len() / 2]);
                    }
                }
                _ => {
                    let text = ordinary(&mut draw);
                    book.add(post(count, count as i64 * HOUR, &format!("p{}", draw.below(9)), &text));
                    count += 1;
                }
            }
            let mut seen = vec![0; count];
            for (number, group) in book.groups() {
                prop_assert!(!group.posts.is_empty() && group.people.len() <= group.posts.len());
                for post in &group.posts {
                    seen[*post] += 1;
                    prop_assert_eq!(book.group_of(*post), Some(number));
                }
            }
            prop_assert!(seen.iter().all(|times| *times == 1));
        }
    }
}
