//! What the index promises about its folder, its queues and its threads. What searches find is tested from the other
//! side of the bridge, by the suite that every implementation runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use ggen_search_core::{Code, Filter, Opened, Options, Position, Query, Reply, SearchError, SearchIndex, SearchResult};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

fn options(folder: &Path) -> Options {
    Options {
        folder: folder.to_owned(),
        history_id: "history-1".to_owned(),
        commit_after: Duration::from_secs(3_600),
        commit_changes_max: 1_000_000,
        index_commit_after: Duration::from_secs(3_600),
        segments_soft_max: 30,
        queue_bytes_max: 1 << 20,
        writer_memory_bytes: 15_000_000,
        search_threads: 1,
        search_queue_max: 4,
    }
}

/// Calls and waits for the answer.
fn ask<T: Send + 'static>(call: impl FnOnce(Reply<T>)) -> Result<T, SearchError> {
    let (sender, receiver) = mpsc::channel();
    call(Reply::new(move |result| {
        let _ = sender.send(result);
    }));
    receiver.recv_timeout(PATIENCE).expect("an answer in time")
}

fn try_open(options: Options) -> Result<(SearchIndex, Opened), SearchError> {
    let mut index = None;
    let opened = ask(|reply| index = Some(SearchIndex::start(options, reply)))?;
    Ok((index.expect("started"), opened))
}

fn open(options: Options) -> (SearchIndex, Opened) {
    try_open(options).expect("opens")
}

fn close(index: &SearchIndex) {
    ask(|reply| index.close(reply)).expect("closes");
}

fn document(key: &str, description: &str) -> String {
    format!(
        r#"{{"key":"{key}","packageNumber":1,"description":"{description}","kind":"library","keywords":[],"categories":[],
        "authors":[],"capabilities":[],"publishedAtMs":1,"quality":0.5,"yanked":false}}"#
    )
}

