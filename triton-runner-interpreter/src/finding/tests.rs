use super::*;

#[test]
fn checks_are_chosen_by_their_words() {
    let chosen: Checks = "race, nan".parse().unwrap();
    assert!(chosen.contains(FindingKind::Race) && chosen.contains(FindingKind::Nan));
    assert!(chosen.contains(FindingKind::Bounds) && !chosen.contains(FindingKind::Lanes));
    assert_eq!("all".parse::<Checks>().unwrap(), Checks::all());
    assert_eq!("none".parse::<Checks>().unwrap(), Checks::none());
    assert!(
        "races".parse::<Checks>().unwrap_err().to_string().contains("there are all, none, bounds, read-only, race")
    );
}

#[test]
fn what_a_program_cannot_go_on_behind_is_always_told() {
    let checks = FindingKind::ALL.into_iter().fold(Checks::all(), Checks::without);
    assert_eq!(checks, Checks::none());
    assert_eq!(checks.kinds().count(), 4);
}
