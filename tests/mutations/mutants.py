"""The mutants: one forgotten or weakened condition each, and the small suite that must see it."""

from dataclasses import dataclass

WALLS = "tests/test_walls.py"
SINGLE = "tests/test_single_walls.py"
ISOLATION = "tests/test_isolation.py"
AGREEMENTS = "tests/sharing/test_agreements.py"
ENDS = "tests/sharing/test_ends.py"
PAUSE = "tests/sharing/test_pause.py"
AUDIENCE = "tests/sharing/test_audience.py"
STOCK = "tests/inventory/test_stock_counts.py"
POLICIES = f"{SINGLE}::test_the_policies_alone_give_the_same_answers"
KEPT = f"{SINGLE}::test_the_policies_alone_keep_a_rivals_rows_as_they_are"
MANAGERS = f"{SINGLE}::test_the_managers_alone_give_the_same_answers"
PAGES = f"{SINGLE}::test_files_and_search_stand_alone"

OWN_WALLS = "collab/organisations/walls.py"
SHARED_WALLS = "collab/sharing/walls.py"
SHARING = "collab/sharing/models.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    """``old`` stands exactly once in ``path``; with ``new`` instead one of ``tests`` must fail."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    # The database
    Mutant(
        "shared rows: everybody reads", SHARED_WALLS,
        "THEN true ELSE false END", "THEN true ELSE true END", (POLICIES,),
    ),
    Mutant(
        "shared rows: whatever the grant is about", SHARED_WALLS,
        """ AND g.about_id = "{table}".counterparty_id'""", "'", (POLICIES,),
    ),
    Mutant(
        "shared rows: a grant of any topic", SHARED_WALLS,
        "AND g.topic = '{self.topic}'", "", (POLICIES,),
    ),
    Mutant(
        "own rows: everybody reads", OWN_WALLS,
        "if self.also_read else own", 'if self.also_read else f"{own} OR true"', (POLICIES,),
    ),
    Mutant(
        "rows are inserted for others", OWN_WALLS,
        "FOR INSERT WITH CHECK ({own})", "FOR INSERT WITH CHECK ({own} OR true)", (KEPT,),
    ),
    Mutant(
        "others' rows are updated", OWN_WALLS,
        "USING ({update}) WITH CHECK", "USING ({update} OR true) WITH CHECK", (KEPT,),
    ),
    Mutant(
        "UPDATE without its CHECK half", OWN_WALLS,
        "WITH CHECK ({update})", "WITH CHECK ({update} OR true)", (KEPT,),
    ),
    Mutant(
        "others' rows are deleted", OWN_WALLS,
        "FOR DELETE USING ({own})", "FOR DELETE USING ({own} OR true)", (KEPT,),
    ),
    Mutant(
        "the owner of a table is not bound", OWN_WALLS,
        "FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY", (WALLS,),
    ),
    Mutant(
        "keys lead to rows of others", OWN_WALLS,
        '(owner_id, {link.column}) REFERENCES "{target}" (owner_id, id)',
        '({link.column}) REFERENCES "{target}" (id)', (WALLS,),
    ),
    # Grants
    Mutant(
        "a revoked grant opens", SHARED_WALLS,
        "g.revoked_at IS NULL AND ", "", (AGREEMENTS, ENDS),
    ),
    Mutant(
        "a grant opens before its time", SHARED_WALLS,
        " AND g.valid_from <= statement_timestamp()", "", (AGREEMENTS, ENDS),
    ),
    Mutant(
        "a grant that ran out opens", SHARED_WALLS,
        "g.valid_to > statement_timestamp()", "true", (AGREEMENTS, ENDS),
    ),
    Mutant(
        "a grant opens without consent", SHARED_WALLS,
        "g.about_consented_at IS NOT NULL", "true", (AGREEMENTS, ENDS),
    ),
    Mutant(
        "a paused grant opens", SHARED_WALLS,
        "NOT (g.is_viewer_paused OR g.is_about_paused)", "true", (PAUSE,),
    ),
    Mutant(
        "a revoked grant still addresses", SHARING,
        "            revoked_at__isnull=True,\n", "", (AGREEMENTS, AUDIENCE),
    ),
    Mutant(
        "a grant without consent addresses", SHARING,
        "Q(about_consented_at__isnull=False)", "Q(pk__isnull=False)", (AUDIENCE,),
    ),
    Mutant(
        "grants of one topic are taken for another", SHARING,
        "AND g.topic = %s AND", "AND (g.topic = %s OR true) AND", (MANAGERS,),
    ),
    # The managers and what is built on them
    Mutant(
        "shared manager without filter", SHARING,
        "using=self._db).filter(mine)", "using=self._db)", (MANAGERS,),
    ),
    Mutant(
        "owned manager without filter", "collab/organisations/owned.py",
        "filter(owner_id=acting_organisation_id())",
        "filter(owner_id__gte=min(0, acting_organisation_id()))", (MANAGERS,),
    ),
    Mutant(
        "a row of somebody else is saved", "collab/organisations/owned.py",
        "if self.owner_id != acting:", "if self.owner_id is None:", (WALLS,),
    ),
    Mutant(
        "get_for_org past the manager", "collab/integration/lookups.py",
        "model._default_manager.all()", "QuerySet(model)",
        (f"{SINGLE}::test_no_key_finds_a_rivals_row",),
    ),
    Mutant(
        "newest rows of everybody", "collab/sharing/queries.py",
        'branch.replace(_WHOSE, f"= {viewer:d}")', 'branch.replace(_WHOSE, "> 0")',
        (f"{SINGLE}::test_the_newest_rows_of_hot_lists_stand_alone",),
    ),
    Mutant(
        "search past the manager", "collab/shell/search.py",
        "rows = Part.objects.filter(wanted,",
        "from django.db.models import QuerySet\n    rows = QuerySet(Part).filter(wanted,", (PAGES,),
    ),
    Mutant(
        "lists and files past the manager", "collab/masterdata/search.py",
        "rows = Part.objects.all()", "rows = QuerySet(Part)", (PAGES,),
    ),
    Mutant(
        "fields of a limited grant are shown", "collab/sharing/queries.py",
        "return visible_fields(topic).get((owner_id, counterparty_id), frozenset())",
        "return None", (STOCK, ISOLATION),
    ),
    Mutant(
        "a hidden field filters", "collab/work/fields.py",
        "if fields is None or wanted in fields", "if fields is None or wanted",
        (STOCK, "tests/shell/test_search.py"),
    ),
    Mutant(
        "a cursor of somebody else is taken", "collab/integration/lists.py",
        "page|{acting_organisation_id()}|", "page|",
        ("tests/integration/test_lists_and_versions.py",),
    ),
    Mutant(
        "idempotency keys of all share one lock", "collab/integration/idempotency.py",
        "{acting_organisation_id()}|{attempt.method}", "{attempt.method}",
        ("tests/integration/test_idempotency.py",),
    ),
    Mutant(
        "reads through grants are not noted", "collab/sharing/access.py",
        "for each in owner_ids if each != me", "for each in owner_ids if each == me",
        ("tests/sharing/test_access.py",),
    ),
    Mutant(
        "a stale tab acts for the other organisation", "collab/integration/middleware.py",
        "elif chosen != membership.organisation_id:", "elif chosen == 0:",
        ("tests/integration/test_middleware.py",),
    ),
    Mutant(
        "a revoked key opens", "collab/integration/callers.py",
        "key is None or key.revoked_at is not None", "key is None",
        ("tests/integration/test_credentials.py::test_refusals_are_all_alike",),
    ),
    # What leaves by itself
    Mutant(
        "screens are told whatever it is about", "collab/live/feed.py",
        "abouts = None if touch.about_id is None else [touch.about_id]", "abouts = None",
        (AUDIENCE,),
    ),
    Mutant(
        "screens are told about any topic", "collab/sharing/queries.py",
        "owner=acting_organisation_id(), topic=topic)", "owner=acting_organisation_id())",
        (AUDIENCE,),
    ),
    Mutant(
        "partners hear whatever it is about", "collab/sharing/hear.py",
        "audience(topic, about_ids=sorted(about_ids))", "audience(topic)", (AUDIENCE,),
    ),
    Mutant(
        "frames are rendered past the walls", "collab/live/feed.py",
        "    with acting_for(errand.organisation_id):\n        by_topic",
        "    owner = errand.organisation_id\n"
        "    for owner in __import__('collab.organisations.models', fromlist=['Tenant'])"
        ".Tenant.objects.order_by('pk').values_list('pk', flat=True):\n        break\n"
        "    with acting_for(owner):\n        by_topic",
        ("tests/live/test_recipients.py",),
    ),
    Mutant(
        "one channel for all viewers", "collab/live/feed.py",
        'f"{viewer_id}|{language}"', 'f"{language}"', ("tests/live/test_recipients.py",),
    ),
    Mutant(
        "frames are replayed across the end of a right", "collab/live/replay.py",
        "if narrowed_at is not None and not", "if narrowed_at is None and not",
        ("tests/live/test_replay.py",),
    ),
    Mutant(
        "a socket outlives the membership", "collab/live/entitlement.py",
        "(ticket.organisation_id, ticket.person_id) in members",
        "ticket.person_id", ("tests/live/test_standing.py",),
    ),
    Mutant(
        "a task takes the header of another", "collab/events/tasks.py",
        'if found.get("task") != task.name:', 'if not found.get("task"):',
        ("tests/events/test_tasks.py",),
    ),
)  # fmt: skip