fn upsert(key: &str, description: &str) -> String {
    format!(r#"[{{"type":"upsert","document":{}}}]"#, document(key, description))
}

fn apply(index: &SearchIndex, changes: &str, applied_index: u64) {
    assert!(index.apply(changes.to_owned(), applied_index).expect("taken"));
}

fn commit(index: &SearchIndex) -> Position {
    ask(|reply| index.commit(reply)).expect("commits")
}

fn search(index: &SearchIndex, text: &str) -> Result<SearchResult, SearchError> {
    let query = Query { text: text.to_owned(), limit: 100, ..Query::default() };
    ask(|reply| index.search(query, reply))
}

fn keys(index: &SearchIndex, text: &str) -> Vec<String> {
    search(index, text).expect("searches").hits.into_iter().map(|hit| hit.key).collect()
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "in time: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// An index with one committed package at index 7, closed.
fn filled() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let (index, opened) = open(options(folder.path()));
    assert_eq!(reason(&opened), Some("absent".to_owned()));
    apply(&index, &upsert("acme/web", "first"), 7);
    close(&index);
    folder
}

fn reason(opened: &Opened) -> Option<String> {
    let found = opened.discarded.as_ref()?;
    Some(serde_json::to_value(found.reason).expect("text").as_str().expect("text").to_owned())
}

fn generation_folder(folder: &Path) -> PathBuf {
    let current = fs::read_to_string(folder.join("current")).expect("current");
    folder.join(current.trim())
}

fn files_ending(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

#[test]
fn what_was_closed_is_opened_with_its_index_and_a_higher_generation() {
    let folder = filled();
    let (index, opened) = open(options(folder.path()));
    assert_eq!(opened.position.applied_index, 7);
    assert_eq!(reason(&opened), None);
    assert_eq!(keys(&index, "web"), ["acme/web"]);
    let later = commit(&index);
    assert_eq!(later, opened.position, "nothing to commit, nothing published");
    close(&index);
    let (index, again) = open(options(folder.path()));
    assert_eq!(again.position.applied_index, 7);
    apply(&index, &upsert("b", ""), 8);
    assert!(commit(&index).generation > opened.position.generation);
}

#[test]
fn what_was_not_committed_is_not_there_and_not_claimed() {
    let folder = filled();
    let (index, _) = open(options(folder.path()));
    apply(&index, &upsert("lost", ""), 8);
    eventually("the writer took it", || index.stats().pending_changes == 1);
    drop(index);
    // The thread frees the folder when it notices.
    let mut reopened = None;
    eventually("the folder is free", || {
        reopened = try_open(options(folder.path())).ok();
        reopened.is_some()
    });
    let (index, opened) = reopened.expect("opened");
    assert_eq!(opened.position.applied_index, 7);
    assert_eq!(keys(&index, ""), ["acme/web"]);
}

#[test]
fn an_index_of_another_history_is_discarded_and_its_folder_emptied() {
    let folder = filled();
    let before = generation_folder(folder.path());
    let (index, opened) = open(Options { history_id: "history-2".to_owned(), ..options(folder.path()) });
    assert_eq!(reason(&opened), Some("history".to_owned()));
    assert_eq!(opened.position.applied_index, 0);
    assert_eq!(keys(&index, ""), Vec::<String>::new());
    assert!(!before.exists());
}

#[test]
fn an_index_of_another_schema_is_discarded() {
    let folder = filled();
    let meta = generation_folder(folder.path()).join("meta.json");
    let text = fs::read_to_string(&meta).expect("meta");
    let changed = text.replace(r#"\"schemaVersion\":2"#, r#"\"schemaVersion\":99"#);
    assert_ne!(text, changed);
    fs::write(&meta, changed).expect("written");
    let (_index, opened) = open(options(folder.path()));
    assert_eq!(reason(&opened), Some("schema".to_owned()));
}

#[test]
fn packages_are_found_by_capability_in_any_case() {
    let folder = TempDir::new().expect("a folder");
    let (index, _) = open(options(folder.path()));
    for (at, (key, capabilities)) in
        [("one", r#""Json-Schema","json-schema""#), ("two", r#""openapi""#), ("three", "")].into_iter().enumerate()
    {
        let with = format!(r#""capabilities":[{capabilities}]"#);
        apply(&index, &upsert(key, "").replace(r#""capabilities":[]"#, &with), at as u64 + 1);
    }
    commit(&index);
    let with = |names: &[&str]| {
        let capabilities = names.iter().map(|name| (*name).to_owned()).collect();
        let filter = Filter { capabilities, ..Filter::default() };
        let query = Query { filter, limit: 10, ..Query::default() };
        let found = ask(|reply| index.search(query, reply)).expect("searches");
        found.hits.into_iter().map(|hit| hit.key).collect::<Vec<_>>()
    };
    assert_eq!(with(&["JSON-schema"]), ["one"]);
    assert_eq!(with(&["json"]), Vec::<String>::new(), "a whole capability only");
    assert_eq!(with(&["openapi", "json-schema"]), ["one", "two"]);
    let many: Vec<String> = (0..65).map(|number| number.to_string()).collect();
    let query = Query { filter: Filter { capabilities: many, ..Filter::default() }, limit: 10, ..Query::default() };
    assert_eq!(ask(|reply| index.search(query, reply)).expect_err("too many").code, Code::Invalid);
}

#[test]
fn an_optimized_index_has_one_segment_without_deleted_documents_and_goes_on() {
    let folder = TempDir::new().expect("a folder");
    let (index, _) = open(options(folder.path()));
    for at in 1..=6_u64 {
        apply(&index, &upsert(&format!("p-{at}"), "words"), at);
        commit(&index);
    }
    apply(&index, &upsert("p-1", "other"), 7);
    apply(&index, r#"[{"type":"remove","key":"p-2"}]"#, 8);
    let before = commit(&index);
    apply(&index, &upsert("p-9", "words"), 9);
    let optimized = ask(|reply| index.optimize(reply)).expect("optimizes");
    assert_eq!(optimized.applied_index, 9, "what was applied is in");
    assert!(optimized.generation > before.generation, "scores may have moved");
    let stats = index.stats();
    assert_eq!((stats.segments, stats.documents), (1, 6));
    assert_eq!(keys(&index, "words"), ["p-3", "p-4", "p-5", "p-6", "p-9"]);
    let again = ask(|reply| index.optimize(reply)).expect("optimizes");
    assert_eq!(again.applied_index, 9);
    apply(&index, &upsert("p-10", "words"), 10);
    commit(&index);
    close(&index);
    let (index, opened) = open(options(folder.path()));
    assert_eq!((opened.position.applied_index, reason(&opened)), (10, None));
    assert_eq!(keys(&index, "words").len(), 6);
}

#[test]
fn an_empty_index_is_optimized_too() {
    let folder = TempDir::new().expect("a folder");
    let (index, _) = open(options(folder.path()));
    assert_eq!(ask(|reply| index.optimize(reply)).expect("optimizes").applied_index, 0);
    assert_eq!(keys(&index, ""), Vec::<String>::new());
}

#[test]
fn damage_of_any_kind_is_noticed_at_the_opening() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 9] = [
        ("a flipped bit in a segment", |folder| flip(&files_ending(folder, ".idx")[0])),
        ("a flipped bit in a column", |folder| flip(&files_ending(folder, ".fast")[0])),
        ("a truncated segment", |folder| truncate(&files_ending(folder, ".term")[0])),
        ("an emptied segment", |folder| fs::write(&files_ending(folder, ".pos")[0], b"").expect("written")),
        ("a missing segment", |folder| fs::remove_file(&files_ending(folder, ".store")[0]).expect("removed")),
        ("a truncated meta file", |folder| truncate(&folder.join("meta.json"))),
        ("a missing meta file", |folder| fs::remove_file(folder.join("meta.json")).expect("removed")),
        ("an emptied list of files", |folder| fs::write(folder.join(".managed.json"), b"").expect("written")),
        ("a missing folder", |folder| fs::remove_dir_all(folder).expect("removed")),
    ];
    for (what, harm) in harms {
        let folder = filled();
        harm(&generation_folder(folder.path()));
        let (index, opened) = open(options(folder.path()));
        assert_eq!(reason(&opened), Some("damaged".to_owned()), "{what}");
        assert_eq!(opened.position.applied_index, 0, "{what}");
        apply(&index, &upsert("fresh", ""), 9);
        commit(&index);
        assert_eq!(keys(&index, ""), ["fresh"], "{what}");
    }
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).expect("read");
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    fs::write(path, bytes).expect("written");
}

fn truncate(path: &Path) {
    let bytes = fs::read(path).expect("read");
    fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
}

#[test]
fn a_folder_in_use_is_refused_and_left_alone() {
    let folder = filled();
    let (index, _) = open(options(folder.path()));
    let refused = try_open(options(folder.path())).map(|_| ()).expect_err("locked");
    assert_eq!(refused.code, Code::Locked);
    apply(&index, &upsert("b", ""), 8);
    commit(&index);
    assert_eq!(keys(&index, ""), ["b", "acme/web"]);
}

#[test]
fn a_rebuild_that_did_not_finish_leaves_the_old_index_and_no_rubbish() {
    let folder = filled();
    let (index, _) = open(options(folder.path()));
    ask(|reply| index.rebuild_begin(9, reply)).expect("begun");
    let documents = format!("[{}]", document("new", ""));
    ask(|reply| index.rebuild_add(documents, reply)).expect("added");
    assert_eq!(files_ending(folder.path(), "").len(), 3, "current and two generations");
    drop(index);
    let mut reopened = None;
    eventually("the folder is free", || {
        reopened = try_open(options(folder.path())).ok();
        reopened.is_some()
    });
    let (index, opened) = reopened.expect("opened");
    assert_eq!(opened.position.applied_index, 7);
    assert_eq!(keys(&index, ""), ["acme/web"]);
    assert_eq!(files_ending(folder.path(), "").len(), 2, "current and one generation");
}

#[test]
fn a_finished_rebuild_is_what_the_next_opening_finds() {
    let folder = filled();
    let (index, before) = open(options(folder.path()));
    ask(|reply| index.rebuild_begin(9, reply)).expect("begun");
    let documents = format!("[{}]", document("new", ""));
    ask(|reply| index.rebuild_add(documents, reply)).expect("added");
    let rebuilt = ask(|reply| index.rebuild_finish(reply)).expect("finished");
    assert_eq!(rebuilt.applied_index, 9);
    assert!(rebuilt.generation > before.position.generation);
    close(&index);
    let (index, after) = open(options(folder.path()));
    assert_eq!(after.position.applied_index, 9);
    assert_eq!(keys(&index, ""), ["new"]);
}

#[test]
fn a_change_is_published_after_its_time_without_being_asked() {
    let folder = TempDir::new().expect("a folder");
    let (index, _) = open(Options { commit_after: Duration::from_millis(5), ..options(folder.path()) });
    apply(&index, &upsert("a", ""), 1);
    eventually("published", || keys(&index, "") == ["a"]);
}

#[test]
fn enough_changes_are_committed_at_once() {
    let folder = TempDir::new().expect("a folder");
    let (index, _) = open(Options { commit_changes_max: 3, ..options(folder.path()) });
    for number in 1..=3 {
        apply(&index, &upsert(&format!("p-{number}"), ""), number);
    }
    eventually("published", || keys(&index, "").len() == 3);
}

#[test]
fn while_only_the_index_moves_it_is_published_at_once_and_stored_after_its_time() {
    let folder = filled();
    let (index, _) = open(Options { index_commit_after: Duration::from_millis(5), ..options(folder.path()) });
    apply(&index, "[]", 500);
    eventually("published", || index.stats().position.applied_index == 500);
    eventually("stored", || index.stats().commits == 1);
    drop(index);
    let mut reopened = None;
    eventually("the folder is free", || {
        reopened = try_open(options(folder.path())).ok();
        reopened.is_some()
    });
    assert_eq!(reopened.expect("opened").1.position.applied_index, 500);
}

#[test]
fn a_full_queue_takes_no_changes_until_there_is_room() {
    let folder = TempDir::new().expect("a folder");
    let (index, _) = open(Options { queue_bytes_max: 10_000, ..options(folder.path()) });
    let changes = upsert("big", &"word ".repeat(1_500));
    let mut number = 0;
    let mut refused = 0;
    while refused < 3 {
        number += 1;
        while !index.apply(changes.clone(), number).expect("open") {
            refused += 1;
            ask(|reply| index.room(reply)).expect("room");
        }
        assert!(number < 100_000, "the queue never filled");
    }
    assert_eq!(commit(&index).applied_index, number);
    assert_eq!(keys(&index, ""), ["big"]);
}

#[test]
fn a_search_beyond_the_queue_is_refused_and_the_others_are_answered() {
    let folder = filled();
    let (index, _) = open(options(folder.path()));
    let query = || Query { limit: 1, ..Query::default() };
    // The only thread of the pool answers, and is held in the answer.
    let (hold, held) = mpsc::channel::<()>();
    let (started, start) = mpsc::channel();
    index.search(
        query(),
        Reply::new(move |_| {
            let _ = started.send(());
            let _ = held.recv_timeout(PATIENCE);
        }),
    );
    start.recv_timeout(PATIENCE).expect("started");
    let (answers, answered) = mpsc::channel();
    for _ in 0..4 {
        let answers = answers.clone();
        index.search(
            query(),
            Reply::new(move |result| {
                let _ = answers.send(result);
            }),
        );
    }
    let refused = ask(|reply| index.search(query(), reply)).expect_err("full");
    assert_eq!(refused.code, Code::Overloaded);
    assert_eq!(index.stats().searches_refused, 1);
    hold.send(()).expect("held");
    for _ in 0..4 {
        assert_eq!(answered.recv_timeout(PATIENCE).expect("answered").expect("found").total, 1);
    }
}

#[test]
fn a_callback_that_panics_costs_its_search_only() {
    let folder = filled();
    let (index, _) = open(options(folder.path()));
    let query = Query { limit: 1, ..Query::default() };
    index.search(query, Reply::new(|_| panic!("a callback of a test")));
    assert_eq!(keys(&index, ""), ["acme/web"]);
}

#[test]
fn changes_that_cannot_be_read_stop_the_index_until_it_is_rebuilt() {
    let folder = filled();
    let (index, _) = open(options(folder.path()));
    apply(&index, r#"[{"type":"upsert"}]"#, 8);
    let failure = ask(|reply| index.commit(reply)).expect_err("stopped");
    assert_eq!(failure.code, Code::RebuildNeeded);
    assert_eq!(index.apply("[]".to_owned(), 9).expect_err("stopped").code, Code::RebuildNeeded);
    assert_eq!(keys(&index, ""), ["acme/web"], "what is published goes on serving");
    ask(|reply| index.rebuild_begin(9, reply)).expect("begun");
    ask(|reply| index.rebuild_finish(reply)).expect("finished");
    apply(&index, &upsert("after", ""), 10);
    assert_eq!(commit(&index).applied_index, 10);
    assert_eq!(keys(&index, ""), ["after"]);
}

#[test]
fn many_small_commits_are_merged_into_few_segments_and_deleted_documents_leave() {
    let folder = TempDir::new().expect("a folder");
    let (index, _) = open(options(folder.path()));
    for number in 1..=60 {
        apply(&index, &upsert(&format!("p-{}", number % 5), &format!("round {number}")), number);
        commit(&index);
    }
    assert_eq!(keys(&index, "").len(), 5);
    let mut number = 60;
    // Merges run on their own; another commit publishes what they made.
    eventually("merged", || {
        number += 1;
        apply(&index, &upsert("last", ""), number);
        commit(&index);
        index.stats().segments < 10
    });
    assert_eq!(index.stats().documents, 6);
}
