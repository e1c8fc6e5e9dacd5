"""A suspended partnership pauses the grants between its ends, in the walls themselves.

The columns stand in ``0001_initial`` too: tables of other apps are made right after it, and the
policies they are made with name these columns. Here they are added where ``0001`` ran before.
"""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

COLUMNS = """
ALTER TABLE sharing_grant
  ADD COLUMN IF NOT EXISTS is_viewer_paused boolean NOT NULL DEFAULT false,
  ADD COLUMN IF NOT EXISTS is_about_paused boolean NOT NULL DEFAULT false,
  ADD COLUMN IF NOT EXISTS narrowed_at timestamptz NULL;

ALTER POLICY sharing_grant_update ON sharing_grant
  USING (owner_id = (SELECT collab.viewer()) OR about_id = (SELECT collab.viewer())
         OR (viewer_id = (SELECT collab.viewer()) AND pg_trigger_depth() > 0))
  WITH CHECK (owner_id = (SELECT collab.viewer()) OR about_id = (SELECT collab.viewer())
         OR (viewer_id = (SELECT collab.viewer()) AND pg_trigger_depth() > 0));

-- True only to one of the two, as nobody else sees their partnership.
CREATE FUNCTION collab.is_suspended(one bigint, other bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT bool_or(state = 'suspended') AND NOT bool_or(state = 'active')
    FROM sharing_partnership
   WHERE (owner_id = one AND counterparty_id = other)
      OR (owner_id = other AND counterparty_id = one)
$$;

DO $$ DECLARE tenant bigint; BEGIN
  FOR tenant IN SELECT id FROM organisations_tenant ORDER BY id LOOP
    PERFORM set_config('collab.organisation', tenant::text, true);
    UPDATE sharing_grant SET
      is_viewer_paused = coalesce(collab.is_suspended(owner_id, viewer_id), false),
      is_about_paused = coalesce(collab.is_suspended(owner_id, about_id), false)
     WHERE owner_id = tenant
       AND (collab.is_suspended(owner_id, viewer_id) OR collab.is_suspended(owner_id, about_id));
  END LOOP;
  PERFORM set_config('collab.organisation', '', true);
END $$;
"""

# Triggers run with the rights of whoever changes the row; a statement cannot fake their depth.
PAUSE = """
CREATE OR REPLACE FUNCTION collab.guard_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 THEN
    IF ROW(NEW.is_viewer_paused, NEW.is_about_paused, NEW.narrowed_at)
       IS DISTINCT FROM ROW(OLD.is_viewer_paused, OLD.is_about_paused, OLD.narrowed_at) THEN
      RAISE EXCEPTION 'expected a grant to be paused by its partnership only'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.owner_id = collab.viewer() THEN
      IF NEW.about_consented_at IS NOT NULL
         AND NEW.about_consented_at IS DISTINCT FROM OLD.about_consented_at THEN
        RAISE EXCEPTION 'expected consent to come from the organisation the grant is about'
          USING ERRCODE = 'insufficient_privilege';
      END IF;
      IF ROW(NEW.viewer_id, NEW.about_id, NEW.topic, NEW.fields, NEW.valid_from, NEW.valid_to,
             NEW.is_onward_allowed)
         IS DISTINCT FROM ROW(OLD.viewer_id, OLD.about_id, OLD.topic, OLD.fields, OLD.valid_from,
             OLD.valid_to, OLD.is_onward_allowed) THEN
        NEW.about_consented_at := NULL;  -- consent was given to other terms
        NEW.narrowed_at := statement_timestamp();
      END IF;
    ELSIF (to_jsonb(NEW) - 'about_consented_at') IS DISTINCT FROM
          (to_jsonb(OLD) - 'about_consented_at') THEN
      RAISE EXCEPTION 'expected only consent to change, as the grant belongs to somebody else'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  IF (NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL)
     OR (NEW.about_consented_at IS NULL AND OLD.about_consented_at IS NOT NULL)
     OR (NEW.is_viewer_paused AND NOT OLD.is_viewer_paused)
     OR (NEW.is_about_paused AND NOT OLD.is_about_paused) THEN
    NEW.narrowed_at := statement_timestamp();
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION collab.guard_new_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.about_consented_at IS NOT NULL THEN
    RAISE EXCEPTION 'expected consent to come from the organisation the grant is about'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  NEW.is_viewer_paused := coalesce(collab.is_suspended(NEW.owner_id, NEW.viewer_id), false);
  NEW.is_about_paused := coalesce(collab.is_suspended(NEW.owner_id, NEW.about_id), false);
  NEW.narrowed_at := NULL;
  RETURN NEW;
END $$;

CREATE FUNCTION collab.pause_grants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE paused boolean;
BEGIN
  paused := collab.is_suspended(NEW.owner_id, NEW.counterparty_id);
  UPDATE sharing_grant SET is_viewer_paused = paused
   WHERE is_viewer_paused <> paused
     AND ((owner_id = NEW.owner_id AND viewer_id = NEW.counterparty_id)
       OR (owner_id = NEW.counterparty_id AND viewer_id = NEW.owner_id));
  UPDATE sharing_grant SET is_about_paused = paused
   WHERE is_about_paused <> paused
     AND ((owner_id = NEW.owner_id AND about_id = NEW.counterparty_id)
       OR (owner_id = NEW.counterparty_id AND about_id = NEW.owner_id));
  RETURN NULL;
END $$;
CREATE TRIGGER sharing_partnership_pauses AFTER UPDATE OF state ON sharing_partnership
  FOR EACH ROW WHEN (NEW.state <> OLD.state AND NEW.state IN ('active', 'suspended'))
  EXECUTE FUNCTION collab.pause_grants();
"""


def renew_policies(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Give the shared tables that stand already the read policy that ``Walls`` writes now."""
    from collab.organisations.walls import OwnWalls
    from collab.sharing.models import shared_models

    standing = set(editor.connection.introspection.table_names())
    for model in shared_models():
        table = model._meta.db_table
        if table not in standing:
            continue  # made later, with the new policy
        walls: Any = next(c for c in model._meta.constraints if isinstance(c, OwnWalls))
        editor.execute(
            f'ALTER POLICY {table}_read ON "{table}" USING ({walls.read_condition(table)})'
        )


class Migration(migrations.Migration):
    dependencies = [("sharing", "0002_visibility")]
    operations = [
        migrations.RunSQL(COLUMNS, migrations.RunSQL.noop),
        migrations.RunSQL(PAUSE, migrations.RunSQL.noop),
        migrations.RunPython(renew_policies, migrations.RunPython.noop),
    ]
