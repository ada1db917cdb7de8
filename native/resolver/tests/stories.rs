//! Small worlds told as text, and what is made of them.

mod small_world;

use small_world::SmallWorld;

#[test]
fn the_highest_versions_are_chosen_and_ordered_for_installing() {
    let world = SmallWorld::of(
        "
        app 1.0.0: web ^1.0.0, log *
        web 1.0.0: log ^1.0.0
        web 1.2.0: log ^1.0.0
        web 2.0.0:
        log 1.1.0:
        log 2.0.0:
    ",
    );
    let graph = world.solved("app *");
    assert_eq!(graph.ids(), ["log@1.1.0", "web@1.2.0", "app@1.0.0"]);
    assert_eq!(graph.reason("app"), "the only one that meets * (the request)");
    assert_eq!(graph.reason("web"), "the highest of 2 that meet ^1.0.0 (app@1.0.0)");
    assert_eq!(graph.reason("log"), "the only one that meets ^1.0.0 (web@1.2.0), * (app@1.0.0)");
}

#[test]
fn a_version_below_the_highest_says_what_holds_it_back() {
    let world = SmallWorld::of(
        "
        web 1.0.0: log ^1.0.0
        web 1.1.0: log ^2.0.0
        log 1.0.0:
        log 2.0.0:
    ",
    );
    let graph = world.solved("log ^1.0.0, web *");
    assert_eq!(graph.ids(), ["log@1.0.0", "web@1.0.0"]);
    assert_eq!(
        graph.reason("web"),
        "1.1.0 needs log ^2.0.0, but it is 1.0.0, as ^1.0.0 (the request) asks; it meets * (the request)"
    );
}

#[test]
fn a_conflict_names_the_facts_once_and_what_to_do() {
    let world = SmallWorld::of(
        "
        web 1.0.0: log ^1.0.0
        web 1.1.0: log ^1.0.0
        api 2.0.0: log ^2.0.0
        log 1.0.0:
        log 2.0.0:
    ",
    );
    let conflict = world.conflict("web *, api *");
    assert_eq!(
        conflict.message,
        "no versions fit together: the request needs api and web; every version of web needs log ^1.0.0; api 2.0.0 needs log ^2.0.0"
    );
    assert_eq!(conflict.help, "ask for other versions of one of api, web");
    assert_eq!((conflict.roots.as_slice(), conflict.unmet_root), ([0, 1].as_slice(), None));
}

#[test]
fn a_package_that_is_not_there_is_named_with_whoever_needs_it() {
    let world = SmallWorld::of("web 1.0.0: ghost ^1.0.0");
    let conflict = world.conflict("web *");
    assert_eq!(
        conflict.message,
        "no versions fit together: the request needs web; web 1.0.0 needs ghost ^1.0.0, which is not in the registry"
    );
    assert_eq!(
        conflict.help,
        "publish ghost, or have whoever needs it name another package; or ask for another version than web"
    );
}

#[test]
fn a_yanked_version_is_taken_only_where_the_lock_names_it() {
    let world = SmallWorld::of(
        "
        web 1.0.0:
        !web 1.1.0:
        !old 1.0.0:
    ",
    );
    assert_eq!(world.solved("web ^1.0.0").ids(), ["web@1.0.0"]);
    assert_eq!(world.locking("web 1.1.0").solved("web ^1.0.0").ids(), ["web@1.1.0"]);
    assert_eq!(
        world.locking("web 1.1.0").solved("web ^1.0.0").reason("web"),
        "the lock names it, though it is yanked; it meets ^1.0.0 (the request)"
    );
    assert_eq!(world.locking("web 1.1.0").solved("web =1.0.0").ids(), ["web@1.0.0"]);
    let conflict = world.conflict("web *, old *");
    assert_eq!((conflict.roots.as_slice(), conflict.unmet_root), ([1].as_slice(), Some(1)));
    assert!(conflict.message.contains("needs old, of which every version is yanked"), "{}", conflict.message);
}

#[test]
fn a_conflict_over_yanked_versions_says_that_they_are_yanked() {
    let world = SmallWorld::of(
        "
        app 1.0.0: web ^1.0.0
        web 1.0.0: log ^2.0.0
        log 1.0.0:
        !log 2.0.0:
        !log 2.1.0:
    ",
    );
    let conflict = world.conflict("app *");
    assert_eq!(
        conflict.message,
        "no versions fit together: the request needs app; web 1.0.0 needs log ^2.0.0, which only yanked versions meet \
         (log 2.0.0 and 2.1.0; the newest that is not yanked is 1.0.0); app 1.0.0 needs web ^1.0.0"
    );
    assert!(conflict.help.starts_with("ask the owner of log for a version that meets ^2.0.0 and is not yanked"));
    let conflict = world.locking("log 2.0.0").conflict("app *, log ^1.0.0");
    assert!(!conflict.message.contains("yanked"), "{}", conflict.message);
}

