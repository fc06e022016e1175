"""Teams: a tree, and who belongs to it."""

from concurrent.futures import ThreadPoolExecutor

import grpc

from chassis.testing.client import refusal
from wasl.identity.v1.team_pb import Team
from wasl.identity.v1.team_service_pb import DeleteTeamRequest
from wasl.platform.v1.reference_service_pb import LookUpReferencesRequest


def test_a_team_is_never_part_of_itself(identity):
    top = identity.team("Top")
    middle = identity.team("Middle", top.id)
    bottom = identity.team("Bottom", middle.id)
    for child in (top, middle, bottom):
        refused = refusal(lambda child=child: identity.move(top, child.id))
        assert [(v.field, v.reason) for v in refused.violations] == [("team.parentId", "CIRCLE")]
    assert identity.move(bottom, top.id).parent_id == top.id


def test_two_moves_at_once_make_no_circle(identity):
    for number in range(8):
        one, two = identity.team(f"One {number}"), identity.team(f"Two {number}")

        def move(pair: tuple[Team, Team]) -> bool:
            try:
                identity.move(pair[0], pair[1].id)
            except grpc.RpcError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            moved = list(pool.map(move, [(one, two), (two, one)]))
        assert moved.count(True) <= 1


def test_a_team_that_people_or_teams_belong_to_cannot_be_deleted(identity):
    top = identity.team("Top")
    child = identity.team("Child", top.id)
    person = identity.person("ada", team_id=child.id)
    for team in (top, child):
        request = DeleteTeamRequest(id=team.id, etag=team.etag)
        refused = refusal(lambda request=request: identity.client.delete_team(request))
        assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "TEAM_IN_USE")
    identity.change(person, team_id="")
    identity.client.delete_team(DeleteTeamRequest(id=child.id, etag=child.etag))
    identity.client.delete_team(DeleteTeamRequest(id=top.id, etag=top.etag))


def test_a_team_that_somebody_also_belongs_to_cannot_be_deleted(identity):
    team = identity.team("Top")
    identity.person("ada", more_team_ids=[team.id])
    request = DeleteTeamRequest(id=team.id, etag=team.etag)
    assert refusal(lambda: identity.client.delete_team(request)).reason == "TEAM_IN_USE"


def test_a_token_names_the_teams_one_is_in_leads_or_has_below(identity):
    top = identity.team("Top")
    middle = identity.team("Middle", top.id)
    bottom = identity.team("Bottom", middle.id)
    other = identity.team("Other")
    person = identity.person("ada", team_id=bottom.id, more_team_ids=[other.id])
    claims = identity.claims_of(person)
    assert claims["team"] == bottom.id
    assert claims["teams"] == [bottom.id, other.id]
    assert set(claims["below"]) == {bottom.id, other.id}
    led = identity.team("Led", top.id, manager_id=person.id)
    below = identity.team("Below the led", led.id)
    claims = identity.claims_of(person)
    assert set(claims["teams"]) == {bottom.id, other.id, led.id}
    assert set(claims["below"]) == {bottom.id, other.id, led.id, below.id}
    above = identity.person("bob", team_id=top.id)
    assert set(identity.claims_of(above)["below"]) == {
        team.id for team in (top, middle, bottom, led, below)
    }
    alone = identity.claims_of(identity.person("eve"))
    assert "team" not in alone
    assert (alone["teams"], alone["below"]) == ([], [])


def test_other_services_learn_the_team_that_a_person_works_in(identity):
    team = identity.team("Top")
    person, alone = identity.person("ada", team_id=team.id), identity.person("bob")
    request = LookUpReferencesRequest(
        resource="identity.primaryTeams", field="id", values=[person.id, alone.id]
    )
    assert identity.internal.look_up_references(request).ids == {person.id: team.id}
    wrong = LookUpReferencesRequest(resource="identity.primaryTeams", field="email", values=["x"])
    refused = refusal(lambda: identity.internal.look_up_references(wrong))
    assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "UNKNOWN_KEY")
