//! What any store has to do, as named claims. An implementation passes when every claim holds on a fresh store.
//!
//! A claim answers with a sentence instead of panicking, so that the suite can be run by a test, or by an operator
//! against a database of their own.

mod commits;
mod feeds;
mod installs;
mod intake;
mod lists;
mod record;
mod stage;
mod walls;

use crate::Store;
use stage::Outcome;
pub use stage::said;
use std::pin::Pin;
use std::sync::Arc;

type Run = fn(Arc<dyn Store>) -> Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// One thing that a store has to do.
#[derive(Clone, Copy)]
pub struct Claim {
    /// The claim, as a name.
    pub name: &'static str,
    run: Run,
}

impl Claim {
    /// Tries it on a fresh store.
    ///
    /// # Errors
    /// A sentence that says what was expected and what was found.
    pub async fn check(&self, fresh: Arc<dyn Store>) -> Result<(), String> {
        (self.run)(fresh).await
    }
}

macro_rules! claims {
    ($($module:ident: $($name:ident),+ $(,)?;)+) => {
        /// Every claim.
        pub const CLAIMS: &[Claim] = &[
            $($(Claim { name: stringify!($name), run: |store| Box::pin($module::$name(store)) },)+)+
        ];
    };
}

claims! {
    commits:
        a_commit_is_read_back_as_it_was_decided,
        an_append_to_another_version_is_a_conflict_and_changes_nothing,
        of_two_racing_appends_exactly_one_wins,
        messages_and_cursor_become_true_together,
        a_cursor_from_elsewhere_is_a_conflict_and_stores_no_message,
        small_values_are_set_replaced_and_taken_away,
        a_message_revision_is_unique_on_its_connection,
        a_commit_that_makes_no_sense_is_refused_and_changes_nothing,
        commits_at_the_same_time_all_become_true,
        connections_are_added_replaced_and_removed;
    walls:
        a_brand_sees_nothing_of_another_brand_or_workspace,
        a_connection_does_not_move_to_another_brand;
    lists:
        the_longest_waiting_comes_first_and_the_answered_come_after,
        pages_show_each_row_once_while_work_goes_on,
        a_list_is_narrowed_by_status_owner_handle_and_words,
        a_thread_that_addresses_nobody_is_kept_but_not_listed,
        search_finds_words_and_takes_no_syntax,
        search_follows_edits_and_deletions;
    feeds:
        a_feed_is_numbered_without_gaps_and_resumes_anywhere,
        a_reply_is_due_until_its_end_is_known,
        replies_of_one_moment_are_due_in_the_order_of_their_asking,
        a_message_is_untriaged_until_its_newest_revision_is_judged,
        what_happens_by_itself_is_found_by_its_time_and_open_ones_one_by_one;
    installs:
        what_is_installed_and_the_log_of_it_become_true_together,
        a_change_decided_on_an_old_state_is_a_conflict_and_is_not_written_down,
        revisions_go_on_after_a_removal,
        the_use_of_grants_adds_up,
        what_was_used_of_a_budget_is_kept_until_the_connection_goes,
        policies_are_kept_in_the_order_in_which_they_came_into_force,
        what_a_tried_version_said_is_kept_apart_the_newest_first;
    intake:
        raw_input_is_kept_once_and_waits_in_order_of_arrival,
        messages_and_the_end_of_their_input_become_true_together,
        what_fails_is_set_aside_with_its_reason_and_goes_on_when_asked,
        a_span_of_time_is_ingested_again_and_nothing_else,
        only_old_input_that_is_done_is_forgotten;
    record:
        the_log_verifies_and_seals_cover_it,
        projections_equal_their_rebuild_after_all_kinds_of_work;
}

/// Runs every claim, each on a store of its own, and answers with those that do not hold.
pub async fn run<F, S>(make: F) -> Vec<(&'static str, String)>
where
    F: Fn() -> S,
    S: Future<Output = Arc<dyn Store>>,
{
    let mut broken = Vec::new();
    for claim in CLAIMS {
        if let Err(why) = claim.check(make().await).await {
            broken.push((claim.name, why));
        }
    }
    broken
}