#[test]
fn a_version_passed_over_for_yanked_ones_says_so() {
    let world = SmallWorld::of(
        "
        web 1.0.0:
        web 1.1.0: log ^2.0.0
        log 1.0.0:
        !log 2.0.0:
    ",
    );
    let graph = world.solved("web *");
    assert_eq!(graph.ids(), ["web@1.0.0"]);
    assert_eq!(
        graph.reason("web"),
        "1.1.0 needs log ^2.0.0, which only yanked versions meet; it meets * (the request)"
    );
}

#[test]
fn what_is_locked_is_kept_until_a_requirement_says_otherwise() {
    let world = SmallWorld::of(
        "
        web 1.0.0: log *
        web 1.1.0: log >=1.1.0
        log 1.0.0:
        log 1.1.0:
        log 1.2.0:
    ",
    );
    assert_eq!(world.locking("log 1.0.0").solved("web ^1.0.0").ids(), ["log@1.2.0", "web@1.1.0"]);
    assert_eq!(world.locking("log 1.0.0, web 1.0.0").solved("web ^1.0.0").ids(), ["log@1.0.0", "web@1.0.0"]);
    assert_eq!(world.locking("log 1.1.0").solved("web ^1.0.0").ids(), ["log@1.1.0", "web@1.1.0"]);
}

#[test]
fn pre_releases_are_taken_only_where_a_requirement_names_their_release() {
    let world = SmallWorld::of(
        "
        web 1.0.0:
        web 1.1.0-rc.1:
        app 1.0.0: web ^1.0.0
        app 2.0.0: web >=1.1.0-rc.0
        young 0.1.0-a:
    ",
    );
    assert_eq!(world.solved("app ^1.0.0").ids(), ["web@1.0.0", "app@1.0.0"]);
    assert_eq!(world.solved("app ^2.0.0").ids(), ["web@1.1.0-rc.1", "app@2.0.0"]);
    assert!(world.conflict("young *").message.contains("which no version meets (the newest is 0.1.0-a)"));
}

#[test]
fn optional_dependencies_are_followed_when_asked_for_and_met() {
    let world = SmallWorld::of(
        "
        web 1.0.0: log * optional, ghost * optional, tool * dev, maker * build, base * peer
        log 1.0.0:
        tool 1.0.0:
        maker 1.0.0:
        base 1.0.0:
    ",
    );
    assert_eq!(world.solved("web *").ids(), ["base@1.0.0", "web@1.0.0"]);
    assert_eq!(world.with_optional().solved("web *").ids(), ["base@1.0.0", "log@1.0.0", "web@1.0.0"]);
}

#[test]
fn circles_are_solved_and_their_members_stand_together() {
    let world = SmallWorld::of(
        "
        a 1.0.0: b *
        b 1.0.0: c *
        c 1.0.0: b *, d *
        d 1.0.0:
    ",
    );
    let graph = world.solved("a *");
    assert_eq!(graph.ids(), ["d@1.0.0", "c@1.0.0", "b@1.0.0", "a@1.0.0"]);
    let circular: Vec<bool> = graph.0.packages.iter().map(|each| each.circular).collect();
    assert_eq!(circular, [false, true, true, false]);
}

#[test]
fn a_version_that_asks_for_itself_is_usable_only_where_it_meets_that() {
    let world = SmallWorld::of(
        "
        a 1.0.0: a ^1.0.0
        a 2.0.0: a ^1.0.0
        b 1.0.0: b ^2.0.0
    ",
    );
    assert_eq!(world.solved("a *").ids(), ["a@1.0.0"]);
    assert!(world.conflict("b *").message.contains("b 1.0.0 asks for ^2.0.0 of itself"));
}

#[test]
fn what_names_no_range_is_told_as_it_was_written() {
    let world = SmallWorld::of("web 1.0.0: log git+https://example.org/log");
    let conflict = world.conflict("web *");
    assert!(
        conflict.message.contains("web 1.0.0 asks for log as \"git+https://example.org/log\", which names no range"),
        "{}",
        conflict.message
    );
}

#[test]
fn spellings_that_fold_alike_and_namespaces_are_told_apart_as_the_registry_does() {
    let world = SmallWorld::of(
        "
        app 1.0.0: My_Log *, acme/log *
        my-log 1.0.0:
        acme/log 2.0.0: log *
        log 3.0.0:
    ",
    );
    assert_eq!(world.solved("app *").ids(), ["log@3.0.0", "acme/log@2.0.0", "my-log@1.0.0", "app@1.0.0"]);
}

#[test]
fn two_requirements_of_one_package_on_another_both_hold() {
    let world = SmallWorld::of(
        "
        app 1.0.0: log >=1.0.0, log <2.0.0 peer
        log 1.0.0:
        log 2.0.0:
    ",
    );
    assert_eq!(world.solved("app *").ids(), ["log@1.0.0", "app@1.0.0"]);
    let none = SmallWorld::of(
        "
        app 1.0.0: log ^1.0.0, log ^2.0.0 peer
        log 1.0.0:
        log 2.0.0:
    ",
    );
    let conflict = none.conflict("app *");
    assert!(
        conflict
            .message
            .contains("app 1.0.0 needs log ^1.0.0 and ^2.0.0, which no version meets (the newest is 2.0.0)"),
        "{}",
        conflict.message
    );
}

