"""One look at many organisations: members, newest number, and when something was taken away."""

from django.db import migrations

# It runs with the rights of whoever calls it. Each turn reads as one organisation, through the
# same walls as a request of its own; no turn sees what another one may see.
STANDING = """
CREATE FUNCTION collab.standing(organisations bigint[], persons bigint[])
RETURNS TABLE (organisation bigint, members bigint[], head bigint, narrowed_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE before text := coalesce(current_setting('collab.organisation', true), '');
BEGIN
  FOREACH organisation IN ARRAY organisations LOOP
    PERFORM set_config('collab.organisation', organisation::text, true);
    SELECT coalesce(array_agg(m.person_id), '{}') INTO members
      FROM organisations_membership m
     WHERE m.organisation_id = organisation AND m.is_active AND m.person_id = ANY (persons);
    SELECT coalesce(max(h.seq), 0) INTO head
      FROM live_feedhead h WHERE h.viewer_id = organisation;
    SELECT max(greatest(g.narrowed_at, CASE WHEN g.valid_to <= statement_timestamp()
                                            THEN g.valid_to END)) INTO narrowed_at
      FROM sharing_grant g WHERE g.viewer_id = organisation;
    RETURN NEXT;
  END LOOP;
  PERFORM set_config('collab.organisation', before, true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("live", "0001_initial"),
        ("organisations", "0001_initial"),
        ("sharing", "0003_pause"),
    ]
    operations = [migrations.RunSQL(STANDING, "DROP FUNCTION collab.standing(bigint[], bigint[])")]