#[test]
fn a_chain_as_long_as_the_limit_is_resolved_and_one_longer_is_refused() {
    let chain = |length: usize| {
        let lines: Vec<String> = (0..length)
            .map(|at| if at + 1 < length { format!("p{at} 1.0.0: p{} *", at + 1) } else { format!("p{at} 1.0.0:") })
            .collect();
        SmallWorld::of(&lines.join("\n")).limited(|limits| limits.packages_max = 500)
    };
    let ids = chain(500).solved("p0 *").ids();
    assert_eq!((ids.len(), ids[0].as_str(), ids[499].as_str()), (500, "p499@1.0.0", "p0@1.0.0"));
    assert_eq!(chain(501).refused("p0 *").message, "resolving takes a look at more than 500 packages");
}

#[test]
fn versions_and_dependencies_are_counted_against_their_limits() {
    let world = SmallWorld::of(
        "
        a 1.0.0: b *, c *
        b 1.0.0: c *
        c 1.0.0:
    ",
    );
    assert_eq!(
        world
            .clone()
            .limited(|limits| (limits.releases_max, limits.dependencies_max) = (3, 3))
            .solved("a *")
            .ids()
            .len(),
        3
    );
    let refused = world.clone().limited(|limits| limits.releases_max = 2).refused("a *");
    assert_eq!(refused.message, "resolving takes a look at more than 2 versions");
    let refused = world.limited(|limits| limits.dependencies_max = 2).refused("a *");
    assert_eq!(refused.message, "resolving takes a look at more than 2 dependencies");
}

#[test]
fn a_session_is_fed_by_whoever_holds_it_and_ends_when_it_is_given_up() {
    let (told, steps) = std::sync::mpsc::channel();
    let reply = || {
        let told = told.clone();
        ggen_resolver_core::Reply::new(move |step| {
            told.send(serde_json::to_string(&step.map_err(|error| error.code))).unwrap()
        })
    };
    let next = || steps.recv().map(|text| text.unwrap_or_default()).unwrap_or_default();
    let limits = r#"{"deadlineMs":60000,"packagesMax":9,"releasesMax":9,"dependenciesMax":9,"askMax":9,"explanationLengthMax":999}"#;
    let request = format!(r#"{{"roots":[{{"package":"a","requirement":"*"}}],"limits":{limits}}}"#);
    let session = ggen_resolver_core::Session::start(request.clone(), reply());
    assert_eq!(next(), r#"{"Ok":{"ask":{"packages":["a"],"releases":[]}}}"#);
    session
        .feed(r#"{"packages":[{"package":"a","versions":[{"version":"1.0.0"}]}],"releases":[]}"#.to_owned(), reply());
    assert_eq!(next(), r#"{"Ok":{"ask":{"packages":[],"releases":[{"package":"a","version":"1.0.0"}]}}}"#);
    session.feed(r#"{"packages":[],"releases":[[]]}"#.to_owned(), reply());
    assert!(next().starts_with(r#"{"Ok":{"solved":{"packages":[{"package":"a","version":"1.0.0""#));
    session.feed("{}".to_owned(), reply());
    assert_eq!(next(), r#"{"Err":"CANCELLED"}"#);

    let mut given_up = ggen_resolver_core::Session::start(request.clone(), reply());
    assert!(next().starts_with(r#"{"Ok":{"ask""#));
    given_up.cancel();
    given_up.feed("{}".to_owned(), reply());
    assert_eq!(next(), r#"{"Err":"CANCELLED"}"#);

    // Time that runs out while the world is being read is told with the next step.
    let late = ggen_resolver_core::Session::start(request.replace("60000", "20"), reply());
    assert!(next().starts_with(r#"{"Ok":{"ask""#));
    std::thread::sleep(std::time::Duration::from_millis(100));
    late.feed("{}".to_owned(), reply());
    assert_eq!(next(), r#"{"Err":"DEADLINE"}"#);
    drop(ggen_resolver_core::Session::start("[]".to_owned(), reply()));
    assert!(next().starts_with(r#"{"Err":"#));
}

#[test]
fn a_long_explanation_is_cut_in_the_middle_and_says_so() {
    let mut text = String::from("goal 1.0.0:\ngoal 2.0.0:\nlast 1.0.0: goal ^1.0.0\n");
    for at in 0..60 {
        let next = if at == 59 { "last".to_owned() } else { format!("p{}", at + 1) };
        text += &format!("p{at} 1.0.0: {next} *\np{at} 2.0.0: goal ^1.0.0, {next} *\n");
    }
    let conflict =
        SmallWorld::of(&text).limited(|limits| limits.explanation_length_max = 2_000).conflict("p0 *, goal ^2.0.0");
    let length: usize = conflict.explanation.iter().map(String::len).sum();
    assert!(length <= 2_100, "{length}");
    assert!(conflict.explanation.iter().any(|line| line.starts_with('…')), "{:?}", conflict.explanation);
    assert!(conflict.explanation.last().is_some_and(|line| line.ends_with("nothing meets the request")));
}
